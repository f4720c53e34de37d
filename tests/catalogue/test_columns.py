"""What the common columns say of each kind of identity and call, and what each control says of the change.

Cases of one query run together: DuckDB plans a query for longer than it runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cis_insights import load_catalogue
from cis_insights.catalogue.columns import compose
from cis_insights.sql import LogEvent, run_query

CASES = Path(__file__).parents[1] / "cases" / "columns.txt"
CATALOGUE = load_catalogue()
EVERY_RECORD = f"filter ispresent(eventName)\n{compose()}"
# What every record has, in CloudTrail's order; a case has its own values and more keys.
BASE: Mapping[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/division/alice",
        "accountId": "111122223333",
        "userName": "alice",
    },
    "eventSource": "ec2.amazonaws.com",
    "eventName": "X",
    "awsRegion": "eu-central-1",
    "sourceIPAddress": "192.0.2.1",
    "userAgent": "aws-cli/2",
    "requestParameters": None,
    "responseElements": None,
    "requestID": "b1b7e3a5-1111-4aaa-8bbb-222222222222",
    "eventID": "c1b7e3a5-1111-4aaa-8bbb-333333333333",
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A record, and the columns of its row; null where a column is absent."""

    says: str
    event: Mapping[str, Any]
    expected: Mapping[str, str | None]


def read_cases() -> Iterator[tuple[str, Case]]:
    """The cases of the file, each with the query that it is of: three lines each, below `## query`."""
    lines = [line for line in CASES.read_text(encoding="utf-8").splitlines() if line and line[:2] != "# "]
    query = ""
    while lines:
        if lines[0].startswith("## "):
            query = lines.pop(0).removeprefix("## ")
        says, event, expected = lines[:3]
        yield query, Case(says, {**BASE, **json.loads(event)}, json.loads(expected))
        lines = lines[3:]


ALL = list(read_cases())


def rows_for(query: str, events: Sequence[Mapping[str, Any]], **layout: Any) -> list[dict[str, str]]:
    """The rows of some records in their order."""
    log = [LogEvent(1_000, json.dumps(event, **layout)) for event in events]
    text = CATALOGUE[query].query_text if query in CATALOGUE else EVERY_RECORD
    rows = sorted(run_query(text, log), key=lambda row: int(row["@ptr"]))
    assert len(rows) == len(events), "the query does not find all of the records"
    return rows


@cache
def rows_of_cases(query: str) -> Sequence[Mapping[str, str]]:
    """The rows of all cases that one query answers, in their order."""
    return rows_for(query, [case.event for case in cases_of(query)], separators=(",", ":"))


def cases_of(query: str) -> list[Case]:
    """Those of a control; of every record for any other name."""
    return [case for name, case in ALL if name == query or (query not in CATALOGUE and name not in CATALOGUE)]


def assert_row(query: str, case: Case) -> None:
    row = rows_of_cases(query)[cases_of(query).index(case)]
    assert {column: row.get(column) for column in case.expected} == case.expected


@pytest.mark.parametrize("case", cases_of(""), ids=lambda case: case.says)
def test_a_row_says_who_did_what(case: Case) -> None:
    assert_row("", case)


OF_CONTROLS = {f"{query}: {case.says}": (query, case) for query, case in ALL if query in CATALOGUE}


@pytest.mark.parametrize(("query", "case"), OF_CONTROLS.values(), ids=OF_CONTROLS.keys())
def test_a_row_of_a_control_says_what_changed(query: str, case: Case) -> None:
    assert_row(query, case)


def test_each_control_of_the_benchmark_that_says_what_changed_has_a_case_of_it() -> None:
    changing = {one.id for one in CATALOGUE.values() if one.group == "cis" and " as change" in one.query_text}
    assert changing <= {query for query, _ in ALL}


def test_blanks_between_the_keys_of_a_record_change_nothing() -> None:
    groups = "security-group-changes"
    spaced = rows_for(groups, [case.event for case in cases_of(groups)])
    for row, compact in zip(spaced, rows_of_cases(groups), strict=True):
        assert row.get("target") == compact.get("target")
        assert row.get("change", "").replace(": ", ":").replace(", ", ",") == compact.get("change", "")


def test_the_order_of_a_record_s_keys_changes_nothing_and_one_without_any_says_nothing() -> None:
    event = BASE | {"requestParameters": {"b": {"c": {}}, "topicArn": "arn:t"}}
    orders = [event, dict(sorted(event.items())), dict(sorted(event.items(), reverse=True))]
    *rows, nothing = rows_for("", [*orders, {"eventName": "X"}], separators=(",", ":"))
    assert [row["target"] for row in rows] == ["arn:t"] * 3
    assert nothing.keys() == {"@timestamp", "eventName", "@ptr"}
