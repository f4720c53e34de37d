"""What must hold between query, pattern, SQL and proof; brute force says what is right.

Each property can be tried on generated conditions and events: see `hold`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cis_insights import (
    ALL_READINGS,
    Counterexample,
    Equivalent,
    Reading,
    parse_pattern,
    parse_query,
    prove,
)
from cis_insights.backtest.in_duckdb import Backtest, Text
from cis_insights.compiler import compile_query
from cis_insights.events.field_paths import ABSENT, event_of
from cis_insights.logs_insights.normal_form import fields_of
from cis_insights.logs_insights.printer import print_expression, print_query
from cis_insights.logs_insights.query import Query
from cis_insights.logs_insights.syntax import Expression, Filter, Not
from cis_insights.sql import LogEvent, run_query

from . import generated, generated_queries
from .brute_force import holds

LIKELY = Reading()
Event = dict[str, Any]


def _query(condition: Expression) -> Query:
    """A query that has been printed and read again."""
    return parse_query(print_query(Query((Filter(condition),))))


def _of_pattern(reading: Reading) -> Reading:
    """A pattern's `!=` is false on an absent field, whatever Logs Insights makes of it."""
    return replace(reading, absent_differs=False)


def prints_back(query: Query) -> None:
    assert parse_query(print_query(query)) == query


def evaluator(tried: list[Expression], event: Event) -> None:
    for condition in tried:
        query = _query(condition)
        for one, reading in product([event, *EVENTS], ALL_READINGS):
            assert query.matches(one, reading) == holds(condition, one, reading), (condition, one, reading)


def evaluator_of_leaves(_: None) -> None:
    """Every leaf, and its negation, on every kind of value of its fields; none left to chance."""
    alone = [event_of({"a": value}) for value in generated.VALUES]
    pairs = [event_of({"a": one, "b": other}) for one, other in product(generated.VALUES, repeat=2)]
    for leaves, events in ((generated.leaves(), alone), (generated.leaves_of_two(), pairs)):
        for leaf in leaves:
            for condition in (leaf, Not(leaf)):
                query = Query((Filter(condition),))
                for event, reading in product(events, ALL_READINGS):
                    assert query.matches(event, reading) == holds(condition, event, reading), (
                        condition,
                        event,
                        reading,
                    )


def compiled(tried: list[Expression], event: Event) -> None:
    """Exactly one of the patterns counts an event of the query, and none counts any other."""
    for condition in tried:
        patterns = [parse_pattern(text) for text in compile_query(_query(condition))]
        for one, reading in product([event, *SCALAR_EVENTS], ALL_READINGS):
            count = sum(found.matches(one, reading) for found in patterns)
            assert count == holds(condition, one, _of_pattern(reading)), (condition, one, reading)


def backtest(tried: list[Expression], event: Event) -> None:
    """Events a minute apart, so that it counts each in a period of its own."""
    _counts(tried, [event, *EVENTS])


def backtest_of_leaves(_: None) -> None:
    """Every leaf and its negation in SQL, on every kind of value of its fields; none left to chance."""
    alone = [event_of({"a": value}) for value in generated.VALUES]
    pairs = [event_of({"a": one, "b": other}) for one, other in product(generated.VALUES, repeat=2)]
    for leaves, events in ((generated.leaves(), alone), (generated.leaves_of_two(), pairs)):
        _counts([condition for leaf in leaves for condition in (leaf, Not(leaf))], events)


def _counts(tried: list[Expression], events: list[Event]) -> None:
    run = Backtest({str(number): _query(condition) for number, condition in enumerate(tried)})
    records = [
        {**one, "eventTime": f"1970-01-01T{n // 60:02}:{n % 60:02}:00Z"} for n, one in enumerate(events)
    ]
    run.add([Text("generated", 0, json.dumps({"Records": records}).encode())])
    assert (run.broken, run.records) == ([], len(records))
    for number, condition in enumerate(tried):
        expected = [(n, 1) for n, one in enumerate(events) if holds(condition, one, LIKELY)]
        assert list(run.periods(str(number), 60)) == expected, condition


def answered(condition: Expression, event: Event) -> None:
    """The rows of a query that the local cloud runs."""
    events = [event, *EVENTS]
    log = [LogEvent(number, json.dumps(one)) for number, one in enumerate(events)]
    rows = run_query(f"fields @message | filter {print_expression(condition)}", log)
    expected = [json.dumps(one) for one in events if holds(condition, one, LIKELY)]
    assert sorted(row["@message"] for row in rows) == sorted(expected)


def prover(pairs: list[tuple[Expression, Expression]]) -> None:
    """No event of the domain tells apart what is proven equal; a counterexample does, anywhere."""
    for said, asked in pairs:
        answer = prove(_query(asked), [parse_pattern(text) for text in compile_query(_query(said))])
        if isinstance(answer, Counterexample):
            found = holds(asked, answer.event, answer.reading)
            counted = holds(said, answer.event, _of_pattern(answer.reading))
            assert (answer.query_matches, answer.count) == (found, counted)
            assert found != counted
        else:
            assert answer == Equivalent()
            assert not _difference(said, asked)


def prover_of_leaves(_: None) -> None:
    """All pairs of leaves that differ in little, none left to chance."""
    prover(generated.leaf_pairs())


def _difference(said: Expression, asked: Expression) -> list[Event]:
    """Events that tell two conditions apart, of all that can be made of a few values."""
    names = sorted({field.name for field in fields_of((said, asked))})
    domain = [
        event_of(dict(zip(names, choice, strict=True))) for choice in product(*map(DOMAIN.__getitem__, names))
    ]
    return [
        event
        for event, reading in product(domain, ALL_READINGS)
        if holds(asked, event, reading) != holds(said, event, _of_pattern(reading))
    ]


EVENTS = generated.each_value()
SCALAR_EVENTS = generated.each_value(maps=False)
DOMAIN: dict[str, tuple[Any, ...]] = {
    "a": ("x", "xy", "y", "X", "", "5", "x5", 5, True, None, ABSENT),
    "e.0.f": (-1, 0, 0.5, 1, 3, 5, 5.5, 6, 7, "5", "5.0", "x", True, False, None, ABSENT),
}


def _some(strategy: generated.Strategy) -> generated.Strategy:
    return st.lists(strategy, min_size=5, max_size=10)


Property = Callable[..., None]
_PAIRS = st.one_of(*map(generated.pairs, DOMAIN), generated.pairs(*DOMAIN))
PROPERTIES: dict[Property, tuple[int, tuple[Any, ...]]] = {
    prints_back: (200, (generated_queries.queries(),)),
    evaluator: (50, (_some(generated.conditions()), generated.events())),
    evaluator_of_leaves: (1, (st.none(),)),
    compiled: (50, (_some(generated.compilable(*generated.APART)), generated.events(maps=False))),
    backtest: (15, (_some(generated.conditions()), generated.events())),
    answered: (30, (generated.conditions(), generated.events())),
    backtest_of_leaves: (1, (st.none(),)),
    prover: (30, (_some(_PAIRS),)),
    prover_of_leaves: (1, (st.none(),)),
}


def hold(rule: Property, *phases: Phase) -> None:
    """Tries the same examples in every run; fails with the smallest that breaks the rule."""
    examples, strategies = PROPERTIES[rule]
    bounds = settings(
        max_examples=examples,
        phases=phases,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
    )
    bounds(given(*strategies)(rule))()
