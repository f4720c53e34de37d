"""Metric filter patterns for JSON: what CloudWatch Logs counts, decided without CloudWatch Logs.

A reading of AWS's page of its own, apart from the compiler that writes patterns: neither can repeat
a mistake of the other. Nothing but `errors` and `reading` is shared with the query side.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from .matcher_parser import NUMBER, parse_condition
from .matcher_regex import Search
from .matcher_syntax import (
    All,
    Any,
    Compare,
    Condition,
    Leaf,
    Numeral,
    Operand,
    RegexText,
    Selector,
    Step,
    Test,
    Text,
    Wildcard,
    leaves_of,
    print_pattern,
)
from .reading import Reading

__all__ = [
    "All",
    "Any",
    "Compare",
    "Condition",
    "Leaf",
    "Numeral",
    "Operand",
    "Pattern",
    "RegexText",
    "Selector",
    "Test",
    "Text",
    "Wildcard",
    "leaf_matches",
    "parse_pattern",
    "print_pattern",
]

Event = Mapping[str, object]
Predicate = Callable[[Event], bool]
ValueTest = Callable[[object], bool]

MAX_NUMBER = 400  # characters of a text that may read as a number

_LIKELY = Reading()
_SCALAR = (str, int, float)  # bool is an int
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Absent(Enum):
    """What a selector finds where there is nothing."""

    ABSENT = "absent"


_ABSENT = _Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Pattern:
    """A metric filter pattern, as text and as a tree."""

    text: str
    condition: Condition
    # Compiled once for each reading; says nothing that the tree does not.
    _predicates: dict[Reading, Predicate] = field(default_factory=dict, compare=False, repr=False)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """All comparisons and tests, in the order of the text."""
        return tuple(leaves_of(self.condition))

    def matches(self, event: Event, reading: Reading = _LIKELY) -> bool:
        """Whether a metric filter counts `event`, a JSON object as `json.loads` returns it."""
        predicate = self._predicates.get(reading)
        if predicate is None:
            predicate = self._predicates[reading] = _predicate(self.condition, reading)
        return predicate(event)


def parse_pattern(text: str) -> Pattern:
    """A pattern from its text, `{ $.eventName = "CreateTrail" }` for example.

    Raises:
        PatternError: where CloudWatch Logs would refuse the text, or does not document its meaning.
    """
    return Pattern(text, parse_condition(text))


def leaf_matches(leaf: Leaf, event: Event, reading: Reading) -> bool:
    """Whether one comparison or test is true of an event."""
    return _leaf(leaf, reading)(event)


def _predicate(condition: Condition, reading: Reading) -> Predicate:
    match condition:
        case All(operands=operands):
            every = [_predicate(operand, reading) for operand in operands]
            return lambda event: all(predicate(event) for predicate in every)
        case Any(operands=operands):
            some = [_predicate(operand, reading) for operand in operands]
            return lambda event: any(predicate(event) for predicate in some)
        case _:
            return _leaf(condition, reading)


@lru_cache(maxsize=4_096)
def _leaf(leaf: Leaf, reading: Reading) -> Predicate:
    """A leaf is asked of the one value that its selector finds, or of any of several.

    With a wildcard, `NOT EXISTS` is true if there is no value at all.
    """
    steps, test = leaf.selector.steps, _test(leaf, reading)
    if not leaf.selector.wildcards:
        return lambda event: test(_value(event, steps))
    quantifier = all if isinstance(leaf, Test) and leaf.test == "NOT EXISTS" else any
    return lambda event: quantifier(map(test, _values(event, steps)))


def _value(event: Event, steps: Sequence[Step]) -> object:
    value: object = event
    for step in steps:
        value = _child(value, step)
    return value


def _child(value: object, step: Step) -> object:
    """A property of an object or an element of an array; nothing else has any."""
    if isinstance(step, str):
        return value.get(step, _ABSENT) if isinstance(value, Mapping) else _ABSENT
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return value[step]
    return _ABSENT


def _values(event: Event, steps: Sequence[Step]) -> list[object]:
    values: list[object] = [event]
    for step in steps:
        values = [child for value in values for child in _children(value, step)]
    return values


def _children(value: object, step: Step) -> list[object]:
    if step is Wildcard.PROPERTY:
        return list(value.values()) if isinstance(value, Mapping) else []
    if step is Wildcard.ELEMENT:
        return value if isinstance(value, list) else []
    child = _child(value, step)
    return [] if child is _ABSENT else [child]


def _test(leaf: Leaf, reading: Reading) -> ValueTest:
    match leaf:
        case Test(test="IS NULL"):
            return lambda value: value is None
        case Test(test="IS TRUE"):
            return lambda value: value is True
        case Test(test="IS FALSE"):
            return lambda value: value is False
        case Test(test="NOT EXISTS"):
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


def _equality(operand: Operand, reading: Reading) -> ValueTest:
    match operand:
        case Text(value="*"):
            return _presence(reading)
        case Text(parts=[constant]):
            return lambda value: value == constant
        case Text(parts=parts, numeral=True):
            return lambda value: _glob(parts, _text(value))
        case Text(parts=parts):
            return lambda value: isinstance(value, str) and _glob(parts, value)
        case RegexText(source=source):
            found = Search(source)
            return lambda value: isinstance(value, str) and found(value)
        case Numeral(value=number):
            return lambda value: _number(value, reading) == number
        case _:
            raise TypeError(f"not an operand: {operand!r}")


def _order(holds: Callable[[float, float], bool], bound: float, reading: Reading) -> ValueTest:
    def ordered(value: object) -> bool:
        number = _number(value, reading)
        return number is not None and holds(number, bound)

    return ordered


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
    """The text of a JSON text or number; empty for all else, as no glob with a digit is."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
