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
    characters,
    complement,
    ranges,
    single,
    union,
)
from .languages import Language, anchor, either, one_of, repeat, searched, sequence

_TOKEN = re.compile(
    r"(?P<anchor>[\^$])|(?P<bar>\|)|(?P<dot>\.)|\[(?P<negated>\^?)(?P<set>\]?(?:\\.|[^\]\\])*)\]"
    r"|\\(?P<escape>x[0-7][0-9A-Fa-f]|.)|(?P<char>[^*+?{\\\[(])",
    re.DOTALL,
)
_TIMES = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\})\??")
_MEMBER = re.compile(r"\\(?P<escape>x[0-7][0-9A-Fa-f]|.)|(?P<char>[^\\])", re.DOTALL)
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=4_096)
def found_by(source: str) -> Any:
    """The texts in which the expression is found; None for none.

    Raises:
        Undecidable: at what AWS's page does not list.
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
            branches[-1].append(anchor(token["anchor"]))
        else:
            times = _TIMES.match(source, at)
            at = times.end() if times else at
            branches[-1].append(repeat(one_of(_chars(token)), *(_bounds(times) if times else (1, 1))))
    return searched(either([sequence(branch) for branch in branches]))


def _bounds(times: re.Match[str]) -> tuple[int, int | None]:
    if times["sign"]:
        return _SIGNS[times["sign"]]
    low = int(times["low"] or 0)
    if not times["comma"]:
        return low, low
    return low, int(times["high"]) if times["high"] else None


def _chars(token: re.Match[str]) -> Ranges:
    if token["dot"]:
        return NOT_NEWLINE
    if token["set"] is not None:
        members = _members(token["set"])
        return complement(members) if token["negated"] else members
    return _escaped(token["escape"]) if token["escape"] else characters(token["char"])


def _escaped(escape: str) -> Ranges:
    if len(escape) == 3:
        return characters(chr(int(escape[1:], 16)))
    if escape.isalnum() and escape not in CLASSES:
        raise Undecidable(f"the escape \\{escape}")
    return CLASSES.get(escape) or characters(escape)


def _members(source: str) -> Ranges:
    """A hyphen between two members makes a range; at either end it stands for itself."""
    tokens = list(_MEMBER.finditer(source))
    sets = [_escaped(token["escape"]) if token["escape"] else characters(token["char"]) for token in tokens]
    found: list[Ranges] = []
    at = 0
    while at < len(tokens):
        if at + 2 < len(tokens) and tokens[at + 1]["char"] == "-":
            found.append(_range(sets[at], sets[at + 2]))
            at += 3
        else:
            found.append(sets[at])
            at += 1
    return union(*found)


def _range(low: Ranges, high: Ranges) -> Ranges:
    first, last = single(low), single(high)
    if first is None or last is None or first > last:
        raise Undecidable("a range of classes")
    return ranges([(first, last)])
