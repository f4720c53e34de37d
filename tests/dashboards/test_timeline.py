"""The timeline has exactly the events that the controls ask for, and names each control that does."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cis_insights import parse_query
from cis_insights.sql import LogEvent, run_query
from stacks.dashboards import build_control_queries, build_investigation
from stacks.deployed_control import Plan

from ..support.planned import add_controls, plan_with

EVENTS = {
    str(path): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path("tests/events").rglob("*.json"))
}
Record = dict[str, Any]


def timelines(plan: Plan) -> list[str]:
    """The queries, as they are when deployed and nothing is typed."""
    return [
        re.sub(r"\n\| limit \d+$", "", one["properties"]["query"].partition(" | ")[2])
        for one in build_investigation(plan)["widgets"]
        if one["type"] == "log" and one["properties"]["title"].startswith("Everything")
    ]


def list_rows(plan: Plan, events: dict[str, Record]) -> dict[str, set[str]]:
    """By event, the titles that the timeline's rows have, run in DuckDB."""
    logged = [
        LogEvent(number, json.dumps({**event, "eventID": name}))
        for number, (name, event) in enumerate(events.items())
    ]
    titles: dict[str, set[str]] = {}
    for query in timelines(plan):
        shown = query.replace("| display ", "| display eventID, ")
        for row in run_query(shown, logged):
            titles.setdefault(row["eventID"], set()).update(row["control"].split("; "))
    return titles


def list_asked(plan: Plan, events: dict[str, Record]) -> dict[str, set[str]]:
    """By event, the titles of the controls whose own query finds it."""
    found = {
        name: {one.title for one in plan.controls if one.control.query.matches(event)}
        for name, event in events.items()
    }
    return {name: titles for name, titles in found.items() if titles}


@cache
def planned(extended: str) -> Plan:
    return plan_with(extended=extended)


@pytest.mark.parametrize(("extended", "parts"), [("default", 1), ("all", 2)])
def test_every_recorded_event_has_a_row_with_the_controls_that_ask_for_it(extended: str, parts: int) -> None:
    plan = planned(extended)
    expected = list_asked(plan, EVENTS)
    assert len(timelines(plan)) == parts
    assert list_rows(plan, EVENTS) == expected
    assert len(expected) < len(EVENTS)  # some are not asked for, and have no row
    assert any(len(titles) > 1 for titles in expected.values())
    assert set().union(*expected.values()) == {one.title for one in plan.controls}


@pytest.mark.parametrize("extended", ["default", "all"])
def test_the_evaluator_finds_the_same_events(extended: str) -> None:
    plan = planned(extended)
    queries = [parse_query(query.partition("\n| parse ")[0]) for query in timelines(plan)]
    found = {name for name, event in EVENTS.items() if any(query.matches(event) for query in queries)}
    assert found == set(list_asked(plan, EVENTS))


def test_rankings_and_times_count_each_event_once_and_the_failed_ones_among_them() -> None:
    plan = planned("default")
    asked = [EVENTS[name] for name in list_asked(plan, EVENTS)]
    failed = [event for event in asked if event.get("errorCode") or event.get("errorMessage")]
    assert 0 < len(failed) < len(asked)
    logged = [LogEvent(number, json.dumps(event)) for number, event in enumerate(EVENTS.values())]
    counts = {}
    for title, query in list_counts(plan):
        rows = run_query(query.partition("\n| sort")[0], logged)
        counts[title] = tuple(sum(int(row[column]) for row in rows) for column in ("events", "failed"))
    assert counts == dict.fromkeys(counts, (len(asked), len(failed)))
    assert len(counts) == 4


def list_counts(plan: Plan) -> list[tuple[str, str]]:
    """Titles and queries that count."""
    return [
        (one["properties"]["title"], one["properties"]["query"].partition(" | ")[2])
        for one in build_investigation(plan)["widgets"]
        if one["type"] == "log" and not one["properties"]["title"].startswith("Everything")
    ]


ROOT_IS_DENIED: Record = {
    "eventName": "DeleteTrail",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventType": "AwsApiCall",
    "userIdentity": {"type": "Root"},
    "errorCode": "AccessDenied",
}


