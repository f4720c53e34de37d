"""Leaves of a query, each with an equivalent or slightly different pattern; seeded, on edge values."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from typing import TypeVar

from cis_insights.filter_patterns.syntax import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    NumericOperator,
    PatternCondition,
    PatternOperand,
    PresenceTest,
    RegexText,
    Selector,
)
from cis_insights.logs_insights.syntax import (
    And,
    Call,
    Comparison,
    Expression,
    Field,
    In,
    Like,
    Not,
    Number,
    Or,
    Regex,
    String,
)

from .edges import APART, BITS, HOLDS, NEAR, NUMBERS, PARTS, WORDS
from .expressions import draw_regex, mutate_regex

Twin = tuple[Expression, PatternCondition]
Item = TypeVar("Item")


def make_selector(field: str) -> Selector:
    """The selector of a dotted field."""
    return Selector(tuple(int(step) if step.isdecimal() else step for step in field.split(".")))


def conjoin(*twins: Twin) -> Twin:
    """All of the leaves."""
    return And(tuple(one for one, _ in twins)), Conjunction(tuple(other for _, other in twins))


def disjoin(*twins: Twin) -> Twin:
    """Any of the leaves."""
    return Or(tuple(one for one, _ in twins)), Disjunction(tuple(other for _, other in twins))


class Leaves:
    """Draws twins about one field; `slip` makes the pattern differ on an edge, mostly."""

    def __init__(self, draw: random.Random, field: str) -> None:
        self.draw, self.field = draw, Field(field)
        self.selector = make_selector(field)

    def compare(self, operator: NumericOperator, operand: PatternOperand) -> Compare:
        return Compare(self.selector, operator, operand)

    def write_present(self) -> Twin:
        return Call("ispresent", (self.field,)), self.compare("=", GlobText("*"))

    def write_absent(self) -> Twin:
        return Not(self.write_present()[0]), PresenceTest(self.selector, "NOT EXISTS")

    def guard(self, query: Expression, pattern: PatternCondition, *, slip: bool) -> Twin:
        """A negative leaf in one of its two guarded forms, or without its guard."""
        guard = self.draw.random() < 0.5
        if slip:
            return (query, pattern) if guard else self.guard_wrongly(query, pattern)
        if not guard:
            return disjoin(self.write_absent(), (query, pattern))
        present = self.write_present()
        return And((present[0], query)), self.draw.choice((pattern, Conjunction((present[1], pattern))))

    def guard_wrongly(self, query: Expression, pattern: PatternCondition) -> Twin:
        """Guards that differ under one of the readings, or on one kind of value."""
        present, absent = self.write_present(), self.write_absent()
        is_null = PresenceTest(self.selector, "IS NULL")
        return self.draw.choice(
            (
                (Or((absent[0], query)), pattern),
                (Or((absent[0], query)), Disjunction((is_null, pattern))),
                (Or((absent[0], query)), Disjunction((absent[1], is_null, pattern))),
                (And((present[0], query)), Disjunction((absent[1], pattern))),
                (And((present[0], query)), Disjunction((pattern, PresenceTest(self.selector, "IS TRUE")))),
            )
        )

    # --- whole texts ------------------------------------------------------------------

    def draw_word(self, *, slip: bool) -> Twin:
        """`=`, `in`, their negations, and presence."""
        match self.draw.randrange(6):
            case 0:
                return self.draw_presence(slip=slip)
            case 1 | 2:
                texts = self.draw.sample(WORDS, self.draw.randint(2, 4))
                others = self.mutate_list(texts) if slip else self.draw.sample(texts, len(texts))
                items = In(self.field, tuple(map(String, texts)))
                return items, Disjunction(tuple(self.compare("=", GlobText(text)) for text in others))
            case 3:
                text = self.draw.choice(WORDS)
                other = self.mutate_text(text) if slip else text
                return Comparison("=", self.field, String(text)), self.compare("=", GlobText(other))
            case _:
                return self.draw_other_word(slip=slip)

    def draw_other_word(self, *, slip: bool) -> Twin:
        texts = self.draw.sample(WORDS, self.draw.randint(1, 3))
        kept = slip and self.draw.random() < 0.6
        others = self.mutate_list(texts) if kept else texts
        patterns = [self.compare("!=", GlobText(text)) for text in others]
        query: Expression = In(self.field, tuple(map(String, texts)), negated=True)
        if len(texts) == 1:
            query = Comparison("!=", self.field, String(texts[0]))
        pattern = patterns[0] if len(patterns) == 1 else Conjunction(tuple(patterns))
        return self.guard(query, pattern, slip=slip and not kept)

    def draw_presence(self, *, slip: bool) -> Twin:
        present, absent = self.write_present(), self.write_absent()
        if not slip:
            return self.draw.choice((present, absent))
        null = PresenceTest(self.selector, "IS NULL")
        return self.draw.choice(
            (
                (absent[0], null),
                (absent[0], Disjunction((absent[1], null))),
                (present[0], Disjunction((present[1], null))),
                (present[0], self.compare("!=", GlobText("x"))),
                (absent[0], self.compare("=", GlobText(""))),
            )
        )

    def mutate_list(self, texts: list[str]) -> list[str]:
        """The list with one text changed, dropped or added."""
        at = self.draw.randrange(len(texts))
        change = self.draw.randrange(3)
        if change == 0 and len(texts) > 2:
            return texts[:at] + texts[at + 1 :]
        if change == 1:
            return [*texts, self.mutate_text(texts[at])]
        return [*texts[:at], self.mutate_text(texts[at]), *texts[at + 1 :]]

    def mutate_text(self, text: str) -> str:
        changed = (text + " ", text[:-1], text[1:], text.swapcase(), text + "x", "x" + text, text * 2, "")
        return self.draw.choice([other for other in changed if other != text])

    # --- numbers ----------------------------------------------------------------------

    def draw_number(self, *, slip: bool) -> Twin:
        """Comparisons with a number, at the edges of doubles."""
        value, sign = self.draw.choice(NUMBERS), self.draw.choice(list(HOLDS))
        if self.draw.random() < 0.3:
            make = self.draw.choice((self.draw_other_number, self.draw_number_or_word))
            return make(value, slip=slip)
        query, pattern = self.compare_number(sign, value)
        if slip:
            return query, self.compare_wrongly(sign, value, pattern)
        return query, self.compare_number(*self.draw.choice(((sign, value), shift_bound(sign, value))))[1]

    def compare_wrongly(
        self, sign: NumericOperator, value: float, pattern: PatternCondition
    ) -> PatternCondition:
        """Another sign or number, one truth value too few or the other one, or without one of the texts."""
        match self.draw.randrange(6):
            case 0 | 1:
                return self.compare_number(self.draw.choice(NEAR[sign]), value)[1]
            case 2:
                return self.compare_number(sign, self.mutate_number(value))[1]
            case 3:
                return Conjunction(
                    (pattern, self.compare("!=", GlobText(self.draw.choice((repr(value), f"{value:.2f}")))))
                )
            case _:
                compare = self.compare(sign, Numeral(value))
                others = [test for test, bit in BITS if not HOLDS[sign](bit, value)]
                ways: list[PatternCondition] = [compare]
                ways += [Disjunction((compare, PresenceTest(self.selector, test))) for test in others]
                return self.draw.choice(ways)

    def compare_number(self, sign: NumericOperator, value: float) -> Twin:
        """A comparison with a number; the pattern also tests true and false by name."""
        switches = [PresenceTest(self.selector, test) for test, bit in BITS if HOLDS[sign](bit, value)]
        compare = self.compare(sign, Numeral(value))
        pattern = Disjunction((compare, *switches)) if switches else compare
        return Comparison(sign, self.field, Number(self.spell_number(value))), pattern

    def spell_number(self, value: float) -> str:
        """One of the ways to write a number."""
        ways = [repr(value)]
        if abs(value) < 1e20:
            ways += [f"{value:.0f}"] * value.is_integer() + [f"{value:.25f}"]
        if abs(value) == 2.0**53:
            ways.append(f"{value + math.copysign(1, value):.0f}"[:-1] + "3")  # rounds to even
        return self.draw.choice([way for way in ways if float(way) == value])

    def draw_other_number(self, value: float, *, slip: bool) -> Twin:
        """`!=`; less or greater differs from it on texts."""
        query = Comparison("!=", self.field, Number(self.spell_number(value)))
        pattern: PatternCondition = self.compare("!=", Numeral(value))
        if slip and self.draw.random() < 0.4:
            below, above = (self.compare_number(sign, value)[1] for sign in APART)
            return And((self.write_present()[0], query)), Disjunction((below, above))
        if slip and self.draw.random() < 0.5:
            pattern, slip = self.compare("!=", Numeral(self.mutate_number(value))), False
        return self.guard(query, pattern, slip=slip)

    def draw_number_or_word(self, value: float, *, slip: bool) -> Twin:
        """Texts that read as a number differ from the number under most readings."""
        word = self.draw.choice((repr(value), "5", "5.0", "x", ""))
        query, pattern = disjoin(
            self.compare_number("=", value),
            (Comparison("=", self.field, String(word)), self.compare("=", GlobText(word))),
        )
        return query, self.compare_number("=", value)[1] if slip else pattern

    def mutate_number(self, value: float) -> float:
        """Another number: its neighbour, the next whole one, its negative, its half."""
        up, down = math.nextafter(value, math.inf), math.nextafter(value, -math.inf)
        near = [up, down, value + 1, value - 1, -value, value / 2, value * (1 + 2**-52)]
        return self.draw.choice([one for one in near if one != value and math.isfinite(one)])

    # --- parts of texts ---------------------------------------------------------------

    def draw_part(self, *, slip: bool) -> Twin:
        """Substrings, globs and regular expressions."""
        unguarded = slip and self.draw.random() < 0.15
        make = self.draw.choice((self.draw_substring, self.draw_glob, self.draw_regex, self.draw_regex))
        query, operand = make(slip=slip and not unguarded)
        if not unguarded and self.draw.random() < 0.7:
            return Like(self.field, query), self.compare("=", operand)
        negated = Like(self.field, query, negated=True)
        return self.guard(negated, self.compare("!=", operand), slip=unguarded)

    def draw_part_but_one(self, *, slip: bool) -> Twin:
        """Parts of texts, but not the one text, or only that too."""
        text = "".join(self.draw.choices(PARTS, k=self.draw.randint(1, 2))) or "x"
        part = Like(self.field, String(text)), self.compare("=", GlobText(f"*{text}*"))
        longer = self.draw.choice((text, text * 2, f"{text}x", f"x{text}"))
        other = Comparison("!=", self.field, String(longer)), self.compare("!=", GlobText(longer))
        return (part[0], conjoin(part, other)[1]) if slip else conjoin(part, self.guard(*other, slip=False))

    def draw_substring(self, *, slip: bool) -> tuple[String | Regex, PatternOperand]:
        text = "".join(self.draw.choices(PARTS, k=self.draw.randint(1, 2))) or "x"
        globs = (
            (f"*{self.mutate_text(text)}*", f"*{text}", f"{text}*", f"*{text}*?*") if slip else (f"*{text}*",)
        )
        return String(text), GlobText(self.draw.choice(globs).replace("**", "*x*"))

    def draw_glob(self, *, slip: bool) -> tuple[String | Regex, PatternOperand]:
        """Anything between is `(?:.|\\n)*` in a regular expression."""
        pieces = self.draw.choices(PARTS, k=self.draw.randint(2, 4))
        change = self.draw.randrange(5) if slip else None
        gap = self.draw.choice((".*", ".+", "[^x]*")) if change == 0 else r"(?:.|\n)*"
        query = "^" * (change != 1) + gap.join(map(_escape, pieces)) + "$" * (change != 2)
        if change in (3, 4):
            at = self.draw.randrange(len(pieces))
            pieces[at] = self.mutate_text(pieces[at])
        return Regex(query), GlobText("*".join(pieces) if any(pieces) else "**")

    def draw_regex(self, *, slip: bool) -> tuple[String | Regex, PatternOperand]:
        made = draw_regex(self.draw)
        pattern = mutate_regex(self.draw, made) if slip else made
        return Regex(made.write_query(self.draw)), RegexText(pattern.write_pattern(self.draw))


def shift_bound(sign: NumericOperator, value: float) -> tuple[NumericOperator, float]:
    """The same condition by the neighbouring double: `> 5` is `>= 5.000000000000001`."""
    toward = {"<": (-math.inf, "<="), "<=": (math.inf, "<"), ">": (math.inf, ">="), ">=": (-math.inf, ">")}
    if sign not in toward:
        return sign, value
    end, other = toward[sign]
    neighbour = math.nextafter(value, end)
    flipped: Sequence[NumericOperator] = [one for one in HOLDS if one == other]
    return (flipped[0], neighbour) if math.isfinite(neighbour) else (sign, value)


def _escape(text: str) -> str:
    """A text as a regular expression of a query."""
    return re.sub(r"[!-/:-@\[-`{-\x7f]", r"\\\g<0>", text).replace("\n", r"\n")
