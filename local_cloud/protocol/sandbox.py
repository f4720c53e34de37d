"""Limits of MiniStack: some services, and no process, container or other host.

MiniStack runs functions and jobs as the user who started it, and delivers to any address. Monitoring
of CloudTrail needs none of that, so none of it is available.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

from ..ministack import load_module, replace_items
from .messages import ServiceError

# What the app, the demo, our commands and the CDK CLI call, named as in a credential's scope.
SERVICES = frozenset(
    "athena cloudformation cloudtrail config ec2 events glue iam kms logs monitoring organizations s3 sns sqs"
    " ssm states sts".split()
)
# The only operations of these services. Athena's tables need Glue's, which also runs scripts.
OPERATIONS: Mapping[str, frozenset[str]] = {
    "glue": frozenset(
        "CreateDatabase DeleteDatabase GetDatabase GetDatabases UpdateDatabase"
        " CreateTable DeleteTable GetTable GetTables UpdateTable GetPartitions".split()
    ),
    # What a drill calls; no rule, which runs code.
    "config": frozenset(
        "DescribeConfigurationRecorders StopConfigurationRecorder DeleteConformancePack".split()
    ),
    # Rules that lead to topics, queues and state machines; no API destination, which calls another host.
    "events": frozenset(
        "PutRule DeleteRule DescribeRule ListRules EnableRule DisableRule ListRuleNamesByTarget"
        " PutTargets RemoveTargets ListTargetsByRule PutEvents TestEventPattern"
        " DescribeEventBus ListEventBuses TagResource UntagResource ListTagsForResource".split()
    ),
    # State machines and their executions; no activity, whose worker runs code.
    "states": frozenset(
        "CreateStateMachine UpdateStateMachine DeleteStateMachine DescribeStateMachine ListStateMachines"
        " ValidateStateMachineDefinition StartExecution StopExecution DescribeExecution ListExecutions"
        " GetExecutionHistory DescribeStateMachineForExecution"
        " TagResource UntagResource ListTagsForResource".split()
    ),
}
# The only types of these services.
TYPES = {"Events": ("AWS::Events::Rule",), "StepFunctions": ("AWS::StepFunctions::StateMachine",)}
# Types of CloudFormation, by the second part of their names.
NAMESPACES = frozenset(
    "CDK CloudFormation CloudTrail CloudWatch EC2 ECR Events IAM KMS Logs"
    " S3 SNS SQS SSM StepFunctions".split()
)


class Refused(RuntimeError):
    """An action that the local cloud never takes."""


@contextmanager
def close_exits() -> Iterator[None]:
    """Takes processes, containers and requests to other hosts from MiniStack; restores it afterwards."""
    with ExitStack() as stack:
        stack.enter_context(replace_items(sys.modules, {"docker": None}))  # its import fails
        for name, replaced in _list_exits().items():
            stack.enter_context(replace_items(vars(load_module(name)), replaced))
        for found in [one for name, one in sys.modules.items() if name.startswith("ministack.")]:
            if "subprocess" in vars(found):
                stack.enter_context(replace_items(vars(found), {"subprocess": None}))
        yield


def _list_exits() -> dict[str, dict[str, Callable[..., NoReturn]]]:
    """The functions by which MiniStack runs code and calls other hosts."""
    executors = [
        name for name in vars(load_module("services.lambda_svc")) if name.startswith("_execute_function")
    ]
    return {
        "services.lambda_svc": dict.fromkeys(executors, refuse_code),
        "services.glue": {"_execute_subprocess": refuse_code},
        "services.sns": {"_http_post_sync": refuse_host},
        "services.eventbridge": {"_http_open": refuse_host},
    }


def refuse_code(*_: Any, **__: Any) -> NoReturn:
    """Replaces functions that run code."""
    raise Refused("the local cloud runs no code")


def refuse_host(*_: Any, **__: Any) -> NoReturn:
    """Replaces functions that call another host."""
    raise Refused("the local cloud calls no other host")


@contextmanager
def keep_only(mapping: dict[str, Any], keep: Callable[[str], bool]) -> Iterator[None]:
    """Removes all other keys from `mapping`; restores it afterwards."""
    before = dict(mapping)
    for key in [key for key in mapping if not keep(key)]:
        del mapping[key]
    try:
        yield
    finally:
        mapping.clear()
        mapping.update(before)


def is_served(service: str) -> bool:
    """Whether a service is one of the local cloud's."""
    return service in SERVICES


def is_type(name: str) -> bool:
    """Whether a type of CloudFormation, `AWS::SNS::Topic` say, is one of the local cloud's."""
    namespace = "".join(name.split("::")[1:2])
    return namespace in NAMESPACES and name in TYPES.get(namespace, (name,))


def check_operation(service: str, name: str) -> None:
    """Refuses an operation that the local cloud does not open.

    Raises:
        ServiceError: in AWS's form for an unknown operation.
    """
    if name not in OPERATIONS.get(service, {name}):
        raise ServiceError("UnknownOperationException", f"The local cloud has no operation {name!r}.")
