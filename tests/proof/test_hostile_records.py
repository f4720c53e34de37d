"""Whatever types fields have and whatever JSON a record is: all engines give the same answer, none fails."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cis_insights import ALL_READINGS, Control, Query, load_catalogue, parse_pattern, parse_query
from cis_insights.backtest.hits import WHO_FIELDS
from cis_insights.backtest.in_duckdb import Backtest, Text
from cis_insights.compiler import compile_query
from cis_insights.events import read_event
from cis_insights.logs_insights.normal_form import fields_of
from cis_insights.sql import LogEvent, run_query

CATALOGUE = load_catalogue()
ALARMS = [control for control in CATALOGUE.values() if control.is_alarm and control.query.is_decidable]
ABSENT = object()
# One of each type, and of each kind that an engine could take for something else.
VALUES: tuple[Any, ...] = (
    ABSENT, None, True, False, 0, 1, -1, 5.5, 1e308, -0.0, 2**53 + 1, 10**30, 10**400,
    "", "x", "*", "1", "true", "null", "Root ", "\x00", "\x1b[31m", "\u202e", "\ufffd", "é", "\U0001f600",
    "%", "'", '"', "\\", "\n", "x" * 5_000,
    [], {}, [1], ["x"], [[]], [None], {"a": 1}, {"": ""}, {"0": "x"}, {"type": {"type": "Root"}},
)  # fmt: skip

Record = dict[str, Any]


# --- wrong types ------------------------------------------------------------------------


def _with(record: Record, path: str, value: Any) -> Record:
    """A record with a value at a path; what stands in its way becomes a map."""
    found = copy.deepcopy(record)
    *parents, last = path.split(".")
    inside: Any = found
    for step in parents:
        if not isinstance(inside.get(step), dict):
            inside[step] = {}
        inside = inside[step]
    inside[last] = value
    if value is ABSENT:
        del inside[last]
    return found


def _read_by(control: Control) -> list[str]:
    """Every field that the control or a back-test reads, and every map on the way to one."""
    names = [field.name for field in fields_of(control.query.condition)] + list(WHO_FIELDS)
    paths = [name.split(".") for name in names]
    return sorted({".".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1)})


def _spoilt(control: Control) -> list[Record]:
    base = json.loads(Path("tests/events", control.id, "match", "0-demo.json").read_text())
    return [_with(base, name, value) for name in _read_by(control) for value in VALUES]


@pytest.fixture(scope="module")
def spoilt() -> dict[str, list[Record]]:
    """Records by control, a minute apart."""
    found = {control.id: _spoilt(control) for control in ALARMS}
    for minute, record in enumerate(record for records in found.values() for record in records):
        record["eventTime"] = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(minute * 60))
    return found


@pytest.fixture(scope="module")
def backtest(spoilt: dict[str, list[Record]]) -> Backtest:
    run = Backtest({control.id: control.query for control in ALARMS})
    records = [record for records in spoilt.values() for record in records]
    run.add([Text("spoilt", 0, json.dumps({"Records": records}).encode())])
    assert (run.records, run.broken) == (len(records), [])
    return run


@pytest.mark.parametrize("control", ALARMS, ids=lambda control: control.id)
def test_a_wrong_type_in_any_field_that_is_read_changes_no_engine_alone(
    control: Control, spoilt: dict[str, list[Record]], backtest: Backtest
) -> None:
    records = spoilt[control.id]
    found = [record["eventTime"] for record in records if control.query.matches(record)]
    assert 0 < len(found) < len(records)
    for reading in (ALL_READINGS[0], ALL_READINGS[-1]):
        for record in records:
            counts = sum(pattern.matches(record, reading) for pattern in control.patterns)
            assert counts == control.query.matches(record, reading), record
    text = f"{_filters(control)}\n| fields eventTime | limit 100000"
    rows = run_query(text, [LogEvent(0, json.dumps(record)) for record in records])
    assert sorted(row["eventTime"] for row in rows) == found
    minutes = {
        time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(m * 60)) for m, _ in backtest.periods(control.id, 60)
    }
    assert [one["eventTime"] for one in records if one["eventTime"] in minutes] == found


def _filters(control: Control) -> str:
    spans = [stage.span for stage in control.query.early_filters()]
    return "\n| ".join(control.query.text[span.start : span.end] for span in spans)


def test_an_investigation_answers_whatever_type_a_field_has() -> None:
    (base,) = (one for one in ALARMS if one.id == "unauthorized-api-calls")
    log = [LogEvent(0, json.dumps(record)) for record in _spoilt(base)[::10]]
    asked = [control for control in CATALOGUE.values() if not control.is_alarm]
    for control in asked[::4]:
        values = {one.name: one.default for one in control.parameters}
        assert isinstance(run_query(control.query_text, log, parameters=values), list)


# --- odd JSON ---------------------------------------------------------------------------

ENGINES = ("SQL", "back-test", "query", "pattern")


def _answers(*cases: tuple[str, str]) -> list[dict[str, bool]]:
    """What each engine says of a condition on a message; one that reads no event of it says nothing."""
    queries = [parse_query(f"filter {condition}") for condition, _ in cases]
    run = Backtest({str(number): query for number, query in enumerate(queries)})
    run.add([Text("a", n, message.encode()) for n, (_, message) in enumerate(cases)])
    assert run.broken == []
    columns = ", ".join(f"{condition} as c{number}" for number, (condition, _) in enumerate(cases))
    rows = run_query(f"fields {columns}", [LogEvent(-n, message) for n, (_, message) in enumerate(cases)])
    return [
        {
            "SQL": rows[n][f"c{n}"] == "1",
            "back-test": n in dict(run.periods(str(n), 60)),
            **_one(query, message),
        }
        for n, (query, (_, message)) in enumerate(zip(queries, cases, strict=True))
    ]


def _one(query: Query, message: str) -> dict[str, bool]:
    event = read_event(message)
    if event is None:
        return {}
    counts = sum(parse_pattern(text).matches(event) for text in compile_query(query))
    return {"query": query.matches(event), "pattern": counts == 1}


def _message(fields: str, minute: int = 0) -> str:
    return f'{{"eventTime": "1970-01-01T00:{minute:02}:00Z", {fields}}}'


BIG = "9" * 5_000
ODD = {
    "of a key that stands twice the first counts": ('a = "x"', '"a": "x", "a": "y"', True),
    "and the second does not": ('a = "y"', '"a": "x", "a": "y"', False),
    "also where the first is null": ("not ispresent(a)", '"a": null, "a": "y"', True),
    "within a map too": ('m.a = "x"', '"m": {"a": "x", "a": "y"}', True),
    "of a map that stands twice the first counts": (
        "not ispresent(m.b)",
        '"m": {"a": 1}, "m": {"b": 1}',
        True,
    ),
    "keys differ by case": ('a = "x"', '"A": "y", "a": "x", "A": "z"', True),
    "NaN is null": ("ispresent(a)", '"a": NaN', False),
    "NaN is no large number": ("a > 5", '"a": NaN', False),
    "and none that differs from others": ("a != 5", '"a": NaN', False),
    "Infinity is a large number": ("a > 5", '"a": Infinity', True),
    "so is what is too large": ("a > 5", '"a": 1e999', True),
    "-Infinity is a small one": ("a < 5", '"a": -Infinity', True),
    "thousands of digits are infinite": ("a > 5", f'"a": {BIG}', True),
    "and below zero": ("a < 5", f'"a": -{BIG}', True),
    "a number is not a text": (f'a = "{BIG[:400]}"', f'"a": {BIG[:400]}', False),
    "half of a surrogate pair is a character": ("a like /^.$/", '"a": "\\ud800"', True),
    "and the second half": ("a like /^.$/", '"a": "\\uDFFF"', True),
    "a whole pair is one": ("a like /^.$/", '"a": "\\ud83d\\ude00"', True),
    "halves in the wrong order are two": ("a like /^..$/", '"a": "\\ude00\\ud83d"', True),
    "a backslash before ud800 is no half": ('a = "\\\\ud800"', '"a": "\\\\ud800"', True),
    "NUL is a character": ("a like /^x.y$/", '"a": "x\\u0000y"', True),
    "and ends no text": ('a = "x"', '"a": "x\\u0000"', False),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, bool]]:
    cases = [(condition, _message(fields, n)) for n, (condition, fields, _) in enumerate(ODD.values())]
    return dict(zip(ODD, _answers(*cases), strict=True))


@pytest.mark.parametrize("name", ODD)
def test_json_that_cloudtrail_never_writes_is_one_event_to_all_engines(
    name: str, answers: dict[str, dict[str, bool]]
) -> None:
    assert answers[name] == dict.fromkeys(ENGINES, ODD[name][2])


def test_half_of_a_pair_that_is_no_escape_is_a_character_too() -> None:
    message = _message('"a": "\ud800"')
    assert read_event(message) == {"eventTime": "1970-01-01T00:00:00Z", "a": "\ufffd"}
    assert run_query("filter a like /^.$/ | fields a", [LogEvent(0, message)]) == [
        {"a": "\ufffd", "@ptr": "0"}
    ]


@pytest.mark.parametrize("function", ["md5", "sha256"])
def test_a_hash_of_half_of_a_pair_is_one_of_the_replacement_character(function: str) -> None:
    query = parse_query(f'filter {function}(a) = {function}("\ufffd")')
    assert query.matches({"a": "\ud800"})
    assert not query.matches({"a": "?"})
    assert query.matches({"a": "\ufffd"})


def test_a_record_nested_too_deep_for_python_is_counted_and_is_no_event_to_filters() -> None:
    message = _message(f'"errorCode": "AccessDenied", "a": {"[" * 100_000}{"]" * 100_000}')
    assert _answers(('errorCode = "AccessDenied"', message)) == [{"SQL": True, "back-test": True}]
    assert read_event(message) is None


def test_a_comma_before_the_closing_bracket_is_passed_over_by_sql_alone() -> None:
    message = _message('"a": "x",')
    assert _answers(('a = "x"', message)) == [{"SQL": True, "back-test": True}]


def _nested(depth: int) -> Iterator[Any]:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    yield value
    value = "x"
    for _ in range(depth):
        value = {"a": value}
    yield value


def test_what_is_nested_deep_is_asked_without_recursion() -> None:
    query = parse_query('filter a = "x" or a like /x/ or a.a.a != "x" or ispresent(a.0.0)')
    pattern = parse_pattern('{ ($.a = "x") || ($.a = %x%) || ($.a[0][0] = *) || ($.a.* = "x") }')
    for value in _nested(100_000):
        for reading in ALL_READINGS:
            assert isinstance(query.matches({"a": value}, reading), bool)
            assert isinstance(pattern.matches({"a": value}, reading), bool)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', "1", "{'a': 1}", '{"a": 1,}', "\ufeff{}", "{}{}"]
)
def test_what_is_no_json_object_is_no_event(text: str) -> None:
    assert read_event(text) is None


SIZES = {
    "a text of a million characters": f'"errorCode": "AccessDenied{"x" * 1_000_000}"',
    "a hundred thousand keys": '"errorCode": "AccessDenied", '
    + ", ".join(f'"k{n}": {n}' for n in range(100_000)),
    "one key a hundred thousand times": '"errorCode": "AccessDenied"' + ', "k": 1' * 100_000,
}


@pytest.mark.parametrize("fields", SIZES.values(), ids=SIZES.keys())
def test_size_changes_no_answer(fields: str) -> None:
    found = _answers(("errorCode like /^Access/", _message(fields)), ("k0 = 5", _message(fields, 1)))
    assert found == [dict.fromkeys(ENGINES, True), dict.fromkeys(ENGINES, False)]
