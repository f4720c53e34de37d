"""The proof that patterns and query agree on every event, or a counterexample.

The values of each field fall into finitely many equivalence classes. The two evaluators answer every
leaf on a representative of each class; the search then goes through all combinations, field by
field, by memoised backtracking over residual formulas.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ..errors import printable
from ..events.field_paths import event_of, has_place
from ..filter_patterns.pattern import Pattern, Predicate, compile_leaf
from ..filter_patterns.syntax import Conjunction, Disjunction, PatternCondition
from ..logs_insights.evaluate import compile_predicate
from ..logs_insights.normal_form import normalise
from ..logs_insights.query import Query
from ..logs_insights.syntax import And, Expression, Or
from ..reading import ALL_READINGS, Event, Reading
from ..regex.text_classes import TooComplex
from .search import Assignment, Junction, LeafTerm, Term, TruthTable, find_assignment
from .witnesses import Traits, Undecidable, Witness, pattern_traits, query_traits, values_of

# Ours: answers of all leaves of a field on all of its values.
MAX_ANSWERS = 2_000_000

Subject = TypeVar("Subject")
Result = TypeVar("Result")

# Whether (answer of the query, number of matching patterns) breaks the property that is proven.
Violation = Callable[[bool, int], bool]


def differs(query: bool, patterns: int) -> bool:
    """Each event of the query must be counted by exactly one pattern, and no other by any."""
    return patterns != query


def exceeds(query: bool, patterns: int) -> bool:
    """A pattern must not match what the query does not."""
    return patterns > query


def misses(query: bool, patterns: int) -> bool:
    """Some pattern must match what the query does."""
    return query and not patterns


def overlaps(query: bool, patterns: int) -> bool:
    """No pattern may match what the query does."""
    return query and patterns > 0


@dataclass(frozen=True, slots=True)
class Equivalent:
    """On every event exactly one of the patterns matches where the query does, and none elsewhere."""

    def __str__(self) -> str:
        return "equivalent"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An event on which query and patterns differ, under a reading of what AWS leaves open."""

    event: Event
    query_matches: bool
    count: int  # of patterns that match
    reading: Reading

    @property
    def pattern_matches(self) -> bool:
        """Whether any of the patterns matches."""
        return self.count > 0

    def __str__(self) -> str:
        query = "matches" if self.query_matches else "does not match"
        patterns = {0: "no pattern does", 1: "the pattern does"}.get(self.count, f"{self.count} patterns do")
        joiner = "and" if self.query_matches == self.pattern_matches else "but"
        return f"the query {query} {printable(json.dumps(self.event))}, {joiner} {patterns}"


def prove(query: Query, patterns: Sequence[Pattern]) -> Equivalent | Counterexample:
    """Decides whether patterns count exactly the events a query finds, under all readings.

    Args:
        query: its filter stages before any `stats`.
        patterns: of one metric; no event may match two, it would be counted twice.

    Raises:
        NotCompilable: at a part of the condition that cannot be reasoned about.
    """
    counterexample = find_counterexample(query, query.condition, patterns, differs)
    return Equivalent() if counterexample is None else counterexample


def find_counterexample(
    query: Query, condition: Expression, patterns: Sequence[Pattern], wrong: Violation
) -> Counterexample | None:
    """An event on which `wrong` is true of a condition of `query` and of patterns, or None."""
    problem = _Problem(query, condition, patterns)
    seen: list[object] = []
    for reading in ALL_READINGS:
        tables = problem.tables(reading)
        answers = [[row for row, _ in table] for table in tables]
        if answers not in seen:
            seen.append(answers)
            choice = problem.find_assignment(tables, wrong)
            if choice is not None:
                return problem.counterexample(choice, reading, wrong)
    return None


