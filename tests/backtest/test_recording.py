"""A back-test that keeps events: whole queries over them, and counts that stay exact whatever is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cis_insights import parse_query
from cis_insights.backtest import recording
from cis_insights.backtest.in_duckdb import Text
from cis_insights.backtest.recording import Recording

DELETED = parse_query(
    'filter eventName = "DeleteVpc" | fields eventName, who.name as name | sort @timestamp desc'
)
COUNTED = parse_query("filter ispresent(who.name) | stats count(*) as events by who.name | sort events desc")
ALL = parse_query("stats count(*) as events by awsRegion")


def _record(minute: int, **more: Any) -> dict[str, Any]:
    known = {"awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "eventName": "DeleteVpc"}
    return {"eventTime": f"1970-01-01T{minute // 60:02}:{minute % 60:02}:30Z", **known, **more}


def _run(*records: object) -> Recording:
    run = Recording({"deleted": DELETED, "counted": COUNTED, "all": ALL})
    run.add([Text("all.json", 0, json.dumps({"Records": records}).encode())])
    return run


def test_a_query_sees_the_events_that_it_asks_for() -> None:
    run = _run(
        _record(0, who={"name": "alice"}), _record(1, eventName="CreateVpc"), _record(5, who={"name": "bob"})
    )
    rows = run.query_rows("deleted", DELETED)
    assert [(row["eventName"], row["name"]) for row in rows] == [("DeleteVpc", "bob"), ("DeleteVpc", "alice")]
    assert run.query_rows("counted", COUNTED) == [
        {"who.name": "alice", "events": "1"},
        {"who.name": "bob", "events": "1"},
    ]
    assert run.query_rows("all", ALL) == [{"awsRegion": "eu-west-1", "events": "3"}]


def test_minutes_volume_and_places_are_of_all_records() -> None:
    run = _run(_record(0), _record(0), _record(7, eventName="CreateVpc", awsRegion="us-east-1"))
    assert run.count_minutes("deleted") == [(0, 2)]
    assert [(minute, records) for minute, records, _ in run.volume()] == [(0, 2), (7, 1)]
    assert run.volume()[1][2] == len(
        json.dumps(_record(7, eventName="CreateVpc", awsRegion="us-east-1"), separators=(",", ":"))
    )
    assert run.places() == [("111122223333", "eu-west-1", 2), ("111122223333", "us-east-1", 1)]


def test_of_very_many_events_the_newest_are_kept_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_EVENTS", 2)
    run = _run(*[_record(minute) for minute in range(6)])
    assert run.count_kept("deleted") == 2
    assert str(run.kept_since) == "1970-01-01 00:04:30"
    assert (len(run.count_minutes("deleted")), run.count_events("deleted"), run.count_events("gone")) == (
        6,
        6,
        0,
    )


def test_few_events_are_all_kept() -> None:
    run = _run(_record(0), _record(1))
    assert (run.count_kept("deleted"), run.kept_since) == (2, None)
