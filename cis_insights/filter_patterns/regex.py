"""Regular expressions of metric filter patterns, searched for in one pass over a text.

A bit-parallel NFA: without groups an expression is a row of cells, each of which takes one character,
and the cells that can be next are the bits of one number. No text, however hostile, is slow.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
"""

from __future__ import annotations

import re
import string
from collections.abc import Hashable
from dataclasses import dataclass, replace

from ..errors import printable

# A repetition counts as often as it may repeat: RE2 allows 1,000.
MAX_CELLS = 1_000
MAX_CACHE = 4_096

CharSet = frozenset[str]

OTHER = "\x80"  # represents all characters beyond ASCII: no expression distinguishes them
ALL = frozenset(map(chr, range(ord(OTHER) + 1)))
_DIGIT = frozenset(string.digits)
_SPACE = frozenset("\t\n\f\r ")
_WORD = frozenset(string.ascii_letters + string.digits + "_")
CLASSES = {
    "d": _DIGIT,
    "D": ALL - _DIGIT,
    "s": _SPACE,
    "S": ALL - _SPACE,
    "w": _WORD,
    "W": ALL - _WORD,
}
OPERATORS = frozenset(r"^$?[]{}|\*+.")
# The list of the page, and the space, which an example of the page has.
ALPHABET = frozenset(string.ascii_letters + string.digits + ":_#=@/;,- ") | OPERATORS