class _Problem:
    """Both sides as Boolean terms over numbered leaves, and the leaves and values of each field."""

    def __init__(self, query: Query, condition: Expression, patterns: Sequence[Pattern]) -> None:
        self.query, self.patterns = query, patterns
        self.condition = normalise(condition)
        self.compilers: list[Callable[[Reading], Predicate]] = []
        self.compiled: dict[tuple[str, Reading], list[Predicate]] = {}
        self.rows: dict[tuple[str, str, Reading], tuple[bool, ...]] = {}
        self.fields: dict[str, list[int]] = {}
        self.traits: dict[str, Traits] = {}
        self.terms = (self.query_term(self.condition), *(self.pattern_term(p.condition) for p in patterns))
        self.check_fields()
        self.values = {field: self.run_or_refuse(values_of, traits) for field, traits in self.traits.items()}

    def query_term(self, node: Expression) -> Term:
        match node:
            case And(operands=operands) | Or(operands=operands):
                return Junction(isinstance(node, And), tuple(map(self.query_term, operands)))
            case _:
                compiler = partial(compile_predicate, node, text=self.query.text)
                return self.leaf(query_traits, node, compiler)

    def pattern_term(self, node: PatternCondition) -> Term:
        match node:
            case Conjunction(operands=operands) | Disjunction(operands=operands):
                return Junction(isinstance(node, Conjunction), tuple(map(self.pattern_term, operands)))
            case _:
                return self.leaf(pattern_traits, node, partial(compile_leaf, node))

    def leaf(
        self,
        traits_of: Callable[[Subject], tuple[str, Traits]],
        node: Subject,
        compiler: Callable[[Reading], Predicate],
    ) -> LeafTerm:
        """A leaf of query or pattern as a term; its field and traits are noted."""
        field, traits = self.run_or_refuse(traits_of, node)
        self.compilers.append(compiler)
        self.fields.setdefault(field, []).append(len(self.compilers) - 1)
        self.traits[field] = self.traits.get(field, Traits()) | traits
        return LeafTerm(len(self.compilers) - 1)

    def check_fields(self) -> None:
        """Each field must be a value of the record by itself: the search treats them as independent."""
        for field in self.fields:
            if field.startswith("@"):
                message = f"`{field}` is not a value of the record: no pattern sees it"
                raise self.query.not_compilable(self.condition.span, message, "compare a field of CloudTrail")
            if not has_place(field):
                message = f"`{field}` is so far down a list that no event can be made to show it"
                raise self.query.not_compilable(self.condition.span, message, "name a lower index")
            if inner := next((other for other in self.fields if other.startswith(f"{field}.")), None):
                message = f"`{inner}` is part of `{field}`: what depends on each other cannot be proven"
                raise self.query.not_compilable(self.condition.span, message, "compare leaves of the record")

    def run_or_refuse(self, function: Callable[[Subject], Result], argument: Subject) -> Result:
        try:
            return function(argument)
        except (Undecidable, TooComplex) as error:
            raise self.query.not_compilable(self.condition.span, str(error), "simplify it") from None

    def find_assignment(self, tables: Sequence[TruthTable], wrong: Violation) -> Assignment | None:
        """Values on which `wrong` is true of the terms, or None."""

        def is_wrong(answers: Sequence[bool]) -> bool:
            return wrong(answers[0], sum(answers[1:]))

        return self.run_or_refuse(lambda terms: find_assignment(terms, tables, is_wrong), self.terms)

    def tables(self, reading: Reading) -> list[TruthTable]:
        """For each field, the possible answers of its leaves, each with a value that gives them."""
        return [self.table(field, reading) for field in self.fields]

    def table(self, field: str, reading: Reading) -> TruthTable:
        """What the leaves of a field answer on its values, equal rows of answers once."""
        if len(self.values[field]) * len(self.fields[field]) > MAX_ANSWERS:
            message = f"too many values of `{field}` to be proven"
            raise self.query.not_compilable(self.condition.span, message, "shorten the lists of values")
        rows: dict[tuple[bool, ...], Witness] = {}
        for value in self.values[field]:
            # Readings are about absence, null and numbers: for other values one reading is enough.
            undisputed = isinstance(value, str) and not self.traits[field].numbers
            rows.setdefault(self.row(field, value, ALL_READINGS[0] if undisputed else reading), value)
        return [(dict(zip(self.fields[field], row, strict=True)), value) for row, value in rows.items()]

    def row(self, field: str, value: Witness, reading: Reading) -> tuple[bool, ...]:
        """The answers of a field's leaves on a value."""
        key = (field, repr(value), reading)
        if key not in self.rows:
            event = event_of({field: value})
            self.rows[key] = tuple(answer(event) for answer in self.compile_answers(field, reading))
        return self.rows[key]

    def compile_answers(self, field: str, reading: Reading) -> list[Predicate]:
        """The predicates of a field's leaves."""
        key = (field, reading)
        if key not in self.compiled:
            self.compiled[key] = [self.compilers[leaf](reading) for leaf in self.fields[field]]
        return self.compiled[key]

    def counterexample(self, choice: Sequence[object], reading: Reading, wrong: Violation) -> Counterexample:
        """The event with these values, confirmed by both evaluators on the whole condition."""
        event = event_of(dict(zip(self.fields, choice, strict=False)))
        query = compile_predicate(self.condition, reading, self.query.text)(event)
        count = sum(pattern.matches(event, reading) for pattern in self.patterns)
        if not wrong(query, count):
            message = "the fields of this condition depend on each other: nothing can be proven"
            raise self.query.not_compilable(self.condition.span, message, "compare leaves of the record")
        return Counterexample(event, query, count, reading)
