"""The time that an answer asks for, from the events that CloudWatch sends.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stacks.answers.expressions import read_expression

from ..support.answers import ID, QUIET, RAISED, event, facts, state
from ..support.jsonata_states import evaluate


def window(happened: dict[str, Any], **control: object) -> dict[str, Any]:
    deployment, controls = facts()
    controls = {**controls, ID: {**controls[ID], **control}}
    states = {"context": {"Execution": {"Input": happened}}}
    found: dict[str, Any] = evaluate(
        read_expression("window"), states=states, deployment=deployment, controls=controls
    )
    return found


def times(found: dict[str, Any]) -> dict[str, str]:
    """What is asked for, as times of the day."""
    seconds = {"start": found["start"], "end": found["end"]}
    seconds |= {name: found[name] / 1000 for name in ("since", "until", "raised")}
    return {name: f"{datetime.fromtimestamp(value, UTC):%d %H:%M:%S}" for name, value in seconds.items()}


def test_an_alarm_asks_from_a_period_before_its_datapoint_to_its_evaluation() -> None:
    assert times(window(event())) == {
        "start": "03 17:10:00",
        "end": "03 17:20:06",
        "since": "03 09:00:01",
        "until": "03 17:20:06",
        "raised": "03 17:20:06",
    }


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (state("ALARM", "17:20:05"), "03 17:10:06"),  # no datapoint
        (state("ALARM", "17:20:05", data=False), "03 17:10:06"),  # SetAlarmState
        (state("ALARM", "17:20:05", start="12:00:00"), "03 11:55:00"),
    ],
)
def test_without_a_datapoint_it_asks_for_two_periods(now: dict[str, Any], start: str) -> None:
    found = times(window(event(now)))
    assert (found["start"], found["until"]) == (start, "03 17:20:06")


def test_a_log_alarm_looks_at_a_time_that_is_past() -> None:
    """Its reason holds no times; it looks at a period that ended quarter of an hour ago."""
    found = times(window(event(state("ALARM", "17:20:05", data=False)), delay=900))
    assert (found["start"], found["end"]) == ("03 16:55:06", "03 17:20:06")


def test_the_closing_message_takes_up_where_the_first_one_ended() -> None:
    first, closing = window(event()), window(event(state("OK", "17:45:05"), RAISED))
    assert (first["isClosing"], closing["isClosing"]) == (False, True)
    assert closing["since"] == first["until"]
    assert times(closing) == {
        "start": "03 17:10:00",
        "end": "03 17:45:06",
        "since": "03 17:20:06",
        "until": "03 17:45:06",
        "raised": "03 17:20:06",
    }


def test_a_second_alarm_takes_up_where_the_closing_message_ended() -> None:
    over = state("OK", "17:26:05")
    closing = window(event(over, RAISED))
    again = window(event(state("ALARM", "17:28:05", start="17:23:00"), over))
    assert again["since"] == closing["until"]
    assert times(again)["start"] == "03 17:18:00"


def test_after_missing_data_nothing_is_left_out() -> None:
    assert window(event(before=state("INSUFFICIENT_DATA", "17:19:00")))["since"] == 0


def test_an_alarm_of_weeks_does_not_scan_weeks() -> None:
    long_ago = state("ALARM", "17:20:05", start="17:15:00")
    long_ago["timestamp"] = "2026-01-01T00:00:00.000+0000"
    del long_ago["reasonData"]
    assert times(window(event(state("OK", "17:45:05"), long_ago)))["start"] == "02 17:45:06"


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("cis-security-group-changes", True),
        ("cis-security-group-changes-exact", False),
        ("cis-prod-security-group-changes", False),
        ("other-security-group-changes", False),
        ("xcis-security-group-changes", False),
        ("cis-", False),
        ("cis", False),
    ],
)
def test_only_alarms_of_this_deployment_and_no_twins_are_answered(name: str, is_ours: bool) -> None:
    assert window(event(name=name))["isOurs"] is is_ours


def test_what_set_the_alarm_by_hand_is_quoted_on_one_line() -> None:
    now = {**state("ALARM", "17:20:05", data=False), "reason": "drill\nUndo\u2028\u202e" + "x" * 400}
    assert window(event(now, QUIET))["reason"] == "drill?Undo??" + "x" * 288 + "\u2026"
