"""Regular expressions drawn as rows of tokens, each spelt in one of several ways of each language."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial


@dataclass(frozen=True, slots=True)
class Spellings:
    """Ways to write one thing in both languages, and those that only one of them has."""

    both: tuple[str, ...]
    query: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()


ATOMS = (
    Spellings(("x", r"\x78", "[x]", r"[\x78]", "[x-x]"), ("(x)", "(?:x)", "(?<n>x)")),
    Spellings(("y", r"\x79", "[y]"), ("(y)", "(?:y|y)")),
    Spellings(("5", r"\x35", "[5-5]")),
    Spellings((r"\d", "[0-9]", "[0-56-9]", r"[\d5]", r"[\x30-9]")),
    Spellings(("[0-8]", "[01-8]")),
    Spellings((r"\w", "[A-Za-z0-9_]", r"[_\d\w]", r"[\wx]")),
    Spellings(("[A-Za-z0-9]",), (), (r"[A-Za-z\d]",)),
    Spellings((r"\s", r"[\x09\x0A\x0C\x0D\x20]", r"[\s ]")),
    Spellings((r"[\x09\x0A\x20]", r"[ \x09-\x0A]")),
    Spellings((r"\D", r"[^\d]", "[^0-9]", r"[^\x30-\x39]"), (), (r"[\D]", r"[\Dx]")),
    Spellings((r"\W", r"[^\w]", "[^A-Za-z0-9_]"), (), (r"[\W ]",)),
    Spellings((r"\S", r"[^\s]", r"[^\x09\x0A\x0C\x0D\x20]"), (), (r"[\Sx]",)),
    Spellings((".", r"[^\x0A]"), (r"[^\n]",)),
    Spellings((r"[^\x00-\x09\x0B-\x7F]",), (r"[^\x00-\x09\x0b-\x7f]",)),
    Spellings((r"[\x00-\x09\x0B-\x7F]",), (r"[\x00-\x09\x0b-\x7f]",)),
    Spellings(("[{,]", r"[,\{]", r"[\x7B,]", "[,{]")),
    Spellings(("[{,3}]", r"[3,\x7B\}]")),
    Spellings((r"\{", r"\x7B", "[{]"), ("{",)),
    Spellings(("[]]", r"\]", "]", r"[\]]")),
    Spellings(("[^]]", r"[^\]]", r"[^\x5D]")),
    Spellings(("[-x]", "[x-]", r"[\-x]", r"[x\x2D]")),
    Spellings(("[x^]", r"[\^x]")),
    Spellings(("[^x]", r"[^\x78]", r"[^xx]")),
    Spellings(("[^x-z]", "[^xyz]", r"[^xy\x7A]")),
    Spellings((" ", r"\x20", "[ ]")),
    Spellings((r"\\", r"\x5C", r"[\\]")),
    Spellings(("/", r"\x2F"), (), (r"\/",)),
    Spellings((r"\.", "[.]", r"\x2E")),
    Spellings((r"\x7F",), (r"\x7f",)),
    Spellings((r"\x00", r"[\x00]")),
)
COMMON, CLASSES = ATOMS[:3], ATOMS[3:13]
TIMES = (
    Spellings(("", "{1}", "{1,1}")),
    Spellings(("?", "{0,1}", "??"), (), ("{,1}",)),
    Spellings(("*", "{0,}", "*?")),
    Spellings(("+", "{1,}", "+?")),
    Spellings(("{2}", "{2,2}", "{2}?")),
    Spellings(("{0,2}",), (), ("{,2}",)),
    Spellings(("{1,2}",)),
    Spellings(("{0,3}",), (), ("{,3}",)),
    Spellings(("{2,}",)),
    Spellings(("{0}", "{0,0}"), (), ("{,0}",)),
)
BEGIN, END = Spellings(("^", "^^")), Spellings(("$", "$$"))
ONCE = TIMES[0]
FEW = (*[ONCE] * 8, *TIMES)


# Braces that are not a repetition in one of the languages, or in both; each takes more than one character.
BRACES = (
    Spellings((r"x\{,3\}", r"x\x7B,3}", r"x[{],3\}"), ("x{,3}", r"x{,3\}")),
    Spellings(("x{0,3}", "x?x?x?"), (), ("x{,3}",)),
    Spellings((r"y\{,", r"y\x7B,", r"y\{[,]"), ("y{,",)),
    Spellings((r"y\{x\}", "y[{]x}"), ("y{x}",)),
    Spellings((r"x\{1", r"x\x7B1"), ("x{1",)),
    Spellings((r"\[\{,", r"\[[{],"), (r"\[{,",)),
)


@dataclass(frozen=True, slots=True)
class Token:
    """An atom and how often; anchors and tokens of several characters are never repeated."""

    atom: Spellings
    times: Spellings = ONCE


Row = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class DrawnRegex:
    """A regular expression: alternative rows."""

    rows: tuple[Row, ...]

    def write_query(self, draw: random.Random) -> str:
        """One of its spellings in a query."""
        options = self._write(lambda way: draw.choice(way.both + way.query))
        return f"(?:{options})" if draw.random() < 0.2 else options

    def write_pattern(self, draw: random.Random) -> str:
        """One of its spellings in a pattern."""
        return self._write(lambda way: draw.choice(way.both + way.pattern))

    def _write(self, spell: Callable[[Spellings], str]) -> str:
        return "|".join("".join(map(partial(_write_token, spell), row)) for row in self.rows)


def _write_token(spell: Callable[[Spellings], str], token: Token) -> str:
    atom = spell(token.atom)
    return atom if token.times is ONCE and _occurs_once(token) else atom + spell(token.times)


def _occurs_once(token: Token) -> bool:
    return token.atom in (BEGIN, END, *BRACES)


def draw_regex(draw: random.Random) -> DrawnRegex:
    """Draws few rows of few tokens; one of several may be empty, and then every text matches."""
    rows = tuple(_draw_row(draw) for _ in range(draw.choice((1, 1, 1, 2, 3))))
    return DrawnRegex(rows if any(rows) else ((Token(BEGIN),),))


def _draw_row(draw: random.Random) -> Row:
    tokens = [_draw_token(draw) for _ in range(draw.choice((0, 1, 1, 2, 2, 3, 3, 4)))]
    for anchor, place in ((BEGIN, 0), (END, len(tokens) + 1)):
        if draw.random() < 0.4:
            odd = draw.random() < 0.15
            tokens.insert(draw.randint(0, len(tokens)) if odd else place, Token(anchor))
    return tuple(tokens)


def _draw_token(draw: random.Random) -> Token:
    """Draws from few atoms half of the time, so that different rows match the same text."""
    pool = draw.choice((BRACES, COMMON, COMMON, CLASSES, CLASSES, ATOMS))
    return Token(draw.choice(pool), ONCE if pool is BRACES else draw.choice(FEW))


def mutate_regex(draw: random.Random, drawn: DrawnRegex) -> DrawnRegex:
    """Changes, drops or adds one token, anchor or row."""
    at = draw.randrange(len(drawn.rows))
    row, others = drawn.rows[at], (*drawn.rows[:at], *drawn.rows[at + 1 :])
    change = draw.random()
    if any(others) and change < 0.15:
        return DrawnRegex(others)
    if change < 0.45:
        token = draw.choice((_draw_token(draw), Token(draw.choice(BRACES))))
        return DrawnRegex((*drawn.rows, (Token(BEGIN), token, Token(END))))
    return DrawnRegex((*drawn.rows[:at], _mutate_row(draw, row), *drawn.rows[at + 1 :]))


def _mutate_row(draw: random.Random, row: Row) -> Row:
    change = draw.randrange(4)
    if not row or change == 0:
        place, anchor = draw.choice(((0, BEGIN), (len(row), END)))
        return (*row[:place], Token(anchor), *row[place:])
    at = draw.randrange(len(row))
    if change == 1 and len(row) > 1:
        return (*row[:at], *row[at + 1 :])
    return (*row[:at], _mutate_token(draw, row[at]), *row[at + 1 :])


def _mutate_token(draw: random.Random, token: Token) -> Token:
    """Picks a neighbour in the tables, which are ordered by similarity."""
    if token.atom in (BEGIN, END):
        return Token(END if token.atom == BEGIN else BEGIN)
    if token.atom in BRACES:
        return Token(_pick_neighbour(draw, BRACES, token.atom))
    if draw.random() < 0.5:
        return replace(token, times=_pick_neighbour(draw, TIMES, token.times))
    return replace(token, atom=_pick_neighbour(draw, ATOMS, token.atom))


def _pick_neighbour(draw: random.Random, table: Sequence[Spellings], one: Spellings) -> Spellings:
    return table[(table.index(one) + draw.choice((-2, -1, 1, 2))) % len(table)]
