r"""Regular languages with anchors, by regular expressions of Z3, which lacks anchors.

Whether `^` and `$` hold depends on the place of a match. So a language is four expressions: of the
texts it matches where the match begins the whole text or does not, and ends it or does not. An anchor
holds in more places, never in fewer, where a match is at an end of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import z3

from .char_sets import Ranges, complement

Place = tuple[bool, bool]  # the match begins the text, the match ends the text

INSIDE: Place = (False, False)
PLACES: tuple[Place, ...] = (INSIDE, (False, True), (True, False), (True, True))
TEXTS = z3.ReSort(z3.StringSort())


def make_constant(text: str) -> Any:
    """A string constant of Z3; the text is escaped against Z3's own escapes."""
    safe = (char if char.isascii() and char.isalnum() else f"\\u{{{ord(char):x}}}" for char in text)
    return z3.StringVal("".join(safe))


@dataclass(frozen=True)
class Language:
    """The matched texts at each place (None is the empty language), and whether the empty text matches."""

    texts: dict[Place, Any]
    empty: dict[Place, bool]

    @cached_property
    def is_plain(self) -> bool:
        """Whether all places are alike, as without anchors."""
        return all(self.texts[place] is self.texts[INSIDE] for place in PLACES)


def make_plain(expression: Any, *, empty: bool) -> Language:
    """A language without anchors."""
    return Language(dict.fromkeys(PLACES, expression), dict.fromkeys(PLACES, empty))


def match_character(chars: Ranges) -> Language:
    """One character of a set; the empty language for an empty set."""
    if not chars:
        return make_plain(None, empty=False)
    if not complement(chars):
        return make_plain(z3.AllChar(TEXTS), empty=False)
    return make_plain(
        _unite([z3.Range(make_constant(chr(low)), make_constant(chr(high))) for low, high in chars]),
        empty=False,
    )


EMPTY = make_plain(z3.Re(""), empty=True)
ANYTHING = make_plain(z3.Full(TEXTS), empty=True)


def match_anchor(sign: str) -> Language:
    """`^` or `$`."""
    holds = {(begin, end): begin if sign == "^" else end for begin, end in PLACES}
    return Language({place: z3.Re("") if held else None for place, held in holds.items()}, holds)


def match_literal(text: str) -> Language:
    """Exactly this text."""
    return make_plain(z3.Re(make_constant(text)), empty=not text)


def _unite(options: list[Any]) -> Any:
    options = [option for option in options if option is not None]
    return (z3.Union(*options) if len(options) > 1 else options[0]) if options else None


def _concat(left: Any, right: Any) -> Any:
    return None if left is None or right is None else z3.Concat(left, right)


def alternate(options: list[Language]) -> Language:
    """Union of the options."""
    empty = {place: any(option.empty[place] for option in options) for place in PLACES}
    if all(option.is_plain for option in options):
        return make_plain(_unite([option.texts[INSIDE] for option in options]), empty=empty[INSIDE])
    return Language({place: _unite([option.texts[place] for option in options]) for place in PLACES}, empty)


def concatenate(left: Language, right: Language) -> Language:
    """Concatenation of two languages."""
    empty = {place: left.empty[place] and right.empty[place] for place in PLACES}
    if left.is_plain and right.is_plain:
        return make_plain(_concat(left.texts[INSIDE], right.texts[INSIDE]), empty=empty[INSIDE])
    return Language({place: _concatenate_at(left, right, place) for place in PLACES}, empty)


def _concatenate_at(left: Language, right: Language, place: Place) -> Any:
    """Concatenation: only an empty left part begins where the right part does, and vice versa."""
    begin, end = place
    ways = [_concat(left.texts[begin, False], right.texts[False, end])]
    if left.empty[begin, False]:
        ways.append(right.texts[place])
    if right.empty[False, end]:
        ways.append(left.texts[place])
    if left.empty[place] and right.empty[place]:
        ways.append(z3.Re(""))
    return _unite(ways)


def concatenate_all(parts: list[Language]) -> Language:
    """Concatenation of all parts."""
    return reduce(concatenate, parts, EMPTY) if parts else EMPTY


def repeat(part: Language, low: int, high: int | None) -> Language:
    """`part{low,high}`; without an upper bound where it is None."""
    if part.is_plain:
        empty = low == 0 or part.empty[INSIDE]
        return make_plain(_repeat_plain(part.texts[INSIDE], low, high), empty=empty)
    optional = alternate([EMPTY, part])
    more = [_iterate(part)] if high is None else [optional] * (high - low)
    return concatenate_all([part] * low + more)


def _repeat_plain(expression: Any, low: int, high: int | None) -> Any:
    if high == 0 or (expression is None and low == 0):
        return z3.Re("")
    if expression is None:
        return None
    if high is not None:
        return z3.Loop(expression, low, high)
    star = z3.Star(expression)
    return star if low == 0 else z3.Concat(z3.Loop(expression, low, low), star)


def _iterate(part: Language) -> Language:
    """Kleene star. An empty round adds nothing, so each round takes a character."""
    inner = EMPTY.texts[INSIDE] if part.texts[INSIDE] is None else z3.Star(part.texts[INSIDE])
    texts = {
        (begin, end): _unite(
            [
                z3.Re(""),
                part.texts[begin, end],
                _concat(_concat(part.texts[begin, False], inner), part.texts[False, end]),
            ]
        )
        for begin, end in PLACES
    }
    return Language(texts, dict.fromkeys(PLACES, True))


def find_anywhere(language: Language) -> Any:
    """The texts with a match anywhere; None is the empty language."""
    return concatenate_all([ANYTHING, language, ANYTHING]).texts[True, True]
