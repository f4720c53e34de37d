"""The document of `verify --json`: it keeps to its schema, and has what is on record beside the set-up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cfnlint.jsonschema import StandardValidator

from cis_insights.verification.trails import Unanswered
from cli.verify.document import Document
from cli.verify.drill_file import read_drill
from cli.verify.records import Firing, Records, find_firing, read_confirmations

from ..support.evidence import ALARM, DECLARED, DRILL, RECORDS, VPC, document, excluding, find_control
from ..support.set_ups import NOW, TRAIL, sound, with_alarm, with_pattern

SCHEMA = json.loads(Path("docs/verify.schema.json").read_text(encoding="utf-8"))


def faults(found: Any) -> list[str]:
    return [error.message for error in StandardValidator(schema=SCHEMA).iter_errors(found)]


def with_drill(folder: Path) -> Document:
    path = folder / "drill.json"
    path.write_text(json.dumps(DRILL), encoding="utf-8")
    place = sound().place
    assert place
    return document(drill=read_drill(path, [place], NOW))


def test_every_kind_of_document_keeps_to_the_schema(tmp_path: Path) -> None:
    refused = replace(TRAIL, status=Unanswered("a", "b"), selectors=Unanswered("a", "b"), log_group=None)
    found = [
        document(records=RECORDS),
        document(excluding(DECLARED)),
        document(with_pattern(VPC, "{ $.eventName = CreateVpc }", created=None)),
        document(with_alarm(VPC, actions_enabled=False, configured=NOW)),
        document(replace(sound(), place=None), files=["a.yaml"]),
        document(replace(sound(), trails=(refused,))),
        with_drill(tmp_path),
    ]
    assert [faults(one) for one in found] == [[]] * len(found)
    assert all(json.loads(json.dumps(one)) == one for one in found)


@pytest.mark.parametrize(
    "change", [{"schema": "other"}, {"more": 1}, {"verified": "yesterday"}, {"controls": [{}]}], ids=str
)
def test_the_schema_notices_what_is_not_evidence(change: Document) -> None:
    found = document()
    assert faults({**found, **change})
    assert faults({key: value for key, value in found.items() if key not in change} | change)


def test_it_says_who_asked_when_an_alarm_fired_and_when_a_subscriber_confirmed() -> None:
    found = document(records=RECORDS)
    assert (found["caller"], found["account_alias"]) == (RECORDS.caller, "acme-prod")
    assert found["verified"] == "2026-11-25T12:00:00+00:00"
    (alarm,) = find_control(found, VPC)["metrics"][0]["alarms"]
    fired = {"time": "2026-11-22T12:00:00+00:00", "succeeded": 1, "failed": 0}
    assert alarm["fired"] == {**fired, "history_since": "2026-11-22T12:00:00+00:00"}
    assert alarm["notified"][0]["confirmed"] == "2026-10-16T12:00:00+00:00"
    bare = find_control(document(), VPC)["metrics"][0]["alarms"][0]
    assert (bare["fired"], bare["notified"][0]["confirmed"]) == (None, None)
    assert not bare["notified"][0]["is_looked_up"]


def test_it_says_what_is_excluded_and_why() -> None:
    control = find_control(document(excluding(DECLARED)), VPC)
    declared = {"condition": 'eventName = "CreateVpc"', "why": "made each night", "owner": "SecOps"}
    assert control["exclusions"] == [{**declared, "until": "2027-03-31"}]
    assert control["metrics"][0]["missed"] == {"eventName": "CreateVpc"}
    assert find_control(document(), VPC)["exclusions"] == []


def test_it_cites_a_drill_control_by_control(tmp_path: Path) -> None:
    found = with_drill(tmp_path)
    assert found["drill"] == {
        "id": DRILL["id"],
        "mode": "calls+notify",
        "started": "2026-11-20T09:00:00+00:00",
        "finished": "2026-11-20T09:06:00+00:00",
        "age_days": 5,
    }
    called, notified = find_control(found, VPC)["drill"]
    assert (called["complete"], called["steps"]["recorded"], called["reason"]) == (True, 61.5, None)
    assert (notified["complete"], notified["steps"]["notified"]) == (False, None)
    root = find_control(found, "root-account-usage")
    assert (root["drill"], root["undrilled"]) == ([], "nobody calls as root")
    assert document()["drill"] is None


def item(kind: str, minutes: int, **data: Any) -> Document:
    """An item of an alarm's history, some minutes ago."""
    time = NOW - timedelta(minutes=minutes)
    return {"Timestamp": time, "HistoryItemType": kind, "HistoryData": json.dumps(data)}


def state(minutes: int, value: str) -> Document:
    return item("StateUpdate", minutes, newState={"stateValue": value})


def test_the_last_firing_is_found_with_what_became_of_its_actions() -> None:
    history = [
        item("Action", 5, actionState="Succeeded"),
        state(5, "OK"),
        item("Action", 9, actionState="Succeeded"),
        item("Action", 9, actionState="Failed"),
        state(10, "ALARM"),
        {},  # is not read any more
    ]
    time = NOW - timedelta(minutes=10)
    assert find_firing(history) == Firing(time, 1, 1, time)
    quiet = [state(5, "OK"), item("ConfigurationUpdate", 60)]
    assert find_firing(quiet) == Firing(None, since=NOW - timedelta(minutes=60))
    assert find_firing([]) is None


def test_a_history_that_is_no_json_is_no_firing() -> None:
    broken = {**state(5, "ALARM"), "HistoryData": "{"}
    assert find_firing([broken, {**broken, "HistoryData": "[]"}]) == Firing(
        None, since=NOW - timedelta(minutes=5)
    )


def test_confirmations_are_those_that_have_worked() -> None:
    def event(answer: object) -> Document:
        return {"EventTime": NOW, "CloudTrailEvent": json.dumps({"responseElements": answer})}

    events = [event({"subscriptionArn": "arn:1"}), event(None), event({"subscriptionArn": None}), {}]
    assert list(read_confirmations(events)) == [("arn:1", NOW)]


def test_records_are_of_alarms_by_their_arn() -> None:
    assert (
        find_control(document(records=Records(fired={ALARM + "x": Firing(NOW)})), VPC)["metrics"][0][
            "alarms"
        ][0]["fired"]
        is None
    )