_HEX = re.compile(r"x([0-7][0-9A-Fa-f])")
_REPEAT = re.compile(
    r"(?:(?P<sign>[*+?])|\{(?=,?[0-9])(?P<low>[0-9]*)(?:(?P<comma>,)(?P<high>[0-9]*))?\})\??"
)
_BOUNDS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class RegexFault(ValueError):
    """An expression that AWS does not document; `offset` counts characters of its source."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Cell:
    """Takes one character of a set, or is an anchor; with neither it is the accepting cell."""

    chars: CharSet = frozenset()
    optional: bool = False
    repeats: bool = False
    anchor: str = ""


class Search:
    """Looks for an expression anywhere in a text.

    Raises:
        RegexFault: with the offset of what is not documented.
    """

    def __init__(self, source: str) -> None:
        branches = _Parser(source).branches()
        self.cells: list[Cell] = []
        self.starts = self.ends = 0
        for branch in branches:
            self.starts |= 1 << len(self.cells)
            self.cells += [*branch, Cell()]
            self.ends |= 1 << (len(self.cells) - 1)
        self.start = self.reach(self.starts, begin=True)
        self.names = ALL  # a negated set distinguishes characters, too
        self.sets = tuple({cell.chars for cell in self.cells})
        self.cache: dict[tuple[int, str], int] = {}

    def __call__(self, text: str) -> bool:
        """Whether the expression is found in `text`."""
        state = self.start
        for char in text:
            if state & self.ends:
                return True
            state = self.step(state, char)
        return self.accepts(state, empty=not text)

    def step(self, state: int, char: str) -> int:
        """The state after one more character; what was found once stays found."""
        return self.ends if state & self.ends else self.next(state, min(char, OTHER))

    def accepts(self, state: int, *, empty: bool = False) -> bool:
        """Whether the expression is found if the text ends here; `empty` where nothing was read yet."""
        return self.reach(state, begin=empty, end=True) & self.ends != 0

    def signature(self, char: str) -> Hashable:
        """Equal for characters that lead from every state to the same one."""
        known = min(char, OTHER)
        return tuple(known in chars for chars in self.sets)

    def size(self, state: int) -> int:
        """Number of cells in a state."""
        return state.bit_count()

    def next(self, state: int, char: str) -> int:
        """The cells after a character, and those of a new start; cached."""
        found = self.cache.get((state, char))
        if found is None:
            found = self.reach(self.starts | self.take(state, char))
            if len(self.cache) >= MAX_CACHE:
                self.cache.clear()
            self.cache[state, char] = found
        return found

    def take(self, state: int, char: str) -> int:
        taken = 0
        for bit, cell in enumerate(self.cells):
            if state >> bit & 1 and char in cell.chars:
                taken |= (3 if cell.repeats else 2) << bit
        return taken

    def reach(self, state: int, *, begin: bool = False, end: bool = False) -> int:
        """Adds the cells that are reached without a character."""
        open_anchors = "^" * begin + "$" * end
        for bit, cell in enumerate(self.cells):
            if state >> bit & 1 and (cell.optional or (cell.anchor and cell.anchor in open_anchors)):
                state |= 2 << bit
        return state


class _Parser:
    """Recursive descent; the docstring of each method is its production."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.count = 0

    def peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def next(self) -> str:
        """The next character, which must be one that AWS lists."""
        char = self.peek()
        if not char:
            raise RegexFault("the regular expression ends too early", len(self.source))
        if char not in ALPHABET:
            raise self.unlisted_error(char)
        self.position += 1
        return char

    def unlisted_error(self, char: str) -> RegexFault:
        """The error at a character that AWS does not list."""
        if char in "()":
            message = "a regular expression of a pattern has no parentheses"
            hint = f"repeat what is around: ab|ac; `{char}` itself is \\x{ord(char):02X}"
        else:
            message = f"`{printable(char)}` is not supported in a regular expression"
            hint = (
                f"write \\x{ord(char):02X}" if char < OTHER else "characters beyond ASCII are not supported"
            )
        return RegexFault(message, self.position, hint)

    def branches(self) -> list[list[Cell]]:
        """regex := branch ("|" branch)*"""
        if not self.source:
            raise RegexFault("an empty regular expression", 0, 'any text is "*"')
        branches = [self.branch()]
        while self.peek() == "|":
            self.position += 1
            branches.append(self.branch())
        return branches

    def branch(self) -> list[Cell]:
        """branch := ("^" | "$" | chars repeat?)*"""
        cells: list[Cell] = []
        while self.peek() not in ("", "|"):
            cells += self.anchor() or self.repeat(Cell(self.chars()))
        return cells

    def anchor(self) -> list[Cell]:
        if self.peek() not in ("^", "$"):
            return []
        return [Cell(anchor=self.next())]

    def repeat(self, cell: Cell) -> list[Cell]:
        """repeat := ("*" | "+" | "?" | "{m}" | "{m,}" | "{,n}" | "{m,n}") "?"?"""
        found = _REPEAT.match(self.source, self.position)
        low, high = self.bounds(found) if found else (1, 1)
        self.count += max(low, high or 1)
        if self.count > MAX_CELLS:
            raise RegexFault(f"more than {MAX_CELLS:,} repetitions", self.position)
        self.position = found.end() if found else self.position
        if high is None:
            return [cell] * low + [replace(cell, optional=True, repeats=True)]
        return [cell] * low + [replace(cell, optional=True)] * (high - low)

    def bounds(self, found: re.Match[str]) -> tuple[int, int | None]:
        """How often a repetition repeats: at least, and at most."""
        if found["sign"]:
            return _BOUNDS[found["sign"]]
        low = int(found["low"] or 0)
        if not found["comma"]:
            return low, low
        high = int(found["high"]) if found["high"] else None
        if high is not None and high < low:
            raise RegexFault("the bounds are the wrong way round", found.start(), f"write {{{high},{low}}}")
        return low, high

    def chars(self) -> CharSet:
        """chars := "." | "[" set "]" | escape | character"""
        start, char = self.position, self.next()
        match char:
            case ".":
                return ALL - {"\n"}
            case "[":
                return self.char_set(start)
            case "\\":
                return self.escape()
            case "*" | "+" | "?" | "{":
                raise RegexFault(f"`{char}` repeats nothing", start, f"the character itself is \\{char}")
            case _:
                return frozenset(char)

    def char_set(self, start: int) -> CharSet:
        """set := "^"? item+; a "]" that comes first stands for itself"""
        negated = self.peek() == "^"
        self.position += negated
        members = self.item(start)
        while self.peek() != "]":
            members |= self.item(start)
        self.position += 1
        return ALL - members if negated else members

    def item(self, start: int) -> CharSet:
        """item := member ("-" member)?"""
        position, low = self.position, self.member(start)
        if self.peek() != "-" or self.source[self.position + 1 : self.position + 2] == "]":
            return low
        self.position += 1
        high = self.member(start)
        if len(low) != 1 or len(high) != 1 or max(low) > max(high):
            raise RegexFault("not a range of characters", position, "from the lower to the higher: a-z")
        return frozenset(map(chr, range(ord(max(low)), ord(max(high)) + 1)))

    def member(self, start: int) -> CharSet:
        """member := escape | character"""
        if not self.peek():
            raise RegexFault("this `[` is never closed", start, "the character itself is \\[")
        if self.source.startswith("[:", self.position):
            raise RegexFault("named classes are not supported", self.position, "write \\d, \\w or \\s")
        char = self.next()
        return self.escape() if char == "\\" else frozenset(char)

    def escape(self) -> CharSet:
        """escape := "\\\\" ("d" | "D" | "s" | "S" | "w" | "W" | "x" hex hex | operator or symbol)"""
        start = self.position - 1
        if found := _HEX.match(self.source, self.position):
            self.position = found.end()
            return frozenset(chr(int(found[1], 16)))
        char = self.next()
        if char in CLASSES:
            return CLASSES[char]
        if char.isalnum():
            hint = "\\d \\D \\s \\S \\w \\W and \\x00 to \\x7F are"
            raise RegexFault(f"the escape \\{char} is not supported", start, hint)
        return frozenset(char)
