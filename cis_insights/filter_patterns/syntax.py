"""The tree of a metric filter pattern, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from ..errors import Span

NAME = re.compile(r"[A-Za-z0-9_-]+")

EqualityOperator = Literal["=", "!="]
NumericOperator = Literal["=", "!=", "<", "<=", ">", ">="]
PresenceTestKind = Literal["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"]


class Wildcard(Enum):
    """A step of a selector that selects all elements of an array, or all fields of an object."""

    ELEMENT = "[*]"
    PROPERTY = ".*"


# A property by its name, an element of an array by its index, or all of them.
Step = str | int | Wildcard


@dataclass(frozen=True, slots=True)
class Selector:
    """`$.users[0].email`: the way to one value of an event; to several with a wildcard."""

    steps: tuple[Step, ...]

    @property
    def wildcards(self) -> int:
        """How many steps are wildcards."""
        return sum(isinstance(step, Wildcard) for step in self.steps)

    @property
    def path(self) -> str | None:
        """The dotted name (`users.0.email`), or None where no dotted name says the same.

        That is so with a wildcard, or with a name that would read as two steps or as an index.
        """
        names = [step for step in self.steps if isinstance(step, str)]
        if self.wildcards or any("." in name or name.isdecimal() for name in names):
            return None
        return ".".join(map(str, self.steps))

    def __str__(self) -> str:
        return "$" + "".join(map(_step, self.steps))


def _step(step: Step) -> str:
    match step:
        case Wildcard():
            return step.value
        case int():
            return f"[{step}]"
        case str() if NAME.fullmatch(step):
            return f".{step}"
        case str():
            return f".['{step}']"
        case _:
            raise TypeError(f"no text for {step!r}")


@dataclass(frozen=True, slots=True)
class GlobText:
    """Text in which `*` matches any run of characters, even an empty one.

    A numeral with `*` and without quotes (`4*`) matches the text of JSON numbers, too.
    """

    value: str
    numeral: bool = False

    @property
    def parts(self) -> list[str]:
        """The literal parts between the `*`."""
        return self.value.split("*")

    def __str__(self) -> str:
        if self.numeral:
            return self.value
        return '"' + self.value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, unquoted."""

    value: float

    def __str__(self) -> str:
        whole = self.value.is_integer() and abs(self.value) < 2**53
        return str(int(self.value)) if whole else repr(self.value)


@dataclass(frozen=True, slots=True)
class RegexText:
    """A regular expression, without its `%`."""

    source: str

    def __str__(self) -> str:
        return f"%{self.source}%"


PatternOperand = GlobText | Numeral | RegexText


@dataclass(frozen=True, slots=True)
class Compare:
    """`$.eventName = "CreateTrail"`; the orders (`<` and so on) only with a numeral."""

    selector: Selector
    operator: NumericOperator
    operand: PatternOperand
    span: Span = field(default=Span(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PresenceTest:
    """`$.errorCode NOT EXISTS`."""

    selector: Selector
    test: PresenceTestKind
    span: Span = field(default=Span(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Conditions joined by `&&`, at least two."""

    operands: tuple[PatternCondition, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Conditions joined by `||`, at least two."""

    operands: tuple[PatternCondition, ...]


PatternLeaf = Compare | PresenceTest
PatternCondition = Conjunction | Disjunction | PatternLeaf


def leaves_of(condition: PatternCondition) -> Iterator[PatternLeaf]:
    """All comparisons and tests, in the order of the text."""
    match condition:
        case Conjunction(operands=operands) | Disjunction(operands=operands):
            for operand in operands:
                yield from leaves_of(operand)
        case _:
            yield condition


def print_pattern(condition: PatternCondition) -> str:
    """The text of a pattern, which parses to the same tree.

    Parentheses are written wherever two operators meet: no precedence needs to be known.
    """
    return "{ " + _print(condition) + " }"


def _print(condition: PatternCondition) -> str:
    match condition:
        case Conjunction(operands=operands):
            return " && ".join(map(_group, operands))
        case Disjunction(operands=operands):
            return " || ".join(map(_group, operands))
        case PresenceTest(selector=selector, test=test):
            return f"{selector} {test}"
        case Compare(selector=selector, operator=operator, operand=operand):
            return f"{selector} {operator} {operand}"
        case _:
            raise TypeError(f"no text for {condition!r}")


def _group(condition: PatternCondition) -> str:
    return f"({_print(condition)})"
