"""Pairs of a query and patterns that are equivalent or nearly so, the same in every run.

About half are equivalent: compiled, or written leaf by leaf in both languages. The rest differ on one
edge: a constant, an anchor, a guard, a leaf that is left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cis_insights import NotCompilable, Pattern, PatternError, Query, QueryError, parse_pattern, parse_query
from cis_insights.compiler import compile_query
from cis_insights.filter_patterns.syntax import Conjunction, Disjunction, PatternCondition, print_pattern
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import And, Comparison, Expression, In, Like, Not, Or, Regex

from ..mutants import Mutant, list_mutants
from .leaves import Leaves, Twin

SEED = 20_261_125
FIELDS = ("a", "b", "c.d", "e.0.f")
KINDS = ("word", "number", "number", "part", "part", "part")


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and its patterns, as they were written and read."""

    query: Query
    patterns: tuple[Pattern, ...]

    def __str__(self) -> str:
        return f"{self.query.text}   {'   '.join(pattern.text for pattern in self.patterns)}"


def draw_pair(number: int, seed: int = SEED) -> Pair:
    """The pair with this number."""
    draw = random.Random(f"{seed}:{number}")  # noqa: S311  # the same pairs in every run
    return next(found for found in _draw_pairs(draw) if found is not None)


def _draw_pairs(draw: random.Random) -> Iterator[Pair | None]:
    """Draws pairs; None for too many regular expressions, or a slip that changes nothing."""
    while True:
        make = _draw_compiled if draw.random() < 0.3 else _draw_twins
        try:
            yield make(draw)
        except (NotCompilable, PatternError, QueryError):
            yield None


def read_pair(condition: Expression, texts: tuple[str, ...]) -> Pair:
    """Parses the texts of a pair."""
    return Pair(parse_query(f"filter {print_expression(condition)}"), tuple(map(parse_pattern, texts)))


def _draw_twins(draw: random.Random) -> Pair:
    """Leaves in both languages; one of them with a slip, or the patterns put together otherwise."""
    slip = draw.random() < 0.55
    twin = Tree(draw).draw_tree(draw.choice((1, 1, 1, 1, 2, 2, 3)), slip=slip)
    return read_pair(_rewrite(draw, twin[0]), (print_pattern(twin[1]),))


def _draw_compiled(draw: random.Random) -> Pair:
    """The compiled patterns of a query, with the query or one of its mutants."""
    condition, _ = Tree(draw).draw_tree(draw.choice((1, 2, 2, 3)), slip=False)
    texts = compile_query(parse_query(f"filter {print_expression(condition)}"))
    if draw.random() < 0.5:
        condition = draw.choice([condition, *(mutant.condition for mutant in _list_mutants(condition))])
    return read_pair(_rewrite(draw, condition), texts)


def _list_mutants(condition: Expression) -> list[Mutant]:
    try:
        return list(list_mutants(condition))
    except TypeError:  # a list of numbers, which has no misspelt name
        return []


class Tree:
    """Draws leaves of some fields, joined by `and` and `or`."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        names = draw.sample(FIELDS, draw.choice((1, 1, 2, 3)))
        self.kinds = {name: draw.choice(KINDS) for name in names}

    def draw_tree(self, size: int, *, slip: bool) -> Twin:
        if size == 1:
            return self.draw_leaf(slip=slip)
        shape = self.draw.random()
        if slip and shape < 0.15:
            return self.join_wrongly(self.draw_tree(size - 1, slip=False), self.draw_leaf(slip=False))
        left = self.draw.randint(1, size - 1)
        wrong = self.draw.random() < 0.5
        one = self.draw_tree(left, slip=slip and wrong)
        other = self.draw_tree(size - left, slip=slip and not wrong)
        return self.join(one, other)

    def draw_leaf(self, *, slip: bool) -> Twin:
        field = self.draw.choice(list(self.kinds))
        leaves = Leaves(self.draw, field)
        if self.draw.random() < 0.1:
            return leaves.draw_presence(slip=slip)
        # Some fields are asked for numbers and for parts of texts: the prover refuses those.
        kind = self.kinds[field] if self.draw.random() < 0.98 else self.draw.choice(KINDS)
        parts = leaves.draw_part if self.draw.random() < 0.8 else leaves.draw_part_but_one
        return {"word": leaves.draw_word, "number": leaves.draw_number, "part": parts}[kind](slip=slip)

    def join(self, one: Twin, other: Twin) -> Twin:
        patterns = (other[1], one[1]) if self.draw.random() < 0.3 else (one[1], other[1])
        if self.draw.random() < 0.5:
            return And((one[0], other[0])), Conjunction(patterns)
        return Or((one[0], other[0])), Disjunction(patterns)

    def join_wrongly(self, one: Twin, other: Twin) -> Twin:
        """`and` for `or`, or a leaf left out of the pattern."""
        query: Expression = self.draw.choice((And, Or))((one[0], other[0]))
        pattern: PatternCondition = (
            Disjunction((one[1], other[1])) if isinstance(query, And) else Conjunction((one[1], other[1]))
        )
        return query, self.draw.choice((pattern, one[1], other[1]))


def _rewrite(draw: random.Random, node: Expression) -> Expression:
    """An equivalent condition in another form."""
    match node:
        case And(operands=operands) | Or(operands=operands):
            node = type(node)(tuple(_rewrite(draw, operand) for operand in operands))
        case In(items=items) if draw.random() < 0.3:
            node = replace(node, items=(*reversed(items), draw.choice(items)))
        case _:
            pass
    return _wrap(draw, node) if draw.random() < 0.2 else node


def _wrap(draw: random.Random, node: Expression) -> Expression:
    ways: list[Expression] = [Not(Not(node)), Or((node, And((node, node)))), And((Or((node, node)), node))]
    match node:
        case And(operands=operands) | Or(operands=operands):
            other = Or if isinstance(node, And) else And
            ways += [Not(other(tuple(map(Not, operands))))] * 3
        case In(operand=operand, items=items, negated=False):
            ways.append(Or((*(Comparison("=", operand, item) for item in items), node)))
        case Comparison(operator="<=", left=left, right=right):
            ways.append(Or((Comparison("<", left, right), Comparison("=", left, right))))
        case Like(pattern=Regex(source=source)):
            ways.append(replace(node, pattern=Regex(f"(?:{source}|{source})")))
        case _:
            pass
    return draw.choice(ways)
