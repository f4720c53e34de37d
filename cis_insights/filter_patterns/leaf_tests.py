"""Values that the selectors of a metric filter pattern find in an event, and the tests of them.

Where AWS is silent the `Reading` decides.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Sequence
from enum import Enum

from ..reading import Event, Reading
from .parser import NUMBER
from .regex import Search
from .syntax import (
    Compare,
    GlobText,
    Numeral,
    PatternLeaf,
    PatternOperand,
    PresenceTest,
    RegexText,
    Step,
    Wildcard,
)

ValueTest = Callable[[object], bool]

MAX_NUMBER = 400  # characters of a text that may read as a number

_SCALAR = (str, int, float)  # bool is an int
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Absent(Enum):
    """The value of a selector that finds nothing."""

    ABSENT = "absent"


_ABSENT = _Absent.ABSENT


def select_one(event: Event, steps: Sequence[Step]) -> object:
    """The value at a selector without wildcards, or the mark of an absent value."""
    value: object = event
    for step in steps:
        value = _child(value, step)
    return _json(value)


def _json(value: object) -> object:
    """NaN, which JSON does not have and Python reads, is null."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _child(value: object, step: Step) -> object:
    """A property of an object or an element of an array; nothing else has any."""
    if isinstance(step, str):
        return value.get(step, _ABSENT) if isinstance(value, dict) else _ABSENT
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return value[step]
    return _ABSENT


def select_all(event: Event, steps: Sequence[Step]) -> list[object]:
    """The values at a selector, marks of absence among them; none where a wildcard selects nothing."""
    values: list[object] = [event]
    for step in steps:
        values = [child for value in values for child in _children(value, step)]
    return list(map(_json, values))


def _children(value: object, step: Step) -> list[object]:
    if step is Wildcard.PROPERTY:
        return list(value.values()) if isinstance(value, dict) else []
    if step is Wildcard.ELEMENT:
        return value if isinstance(value, list) else []
    return [_child(value, step)]


def compile_test(leaf: PatternLeaf, reading: Reading) -> ValueTest:
    """The test that a leaf makes of a value."""
    match leaf:
        case PresenceTest(test="IS NULL"):
            return lambda value: value is None
        case PresenceTest(test="IS TRUE"):
            return lambda value: value is True
        case PresenceTest(test="IS FALSE"):
            return lambda value: value is False
        case PresenceTest(test="NOT EXISTS"):
            return lambda value: value is _ABSENT or (value is None and not reading.null_exists)
        case Compare(operator="=", operand=operand):
            return _equality(operand, reading)
        case Compare(operator="!=", operand=operand):
            present, equal = _presence(reading), _equality(operand, reading)
            return lambda value: present(value) and not equal(value)
        case Compare(operator=sign, operand=Numeral(value=number)):
            return _order(_ORDERS[sign], number, reading)
        case _:
            raise TypeError(f"not a leaf: {leaf!r}")


def _presence(reading: Reading) -> ValueTest:
    """Whether there is a value to compare: no comparison is true of an object or an array."""
    if reading.null_exists:
        return lambda value: value is None or isinstance(value, _SCALAR)
    return lambda value: isinstance(value, _SCALAR)


def _equality(operand: PatternOperand, reading: Reading) -> ValueTest:
    match operand:
        case GlobText(value="*"):
            return _presence(reading)
        case GlobText(parts=[constant]):
            return lambda value: value == constant
        case GlobText(parts=parts, numeral=True):
            return lambda value: _glob(parts, _text(value))
        case GlobText(parts=parts):
            return lambda value: isinstance(value, str) and _glob(parts, value)
        case RegexText(source=source):
            found = Search(source)
            return lambda value: isinstance(value, str) and found(value)
        case Numeral(value=number):
            return lambda value: _number(value, reading) == number
        case _:
            raise TypeError(f"not an operand: {operand!r}")


def _order(holds: Callable[[float, float], bool], bound: float, reading: Reading) -> ValueTest:
    def is_ordered(value: object) -> bool:
        number = _number(value, reading)
        return number is not None and holds(number, bound)

    return is_ordered


def _glob(parts: Sequence[str], text: str) -> bool:
    """Whether `text` is the parts with anything between them; takes time linear in its length."""
    first, *middle, last = parts
    position, end = len(first), len(text) - len(last)
    if position > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _number(value: object, reading: Reading) -> float | None:
    """The double-precision number of a JSON number, and of a text if the reading says so."""
    if isinstance(value, str):
        numeric = reading.numeric_text and len(value) <= MAX_NUMBER and NUMBER.fullmatch(value)
        return float(value) if numeric else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _text(value: object) -> str:
    """The text of a JSON text or number; one without a digit for all else: no glob asked here has none."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) else ""
