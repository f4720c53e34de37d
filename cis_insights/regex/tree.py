"""Regular expressions of a query as a tree: what RE2 and Hyperscan have in common.

Without back-references and look-around every expression is a finite automaton: it runs in linear time
on any event, and a proof can reason about it. `.` is any character but a line feed,
`$` the end of the text, as in https://github.com/google/re2/wiki/Syntax without flags.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, replace

MAX_REPEAT = 100  # RE2 allows 1,000, which makes automata too large
MAX_TIMES = 1_000  # product of nested repetitions, as in RE2
MAX_DEPTH = 40
MAX_LENGTH = 1024


class RegexError(ValueError):
    """An expression outside the subset; `offset` counts characters of its source."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set, or if negated one that is not in it."""

    members: frozenset[str]
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        return (char in self.members) != self.negated


@dataclass(frozen=True, slots=True)
class Begin:
    """`^`."""


@dataclass(frozen=True, slots=True)
class End:
    """`$`."""


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Parts one after the other; without any, the empty text."""

    parts: tuple[RegexNode, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """One of the options."""

    options: tuple[RegexNode, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`part{minimum,maximum}`; no maximum where it is None."""

    part: RegexNode
    minimum: int
    maximum: int | None


RegexNode = Chars | Begin | End | Concatenation | Alternation | Repeat

