"""Values of one field that stand for all its values: one for each way its leaves can come out.

What a query and a pattern say about a field is a set of traits: text constants, numbers, and
automata for globs, substrings and regular expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from .automaton import Automaton, anywhere, glob, literal, searched
from .evaluate import ORDER
from .language import witnesses
from .matcher_syntax import Compare, Leaf, Numeral, RegexText, Test, Text
from .normal import presence
from .records import ABSENT, Absent
from .regex import RegexError
from .syntax import Comparison, Expression, Field, In, Like, Negative, Not, Number, Regex, String

Witness = str | float | bool | None | dict[str, object] | Absent


class NoWitness(Exception):
    """A leaf that says more about its field than constants, patterns and presence."""

    def __str__(self) -> str:
        return "a condition that is no comparison of single fields with constants can not be proven"


@dataclass(frozen=True, slots=True)
class Traits:
    """What leaves ask of a field."""

    texts: frozenset[str] = frozenset()
    numbers: frozenset[float] = frozenset()
    automata: tuple[Automaton, ...] = ()
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
        NoWitness: for a leaf that is no comparison of one field with constants.
    """
    match leaf:
        case Not(operand=inner) if not presence(inner):
            return query_traits(inner)
        case Comparison(operator=sign, left=Field(name=name), right=right):
            if sign in ORDER and isinstance(right, String):
                raise NoWitness
            return name, _constant(right)
        case In(operand=Field(name=name), items=items):
            return name, _union(map(_constant, items))
        case Like(operand=Field(name=name), pattern=String(value=part)):
            return name, Traits(automata=(_built(lambda: Automaton(anywhere(literal(part)))),))
        case Like(operand=Field(name=name), pattern=Regex(source=source)):
            return name, Traits(automata=(_built(lambda: searched(source)),))
        case _ if asked := presence(leaf):
            return asked, Traits(presence=True)
        case Not(operand=inner) if asked := presence(inner):
            return asked, Traits()
        case _:
            raise NoWitness


def pattern_traits(leaf: Leaf) -> tuple[str, Traits]:
    """The field of a leaf of a pattern, and its traits."""
    path = leaf.selector.path
    if path is None:
        raise NoWitness
    match leaf:
        case Test():
            return path, Traits()
        case Compare(operand=Numeral(value=value)):
            return path, Traits(numbers=frozenset({value}))
        case Compare(operand=Text(numeral=True)):
            raise NoWitness
        case Compare(operand=Text(value="*")):
            return path, Traits(presence=True)
        case Compare(operand=Text(value=value)) if "*" not in value:
            return path, Traits(texts=frozenset({value}))
        case Compare(operand=Text(value=value)):
            return path, Traits(automata=(_built(lambda: Automaton(glob(value))),))
        case Compare(operand=RegexText(source=source)):
            # Patterns read {,n} as none to n; in RE2 it stands for itself.
            return path, Traits(automata=(_built(lambda: searched(source.replace("{,", "{0,"))),))
        case _:
            raise NoWitness


def _built(build: Callable[[], Automaton]) -> Automaton:
    try:
        return build()
    except RegexError:
        raise NoWitness from None


def _constant(constant: Expression) -> Traits:
    match constant:
        case String(value=text):
            return Traits(texts=frozenset({text}))
        case Number(value=number):
            return Traits(numbers=frozenset({number}))
        case Negative(operand=Number(value=number)):
            return Traits(numbers=frozenset({-number}))
        case _:
            raise NoWitness


def _union(traits: Iterable[Traits]) -> Traits:
    total = Traits()
    for more in traits:
        total |= more
    return total


def values_of(traits: Traits) -> list[Witness]:
    """Values that cover every combination of answers the leaves can give.

    A map is among them unless presence itself is asked for: a pattern's `= "*"` is false on a map,
    and no pattern can say that a map is there.

    Raises:
        NoWitness: if a field is compared both with numbers and with text patterns.
        TooComplex: if text patterns have too many classes together.
    """
    if traits.numbers and traits.automata:
        raise NoWitness
    texts = witnesses(sorted(traits.texts), traits.automata)
    numbers = _numbers(sorted(traits.numbers))
    digits = [_spelt(number, traits.texts) for number in numbers] if traits.numbers else []
    maps: list[Witness] = [] if traits.presence else [{}]
    return [*texts, *digits, ABSENT, None, *numbers, True, False, *maps]


def _numbers(constants: list[float]) -> list[float]:
    """Each constant, and a number in each gap between them."""
    if not constants:
        return [7]
    gaps = [(low + high) / 2 for low, high in pairwise(constants)]
    return [*constants, *gaps, constants[0] - 1, constants[-1] + 1]


def _spelt(number: float, taken: frozenset[str]) -> str:
    """A text that reads as this number and is none of the constants."""
    text = f"{number:.1f}" if number == int(number) else repr(number)
    while text in taken:
        text += "0"
    return text
