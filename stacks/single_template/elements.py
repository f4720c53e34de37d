"""Parameters, their labels and conditions as a template has them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any, TypeVar, cast

from aws_cdk import CfnElement, CfnParameter, CfnRule, CfnRuleAssertion, Fn, ICfnConditionExpression, Stack
from constructs import IConstruct

from .conditions import Condition, Conjunction, Disjunction, Equals, Negation
from .template_parameters import Requirement, TemplateParameter

Element = TypeVar("Element", bound=CfnElement)


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


def make_rules(stack: Stack, requirements: Iterable[Requirement]) -> None:
    """Rules that refuse parameters which do not go together.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    for rule, members in groupby(requirements, lambda one: one.rule):
        assertions = [
            CfnRuleAssertion(assert_=write_expression(one.condition), assert_description=one.message)
            for one in members
        ]
        CfnRule(stack, rule, assertions=assertions)


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


def find_elements(construct: IConstruct, kind: type[Element]) -> list[Element]:
    """The elements of a kind below a construct, itself among them."""
    return [one for one in construct.node.find_all() if isinstance(one, kind)]


def read_capabilities(text: str) -> tuple[str, ...]:
    """What a deploy of a template has to acknowledge."""
    kinds = [one["Type"] for one in json.loads(text)["Resources"].values()]
    return ("CAPABILITY_IAM",) if any(kind.startswith("AWS::IAM::") for kind in kinds) else ()
