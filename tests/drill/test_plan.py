"""Which control of a set-up is drilled how."""

from __future__ import annotations

from typing import Any

import pytest

from cli.drill.calls import CALLS, UNCALLABLE
from cli.drill.targets import count_events
from cli.drill.trial import MODES

from ..support.drills import plan
from ..support.set_ups import TOPIC, alarm, with_alarm, without_alarm

CIS = 15


def test_calls_drill_what_they_can_and_say_why_they_cannot() -> None:
    found = plan()
    assert {one.target.control.id for one in found.trials} == set(CALLS) & {
        one.target.control.id for one in plan(modes=("notify",)).trials
    }
    assert {one.id: one.reason for one in found.undrilled} == {
        id: UNCALLABLE[id]
        for id in (
            "console-login-without-mfa",
            "root-account-usage",
            "console-authentication-failures",
            "s3-bucket-policy-changes",
        )
    }
    assert found.topics == (TOPIC,)


@pytest.mark.parametrize("mode", ["events", "notify"])
def test_events_and_states_drill_all(mode: Any) -> None:
    found = plan(modes=(mode,))
    assert [one.mode for one in found.trials] == [mode] * CIS
    assert found.undrilled == ()


def test_of_several_modes_the_first_that_can_is_taken() -> None:
    found = plan(modes=("calls", "notify"))
    assert {one.target.control.id for one in found.list_of("notify")} == {one.id for one in plan().undrilled}
    assert found.modes == ("calls", "notify")


def test_only_what_is_asked_for_is_drilled() -> None:
    found = plan("vpc-changes", "root-account-usage")
    assert [one.target.control.id for one in found.trials] == ["vpc-changes"]
    assert [one.id for one in found.undrilled] == ["root-account-usage"]


def test_what_no_alarm_watches_is_said() -> None:
    found = plan("vpc-changes", setup=without_alarm("vpc-changes"))
    assert found.trials == ()
    (lost,) = found.undrilled
    assert lost.reason == "no alarm watches LogMetrics/vpc-changes: see cis-insights verify"


def test_an_alarm_that_is_in_alarm_is_set_by_nobody() -> None:
    setup = with_alarm("vpc-changes", state="ALARM")
    assert [one.reason for one in plan("vpc-changes", setup=setup, modes=("notify",)).undrilled] == [
        "its alarm is in ALARM already"
    ]
    (trial,) = plan("vpc-changes", setup=setup).trials
    assert trial.expected == ("called", "recorded", "counted")


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({"threshold": 1}, 1),
        ({"threshold": 3}, 3),
        ({"threshold": 2.5}, 3),
        ({"threshold": 0}, 1),
        ({"threshold": 2, "comparison": "GreaterThanThreshold"}, 3),
        ({"threshold": 0, "comparison": "GreaterThanThreshold"}, 1),
        ({"threshold": 20}, 20),
        ({"threshold": 21}, None),
        ({"comparison": "LessThanThreshold"}, None),
        ({"statistic": "Average"}, None),
        ({"datapoints_to_alarm": 2, "evaluation_periods": 3}, None),
        ({"expression": "m1 + m2"}, None),
    ],
)
def test_as_many_events_as_the_alarm_takes(values: dict[str, Any], count: int | None) -> None:
    assert count_events(alarm("any", **values)) == count


def test_an_alarm_that_takes_too_many_events_is_set_only() -> None:
    setup = with_alarm("vpc-changes", threshold=100)
    found = plan("vpc-changes", setup=setup, modes=("calls", "events"))
    assert [one.reason for one in found.undrilled] == [
        "no burst of a few events sets off the alarm vpc-changes"
    ]
    assert len(plan("vpc-changes", setup=setup, modes=MODES).list_of("notify")) == 1


def test_a_control_is_called_as_often_as_its_alarm_takes() -> None:
    (trial,) = plan("vpc-changes", setup=with_alarm("vpc-changes", threshold=4)).trials
    assert trial.count == 4
