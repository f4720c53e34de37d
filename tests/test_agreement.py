"""Generated conditions on every event of a small world, by all that answers them and by brute force.

Each agreement has a twin: the same comparison, made with something that is wrong, does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cis_insights import ALL_READINGS, NotCompilable, Query, Reading, parse_pattern, parse_query, prove
from cis_insights.pattern import compile_query
from cis_insights.printer import print_expression, print_query
from cis_insights.prove import Counterexample, Equivalent
from cis_insights.sql.backtest import Backtest, Text
from cis_insights.syntax import (
    And,
    Call,
    Comparison,
    Expression,
    Field,
    Filter,
    In,
    Like,
    Not,
    Number,
    Or,
    String,
)

from .brute_force import holds

ABSENT = object()
VALUES = ("x", "xy", "y", "5", "", 5, 6, True, False, None, {"k": 1}, ABSENT)
NAMES = ("a", "b.c")
OPPOSITE = {"=": "!=", "!=": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
LIKELY = Reading()


def _event(first: object, second: object) -> dict[str, Any]:
    event = {"a": first, "b": {} if second is ABSENT else {"c": second}}
    return {name: value for name, value in event.items() if value is not ABSENT}


EVENTS = [_event(*values) for values in product(VALUES, VALUES)]
# What a pattern says of a map where presence itself is asked: docs/decisions/0003-presence-and-maps.md.
_PLAIN = [value for value in VALUES if not isinstance(value, dict)]
SCALAR = [_event(*values) for values in product(_PLAIN, repeat=2)]

fields = st.sampled_from([Field(name) for name in NAMES])
texts = st.sampled_from([String(text) for text in ("x", "xy", "5")])
constants = texts | st.sampled_from([Number("5"), Number("6"), Number("1")])
negated = st.booleans()
leaves = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "!="]), fields, constants),
    st.builds(Comparison, st.sampled_from(["<", "<=", ">", ">="]), fields, st.just(Number("5"))),
    st.builds(In, fields, st.lists(constants, min_size=1, max_size=3).map(tuple), negated),
    st.builds(Like, fields, texts, negated),
    st.builds(lambda field: Call("ispresent", (field,)), fields),
)


def _joined(trees: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(trees, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, trees)


conditions = st.recursive(leaves, _joined, max_leaves=6)
many = settings(max_examples=120, deadline=None, derandomize=True)


def _query(condition: Expression) -> Query:
    return parse_query(f"filter {print_expression(condition)}")


def _expected(condition: Expression, reading: Reading, events: Sequence[Any] = EVENTS) -> list[bool]:
    return [holds(condition, event, reading) for event in events]


# --- trees ------------------------------------------------------------------------------


@many
@given(conditions)
def test_a_printed_query_reads_back_to_the_same_tree(condition: Expression) -> None:
    query = _query(condition)
    assert parse_query(print_query(query)) == query
    [stage] = query.stages
    assert isinstance(stage, Filter)
    for reading in ALL_READINGS:  # the tree that was read means what the generated one does
        assert _expected(stage.condition, reading) == _expected(condition, reading)


# --- evaluator --------------------------------------------------------------------------


@many
@given(conditions)
def test_the_evaluator_agrees_with_brute_force_under_every_reading(condition: Expression) -> None:
    query = _query(condition)
    for reading in ALL_READINGS:
        assert [query.matches(event, reading) for event in EVENTS] == _expected(condition, reading)


def _wrong(condition: Expression) -> Iterator[Expression]:
    """The condition with one thing changed."""
    match condition:
        case Comparison(operator=sign):
            yield replace(
                condition, operator={"=": "!=", "!=": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}[sign]
            )
        case In(negated=flag) | Like(negated=flag):
            yield replace(condition, negated=not flag)
        case Not(operand=operand):
            yield operand
        case And(operands=operands):
            yield Or(operands)
        case Or(operands=operands):
            yield And(operands)
        case _:
            yield Not(condition)


@many
@given(conditions)
def test_a_wrong_condition_is_told_apart_unless_it_means_the_same(
    condition: Expression,
) -> None:
    for wrong in _wrong(condition):
        query = _query(wrong)
        same = all(_expected(wrong, reading) == _expected(condition, reading) for reading in ALL_READINGS)
        found = all(
            [query.matches(event, reading) for event in EVENTS] == _expected(condition, reading)
            for reading in ALL_READINGS
        )
        assert found is same


# --- patterns and the prover ------------------------------------------------------------


def _compiled(query: Query) -> Sequence[str]:
    try:
        return compile_query(query)
    except NotCompilable:
        return ()


def _proven(query: Query, patterns: Sequence[str]) -> Counterexample | Equivalent | None:
    try:
        return prove(query, [parse_pattern(pattern) for pattern in patterns])
    except NotCompilable:
        return None  # refused: nothing is deployed from it


def _counts(patterns: Sequence[str], reading: Reading) -> list[int]:
    parsed = [parse_pattern(pattern) for pattern in patterns]
    return [sum(pattern.matches(event, reading) for pattern in parsed) for event in SCALAR]


@many
@given(conditions)
def test_compiled_patterns_count_what_brute_force_finds(
    condition: Expression,
) -> None:
    query = _query(condition)
    assume(patterns := _compiled(query))
    assume(answer := _proven(query, patterns))
    agree = [_counts(patterns, one) == _expected(condition, one, SCALAR) for one in ALL_READINGS]
    if isinstance(answer, Counterexample):
        found = holds(condition, answer.event, answer.reading)
        counted = sum(parse_pattern(pattern).matches(answer.event, answer.reading) for pattern in patterns)
        assert counted != found
    else:
        assert answer == Equivalent() and all(agree)


@many
@given(conditions, st.data())
def test_patterns_of_another_condition_are_refused_with_an_event_that_tells_them_apart(
    condition: Expression, data: st.DataObject
) -> None:
    other = data.draw(conditions)
    query = _query(condition)
    assume(patterns := _compiled(_query(other)))
    assume(answer := _proven(query, patterns))
    differ = any(_counts(patterns, one) != _expected(condition, one, SCALAR) for one in ALL_READINGS)
    assert isinstance(answer, Counterexample) or not differ
    if isinstance(answer, Counterexample):
        counted = sum(parse_pattern(pattern).matches(answer.event, answer.reading) for pattern in patterns)
        assert counted != holds(condition, answer.event, answer.reading)


def test_enough_of_the_generated_conditions_become_patterns() -> None:
    done: list[int] = []

    @many
    @given(conditions)
    def count(condition: Expression) -> None:
        done.append(len(_compiled(_query(condition))))

    count()
    assert sum(map(bool, done)) > len(done) / 5


# --- SQL --------------------------------------------------------------------------------


START = datetime(2026, 11, 1, tzinfo=UTC)


def _by_sql(queries: dict[str, Query]) -> dict[str, list[int]]:
    """Which of the events each query finds: every event has a minute of its own."""
    times = [f"{START + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}" for number in range(len(EVENTS))]
    records = [{"eventTime": time, **event} for time, event in zip(times, EVENTS, strict=True)]
    backtest = Backtest(queries)
    backtest.add([Text("generated", 0, json.dumps({"Records": records}).encode())])
    assert backtest.records == len(EVENTS)
    first = int(START.timestamp()) // 60
    return {name: [minute - first for minute, _ in backtest.periods(name, 60)] for name in queries}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(conditions, min_size=5, max_size=10))
def test_the_sql_finds_the_events_that_brute_force_finds(trees: list[Expression]) -> None:
    named = {f"c{place}": tree for place, tree in enumerate(trees)}
    found = _by_sql({name: _query(tree) for name, tree in named.items()})
    for name, tree in named.items():
        assert found[name] == [place for place, is_one in enumerate(_expected(tree, LIKELY)) if is_one]


def test_a_wrong_condition_finds_other_events_in_sql() -> None:
    right = Comparison("!=", Field("a"), String("x"))
    found = _by_sql({"wrong": _query(Comparison("=", Field("a"), String("x")))})["wrong"]
    assert found and found != [place for place, is_one in enumerate(_expected(right, LIKELY)) if is_one]


@pytest.mark.parametrize("reading", ALL_READINGS, ids=str)
def test_brute_force_itself_tells_the_readings_apart(reading: Reading) -> None:
    text = Comparison("!=", Field("a"), String("x"))
    number = Comparison("=", Field("a"), Number("5"))
    assert holds(text, {}, reading) is reading.absent_differs
    assert holds(number, {"a": "5"}, reading) is reading.numeric_text
    assert holds(Call("ispresent", (Field("a"),)), {"a": None}, reading) is reading.null_exists
