"""Whole queries: what DuckDB answers is what the evaluator says, and what AWS documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights import QueryError, load_catalogue, parse_query
from cis_insights.sql import LogEvent, run_query, to_sql

NOON = 1_795_435_200_000  # 2026-11-23 12:00:00 UTC
MINUTE = 60_000


def _log(*events: object, step: int = MINUTE) -> list[LogEvent]:
    """Events a minute apart; a text is a message as it is."""
    return [
        LogEvent(NOON + number * step, event if isinstance(event, str) else json.dumps(event))
        for number, event in enumerate(events)
    ]


def _rows(query: str, *events: object, **parameters: str) -> list[dict[str, str]]:
    """Rows without the pointer to their event."""
    found = run_query(query, _log(*events), parameters=parameters)
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in found]


def _column(query: str, *events: object) -> list[str | None]:
    """The first column of each row."""
    names = list(_rows(query, *events)[0]) if _rows(query, *events) else []
    return [row.get(names[0]) for row in _rows(query, *events)]


# --- the catalogue ----------------------------------------------------------------------


def _recorded(control: str, kind: str) -> list[dict[str, Any]]:
    folder = Path("tests/events") / control / kind
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


@pytest.mark.parametrize("control", [c for c in load_catalogue().values() if c.is_alarm], ids=lambda c: c.id)
def test_a_control_s_query_answers_who_for_each_of_its_events_and_for_no_other(control: Any) -> None:
    match, other = _recorded(control.id, "match"), _recorded(control.id, "nomatch")
    rows = run_query(control.query_text, _log(*match, *other))
    assert len(rows) == len(match)
    assert all(row["user"] and row["eventName"] for row in rows)
    times = [row["@timestamp"] for row in rows]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "control", [c for c in load_catalogue().values() if not c.is_alarm], ids=lambda c: c.id
)
def test_an_investigation_runs_with_its_defaults(control: Any) -> None:
    events = [event for folder in Path("tests/events").iterdir() for event in _recorded(folder.name, "match")]
    parameters = {parameter.name: parameter.default for parameter in control.parameters}
    assert isinstance(run_query(control.query_text, _log(*events), parameters=parameters), list)


# --- conditions: the same answers as the evaluator ----------------------------------------

VALUES: list[object] = [
    "x",
    "xy",
    "",
    " ",
    "1",
    "1.0",
    1,
    0,
    5,
    -3,
    1.5,
    True,
    False,
    None,
    {},
    {"c": 1},
    ["x"],
    [],
]
CONDITIONS = [
    'a = "x"', 'a != "x"', 'a = "1"', "a = 1", "a != 1", "a < 5", "a >= 1", 'a > "w"', 'a in ["x", 5]',
    'a not in ["x", 5]', "ispresent(a)", "not ispresent(a)", "a like /^x/", 'a like "y"', "a not like /x/",
    "a like /(?i)X/", "a = b", "a != b", "not (a < 5)", 'tolower(a) = "x"', "strlen(a) > 1", "isempty(a)",
    "isblank(a)", 'coalesce(a, b) = "x"', "isnumeric(a)", 'strcontains(a, "x") = 1', 'startsWith(a, "x") = 1',
    'concat(a, b) = "xx"', "a + 1 = 2", "abs(a) = 3", "tonumber(a) = 1", "a.c = 1", 'a.0 = "x"',
    'if(a = "x", 1, 2) = 1', 'case(a = "x", 1, b = "x", 2) = 2', "a", "not a", 'substr(a, 1) = "y"',
    'replace(a, "x", "z") = "zy"', "floor(a) = 1", "ceil(a) = 2", "a % 2 = 1", "a / 0 = 1", "sqrt(a) = 1",
    'endsWith(a, "y") = 1', 'toupper(a) = "XY"', 'trim(a) = ""', "greatest(a, b) = 5", "least(a, b) = 0",
]  # fmt: skip


def _agree(condition: str, events: list[dict[str, object]]) -> None:
    query = parse_query(f"filter {condition}")
    found = {int(row["@ptr"]) for row in run_query(query.text, _log(*events))}
    expected = {number for number, event in enumerate(events) if query.matches(event)}
    differing = [events[number] for number in sorted(found ^ expected)]
    assert not differing, f"{condition}: {differing[:3]}"


PAIRS: list[dict[str, object]] = [
    {name: value for name, value in (("a", first), ("b", second)) if value is not ...}
    for first in [..., *VALUES]
    for second in [..., "x", 5, None, True]
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_duckdb_and_the_evaluator_agree_on_every_kind_of_value(condition: str) -> None:
    _agree(condition, PAIRS)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.sampled_from(CONDITIONS),
        lambda tree: st.one_of(
            st.builds("({}) and ({})".format, tree, tree),
            st.builds("({}) or ({})".format, tree, tree),
            st.builds("not ({})".format, tree),
        ),
        max_leaves=5,
    )
)
def test_duckdb_and_the_evaluator_agree_on_combinations(condition: str) -> None:
    _agree(condition, PAIRS)


# --- stages -------------------------------------------------------------------------------


def test_without_fields_rows_have_time_and_message_newest_first() -> None:
    assert _rows('filter a = "x"', {"a": "x"}, {"a": "y"}, {"a": "x"}) == [
        {"@timestamp": "2026-11-23 12:02:00.000", "@message": '{"a": "x"}'},
        {"@timestamp": "2026-11-23 12:00:00.000", "@message": '{"a": "x"}'},
    ]


def test_fields_add_up_and_display_replaces_them() -> None:
    assert _rows("fields a | fields b as c", {"a": "x", "b": 2}) == [{"a": "x", "c": "2"}]
    assert _rows("fields a, b | display b", {"a": "x", "b": 2}) == [{"b": "2"}]


def test_an_absent_column_is_left_out_of_its_row() -> None:
    assert _rows("fields a, b", {"a": "x"}, {"b": None}) == [{}, {"a": "x"}]


def test_booleans_are_one_and_zero_and_maps_show_nothing() -> None:
    assert _rows("fields a, b, c, c.d", {"a": True, "b": False, "c": {"d": 1.5}}) == [
        {"a": "1", "b": "0", "c.d": "1.5"}
    ]


def test_a_message_that_is_no_json_has_no_fields_and_is_still_there() -> None:
    assert _rows("fields a, @message", "not { json") == [{"@message": "not { json"}]
    assert _rows('filter @message like "json"', "not { json", {"a": 1})[0]["@message"] == "not { json"


def test_sort_knows_numbers_and_puts_what_is_absent_last() -> None:
    events = [{"a": 10}, {"a": 9}, {"b": 1}, {"a": "x"}]
    assert _column("fields a | sort a", *events) == ["9", "10", "x", None]
    assert _column("fields a | sort a desc", *events) == ["10", "9", "x", None]


def test_limit_takes_the_first_rows_of_the_order_at_hand() -> None:
    events = [{"a": number} for number in range(5)]
    assert _column("fields a | limit 2", *events) == ["4", "3"]
    assert _column("fields a | sort a | limit 2", *events) == ["0", "1"]
    assert _column("fields a | limit 3 | sort a", *events) == ["2", "3", "4"]


def test_dedup_keeps_the_first_of_each_and_all_that_lack_a_key() -> None:
    events = [{"a": "x", "n": 1}, {"a": "x", "n": 2}, {"n": 3}, {"n": 4}]
    assert _column("fields n | sort n | dedup a", *events) == ["1", "3", "4"]


def test_parse_cuts_columns_out_of_a_text() -> None:
    arn = {"arn": "arn:aws:sts::1:assumed-role/ci/alice"}
    assert _rows(
        r"parse arn /assumed-role\/(?<role>[^\/]+)\/(?<who>.+)$/ | fields role, who", arn, {"arn": "x"}
    ) == [
        {},
        {"role": "ci", "who": "alice"},
    ]
    assert _rows(
        'parse arn "arn:aws:*::*:*" as service, account, rest | fields service, account, rest', arn
    ) == [{"service": "sts", "account": "1", "rest": "assumed-role/ci/alice"}]


def test_a_column_hides_a_field_of_its_name() -> None:
    assert _rows('fields toupper(a) as b | filter b = "X"', {"a": "x", "b": "no"}) == [{"b": "X"}]


AGGREGATES = {
    "count(*)": "4", "count(a)": "3", "count_distinct(a)": "2", "sum(a)": "5", "avg(a)": "1.6666666666666667",
    "min(a)": "1", "max(a)": "2", "pct(a, 50)": "2", "sortsFirst(b)": "p", "sortsLast(b)": "q",
    "earliest(b)": "q", "latest(b)": "p", "max(@timestamp)": "2026-11-23 12:03:00.000",
}  # fmt: skip


@pytest.mark.parametrize(("aggregate", "value"), AGGREGATES.items())
def test_stats_aggregate(aggregate: str, value: str) -> None:
    events = [{"a": 1, "b": "q"}, {"a": 2}, {"a": 2, "b": "p"}, {"c": 1}]
    assert _rows(f"stats {aggregate} as found", *events) == [{"found": value}]


def test_stats_count_by_keys_and_periods() -> None:
    events = [{"a": "x"}, {"a": "x"}, {"a": "y"}]
    assert _rows("stats count(*) as n by a | sort n desc", *events) == [
        {"a": "x", "n": "2"},
        {"a": "y", "n": "1"},
    ]
    assert _rows("stats count(*) by bin(2m)", *events) == [
        {"bin(2m)": "2026-11-23 12:00:00.000", "count(*)": "2"},
        {"bin(2m)": "2026-11-23 12:02:00.000", "count(*)": "1"},
    ]
    assert _rows("stats count(*) as n by a | filter n > 1 | stats count(*) as m", *events) == [{"m": "1"}]


def test_a_count_of_nothing_is_zero_and_groups_of_nothing_are_none() -> None:
    assert _rows('filter a = "no" | stats count(*) as n', {"a": "x"}) == [{"n": "0"}]
    assert _rows('filter a = "no" | stats count(*) as n by a', {"a": "x"}) == []


def test_only_events_of_the_time_are_looked_at() -> None:
    log = _log({"a": 0}, {"a": 1}, {"a": 2})
    rows = run_query("fields a", log, start=NOON + MINUTE, end=NOON + MINUTE)
    assert [row["a"] for row in rows] == ["1"]


def test_parameters_are_filled_in_and_must_have_a_value() -> None:
    assert _rows('filter a like "{{who}}" | fields a', {"a": "alice"}, {"a": "bob"}, who="ali") == [
        {"a": "alice"}
    ]
    with pytest.raises(QueryError, match="the parameter who has no printable value"):
        _rows('filter a like "{{who}}"', {"a": "x"})


@pytest.mark.parametrize("query", ["stats topk(a, 3)", "fields nosuch(a)", "stats a", "fields bin(5)"])
def test_what_cannot_be_run_is_refused_and_never_answered_wrongly(query: str) -> None:
    with pytest.raises(QueryError):
        _rows(query, {"a": 1})


_LONG = 'concat(a, "-", a, "-", a, "-", a, "-", a)'


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ('fields "k" as x | stats count(*) as n by x', [{"x": "k", "n": "2"}]),
        ("fields 1 as x | stats count(*) as n by x", [{"x": "1", "n": "2"}]),
        ('fields "k" as x | sort x | display a', [{"a": "y"}, {"a": "x"}]),
        (f"fields a as x, {_LONG} as x", [{"x": "y-y-y-y-y"}, {"x": "x-x-x-x-x"}]),
        (f"fields {_LONG} as x, a as x", [{"x": "y"}, {"x": "x"}]),
        ("fields a as b, b as a | display a, b", [{"b": "y"}, {"b": "x"}]),
        (f"fields {_LONG} as x | fields x as y, strlen(x) as n | display n", [{"n": "9"}, {"n": "9"}]),
        ("fields m as b | filter ispresent(b)", []),
    ],
)
def test_short_values_and_long_ones_are_columns_alike(query: str, rows: list[dict[str, str]]) -> None:
    assert _rows(query, {"a": "x", "m": {"k": 1}}, {"a": "y"}) == rows


INJECTIONS = ["x' OR 1=1 --", 'x"; DROP TABLE log; --', "x\\' OR ''='", "$$ OR $$"]


@pytest.mark.parametrize("text", INJECTIONS)
def test_texts_and_names_of_a_query_stay_texts_and_names(text: str) -> None:
    literal = text.replace("\\", "\\\\").replace('"', '\\"')
    assert _rows(f'filter a = "{literal}" | fields a', {"a": text}, {"a": "y"}) == [{"a": text}]
    assert _rows(f"fields `{text.replace('`', '')}` as b", {"a": "y"}) == [{}]


def test_the_database_reads_no_files() -> None:
    sql = to_sql(parse_query("fields a"))
    assert "read_" not in sql
    import duckdb  # noqa: PLC0415

    from cis_insights.sql.engine import _CONFIG  # noqa: PLC0415

    with duckdb.connect(config=_CONFIG) as database, pytest.raises(duckdb.Error):
        database.execute("SELECT * FROM read_csv('pyproject.toml')")
