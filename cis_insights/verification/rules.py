"""Whether rules of EventBridge, which report tampering beside the alarms, reach their topics.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from .findings import Finding
from .model import EventRule, Key, SetUp, Topic
from .policies import Request, evaluate

_EVENTS = "events.amazonaws.com"
_ALLOW_KEY = f"allow {_EVENTS} kms:Decrypt and kms:GenerateDataKey* in its policy, without a condition"


def build_statement(topic: str, rules: Sequence[str]) -> dict[str, object]:
    """The statement of a topic's policy that lets rules publish to it.

    Args:
        topic: ARN.
        rules: ARNs, which may hold wildcards.
    """
    return {
        "Effect": "Allow",
        "Principal": {"Service": _EVENTS},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnLike": {"aws:SourceArn": rules[0] if len(rules) == 1 else [*rules]}},
    }


def check_rules(setup: SetUp) -> Iterator[Finding]:
    """What keeps the rules from notifying anybody."""
    for rule in setup.rules:
        yield from _check_rule(rule)
    by_topic: dict[str, list[EventRule]] = {}
    for rule in setup.rules:
        for target in rule.targets:
            by_topic.setdefault(target, []).append(rule)
    for arn, rules in by_topic.items():
        if arn in setup.topics:
            yield from _check_topic(arn, setup.topics[arn], rules)


def _check_rule(rule: EventRule) -> Iterator[Finding]:
    restore = f"cdk deploy {rule.stack} --revert-drift"
    if not rule.is_enabled:
        hint = f"{restore}, or aws events enable-rule --name {rule.name}"
        yield Finding("error", f"the rule {rule.name} is disabled", hint)
    if not rule.targets:
        yield Finding("error", f"the rule {rule.name} has no target: nobody is notified", restore)


def _check_topic(arn: str, topic: Topic | None, rules: Sequence[EventRule]) -> Iterator[Finding]:
    name = arn.rsplit(":", 1)[-1]
    if topic is None:
        text = f"the topic {name}, which does not exist, is to be notified by {_list_rules(rules)}"
        yield Finding("error", text, f"cdk deploy {rules[0].stack} --revert-drift")
        return
    if refused := [one for one in rules if _is_refused(topic, one)]:
        text = f"the policy of the topic {name} does not let {_list_rules(refused)} publish"
        statement = json.dumps(build_statement(arn, [one.arn for one in refused]))
        yield Finding("error", text, f"add to its policy: {statement}")
    if isinstance(topic.key, Key) and _may_not_use(topic.key):
        yield Finding("error", f"the key of the topic {name} does not let EventBridge use it", _ALLOW_KEY)


def _list_rules(rules: Iterable[EventRule]) -> str:
    names = sorted(one.name for one in rules)
    return f"the rule{'s' * (len(names) > 1)} {', '.join(names)}"


def _is_refused(topic: Topic, rule: EventRule) -> bool:
    """A topic without a policy of its own lets its owner publish, and no service."""
    if not isinstance(topic.policy, str | dict):
        return topic.policy is None
    context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.arn.split(":")[4]}
    return evaluate(topic.policy, Request(_EVENTS, "sns:Publish", topic.arn, context)) == "denied"


def _may_not_use(key: Key) -> bool:
    """EventBridge does not tell KMS for which rule it asks; a key of AWS's own names no service."""
    if not isinstance(key.policy, str | dict):
        return key.policy is None
    requests = (Request(_EVENTS, action, key.id, {}) for action in ("kms:Decrypt", "kms:GenerateDataKey"))
    return any(evaluate(key.policy, one) == "denied" for one in requests)
