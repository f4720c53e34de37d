"""What a back-test counts of single records: when, how often, and who it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cis_insights import parse_query
from cis_insights.backtest.counts import Broken, Selection
from cis_insights.backtest.in_duckdb import Backtest, Text

QUERIES = {"deleted": parse_query('filter eventName = "DeleteVpc"')}


def _record(second: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "eventTime": f"1970-01-01T00:{second // 60:02}:{second % 60:02}Z",
        "eventName": "DeleteVpc",
        **more,
    }


def _run(*records: object, **span: str) -> Backtest:
    run = Backtest(QUERIES, **span)
    run.add([Text("all.json", 0, json.dumps({"Records": records}).encode())])
    return run


def test_events_of_one_person_in_one_minute_are_all_counted() -> None:
    run = _run(*[_record(second) for second in (0, 59, 60, 119, 119, 300)])
    assert run.events("deleted") == 6
    assert list(run.periods("deleted", 60)) == [(0, 2), (1, 3), (5, 1)]
    assert list(run.periods("deleted", 300)) == [(0, 5), (1, 1)]


def test_the_first_event_of_a_span_counts_and_that_of_its_end_does_not() -> None:
    records = [_record(second) for second in (59, 60, 61, 120, 121)]
    run = _run(*records, since="1970-01-01T00:01:00", until="1970-01-01T00:02:00")
    assert (run.events("deleted"), run.records) == (2, 5)


def test_what_is_added_later_is_added() -> None:
    run = _run(_record(), _record(1, eventName="CreateVpc"))
    run.add([Text("b.jsonl", 1, json.dumps(_record(2)).encode()), Text("b.jsonl", 2, b"{}")])
    assert (run.records, run.events("deleted"), len(run.broken)) == (3, 2, 1)


IDENTITIES = {
    "alice": {"type": "IAMUser", "principalId": "AIDA", "arn": "arn:alice", "userName": "alice"},
    "role ci (1 session)": {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ci/s"},
    "idp:alice": {"type": "SAMLUser", "principalId": "idp:alice", "invokedBy": "x"},
    "94482488": {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "94482488"}},
    "config.amazonaws.com": {"type": "AWSService", "invokedBy": "config.amazonaws.com"},
    "Unknown": {"type": "Unknown"},
}


def test_who_it_was_is_the_first_name_that_an_identity_has() -> None:
    records = [
        _record(userIdentity=identity)
        for times, identity in enumerate(IDENTITIES.values(), 1)
        for _ in range(times)
    ]
    found = {principal.label: principal.events for principal in _run(*records).principals("deleted")}
    assert found == {label: times for times, label in enumerate(IDENTITIES, 1)}


def test_events_without_those_of_some_values_are_the_others() -> None:
    run = _run(*[_record(sourceIPAddress=address) for address in ("a", "a", "b")], _record())
    left = Selection("deleted", (("address", ("a", "x")), ("event", ("DeleteVpc",))))
    assert (run.events(left), run.top(left, "address", 5)) == (2, [("b", 1)])
    assert list(run.periods(left, 60)) == [(0, 2)]
    assert run.events(Selection("deleted", (("address", ("a",)), ("event", ("Other",))))) == 4
    with pytest.raises(ValueError, match="no column minute"):
        run.events(Selection("deleted", (("minute", ("0",)),)))


def test_the_most_frequent_come_first_and_of_as_frequent_ones_the_first_by_name() -> None:
    addresses = ["10.0.0.3"] * 2 + ["10.0.0.1"] * 2 + ["10.0.0.9"] * 3 + ["10.0.0.2"] * 2
    run = _run(_record(), *[_record(sourceIPAddress=address) for address in addresses])
    assert run.top("deleted", "address", 3) == [("10.0.0.9", 3), ("10.0.0.1", 2), ("10.0.0.2", 2)]
    with pytest.raises(ValueError, match="no column events"):
        run.top("deleted", "events", 1)


def test_a_time_that_is_none_is_named() -> None:
    times = ("infinity", "-infinity", "yesterday", None, 5, {})
    run = _run(_record(), *[_record(eventTime=time) for time in times])
    assert run.broken == [Broken("all.json", 0, "a record without eventTime", len(times))]
    assert (run.records, run.events("deleted")) == (1, 1)


def test_lines_that_are_broken_alike_are_one_with_the_first_of_them() -> None:
    run = Backtest(QUERIES)
    run.add([Text("a.jsonl", line, text) for line, text in ((3, b"["), (7, b"{"), (9, b"5"), (11, b"]"))])
    assert sorted(run.broken, key=lambda one: one.place) == [
        Broken("a.jsonl", 3, "no valid JSON", 3),
        Broken("a.jsonl", 9, "no JSON object", 1),
    ]
