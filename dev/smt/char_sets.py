"""Sets of characters as sorted, disjoint ranges of code points."""

from __future__ import annotations

from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

MAX_CODE = 0x2FFFF  # the last character of Z3's theory of strings


class Undecidable(Exception):
    """A part of a query or a pattern that this translation does not cover."""


def merge_ranges(found: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges sorted, and joined where they touch."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(found):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return tuple(joined)


def collect_characters(text: str) -> Ranges:
    """The set of the characters of a text."""
    if text and ord(max(text)) > MAX_CODE:
        raise Undecidable(f"a character beyond U+{MAX_CODE:X}")
    return merge_ranges((ord(char), ord(char)) for char in text)


def complement(chars: Ranges) -> Ranges:
    """All other characters."""
    starts = [0, *(high + 1 for _, high in chars)]
    ends = [*(low - 1 for low, _ in chars), MAX_CODE]
    return tuple((low, high) for low, high in zip(starts, ends, strict=True) if low <= high)


def union(*sets: Ranges) -> Ranges:
    """The characters of any of the sets."""
    return merge_ranges(pair for chars in sets for pair in chars)


def find_single(chars: Ranges) -> int | None:
    """The code point of a set of one character."""
    return chars[0][0] if len(chars) == 1 and chars[0][0] == chars[0][1] else None


DIGIT = merge_ranges([(ord("0"), ord("9"))])
SPACE = collect_characters("\t\n\f\r ")
WORD = union(DIGIT, merge_ranges([(ord("A"), ord("Z")), (ord("a"), ord("z"))]), collect_characters("_"))
NOT_NEWLINE = complement(collect_characters("\n"))
CLASSES = {
    "d": DIGIT,
    "D": complement(DIGIT),
    "w": WORD,
    "W": complement(WORD),
    "s": SPACE,
    "S": complement(SPACE),
}
