r"""Regular expressions of queries, in the subset of RE2 that the project documents.

No look-around, no back-references, `(?i)` as the only flag; `{` stands for itself unless a count follows.
https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .char_sets import (
    CLASSES,
    MAX_CODE,
    NOT_NEWLINE,
    Ranges,
    Undecidable,
    characters,
    complement,
    ranges,
    single,
    union,
)
from .languages import EMPTY, Language, anchor, either, one_of, repeat, searched, sequence

_TIMES = re.compile(r"(?:([*+?])|\{([0-9]+)(?:(,)([0-9]*))?\})")
_GROUP = re.compile(r"\((?:\?P?<[A-Za-z_]\w*>|\?:|(?!\?))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a"}


@lru_cache(maxsize=4_096)
def found_by(source: str) -> Any:
    """The texts in which the expression is found; None for none.

    Raises:
        Undecidable: outside of the subset.
    """
    reader = _Reader(source)
    language = reader.options()
    if reader.rest():
        raise Undecidable(f"unbalanced: {source}")
    return searched(language)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source, self.at, self.folds = source, 0, False

    def rest(self) -> str:
        return self.source[self.at :]

    def take(self, token: str) -> bool:
        found = self.source.startswith(token, self.at)
        self.at += len(token) * found
        return found

    def char(self) -> str:
        if not self.rest():
            raise Undecidable(f"it ends too early: {self.source}")
        self.at += 1
        return self.source[self.at - 1]

    def options(self) -> Language:
        found = [self.row()]
        while self.take("|"):
            found.append(self.row())
        return found[0] if len(found) == 1 else either(found)

    def row(self) -> Language:
        parts: list[Language] = []
        while self.rest() and self.rest()[0] not in "|)":
            part = self.atom()
            times = self.times()
            parts.append(part if times is None else repeat(part, *times))
        return sequence(parts)

    def times(self) -> tuple[int, int | None] | None:
        """Of one repetition; RE2 takes a second one only as the `?` of a lazy one."""
        found = _TIMES.match(self.source, self.at)
        if not found:
            return None
        self.at = found.end()
        self.take("?")
        if _TIMES.match(self.source, self.at):
            raise Undecidable(f"a repetition of a repetition: {self.source}")
        if found[1]:
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found[1]]
        low = int(found[2])
        return low, (int(found[4]) if found[4] else None) if found[3] else low

    def atom(self) -> Language:
        if self.take("(?i)"):
            self.folds = True
            return EMPTY
        if group := _GROUP.match(self.source, self.at):
            self.at = group.end()
            return self.group()
        match char := self.char():
            case "^" | "$":
                return anchor(char)
            case ".":
                return one_of(NOT_NEWLINE)
            case "[":
                return one_of(self.bracket())
            case "(" | "*" | "+" | "?":
                raise Undecidable(f"{char} in {self.source}")
            case _:
                return one_of(self.folded(self.escape() if char == "\\" else characters(char)))

    def group(self) -> Language:
        folds = self.folds
        inner = self.options()
        self.folds = folds
        if not self.take(")"):
            raise Undecidable(f"a group is left open: {self.source}")
        return inner

    def bracket(self) -> Ranges:
        negated = self.take("^")
        members = self.item()
        while not self.take("]"):
            members = union(members, self.item())
        members = self.folded(members)
        return complement(members) if negated else members

    def item(self) -> Ranges:
        low = self.member()
        if not self.rest().startswith("-") or self.rest()[1:2] in ("]", ""):
            return low
        self.at += 1
        first, last = single(low), single(self.member())
        if first is None or last is None or first > last:
            raise Undecidable(f"a range: {self.source}")
        return ranges([(first, last)])

    def member(self) -> Ranges:
        char = self.char()
        return self.escape() if char == "\\" else characters(char)

    def escape(self) -> Ranges:
        char = self.char()
        if char in CLASSES:
            return CLASSES[char]
        if char == "x":
            code = self.char() + self.char()
            return characters(chr(int(code, 16)))
        if char.isalnum() and char not in _CONTROLS:
            raise Undecidable(f"the escape {char} in {self.source}")
        return characters(_CONTROLS.get(char, char))

    def folded(self, chars: Ranges) -> Ranges:
        """With the other case of each letter. Of a class and its complement both cases are members."""
        if not self.folds or chars in CLASSES.values():
            return chars
        members = [chr(code) for low, high in chars for code in range(low, min(high, MAX_CODE) + 1)]
        cases = {case for char in members for case in (char.lower(), char.upper()) if len(case) == 1}
        return union(chars, characters("".join(sorted(cases))))
