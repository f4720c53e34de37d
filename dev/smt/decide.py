"""Satisfiability by Z3: whether an event and a reading violate a property of query and patterns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from cis_insights.filter_patterns.syntax import PatternCondition
from cis_insights.logs_insights.syntax import Expression
from cis_insights.reading import Reading

from .char_sets import Undecidable
from .pattern_conditions import translate_pattern
from .query_conditions import Fields, translate_query
from .texts import Clock, find_text
from .values import TEXT, FieldUse, find_json, find_reading, make_field_value

TIMEOUT = 2_000  # milliseconds for one question

# From the formulas of the query and its patterns to the formula of the violation.
Violation = Callable[[Any, Sequence[Any]], Any]


def differs(query: Any, patterns: Sequence[Any]) -> Any:
    """Not exactly one pattern matches where the query does, or one where it does not."""
    return z3.Or(_overlap(patterns), query != z3.Or(patterns))


def exceeds(query: Any, patterns: Sequence[Any]) -> Any:
    """More patterns match than the query."""
    return z3.Or(_overlap(patterns), z3.And(z3.Not(query), z3.Or(patterns)))


def misses(query: Any, patterns: Sequence[Any]) -> Any:
    """The query matches, and no pattern."""
    return z3.And(query, z3.Not(z3.Or(patterns)))


def overlaps(query: Any, patterns: Sequence[Any]) -> Any:
    """The query matches, and a pattern."""
    return z3.And(query, z3.Or(patterns))


def holds(query: Any, patterns: Sequence[Any]) -> Any:
    """The query matches."""
    return query


def _overlap(patterns: Sequence[Any]) -> Any:
    return z3.Not(z3.AtMost(*patterns, 1)) if len(patterns) > 1 else z3.BoolVal(False)


@dataclass(frozen=True, slots=True)
class Model:
    """A satisfying assignment: values of dotted fields, and a reading."""

    values: dict[str, object]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """No event violates the property."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The solver's `unknown`, with its reason."""

    reason: str


Answer = Model | Unsatisfiable | Unknown


def decide(
    condition: Expression,
    patterns: Sequence[PatternCondition],
    violation: Violation = differs,
    timeout: int = TIMEOUT,
) -> Answer:
    """Asks Z3 for an event and a reading that violate the property.

    Args:
        condition: of a query, over fields of the record.
        patterns: the conditions of its patterns.
        timeout: in milliseconds.
    """
    fields: Fields = defaultdict(FieldUse)
    try:
        query = translate_query(condition, fields)
        formula = violation(query, [translate_pattern(pattern, fields) for pattern in patterns])
        return _search(formula, fields, Clock(timeout))
    except Undecidable as error:
        return Unknown(str(error))


def collect_fields(condition: Expression, patterns: Sequence[PatternCondition]) -> frozenset[str]:
    """The dotted fields of query and patterns.

    Raises:
        Undecidable: as the formulas do.
    """
    fields: Fields = defaultdict(FieldUse)
    translate_query(condition, fields)
    for pattern in patterns:
        translate_pattern(pattern, fields)
    return frozenset(fields)


def _search(formula: Any, fields: Fields, clock: Clock) -> Answer:
    """Lemmas on demand: refines the formula until a model has a text for each field, or none is left."""
    solver = z3.SimpleSolver()
    solver.add(formula)
    for name, asked in fields.items():
        solver.add(*asked.list_constraints(make_field_value(name)))
    while clock.check(solver):
        model, texts = solver.model(), dict[str, str | None]()
        lemmas = []
        for name in _select_text_fields(fields, model):
            texts[name], lemma = find_text(make_field_value(name), fields[name], model, clock)
            lemmas += [] if lemma is None else [lemma]
        if not lemmas:
            return _build_model(model, fields, texts)
        solver.add(*lemmas)
    return Unsatisfiable()


def _select_text_fields(fields: Fields, model: Any) -> list[str]:
    """Fields that are texts in a model and have membership constraints."""
    return [
        name
        for name, asked in fields.items()
        if asked.parts and model.eval(make_field_value(name).kind, True).eq(TEXT)
    ]


def _build_model(model: Any, fields: Fields, texts: dict[str, str | None]) -> Model:
    found = {
        name: find_json(make_field_value(name), asked, model, texts.get(name))
        for name, asked in fields.items()
    }
    return Model({name: value for name, (is_there, value) in found.items() if is_there}, find_reading(model))
