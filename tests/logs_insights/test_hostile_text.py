"""Texts of queries that are larger or odder than anybody's: a fault at its place, in bounded time."""

from __future__ import annotations

from functools import reduce

import pytest

from cis_insights import PatternError, QueryError, parse_pattern, parse_query, prove
from cis_insights.limits import MAX_FIELDS
from cis_insights.logs_insights.expressions import MAX_STEPS
from cis_insights.sql import LogEvent, run_query, to_sql
from cis_insights.sql.stages import MAX_NAMES, MAX_STAGES


def _names(count: int) -> str:
    return ", ".join(f"a{number}" for number in range(count))


def _nested(call: str, times: int) -> str:
    return reduce(lambda inner, _: call.replace("?", inner), range(times), "a")


def _parts(count: int) -> str:
    return f'parse a "{"*" * count}" as {_names(count)}'


# --- halves of surrogate pairs ----------------------------------------------------------


def test_a_query_that_was_no_text_is_shown_where_it_was_none() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query('filter eventName = "x\udcff"\n| limit 1')
    assert str(caught.value) == (
        "<query>:1:22: error: the character U+DCFF is not text\n"
        '    filter eventName = "x\ufffd"\n'
        "                         ^\n"
        "    hint: save it as UTF-8"
    )
    assert parse_query('filter eventName = "x\ufffd"\n| limit 1')


def test_so_is_a_pattern() -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern('{ $.a = "\ud800" }')
    assert str(caught.value) == (
        "<pattern>:1:10: error: the character U+D800 is not text\n"
        '    { $.a = "\ufffd" }\n'
        "             ^\n"
        "    hint: save it as UTF-8"
    )
    assert parse_pattern('{ $.a = "\ufffd" }')


# --- sizes ------------------------------------------------------------------------------

READ = {
    "steps": (
        f"filter a{'.a' * MAX_STEPS} = 1",
        f"filter a{'.a' * (MAX_STEPS - 1)} = 1",
        "more than 60 steps",
    ),
    "indexes": (
        f"filter a{'[1]' * MAX_STEPS} = 1",
        f"filter a{'[1]' * (MAX_STEPS - 1)} = 1",
        "more than 60 steps",
    ),
    "digits": (f"filter a = {'9' * 309}", f"filter a = {'9' * 308}", "this number is too large"),
    "minus": (f"filter a = -{'9' * 309}", f"filter a = -{'9' * 308}", "this number is too large"),
    "exponent": ("filter a = 1e309", "filter a = 1e308", "this number is too large"),
}
TOO_LONG = "this is too long to be run locally"
RUN = {
    "fields": (
        f"fields {_names(MAX_FIELDS + 1)}",
        f"fields {_names(20)}",
        "more than 200 fields cannot be looked at",
    ),
    "stages": (
        "|".join(["limit 1"] * (MAX_STAGES + 1)),
        "|".join(["limit 1"] * 20),
        "more than 60 stages cannot",
    ),
    "arguments": (f"fields {_nested('if(?, ?, 1)', 8)}", f"fields {_nested('if(?, ?, 1)', 6)}", TOO_LONG),
    "many arguments": (
        f"fields concat({', '.join([_nested('if(?, ?, 1)', 3)] * 20)})",
        f"fields concat({', '.join([_nested('if(?, ?, 1)', 3)] * 10)})",
        TOO_LONG,
    ),
    "values": (
        "fields " + ",".join(_nested("if(?, ?, 1)", 4) for _ in range(40)),
        "fields " + ",".join(_nested("if(?, ?, 1)", 4) for _ in range(4)),
        TOO_LONG,
    ),
    "depth": (f"fields {_nested('-(?)', 39)}", f"fields {_nested('-(?)', 38)}", TOO_LONG),
    "names": (_parts(MAX_NAMES + 1), _parts(MAX_NAMES), "more than 50 names cannot be cut out locally"),
}


@pytest.mark.parametrize(("beyond", "within", "message"), READ.values(), ids=READ.keys())
def test_what_is_beyond_a_bound_is_no_query(beyond: str, within: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_query(beyond)
    assert parse_query(within)


@pytest.mark.parametrize(("beyond", "within", "message"), RUN.values(), ids=RUN.keys())
def test_what_is_beyond_a_bound_is_not_run_locally(beyond: str, within: str, message: str) -> None:
    assert parse_query(beyond)
    with pytest.raises(QueryError, match=message):
        to_sql(parse_query(beyond))
    assert len(run_query(within, [LogEvent(0, '{"a": "x"}')])) == 1


def test_a_column_that_is_named_a_thousand_times_is_one() -> None:
    once, often = (to_sql(parse_query("fields " + ",".join(["a"] * count))) for count in (1, 1_000))
    assert once == often


def test_a_deep_field_of_a_pattern_is_asked_and_proven_without_recursion() -> None:
    pattern = parse_pattern("{ $" + ".a" * 500 + ' = "x" }')
    assert not pattern.matches({"a": {}})
    answer = prove(parse_query('filter b = "x"'), [pattern])
    assert not str(answer).startswith("equivalent")


@pytest.mark.parametrize("time", [2**62, -(2**62), 2**200])
def test_a_time_that_no_clock_shows_is_an_error_of_the_query(time: int) -> None:
    with pytest.raises(QueryError, match="DuckDB refuses this query"):
        run_query("fields @timestamp", [LogEvent(time, "{}")])
    assert run_query("fields @timestamp", [LogEvent(2**40, "{}")])


def test_the_text_of_an_event_may_hold_anything() -> None:
    messages = ["", "\x00", "\ud800", "{", "[]", "null", "\ufeff{}", "x" * 1_000_000]
    rows = run_query("fields @message, a | sort @message", [LogEvent(0, message) for message in messages])
    assert len(rows) == len(messages)
    assert "a" not in {name for row in rows for name in row}
