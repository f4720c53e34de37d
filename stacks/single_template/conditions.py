"""Conditions on a template's parameters: stated once, written into the template and decided before a deploy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Equals:
    """A parameter has this value."""

    parameter: str
    value: str


@dataclass(frozen=True, slots=True)
class Negation:
    """A condition that does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All of some conditions hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """One of some conditions holds, or several."""

    conditions: tuple[Condition, ...]


Condition = Equals | Negation | Conjunction | Disjunction


def is_given(parameter: str) -> Condition:
    """That a parameter is not empty."""
    return Negation(Equals(parameter, ""))


def all_of(*conditions: Condition) -> Condition:
    """That all of them hold."""
    return Conjunction(conditions)


def any_of(*conditions: Condition) -> Condition:
    """That at least one of them holds; CloudFormation takes two to ten, so one stays as it is."""
    return Disjunction(conditions) if len(conditions) > 1 else conditions[0]


def holds(condition: Condition, values: Mapping[str, str]) -> bool:
    """Whether a condition is true.

    Args:
        values: of all parameters, by name.
    """
    match condition:
        case Equals(name, value):
            return values[name] == value
        case Negation(inner):
            return not holds(inner, values)
        case Conjunction(parts):
            return all(holds(part, values) for part in parts)
        case Disjunction(parts):
            return any(holds(part, values) for part in parts)
