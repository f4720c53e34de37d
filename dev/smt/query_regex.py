r"""Regular expressions of queries, in the subset of RE2 that the project documents.

No look-around, no back-references, `(?i)` as the only flag; `{` is a literal unless a count follows.
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
    collect_characters,
    complement,
    find_single,
    merge_ranges,
    union,
)
from .languages import (
    EMPTY,
    Language,
    alternate,
    concatenate_all,
    find_anywhere,
    match_anchor,
    match_character,
    repeat,
)

_TIMES = re.compile(r"(?:([*+?])|\{([0-9]+)(?:(,)([0-9]*))?\})")
_GROUP = re.compile(r"\((?:\?P?<[A-Za-z_]\w*>|\?:|(?!\?))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a"}


@lru_cache(maxsize=4_096)
def translate_regex(source: str) -> Any:
    """Translates an expression into the texts with a match; None is the empty language.

    Raises:
        Undecidable: outside of the subset.
    """
    reader = _Reader(source)
    language = reader.parse_options()
    if reader.rest():
        raise Undecidable(f"unbalanced: {source}")
    return find_anywhere(language)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source, self.at, self.folds = source, 0, False

    def rest(self) -> str:
        return self.source[self.at :]

    def take(self, token: str) -> bool:
        found = self.source.startswith(token, self.at)
        self.at += len(token) * found
        return found

    def take_char(self) -> str:
        if not self.rest():
            raise Undecidable(f"it ends too early: {self.source}")
        self.at += 1
        return self.source[self.at - 1]

    def parse_options(self) -> Language:
        found = [self.parse_row()]
        while self.take("|"):
            found.append(self.parse_row())
        return found[0] if len(found) == 1 else alternate(found)

    def parse_row(self) -> Language:
        parts: list[Language] = []
        while self.rest() and self.rest()[0] not in "|)":
            part = self.parse_atom()
            times = self.parse_times()
            parts.append(part if times is None else repeat(part, *times))
        return concatenate_all(parts)

    def parse_times(self) -> tuple[int, int | None] | None:
        """The bounds of one repetition; RE2 allows a second one only as the `?` of a lazy one."""
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

    def parse_atom(self) -> Language:
        if self.take("(?i)"):
            self.folds = True
            return EMPTY
        if group := _GROUP.match(self.source, self.at):
            self.at = group.end()
            return self.parse_group()
        match char := self.take_char():
            case "^" | "$":
                return match_anchor(char)
            case ".":
                return match_character(NOT_NEWLINE)
            case "[":
                return match_character(self.parse_bracket())
            case "(" | "*" | "+" | "?":
                raise Undecidable(f"{char} in {self.source}")
            case _:
                return match_character(
                    self.fold_case(self.parse_escape() if char == "\\" else collect_characters(char))
                )

    def parse_group(self) -> Language:
        folds = self.folds
        inner = self.parse_options()
        self.folds = folds
        if not self.take(")"):
            raise Undecidable(f"a group is left open: {self.source}")
        return inner

    def parse_bracket(self) -> Ranges:
        negated = self.take("^")
        members = self.parse_item()
        while not self.take("]"):
            members = union(members, self.parse_item())
        members = self.fold_case(members)
        return complement(members) if negated else members

    def parse_item(self) -> Ranges:
        low = self.parse_member()
        if not self.rest().startswith("-") or self.rest()[1:2] in ("]", ""):
            return low
        self.at += 1
        first, last = find_single(low), find_single(self.parse_member())
        if first is None or last is None or first > last:
            raise Undecidable(f"a range: {self.source}")
        return merge_ranges([(first, last)])

    def parse_member(self) -> Ranges:
        char = self.take_char()
        return self.parse_escape() if char == "\\" else collect_characters(char)

    def parse_escape(self) -> Ranges:
        char = self.take_char()
        if char in CLASSES:
            return CLASSES[char]
        if char == "x":
            code = self.take_char() + self.take_char()
            return collect_characters(chr(int(code, 16)))
        if char.isalnum() and char not in _CONTROLS:
            raise Undecidable(f"the escape {char} in {self.source}")
        return collect_characters(_CONTROLS.get(char, char))

    def fold_case(self, chars: Ranges) -> Ranges:
        """With the other case of each letter. Of a class and its complement both cases are members."""
        if not self.folds or chars in CLASSES.values():
            return chars
        members = [chr(code) for low, high in chars for code in range(low, min(high, MAX_CODE) + 1)]
        cases = {case for char in members for case in (char.lower(), char.upper()) if len(case) == 1}
        return union(chars, collect_characters("".join(sorted(cases))))