ANY = Chars(frozenset(), negated=True)
_NOT_NEWLINE = Chars(frozenset("\n"), negated=True)
_DIGIT = frozenset(string.digits)
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_SPACE = frozenset("\t\n\f\r ")
_CLASSES = {
    "d": Chars(_DIGIT),
    "D": Chars(_DIGIT, negated=True),
    "w": Chars(_WORD),
    "W": Chars(_WORD, negated=True),
    "s": Chars(_SPACE),
    "S": Chars(_SPACE, negated=True),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a"}


def _times(tree: RegexNode) -> int:
    """The product of nested counted repetitions; `*` and `+` are loops and do not count."""
    match tree:
        case Concatenation(parts=below) | Alternation(options=below):
            return max(map(_times, below), default=1)
        case Repeat(part=part, minimum=minimum, maximum=maximum):
            is_loop = maximum is None and minimum < 2
            return _times(part) * (1 if is_loop else max(1, minimum, maximum or 0))
        case _:
            return 1


def parse_regex(source: str) -> RegexNode:
    """The tree of an expression.

    Raises:
        RegexError: with the offset of what is not valid or not supported.
    """
    if len(source) > MAX_LENGTH:
        raise RegexError(f"a regular expression of more than {MAX_LENGTH} characters", MAX_LENGTH)
    ignore_case = source.startswith("(?i)")
    parser = _Parser(source, 4 if ignore_case else 0, ignore_case)
    tree = parser.choice(0)
    if parser.position < len(source):
        raise RegexError("this `)` closes nothing", parser.position)
    return tree


class _Parser:
    def __init__(self, source: str, position: int, ignore_case: bool) -> None:
        self.source = source
        self.position = position
        self.ignore_case = ignore_case

    def peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def take(self, token: str) -> bool:
        found = self.source.startswith(token, self.position)
        self.position += len(token) if found else 0
        return found

    def next(self) -> str:
        char = self.peek()
        if not char:
            raise RegexError("the regular expression ends too early", self.position)
        self.position += 1
        return char

    def choice(self, depth: int) -> RegexNode:
        """choice := sequence ("|" sequence)*"""
        if depth > MAX_DEPTH:
            raise RegexError(f"groups nested more than {MAX_DEPTH} deep", self.position)
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Alternation(tuple(options))

    def sequence(self, depth: int) -> RegexNode:
        """sequence := (atom repeat*)*"""
        parts: list[RegexNode] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeat(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Concatenation(tuple(parts))

    def repeat(self, part: RegexNode) -> RegexNode:
        """repeat := ("*" | "+" | "?" | "{m}" | "{m,}" | "{m,n}") "?"?"""
        start, bounds = self.position, self.bounds()
        if bounds is None:
            return part
        self.take("?")  # lazy or greedy, the same texts match
        self.refuse_repetition("a repetition of a repetition")
        repeated = Repeat(part, *bounds)
        if _times(repeated) > MAX_TIMES:
            raise RegexError("the repetitions of this regular expression multiply to too many", start)
        return repeated

    def refuse_repetition(self, message: str) -> None:
        start = self.position
        if self.bounds() is not None:
            raise RegexError(message, start)

    def bounds(self) -> tuple[int, int | None] | None:
        for token, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(token):
                return bounds
        return self.braces() if self.peek() == "{" else None

    def braces(self) -> tuple[int, int | None] | None:
        """The bounds of `{2}`, `{1,}` or `{1,2}`; None where the brace is a literal."""
        start, end = self.position, self.source.find("}", self.position)
        low, comma, high = self.source[start + 1 : max(end, start)].partition(",")
        if not low.isdecimal() or (high and not high.isdecimal()):
            return None  # a literal `{`
        if max(len(low), len(high)) > 4 or max(int(low), int(high or 0)) > MAX_REPEAT:
            raise RegexError(f"more than {MAX_REPEAT} repetitions", start)
        self.position = end + 1
        maximum = int(high) if high else (None if comma else int(low))
        if maximum is not None and maximum < int(low):
            raise RegexError("the bounds are the wrong way round", start)
        return int(low), maximum

    def atom(self, depth: int) -> RegexNode:
        """atom := "(" choice ")" | "[" set "]" | "^" | "$" | "." | escape | character"""
        self.refuse_repetition("this repeats nothing")
        start, char = self.position, self.next()
        match char:
            case "(":
                return self.group(start, depth)
            case "[":
                return self.char_set(start)
            case "^":
                return Begin()
            case "$":
                return End()
            case ".":
                return _NOT_NEWLINE
            case "\\":
                return self.fold_case(self.escape())
            case _:
                return self.fold_case(Chars(frozenset(char)))

    def group(self, start: int, depth: int) -> RegexNode:
        """The rest of a group, its `)` included."""
        if self.take("?<") or self.take("?P<"):
            if self.peek() in ("=", "!"):
                raise RegexError("look-around is not part of RE2", start)
            while self.next() != ">":
                pass
        elif self.take("?i)"):
            self.ignore_case = True
            self.refuse_repetition("this repeats nothing")
            return Concatenation(())
        elif self.peek() == "?" and not self.take("?:"):
            raise RegexError("only (?:..), (?<name>..) and (?i) are supported", start)
        outside = self.ignore_case
        inner = self.choice(depth + 1)
        self.ignore_case = outside  # a (?i) reaches to the end of its group
        if not self.take(")"):
            raise RegexError("this `(` is never closed", start)
        return inner

    def char_set(self, start: int) -> RegexNode:
        """The rest of a set, its `]` included."""
        negated = self.take("^")
        members: set[str] = set()
        first = True
        while first or self.peek() != "]":
            if not self.peek():
                raise RegexError("this `[` is never closed", start)
            members |= self.set_item()
            first = False
        self.position += 1
        return replace(self.fold_case(Chars(frozenset(members))), negated=negated)

    def set_item(self) -> frozenset[str]:
        """One member of a set, or a range such as `a-z`."""
        start = self.position
        low = self.set_member()
        if self.peek() != "-" or self.source[self.position + 1 : self.position + 2] in ("]", ""):
            return low
        self.position += 1
        high = self.set_member()
        if len(low) != 1 or len(high) != 1 or max(low) > max(high) or max(high) > "\xff":
            raise RegexError("not a range of characters", start)
        return frozenset(map(chr, range(ord(max(low)), ord(max(high)) + 1)))

    def set_member(self) -> frozenset[str]:
        """One character or an escaped class within a set."""
        start, char = self.position, self.next()
        if char == "[" and self.peek() == ":":
            raise RegexError("named classes are not supported: write \\d, \\w or \\s", start)
        if char != "\\":
            return frozenset(char)
        escaped = self.escape()
        if escaped.negated:
            raise RegexError("a negated class within a set", start)
        return escaped.members

    def escape(self) -> Chars:
        """The characters that a backslash and what follows it match."""
        start, char = self.position - 1, self.next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            return Chars(frozenset(_CONTROLS[char]))
        if char == "x":
            digits = self.next() + self.next()
            if set(digits) <= set(string.hexdigits):
                return Chars(frozenset(chr(int(digits, 16))))
        elif not char.isalnum():
            return Chars(frozenset(char))
        raise RegexError(f"the escape \\{char} is not supported", start)

    def fold_case(self, chars: Chars) -> Chars:
        if not self.ignore_case:
            return chars
        both = {cased for char in chars.members for cased in (char, char.lower(), char.upper())}
        return replace(chars, members=frozenset(char for char in both if len(char) == 1))
