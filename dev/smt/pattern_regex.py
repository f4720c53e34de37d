r"""Regular expressions of filter patterns, from AWS's page: no parentheses, and `{,n}` is none to n.

Every character beyond ASCII is outside of `\d`, `\w` and `\s`, and inside of negated sets.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .char_sets import (
    CLASSES,
    NOT_NEWLINE,
    Ranges,
    Undecidable,
    collect_characters,
    complement,
    find_single,
    merge_ranges,
    union,
)
from .languages import (
    Language,
    alternate,
    concatenate_all,
    find_anywhere,
    match_anchor,
    match_character,
    repeat,
)

_TOKEN = re.compile(
    r"(?P<anchor>[\^$])|(?P<bar>\|)|(?P<dot>\.)|\[(?P<negated>\^?)(?P<set>\]?(?:\\.|[^\]\\])*)\]"
    r"|\\(?P<escape>x[0-7][0-9A-Fa-f]|.)|(?P<char>[^*+?{\\\[(])",
    re.DOTALL,
)
_TIMES = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\})\??")
_MEMBER = re.compile(r"\\(?P<escape>x[0-7][0-9A-Fa-f]|.)|(?P<char>[^\\])", re.DOTALL)
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=4_096)
def translate_regex(source: str) -> Any:
    """Translates an expression into the texts with a match; None is the empty language.

    Raises:
        Undecidable: for syntax that AWS's page does not list.
    """
    branches: list[list[Language]] = [[]]
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None:
            raise Undecidable(f"%{source}% at {at}")
        at = token.end()
        if token["bar"]:
            branches.append([])
        elif token["anchor"]:
            branches[-1].append(match_anchor(token["anchor"]))
        else:
            times = _TIMES.match(source, at)
            at = times.end() if times else at
            branches[-1].append(
                repeat(match_character(_parse_chars(token)), *(_parse_bounds(times) if times else (1, 1)))
            )
    return find_anywhere(alternate([concatenate_all(branch) for branch in branches]))


def _parse_bounds(times: re.Match[str]) -> tuple[int, int | None]:
    if times["sign"]:
        return _SIGNS[times["sign"]]
    low = int(times["low"] or 0)
    if not times["comma"]:
        return low, low
    return low, int(times["high"]) if times["high"] else None


def _parse_chars(token: re.Match[str]) -> Ranges:
    if token["dot"]:
        return NOT_NEWLINE
    if token["set"] is not None:
        members = _parse_members(token["set"])
        return complement(members) if token["negated"] else members
    return _parse_escape(token["escape"]) if token["escape"] else collect_characters(token["char"])


def _parse_escape(escape: str) -> Ranges:
    if len(escape) == 3:
        return collect_characters(chr(int(escape[1:], 16)))
    if escape.isalnum() and escape not in CLASSES:
        raise Undecidable(f"the escape \\{escape}")
    return CLASSES.get(escape) or collect_characters(escape)


def _parse_members(source: str) -> Ranges:
    """A hyphen between two members makes a range; at either end it is a literal."""
    tokens = list(_MEMBER.finditer(source))
    sets = [
        _parse_escape(token["escape"]) if token["escape"] else collect_characters(token["char"])
        for token in tokens
    ]
    found: list[Ranges] = []
    at = 0
    while at < len(tokens):
        if at + 2 < len(tokens) and tokens[at + 1]["char"] == "-":
            found.append(_parse_range(sets[at], sets[at + 2]))
            at += 3
        else:
            found.append(sets[at])
            at += 1
    return union(*found)


def _parse_range(low: Ranges, high: Ranges) -> Ranges:
    first, last = find_single(low), find_single(high)
    if first is None or last is None or first > last:
        raise Undecidable("a range of classes")
    return merge_ranges([(first, last)])
