"""One deployment that watches many accounts says of everything that it shows which account it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cis_insights import Control
from cis_insights.sql import LogEvent, run_query
from stacks.alarm_text import ALL_ACCOUNTS

from ..support.synth import (
    alarms_of,
    built_in,
    investigation,
    list_alarms,
    overview,
    resources,
    single_template,
    stack,
)

ACCOUNTS = ("111122223333", "444455556666")
NAMED: dict[str, object] = {"log_group_name": "org-trail/logs"}
MANY: dict[str, dict[str, object]] = {
    "organization": {"trail": "organization", **NAMED},
    "control-tower": {"trail": "control-tower", "log_group_name": ""},
    "accelerator": {"trail": "accelerator", "log_group_name": ""},
}
ONE: dict[str, dict[str, object]] = {
    "existing": NAMED,
    "new": {"trail": "new", "log_group_name": ""},
}


@cache
def _resources(way: str) -> dict[str, Any]:
    return resources(stack(**{**MANY, **ONE}[way]))


def _descriptions(way: str) -> Iterator[str]:
    for alarm in alarms_of(_resources(way)).values():
        yield json.dumps(alarm["AlarmDescription"])


@pytest.mark.parametrize("way", MANY)
def test_every_alarm_says_where_the_account_stands(way: str) -> None:
    texts = list(_descriptions(way))
    assert len(texts) == len(alarms_of(_resources("existing"))) > 15
    assert all(ALL_ACCOUNTS in text for text in texts)


@pytest.mark.parametrize("way", ONE)
def test_alarms_of_one_account_do_not_speak_of_others(way: str) -> None:
    assert not [text for text in _descriptions(way) if ALL_ACCOUNTS in text]


def test_no_alarm_loses_a_link_to_the_line_about_accounts() -> None:
    many, one = (list(_descriptions(way)) for way in ("organization", "existing"))
    assert [text.count("https://") for text in many] == [text.count("https://") for text in one]


def test_the_alarms_of_the_single_template_say_it_too() -> None:
    found = json.loads(single_template(trail="organization", log_group_name="org-trail/logs"))
    alarms = list_alarms(found["Resources"])
    assert alarms and all(ALL_ACCOUNTS in json.dumps(alarm["AlarmDescription"]) for alarm in alarms)


def _titles(body: Any) -> str:
    return json.dumps([widget["properties"] for widget in body["widgets"] if widget["type"] != "alarm"])


def test_the_overview_says_that_its_chart_counts_all_accounts_and_where_to_see_which() -> None:
    many, one = (_titles(overview(_resources(way))) for way in ("organization", "existing"))
    for words in ("Events of all accounts of the trail", "in which account"):
        assert words in many
        assert words not in one


def _events(control: Control) -> Iterator[LogEvent]:
    """An event of the control in each of the accounts."""
    text = min(Path("tests/events", control.id, "match").iterdir()).read_text()
    for number, account in enumerate(ACCOUNTS):
        event = {**json.loads(text), "recipientAccountId": account}
        yield LogEvent(number, json.dumps(event))


def _queries(**values: object) -> dict[str, str]:
    """The queries of the investigation dashboard by title."""
    return {
        widget["properties"]["title"]: widget["properties"]["query"].partition(" | ")[2]
        for widget in investigation(**values)["widgets"]
        if widget["type"] == "log"
    }


def test_every_table_of_the_investigation_shows_the_account_of_each_row() -> None:
    queries = _queries(**MANY["organization"])
    alarms = [control for control in built_in().values() if control.is_alarm]
    events = [event for control in alarms for event in _events(control)]
    assert list(queries) == [
        "Everything the controls ask for, newest first",
        "In which account",
        "Who: events by account and person",
        "From where: events by account and address",
        "When: events, and failed ones, by 15 minutes",
    ]
    for title, query in list(queries.items())[:4]:
        rows = run_query(query, events)
        assert {row["account"] for row in rows} == set(ACCOUNTS), title


def test_who_did_most_is_not_split_where_there_is_one_account() -> None:
    assert "by user\n" in _queries()["Who: events by person"]


def test_every_saved_query_shows_the_account() -> None:
    without = [one.id for one in built_in().values() if "recipientAccountId" not in one.query_text]
    assert without == []
