"""What each alarm would have done on recorded files, and what is refused before anything is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cis_insights import QueryError, load_catalogue, parse_query
from cis_insights.backtest.in_duckdb import Backtest, Text

from ..support.backtest import DENIED, backtest, control, invoke, record, write_file


def test_events_periods_and_alarms_are_what_cloudwatch_would_have_done(tmp_path: Path) -> None:
    write_file(tmp_path, *[record(minute) for minute in (0, 1, 6, 30, 31, 32)])
    found = control(backtest(tmp_path))
    # 12:00 and 12:05 are one alarm, 12:30 is another.
    assert (found["events"], found["periods"], found["alarms"]) == (6, 3, 2)
    tried = control(backtest(tmp_path, "--threshold", f"{DENIED}=3"))
    assert (tried["events"], tried["periods"], tried["alarms"]) == (6, 1, 1)


def test_a_file_without_matching_events_fires_nothing(tmp_path: Path) -> None:
    write_file(tmp_path, record(0, errorCode="Throttling"))
    assert control(backtest(tmp_path))["events"] == 0


def test_who_is_behind_it_comes_first(tmp_path: Path) -> None:
    records = [record(0, user="bob"), *[record(minute) for minute in range(3)]]
    write_file(tmp_path, *records)
    found = control(backtest(tmp_path))
    assert [(who["name"], who["events"]) for who in found["principals"]] == [("alice", 3), ("bob", 1)]
    assert found["addresses"] == [["192.0.2.1", 4]]
    assert found["errors"] == [["AccessDenied", 4]]


def test_the_exclusion_it_suggests_removes_what_it_says(tmp_path: Path) -> None:
    others = [
        record(0, user=f"user-{number}", sourceIPAddress=f"192.0.2.{number + 2}") for number in range(5)
    ]
    write_file(tmp_path, *[record(minute) for minute in range(20)], *others)
    found = control(backtest(tmp_path))
    suggestion = found["suggestion"]
    condition = suggestion["condition"]
    assert suggestion["setting"] == {f"cis-insights:{DENIED}:exclude": [condition]}
    assert (suggestion["removes"], suggestion["leaves"]["events"]) == (20, 5)
    assert control(backtest(tmp_path, "--exclude", f"{DENIED}={condition}"))["events"] == 5


def test_a_few_events_suggest_nothing(tmp_path: Path) -> None:
    write_file(tmp_path, record(0), record(1))
    assert control(backtest(tmp_path))["suggestion"] is None


def test_only_events_of_the_time_count(tmp_path: Path) -> None:
    write_file(tmp_path, *[record(minute) for minute in (0, 10, 20)])
    result = backtest(tmp_path, "--since", "2026-11-01T12:10", "--until", "2026-11-01T12:20")
    assert control(result)["events"] == 1


VALUES: tuple[object, ...] = (1, True, None, [], {}, "x" * 1_000_000, "\x1b[31m", {"a": [1]})


FIELDS = ("eventName", "errorCode", "userIdentity", "sourceIPAddress")


def test_a_wrong_type_in_any_field_is_counted_or_not_but_never_breaks() -> None:
    queries = {one.id: one.query for one in load_catalogue().values() if one.is_alarm}
    run = Backtest(queries)
    spoilt = [record(minute) | {field: value} for field in FIELDS for minute, value in enumerate(VALUES)]
    run.add([Text("a", 0, json.dumps({"Records": spoilt}).encode())])
    assert (run.records, run.broken) == (len(FIELDS) * len(VALUES), [])
    for name, query in queries.items():
        assert run.events(name) == sum(map(query.matches, spoilt)), name


def test_a_condition_on_what_no_record_has_is_refused_and_the_others_are_counted(tmp_path: Path) -> None:
    query = parse_query('filter @message like "x"')
    with pytest.raises(QueryError) as caught:
        Backtest({"one": query})
    assert str(caught.value) == (
        "<query>:1:8: error: a record has no `@message`: this cannot be counted\n"
        '    filter @message like "x"\n'
        "           ~~~~~~~^\n"
        "    hint: compare fields of the record"
    )
    header = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "raw-text.cwli").write_text(f'{header}filter @message like "x"')
    both = ("--control", DENIED, "--control", "raw-text")
    result = backtest(write_file(tmp_path, record(0)), "--queries", tmp_path / "own", *both)
    assert result.stderr.splitlines()[0] == (
        "raw-text: not counted: a record has no `@message`: this cannot be counted"
    )
    assert (result.exit_code, control(result)["events"]) == (0, 1)


def test_a_condition_that_duckdb_cannot_ask_is_refused_before_anything_is_read() -> None:
    with pytest.raises(QueryError, match=r"DuckDB refuses this: .*invalid perl operator"):
        Backtest({"one": parse_query("filter a like /(?<=x)y/")})
    assert Backtest({"one": parse_query("filter a like /xy/")}).records == 0


def test_nothing_a_record_says_reaches_a_terminal_or_a_spreadsheet_as_a_command(tmp_path: Path) -> None:
    write_file(tmp_path, record(0, user="=1+1\x1b[31m"))
    shown = invoke(tmp_path).output
    assert "\x1b[31m" not in shown
    listed = invoke("--csv", tmp_path).output
    assert "=1+1" in listed and "\x1b" not in listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exclude", "nosuch=a = 1"], "no control is called 'nosuch'; see: cis-insights plan"),
        (["--exclude", "vpc-changes"], "'vpc-changes' is not CONTROL-ID=VALUE"),
        (
            ["--threshold", "unauthorized-api-cals=20"],
            "no control is called 'unauthorized-api-cals'; did you mean unauthorized-api-calls?",
        ),
        (["--csv"], "--json and --csv: print one of them"),
        (["--exclude", f"{DENIED}=userAgent != 'x'"], "AWS does not say whether this is true"),
        (["--threshold", f"{DENIED}=many"], "is not a number of events"),
        (["/nowhere"], "there is no such file or folder"),
    ],
)
def test_a_wrong_argument_is_said_plainly(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = backtest(tmp_path, *arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
