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
from ..protocol.roles import find_denied, find_publish_error
from .calls import Call, CallError, find_operation, send, to_sdk_name
from .limits import check_size, fail

_RESOURCE = re.compile(
    r"arn:aws[a-z-]*:states:::(?:aws-sdk:(?P<sdk>\w+):(?P<action>\w+)|(?P<optimized>\w+:\w+))"
)


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its names: as it is signed, in the errors of a task, and in IAM.

    Errors are named after the classes of the AWS SDK for Java: version 2 for SDK integrations, version 1
    for the optimized ones.
    """

    name: str
    errors: str
    iam: str
    is_optimized: bool = False

    def name_error(self, operation: Any, code: str) -> str:
        """The name of an error: its class if the operation's model lists it, else the base class."""
        shapes = {
            shape.metadata.get("error", {}).get("code", shape.name): shape for shape in operation.error_shapes
        }
        known = shapes[code].name if code in shapes else ""
        if self.is_optimized:
            return f"{self.errors}.{known or f'Amazon{self.errors}Exception'}"
        return f"{self.errors}.{to_sdk_name(known) if known else f'{self.errors}Exception'}"


_SDK = {
    "cloudtrail": Service("cloudtrail", "CloudTrail", "cloudtrail"),
    "cloudwatch": Service("monitoring", "CloudWatch", "cloudwatch"),
    "cloudwatchlogs": Service("logs", "CloudWatchLogs", "logs"),
    "ec2": Service("ec2", "Ec2", "ec2"),
    "eventbridge": Service("events", "EventBridge", "events"),
    "iam": Service("iam", "Iam", "iam"),
    "kms": Service("kms", "Kms", "kms"),
    "organizations": Service("organizations", "Organizations", "organizations"),
    "sfn": Service("states", "Sfn", "states"),
    "sns": Service("sns", "Sns", "sns"),
    "sqs": Service("sqs", "Sqs", "sqs"),
    "ssm": Service("ssm", "Ssm", "ssm"),
}
_OPTIMIZED = {
    "events:putEvents": Service("events", "EventBridge", "events", is_optimized=True),
    "sns:publish": Service("sns", "SNS", "sns", is_optimized=True),
    "sqs:sendMessage": Service("sqs", "SQS", "sqs", is_optimized=True),
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
            raise fail(service.name_error(operation, error.code), error.message) from error
        except (ValueError, UnknownPolicy) as error:
            raise fail("States.Runtime", str(error)) from error
        check_size(result, resource)
        return result

    def _check(self, session: Session, service: Service, call: Call) -> None:
        """Raises CallError unless the policies of the role, topic and key allow a call."""
        action = f"{service.iam}:{call.operation.name}"
        if action == "sns:Publish":
            denied = topic = call.parameters.get("TopicArn", "")
            code = find_publish_error(session.role, topic)
        else:
            denied = find_denied(session.role, action, self._list_resources(call)) or ""
            code = "AccessDeniedException" if denied else None
        if code:
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
