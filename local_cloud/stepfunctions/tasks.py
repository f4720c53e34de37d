"""Task states: AWS SDK integrations, and the optimized ones of SNS, SQS and EventBridge.

A task is called as the state machine's role, if its policies allow it. Nothing here runs code.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..ministack import get_scope
from ..protocol.messages import Parameters
from ..protocol.policies import UnknownPolicy
from ..protocol.roles import find_denied, may_publish
from .calls import Call, CallError, find_operation, send
from .limits import check_size, fail

_RESOURCE = re.compile(
    r"arn:aws[a-z-]*:states:::(?:aws-sdk:(?P<sdk>\w+):(?P<action>\w+)|(?P<optimized>\w+:\w+))"
)


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its names: as it is signed, in IAM, and in the errors of a task."""

    name: str
    iam: str
    errors: str
    base_error: str  # of a code that the operation's model does not list


def _define(name: str, errors: str, iam: str = "") -> Service:
    return Service(name, iam or name, errors, f"{errors}Exception")


_SDK = {
    "cloudtrail": _define("cloudtrail", "CloudTrail"),
    "cloudwatch": _define("monitoring", "CloudWatch", "cloudwatch"),
    "cloudwatchlogs": _define("logs", "CloudWatchLogs"),
    "ec2": _define("ec2", "Ec2"),
    "eventbridge": _define("events", "EventBridge"),
    "iam": _define("iam", "Iam"),
    "kms": _define("kms", "Kms"),
    "organizations": _define("organizations", "Organizations"),
    "sfn": _define("states", "Sfn"),
    "sns": _define("sns", "Sns"),
    "sqs": _define("sqs", "Sqs"),
    "ssm": _define("ssm", "Ssm"),
}
_OPTIMIZED = {
    "events:putEvents": Service("events", "events", "EventBridge", "AmazonEventBridgeException"),
    "sns:publish": Service("sns", "sns", "SNS", "AmazonSNSException"),
    "sqs:sendMessage": Service("sqs", "sqs", "SQS", "AmazonSQSException"),
}

# The log groups of a query, by its id.
FindGroups = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Session:
    """The session of a role, as which an execution calls services."""

    role: str
    arn: str
    access_key: str


@dataclass(frozen=True, slots=True)
class Tasks:
    """Runs the tasks of all executions."""

    find_groups: FindGroups

    def run(self, session: Session, resource: str, arguments: Any) -> Parameters:
        """The result of a task.

        Raises:
            MiniStack's execution error: with the name by which Retry and Catch know it.
        """
        service, action = _find_service(resource)
        operation = find_operation(service.name, action)
        if operation is None:
            raise fail("States.Runtime", f"The local cloud has no task {resource!r}.")
        call = Call(service.name, operation, _as_texts(arguments, resource))
        try:
            self._check(session, service, call)
            result = send(call, session.access_key)
        except CallError as error:
            raise fail(_name_error(service, operation, error.code), error.message) from error
        except (ValueError, UnknownPolicy) as error:
            raise fail("States.Runtime", str(error)) from error
        check_size(result, resource)
        return result

    def _check(self, session: Session, service: Service, call: Call) -> None:
        """Raises CallError unless the policies of the role, topic and key allow a call."""
        action = f"{service.iam}:{call.operation.name}"
        if action == "sns:Publish":
            topic = call.parameters.get("TopicArn", "")
            denied = None if may_publish(session.role, topic) else topic
        else:
            denied = find_denied(session.role, action, self._list_resources(call))
        if denied is not None:
            code = "AuthorizationError" if service.name == "sns" else "AccessDeniedException"
            message = f"User: {session.arn} is not authorized to perform: {action} on resource: {denied}"
            raise CallError(code, message)

    def _list_resources(self, call: Call) -> Sequence[str]:
        """ARNs of the resources of a call; `*` where the action has none, or none is known here."""
        given = call.parameters
        match call.operation.name:
            case "StartQuery":
                names = [given.get("logGroupName"), *given.get("logGroupNames", ())]
                return _list_group_arns([*filter(None, names), *given.get("logGroupIdentifiers", ())])
            case "GetQueryResults":
                return _list_group_arns(self.find_groups(given["queryId"])) or ["*"]
            case "StartExecution":
                return [given["stateMachineArn"]]
            case _:
                return ["*"]


def _find_service(resource: str) -> tuple[Service, str]:
    """The service and the action of a task's resource."""
    found = _RESOURCE.fullmatch(resource)
    if found and found["sdk"] in _SDK:
        return _SDK[found["sdk"]], found["action"]
    if found and found["optimized"] in _OPTIMIZED:
        return _OPTIMIZED[found["optimized"]], found["optimized"].split(":")[1]
    raise fail("States.Runtime", f"The local cloud has no task {resource!r}.")


def _as_texts(arguments: Any, resource: str) -> Mapping[str, Any]:
    """Arguments; the optimized integrations write a message that is an object as JSON."""
    if not isinstance(arguments, dict):
        raise fail("States.Runtime", f"The arguments of {resource} are not an object.")
    if ":aws-sdk:" in resource:
        return arguments
    return {
        name: json.dumps(value)
        if name in ("Message", "MessageBody") and not isinstance(value, str)
        else value
        for name, value in arguments.items()
    }


def _list_group_arns(groups: Sequence[str]) -> list[str]:
    account, region = get_scope()
    names = (group.rsplit(":log-group:", 1)[-1].removesuffix(":*") for group in groups)
    return [f"arn:aws:logs:{region}:{account}:log-group:{name}" for name in names]


def _name_error(service: Service, operation: Any, code: str) -> str:
    """The name of an error: its class in the SDK if the operation's model lists it, else the base class."""
    codes = {
        shape.metadata.get("error", {}).get("code", shape.name): shape.name
        for shape in operation.error_shapes
    }
    return f"{service.errors}.{codes.get(code, service.base_error)}"
