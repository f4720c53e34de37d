"""Parameters, their labels and conditions as a template has them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, cast

from aws_cdk import CfnParameter, Fn, ICfnConditionExpression, Stack

from .conditions import Condition, Conjunction, Disjunction, Equals, Negation
from .template_parameters import TemplateParameter


def make_parameter(stack: Stack, one: TemplateParameter) -> CfnParameter:
    """The element of a template that declares a parameter."""
    return CfnParameter(
        stack,
        one.name,
        default=one.default,
        description=one.description,
        allowed_pattern=one.pattern,
        allowed_values=list(one.choices) if one.choices else None,
        constraint_description=one.constraint if one.pattern else None,
    )


def build_interface(declared: Iterable[TemplateParameter]) -> dict[str, Any]:
    """Groups and labels of the parameters, as the console shows them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-interface.html
    """
    groups = [
        {"Label": {"default": label}, "Parameters": [one.name for one in members]}
        for label, members in groupby(declared, lambda one: one.group)
    ]
    labels = {one.name: {"default": one.label} for one in declared if one.label}
    return {"ParameterGroups": groups, "ParameterLabels": labels}


def write_expression(condition: Condition) -> ICfnConditionExpression:
    """A condition as a template says it."""
    match condition:
        case Equals(name, value):
            made = Fn.condition_equals(Fn.ref(name), value)
        case Negation(inner):
            made = Fn.condition_not(write_expression(inner))
        case Conjunction(parts):
            made = Fn.condition_and(*map(write_expression, parts))
        case Disjunction(parts):
            made = Fn.condition_or(*map(write_expression, parts))
    return cast(ICfnConditionExpression, made)
