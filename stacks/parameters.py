"""What a template's parameters take, and its rules allow: said before a deploy fails in each account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .settings import Fault
from .values import nearest, shown

Template = Mapping[str, Any]
# What a rule of the template is about, and what keeps it.
_RULES = {
    "OneLogGroup": (
        "LogGroupName",
        "give -p LogGroupName=NAME, or -p LogGroupParameter=NAME of an SSM parameter that holds it",
    ),
    "Heard": (
        "Email",
        "give -p Email=ADDRESS or -p Endpoint=URL, a lower -p NotifyFrom, or an existing topic, such as"
        " -p HighTopic=ARN",
    ),
}


def complete(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter's value: what is given, or its default."""
    return {name: given.get(name, one["Default"]) for name, one in template["Parameters"].items()}


def faults(template: Template, given: Mapping[str, str]) -> list[Fault]:
    """What is wrong with values of the template's parameters; by the parameter's name."""
    known = template["Parameters"]
    found = [
        Fault(name, "the template has no such parameter", nearest(name, [*known]))
        for name in given
        if name not in known
    ]
    found += [
        fault for name, value in given.items() if name in known for fault in _refused(name, value, known)
    ]
    return found or [
        Fault(_RULES[name][0], assertion["AssertDescription"], _RULES[name][1])
        for name, rule in template.get("Rules", {}).items()
        for assertion in rule["Assertions"]
        if not holds(template, assertion["Assert"], complete(template, given))
    ]


def _refused(name: str, value: str, known: Mapping[str, Any]) -> list[Fault]:
    one = known[name]
    if "AllowedValues" in one:
        fits, form = value in one["AllowedValues"], " or ".join(one["AllowedValues"])
    else:
        fits, form = re.fullmatch(one["AllowedPattern"], value) is not None, one["ConstraintDescription"]
    return [] if fits else [Fault(name, f"{shown(value)} does not fit", f"write {form}")]


def holds(template: Template, expression: Any, values: Mapping[str, str]) -> bool:
    """Whether a condition, or what a rule asserts, is true of these values of all parameters."""

    def value(node: Any) -> str:
        return values[node["Ref"]] if isinstance(node, Mapping) else str(node)

    match expression:
        case {"Fn::Or": [*parts]}:
            return any(holds(template, part, values) for part in parts)
        case {"Fn::And": [*parts]}:
            return all(holds(template, part, values) for part in parts)
        case {"Fn::Not": [part]}:
            return not holds(template, part, values)
        case {"Fn::Equals": [one, other]}:
            return value(one) == value(other)
        case {"Fn::Contains": [choices, one]}:
            return value(one) in choices
        case {"Condition": name}:
            return holds(template, template["Conditions"][name], values)
        case _:
            raise ValueError(f"no condition: {expression}")
