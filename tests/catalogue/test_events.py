"""Every control against recorded events, as a query and as the patterns that are deployed.

`events/<control>/match`, of a control or an investigation, holds records that must count, `nomatch` near
misses that must not; a file's name says what the case is. `0-demo.json` is the one the demonstration sends.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cis_insights import ALL_READINGS, Control, load_catalogue
from cli.test.event_files import read_event_files
from cli.test.trial import find_sql_engine, try_events

from ..support.investigations import query_of

EVENTS = Path(__file__).parents[1] / "events"
CATALOGUE = load_catalogue()
ALARMS = [control for control in CATALOGUE.values() if control.is_alarm]
PATHS = sorted(EVENTS.rglob("*.json"))
FILES = read_event_files(EVENTS)[0]
QUERIES = {control.id: query_of(control) for control in CATALOGUE.values()}
DECIDABLE = [control for control in CATALOGUE.values() if QUERIES[control.id].is_decidable]

# The accounts that AWS's documentation makes its examples with.
ACCOUNTS = {"111122223333", "444455556666", "123456789012"}


def name_of(path: Path) -> str:
    return path.relative_to(EVENTS).with_suffix("").as_posix()


@cache
def read(path: Path) -> dict[str, Any]:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(record, dict)
    return record


def expected(path: Path) -> bool:
    return {"match": True, "nomatch": False}[path.parent.name]


def paths_of(control: Control) -> list[Path]:
    """The events of a control; most tests take them together: there are thousands."""
    return sorted((EVENTS / control.id).rglob("*.json"))


def names_where(wrong: Callable[[Path], object], control: Control) -> list[str]:
    """The events of a control that something is wrong with."""
    return [name_of(path) for path in paths_of(control) if wrong(path)]


every_control = pytest.mark.parametrize("control", CATALOGUE.values(), ids=lambda control: control.id)
every_alarm = pytest.mark.parametrize("control", ALARMS, ids=lambda control: control.id)


@every_alarm
def test_a_control_with_an_alarm_has_events_of_both_kinds(control: Control) -> None:
    folder = EVENTS / control.id
    assert (folder / "match" / "0-demo.json").is_file()
    assert list((folder / "nomatch").glob("*.json")) != []


def test_every_folder_of_events_belongs_to_a_control_or_an_investigation() -> None:
    folders = {path.parts[len(EVENTS.parts)] for path in PATHS}
    assert {control.id for control in ALARMS} <= folders <= {*CATALOGUE}


@every_alarm
def test_every_engine_that_can_answer_answers_as_the_folder_says(control: Control) -> None:
    files = [file for file in FILES if file.control == control.id]
    assert [
        trial.why for trial in try_events(control, files, find_sql_engine()) if not trial.has_passed
    ] == []


@pytest.mark.parametrize("control", DECIDABLE, ids=lambda control: control.id)
def test_the_query_answers_as_the_folder_says(control: Control) -> None:
    def is_wrong(path: Path) -> bool:
        return {matches(read(path), reading) for reading in ALL_READINGS} != {expected(path)}

    matches = QUERIES[control.id].matches
    assert names_where(is_wrong, control) == []


@pytest.mark.parametrize("control", [one for one in ALARMS if one.patterns], ids=lambda control: control.id)
def test_exactly_one_pattern_counts_what_the_query_matches(control: Control) -> None:
    def is_wrong(path: Path) -> bool:
        event, patterns = read(path), control.patterns
        counts = {sum(pattern.matches(event, reading) for pattern in patterns) for reading in ALL_READINGS}
        return counts != {int(expected(path))}

    assert names_where(is_wrong, control) == []


@every_control
def test_an_event_is_printed_like_all_others(control: Control) -> None:
    def is_wrong(path: Path) -> bool:
        return path.read_text(encoding="utf-8") != json.dumps(read(path), indent=2) + "\n"

    assert names_where(is_wrong, control) == []


def test_event_ids_are_unique() -> None:
    ids = [read(path)["eventID"] for path in PATHS]
    assert len(set(ids)) == len(ids)


def is_somebodys(text: str) -> bool:
    """Whether a text holds a real account, a key or a secret."""
    accounts = set(re.findall(r"(?<![\w.-])\d{12}(?![\w.-])", text)) - ACCOUNTS
    keys = [key for key in re.findall(r"\bA[A-Z]{3}[A-Z0-9]{12,}\b", text) if "EXAMPLE" not in key]
    return bool(accounts or keys or re.search(r"(?i)secretAccessKey|sessionToken|PRIVATE KEY", text))


@every_control
def test_an_event_holds_no_real_account_key_or_secret(control: Control) -> None:
    assert names_where(lambda path: is_somebodys(path.read_text(encoding="utf-8")), control) == []


@pytest.mark.parametrize("text", ['"999988887777"', '"AKIAIOSFODNN7REALKEY"', '"sessionToken": "x"'])
def test_a_real_account_a_key_and_a_secret_are_found(text: str) -> None:
    assert is_somebodys(text)
    assert not is_somebodys('"111122223333", "AKIAIOSFODNN7EXAMPLE", "session"')


@every_control
def test_an_event_comes_from_a_service_or_from_an_address_nobody_has(control: Control) -> None:
    def is_wrong(path: Path) -> bool:
        source = str(read(path)["sourceIPAddress"])
        is_service = source == "AWS Internal" or source.endswith(".amazonaws.com")
        return not is_service and ipaddress.ip_address(source).is_global

    assert names_where(is_wrong, control) == []


def test_the_matching_events_show_every_kind_of_caller() -> None:
    identities = [read(path)["userIdentity"] for path in PATHS if expected(path)]
    types = {identity["type"] for identity in identities}
    assert {"IAMUser", "AssumedRole", "Root", "AWSService", "AWSAccount"} <= types
    assert any("AWSReservedSSO_" in identity.get("arn", "") for identity in identities)
    assert any(identity.get("invokedBy") == "cloudformation.amazonaws.com" for identity in identities)
