"""Representatives of all values of a field: one for each combination of answers of its leaves.

The traits of a field are all that query and patterns compare it with: text constants, numbers, and
automata for globs, substrings and regular expressions. Each side's expressions are read by that
side's own reader.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from ..events.field_paths import ABSENT, Absent
from ..filter_patterns.globs import Glob
from ..filter_patterns.regex import Search
from ..filter_patterns.syntax import Compare, GlobText, Numeral, PatternLeaf, PresenceTest, RegexText
from ..logs_insights.evaluate import ORDER
from ..logs_insights.normal_form import presence
from ..logs_insights.syntax import (
    Comparison,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Regex,
    String,
)
from ..regex.automaton import Automaton, anywhere, compile_search, literal
from ..regex.text_classes import TextAutomaton, find_representatives
from ..regex.tree import RegexError

Witness = str | int | float | bool | None | dict[str, object] | Absent


class Undecidable(Exception):
    """A condition that the prover cannot decide."""

    def __str__(self) -> str:
        return "a condition that does not compare single fields with constants cannot be proven"


@dataclass(frozen=True, slots=True)
class Traits:
    """All that the leaves compare a field with."""

    texts: frozenset[str] = frozenset()
    numbers: frozenset[float] = frozenset()
    automata: tuple[TextAutomaton, ...] = ()
    presence: bool = False

    def __or__(self, other: Traits) -> Traits:
        return Traits(
            self.texts | other.texts,
            self.numbers | other.numbers,
            self.automata + other.automata,
            self.presence or other.presence,
        )


def query_traits(leaf: Expression) -> tuple[str, Traits]:
    """The field of a normalised leaf of a query, and its traits.

    Raises:
        Undecidable: for a leaf that is not a comparison of one field with constants.
    """
    match leaf:
        case Not(operand=inner) if not presence(inner):
            return query_traits(inner)
        case Comparison(operator=sign, left=Field(name=name), right=right):
            if sign in ORDER and isinstance(right, String):
                raise Undecidable
            return name, _constant(right)
        case In(operand=Field(name=name), items=items):
            return name, _unite(map(_constant, items))
        case Like(operand=Field(name=name), pattern=String(value=part)):
            return name, Traits(automata=(_build(lambda: Automaton(anywhere(literal(part)))),))
        case Like(operand=Field(name=name), pattern=Regex(source=source)):
            return name, Traits(automata=(_build(lambda: compile_search(source)),))
        case _ if asked := presence(leaf):
            return asked, Traits(presence=True)
        case Not(operand=inner) if asked := presence(inner):
            return asked, Traits()
        case _:
            raise Undecidable


def pattern_traits(leaf: PatternLeaf) -> tuple[str, Traits]:
    """The field of a leaf of a pattern, and its traits."""
    path = leaf.selector.path
    if path is None:
        raise Undecidable
    match leaf:
        case PresenceTest():
            return path, Traits()
        case Compare(operand=Numeral(value=value)):
            return path, Traits(numbers=frozenset({value}))
        case Compare(operand=GlobText(numeral=True)):
            raise Undecidable
        case Compare(operand=GlobText(value="*")):
            return path, Traits(presence=True)
        case Compare(operand=GlobText(value=value)) if "*" not in value:
            return path, Traits(texts=frozenset({value}))
        case Compare(operand=GlobText(value=value)):
            return path, Traits(automata=(Glob(value),))
        case Compare(operand=RegexText(source=source)):
            return path, Traits(automata=(Search(source),))
        case _:
            raise Undecidable


def _build(build: Callable[[], Automaton]) -> Automaton:
    try:
        return build()
    except RegexError:
        raise Undecidable from None


def _constant(constant: Expression) -> Traits:
    match constant:
        case String(value=text):
            return Traits(texts=frozenset({text}))
        case Number(value=number):
            return Traits(numbers=frozenset({number}))
        case Negative(operand=Number(value=number)):
            return Traits(numbers=frozenset({-number}))
        case _:
            raise Undecidable


def _unite(traits: Iterable[Traits]) -> Traits:
    total = Traits()
    for more in traits:
        total |= more
    return total


def values_of(traits: Traits) -> list[Witness]:
    """Values that cover every combination of answers the leaves can give, under every reading.

    A map is among them unless presence itself is asked for: a pattern's `= "*"` is false on a map,
    and no pattern can say that a map is there.

    Raises:
        Undecidable: if a field is compared both with numbers and with text patterns.
        TooComplex: if text patterns have too many classes together.
    """
    if traits.numbers and traits.automata:
        raise Undecidable
    texts = find_representatives(sorted(traits.texts), traits.automata)
    maps: list[Witness] = [] if traits.presence else [{}]
    numbers = _numbers(sorted(traits.numbers)) if traits.numbers else [7]
    numerals = [_write_numeral(number, traits.texts) for number in numbers] if traits.numbers else []
    return [*texts, *numerals, ABSENT, None, *numbers, True, False, *maps]


def _numbers(constants: list[float]) -> list[float]:
    """Each constant, a number in each gap between them, and the extremes of JSON numbers.

    Comparisons with constants depend only on where a number lies among them.
    """
    gaps = (_find_between(low, high) for low, high in pairwise([-math.inf, *constants, math.inf]))
    found = [*constants, *(number for number in gaps if number is not None), *_EXTREMES]
    return list({repr(number): number for number in found}.values())


_MAX = sys.float_info.max
# Both zeros, the smallest and the largest numbers, one that no double holds, two that are read as infinite.
_EXTREMES = (0.0, -0.0, 5e-324, -5e-324, 2**53 + 1, _MAX, -_MAX, 10**309, -(10**309))


def _find_between(low: float, high: float) -> float | None:
    """A number between two, a readable one if possible; None if they are adjacent doubles."""
    nearest = math.nextafter(high, low) if math.isinf(low) else math.nextafter(low, high)
    candidates = (high - 1, low + 1, 0.0, low / 2 + high / 2, nearest)
    return next((number for number in candidates if low < number < high), None)


def _write_numeral(number: float, taken: frozenset[str]) -> str:
    """A text that reads as this number and is not one of the constants."""
    sign, digits = ("-", repr(number)[1:]) if repr(number).startswith("-") else ("", repr(number))
    while sign + digits in taken:
        digits = "0" + digits
    return sign + digits
