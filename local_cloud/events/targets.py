"""Delivery of events to targets: SNS topics, SQS queues and state machines, as their policies allow.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from ..ministack import get_scope, load_module
from ..protocol.permissions import find_event_refusal, may_send
from ..protocol.roles import find_denied, may_assume

_LOG = logging.getLogger(__name__)
_SERVICE = "events.amazonaws.com"

Target = dict[str, Any]
# A target, its rule, and MiniStack's view of the event.
Deliver = Callable[[Target, dict[str, Any], Any], None]
# Namespace, name and dimensions of a metric, to which one is added.
CountMetric = Callable[[str, str, dict[str, str]], None]


def deliver_with(count_metric: CountMetric) -> Deliver:
    """Returns the function that delivers an event to a target.

    What fails goes to the target's dead-letter queue and into the metric FailedInvocations.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """

    def deliver(target: Target, rule: dict[str, Any], view: Any) -> None:
        try:
            refusal = _invoke(target, rule, _build_input(target, rule, view))
        except Exception as error:  # one target must not disturb the others
            refusal = repr(error)
        dimensions = {"RuleName": rule["Name"]}
        count_metric("AWS/Events", "Invocations", dimensions)
        if refusal:
            _LOG.warning("the rule %s does not reach %s: %s", rule["Name"], target["Arn"], refusal)
            count_metric("AWS/Events", "FailedInvocations", dimensions)
            _send_dead_letter(target, rule, json.dumps(view.event_with_detail()), refusal)

    return deliver


def _build_input(target: Target, rule: dict[str, Any], view: Any) -> str:
    """The event as a target gets it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    match target:
        case {"InputTransformer": transformer}:
            text = load_module("services.eventbridge")._apply_input_transformer(transformer, rule, view)
            return str(text)
        case {"Input": str(text)}:
            return text
        case {"InputPath": str(path)}:
            found = view.event_with_detail()
            for step in path.removeprefix("$").strip(".").split("."):
                found = found[step] if step else found
            return json.dumps(found)
        case _:
            return json.dumps(view.event_with_detail())


def _invoke(target: Target, rule: dict[str, Any], text: str) -> str | None:
    """Invokes a target; returns why it was refused, or None."""
    arn, scope = target["Arn"], get_scope()
    _, _, service, region, account, _ = arn.split(":", 5)
    if (account, region) != scope:
        return "it is in another account or Region"
    match service:
        case "sns":
            return find_event_refusal(arn, rule["Arn"]) or _publish(arn, text)
        case "sqs":
            return _send(arn, rule["Arn"], text, target.get("SqsParameters", {}))
        case "states":
            return _start(arn, target.get("RoleArn", ""), rule["Arn"], text)
        case _:
            return f"the local cloud does not deliver events to {service}"


def _publish(topic: str, text: str) -> str | None:
    return None if load_module("services.sns").publish_internal(topic, text) else "the topic does not exist"


def _send(queue: str, rule: str, text: str, parameters: dict[str, Any]) -> str | None:
    if not may_send(queue, _SERVICE, rule, get_scope()[0]):
        return "the policies of the queue or of its key do not allow it"
    spec = load_module("core.arn").parse_arn(queue)
    load_module("services.eventbridge")._dispatch_to_sqs(spec, text, parameters)
    return None


def _start(machine: str, role: str, rule: str, text: str) -> str | None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html"""
    if not role or not may_assume(role, _SERVICE, rule):
        return f"events.amazonaws.com cannot assume the role {role!r}"
    if find_denied(role, "states:StartExecution", [machine]):
        return f"the policies of {role} do not allow states:StartExecution"
    status, _, body = load_module("services.stepfunctions")._start_execution(
        {"stateMachineArn": machine, "input": text}
    )
    return None if status < 400 else str(body)


def _send_dead_letter(target: Target, rule: dict[str, Any], event: str, refusal: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html"""
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if not arn or _send(arn, rule["Arn"], event, {}):
        return
    message = load_module("services.sqs")._queue_by_arn(arn)["messages"][-1]
    texts = {"RULE_ARN": rule["Arn"], "TARGET_ARN": target["Arn"], "ERROR_MESSAGE": refusal}
    message["message_attributes"] = {
        name: {"DataType": "String", "StringValue": text} for name, text in texts.items()
    }