def test_an_event_of_three_controls_is_one_row_that_names_all_three() -> None:
    plan = planned("default")
    assert list_rows(plan, {"planted": ROOT_IS_DENIED, "read": {"eventName": "DescribeVpcs"}}) == {
        "planted": {
            "4.1 Unauthorized API calls",
            "4.3 Usage of the root user",
            "4.5 CloudTrail configuration changes",
        }
    }


def test_what_an_exclusion_leaves_out_has_no_row() -> None:
    own = {"userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/ci-a/b"}}
    events = {
        "ci": {"eventName": "CreateVpc", **own},
        "other": {"eventName": "CreateVpc", "userIdentity": {"type": "IAMUser"}},
    }
    plan = plan_with(**{"vpc-changes__exclude": r"userIdentity.arn like /role\/ci-/"})
    assert list_rows(plan, events) == {"other": {"4.14 VPC changes"}}
    assert set(list_rows(planned("default"), events)) == {"ci", "other"}


def test_attackers_do_not_choose_what_a_row_says_of_its_control(tmp_path: Path) -> None:
    catalogue = add_controls(tmp_path, {"odd": r'filter userAgent = "\"; x" or eventName = "${A}; |"'})
    plan = plan_with(catalogue, controls="odd")
    events = {"agent": {"userAgent": '"; x'}, "name": {"eventName": "${A}; |"}, "not": {"userAgent": "; x"}}
    (query,) = timelines(plan)
    assert '"${!A}; |"' in query  # CloudFormation puts it back
    (deployed,) = [query.replace("${!", "${")]
    logged = [LogEvent(number, json.dumps(event)) for number, event in enumerate(events.values())]
    assert [row["control"] for row in run_query(deployed, logged)] == ["odd", "odd"]


def test_a_control_that_no_condition_says_is_named_beside_the_timeline(tmp_path: Path) -> None:
    parsed = 'parse userAgent "x/*" as version\n| filter version = "2"'
    catalogue = add_controls(tmp_path, {"parsed": parsed})
    texts = list_texts(plan_with(catalogue))
    assert [text for text in texts if "Not in the queries of this page" in text and "${QueryParsed}" in text]
    assert not [text for text in list_texts(planned("default")) if "Not in the queries" in text]
    alone = build_investigation(plan_with(catalogue, controls="parsed"))["widgets"]
    assert {one["type"] for one in alone} == {"text", "metric"}


def list_texts(plan: Plan) -> list[str]:
    widgets = build_investigation(plan)["widgets"]
    return [one["properties"]["markdown"] for one in widgets if one["type"] == "text"]


def test_a_catalogue_beyond_five_scans_keeps_the_timeline_and_counts_by_metrics(tmp_path: Path) -> None:
    filters = {f"own-{number}": f'filter a{number} = "{"x" * 500}"' for number in range(95)}
    body = build_investigation(plan_with(add_controls(tmp_path, filters), controls=",".join(filters)))
    titles = [one["properties"].get("title", "") for one in body["widgets"]]
    logs = [one for one in body["widgets"] if one["type"] == "log"]
    assert len(logs) > 5
    assert all(one["properties"]["title"].startswith("Everything the controls") for one in logs)
    assert "Events by severity" in titles
    assert (
        f"{len(logs)} queries of Logs Insights at each load" in body["widgets"][0]["properties"]["markdown"]
    )


@pytest.mark.parametrize(("length", "is_shown"), [(4_000, True), (9_900, False)])
def test_a_control_that_is_too_long_for_a_widget_is_named_with_a_link(
    length: int, is_shown: bool, tmp_path: Path
) -> None:
    catalogue = add_controls(tmp_path, {"long": f'filter tolower(userAgent) = "{"x" * length}"'})
    plan = plan_with(catalogue)
    for build, why in ((build_investigation, "or it is too long"), (build_control_queries, "too long for a")):
        widgets = build(plan)["widgets"]
        texts = [one["properties"]["markdown"] for one in widgets if one["type"] == "text"]
        assert any(why in text and "${QueryLong}" in text for text in texts) is not is_shown
        queries = [one["properties"]["query"] for one in widgets if one["type"] == "log"]
        assert any("x" * length in query for query in queries) is is_shown
    assert list_rows(plan, {"vpc": {"eventName": "CreateVpc"}}) == {"vpc": {"4.14 VPC changes"}}
