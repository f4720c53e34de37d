"""What a condition answers on an event, in as few words as possible: all engines must answer the same.

It knows three answers, as SQL does: true, false, and none where there is no value to ask. Nothing is
rewritten first and nothing is shared with the engines but the nodes of the tree.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cis_insights import Reading
from cis_insights.logs_insights.syntax import (
    And,
    Call,
    Comparison,
    Field,
    In,
    Like,
    Not,
    Number,
    Or,
    Regex,
    String,
)

Truth = bool | None
NOTHING = object()
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: object, event: object, reading: Reading) -> bool:
    """Whether a condition is true of an event."""
    return _Asked(event, reading).truth(condition) is True


def _negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


class _Asked:
    def __init__(self, event: object, reading: Reading) -> None:
        self.event, self.reading = event, reading

    def truth(self, node: object) -> Truth:
        match node:
            case And(operands=operands):
                answers = [self.truth(operand) for operand in operands]
                return False if False in answers else None if None in answers else True
            case Or(operands=operands):
                answers = [self.truth(operand) for operand in operands]
                return True if True in answers else None if None in answers else False
            case Not(operand=operand):
                return _negation(self.truth(operand))
            case Call(name="ispresent", arguments=(argument,)):
                return self.value(argument) is not NOTHING
            case Comparison(operator="!="):
                return _negation(self.truth(replace(node, operator="=")))
            case In(negated=True) | Like(negated=True):
                return _negation(self.truth(replace(node, negated=False)))
            case Comparison(left=String() | Number(), right=Field()):
                turned = node.operator.translate(str.maketrans("<>", "><"))
                return self.truth(Comparison(turned, node.right, node.left))
            case Comparison(operator=sign, left=left, right=right):
                return self.leaf(left, lambda value: self.compare(value, sign, self.value(right)))
            case In(operand=operand, items=items):
                return self.leaf(
                    operand, lambda value: any(self.compare(value, "=", self.value(item)) for item in items)
                )
            case Like(operand=operand, pattern=String(value=part)):
                return self.leaf(operand, lambda value: isinstance(value, str) and part in value)
            case Like(operand=operand, pattern=Regex(source=source)):
                found = re.compile(source).search
                return self.leaf(operand, lambda value: isinstance(value, str) and found(value) is not None)
            case _:
                return self.leaf(node, bool)

    def leaf(self, operand: object, asked: Callable[[Any], bool]) -> Truth:
        value = self.value(operand)
        if value is NOTHING:
            return False if self.reading.absent_differs else None
        return None if isinstance(value, dict | list) else asked(value)

    def compare(self, left: object, sign: str, right: object) -> bool:
        """Texts with texts, numbers with numbers; by one reading also a text that looks like a number."""
        if isinstance(left, str) and isinstance(right, float) and self.reading.numeric_text:
            left = _number(left)
        same = any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, float))
        return same and SIGNS[sign](left, right)

    def value(self, node: object) -> object:
        match node:
            case String(value=value) | Number(value=value):
                return value
            case Call(name="tolower", arguments=(argument,)):
                text = self.value(argument)
                return f"{text:g}" if isinstance(text, float) else _lower(text)
            case Field(name=name):
                return self.found(name.split("."))
            case _:
                raise TypeError(f"no value for {node!r}")

    def found(self, steps: list[str]) -> object:
        value: Any = self.event
        for step in steps:
            try:
                value = value[int(step) if isinstance(value, list) else step]
            except (LookupError, TypeError, ValueError):
                return NOTHING
        if value is None and not self.reading.null_exists:
            return NOTHING
        return float(value) if isinstance(value, int) else value


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else NOTHING


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
