"""AWS::Events::Rule and AWS::StepFunctions::StateMachine with the refusals of their services.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

from typing import Any

from ..events.rules import check_pattern, check_targets
from ..protocol.messages import ServiceError
from ..stepfunctions.executions import check_trust
from .resources import Created, Handlers, Properties


def handle_rule(handlers: Handlers) -> Handlers:
    """AWS::Events::Rule, which MiniStack creates with any pattern and target."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        _check_rule(properties)
        created: Created = handlers["create"](logical_id, properties, stack_name)
        return created

    def update(name: str, old: Properties, new: Properties, *rest: Any) -> Created:
        _check_rule(new)
        updated: Created = handlers["update"](name, old, new, *rest)
        return updated

    return {**handlers, "create": create, "update": update}


def _check_rule(properties: Properties) -> None:
    if properties.get("EventPattern"):
        check_pattern(properties["EventPattern"])
    check_targets(properties.get("Targets", ()))


def handle_state_machine(handlers: Handlers) -> Handlers:
    """AWS::StepFunctions::StateMachine, which MiniStack creates with any role; its update checks it."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        created: Created = handlers["create"](logical_id, properties, stack_name)
        try:
            check_trust(properties["RoleArn"], created[0])
        except ServiceError:
            handlers["delete"](created[0], properties)
            raise
        return created

    return {**handlers, "create": create}
