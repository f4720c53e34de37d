"""Metric filter patterns for JSON: whether CloudWatch Logs would count an event.

Written from AWS's page independently of the compiler that writes patterns: neither repeats a mistake
of the other. Nothing but `errors` and `reading` is shared with the query side.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..reading import Event, Reading
from .leaf_tests import compile_test, select_all, select_one
from .parser import parse_condition
from .syntax import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    PatternCondition,
    PatternLeaf,
    PatternOperand,
    PresenceTest,
    RegexText,
    Selector,
    Wildcard,
    leaves_of,
    print_pattern,
)

__all__ = [
    "Compare",
    "Conjunction",
    "Disjunction",
    "GlobText",
    "Numeral",
    "Pattern",
    "PatternCondition",
    "PatternLeaf",
    "PatternOperand",
    "PresenceTest",
    "RegexText",
    "Selector",
    "Wildcard",
    "compile_leaf",
    "parse_pattern",
    "print_pattern",
]

Predicate = Callable[[Event], bool]

_LIKELY = Reading()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A metric filter pattern, as text and as a tree."""

    text: str
    condition: PatternCondition
    # A cache: compiled once for each reading.
    _predicates: dict[Reading, Predicate] = field(default_factory=dict, compare=False, repr=False)

    @property
    def leaves(self) -> tuple[PatternLeaf, ...]:
        """All comparisons and tests, in the order of the text."""
        return tuple(leaves_of(self.condition))

    @property
    def has_regex(self) -> bool:
        """Whether it has a regular expression, of which a log group allows a few filters only."""
        return any(isinstance(leaf, Compare) and isinstance(leaf.operand, RegexText) for leaf in self.leaves)

    def matches(self, event: Event, reading: Reading = _LIKELY) -> bool:
        """Whether a metric filter counts `event`, a JSON object as `json.loads` returns it."""
        predicate = self._predicates.get(reading)
        if predicate is None:
            predicate = self._predicates[reading] = _compile(self.condition, reading)
        return predicate(event)


def parse_pattern(text: str) -> Pattern:
    """A pattern from its text, `{ $.eventName = "CreateTrail" }` for example.

    Raises:
        PatternError: where CloudWatch Logs would refuse the text, or does not document its meaning.
    """
    return Pattern(text, parse_condition(text))


def _compile(condition: PatternCondition, reading: Reading) -> Predicate:
    match condition:
        case Conjunction(operands=operands):
            every = [_compile(operand, reading) for operand in operands]
            return lambda event: all(predicate(event) for predicate in every)
        case Disjunction(operands=operands):
            some = [_compile(operand, reading) for operand in operands]
            return lambda event: any(predicate(event) for predicate in some)
        case _:
            return compile_leaf(condition, reading)


def compile_leaf(leaf: PatternLeaf, reading: Reading) -> Predicate:
    """Whether one comparison or test is true of an event.

    It tests the value that the selector finds, or with a wildcard whether any of the values passes.
    With a wildcard, `NOT EXISTS` is true if there is not a single value.
    """
    steps, test = leaf.selector.steps, compile_test(leaf, reading)
    if not leaf.selector.wildcards:
        return lambda event: test(select_one(event, steps))
    quantifier = all if isinstance(leaf, PresenceTest) and leaf.test == "NOT EXISTS" else any
    return lambda event: quantifier(map(test, select_all(event, steps)))
