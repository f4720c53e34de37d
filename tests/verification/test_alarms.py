"""Alarms that others ship: one that would not be heard is found, and one that is sound left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cis_insights.verification.model import MuteRule, SetUp

from ..support.set_ups import (
    NOW,
    TOPIC,
    exact,
    found_of,
    said,
    sound,
    verified,
    with_alarm,
    with_pattern,
)

ROOT, IAM, VPC = "root-account-usage", "iam-policy-changes", "vpc-changes"
DENIED, GROUPS = "unauthorized-api-calls", "security-group-changes"


def test_a_sound_set_up_holds_and_nothing_is_said_against_it() -> None:
    found = verified(sound())
    assert found.holds
    assert [one.control.id for one in found.controls if found_of(sound(), one.control.id)] == []
    assert found.others == ()
    assert {one.counted[0].agreement.relation for one in found.controls} == {"exact"}


ALARMS: dict[str, tuple[SetUp, str]] = {
    # landing-zone-accelerator's test configurations: an average of ones, against five
    "average": (
        with_alarm(DENIED, statistic="Average", threshold=5),
        "the alarm unauthorized-api-calls never fires: Average >= 5, and each event counts 1",
    ),
    "average with a default value": (
        with_alarm(DENIED, statistic="Average"),
        "the alarm unauthorized-api-calls never fires: Average >= 1, and a minute without such an event"
        " counts 0",
    ),
    "maximum beyond one": (
        with_alarm(DENIED, statistic="Maximum", comparison="GreaterThanThreshold"),
        "the alarm unauthorized-api-calls never fires: Maximum > 1, and each event counts 1",
    ),
    "less than": (
        with_alarm(DENIED, comparison="LessThanThreshold"),
        "the alarm unauthorized-api-calls fires by LessThanThreshold: events do not raise it",
    ),
    "off": (
        with_alarm(DENIED, actions_enabled=False),
        "the actions of the alarm unauthorized-api-calls are off",
    ),
    "no action": (
        with_alarm(DENIED, actions=()),
        "the alarm unauthorized-api-calls has no action: nobody is notified",
    ),
    # cloudposse: attaching AdministratorAccess never pages
    "threshold": (
        with_alarm(IAM, threshold=3),
        "the alarm iam-policy-changes waits for more events than 1: Sum >= 3",
    ),
    "datapoints": (
        with_alarm(IAM, datapoints_to_alarm=2, evaluation_periods=3),
        "the alarm iam-policy-changes waits for events in 2 of 3 periods",
    ),
    "breaching": (
        with_alarm(DENIED, missing_data="breaching"),
        "the alarm unauthorized-api-calls fires when there is no data: it is in ALARM without an event",
    ),
    "muted": (
        with_alarm(DENIED, muted_by=(MuteRule("nights", is_active=True, until=NOW + timedelta(hours=2)),)),
        "the mute rule nights mutes the alarm unauthorized-api-calls until 2026-11-25 14:00 UTC",
    ),
    "another topic": (
        with_alarm(DENIED, actions=(f"{TOPIC}-gone",)),
        "the alarm unauthorized-api-calls notifies the topic alarms-gone, which does not exist",
    ),
}


@pytest.mark.parametrize("case", ALARMS)
def test_an_alarm_that_would_not_be_heard_is_an_error(case: str) -> None:
    setup, text = ALARMS[case]
    setup = replace(setup, topics={**setup.topics, f"{TOPIC}-gone": None})
    assert ("error", text) in [
        each for one in verified(setup).controls for each in said(one.findings) if each[0] == "error"
    ]
    assert not verified(setup).holds


def test_only_the_control_of_the_alarm_fails() -> None:
    setup = with_alarm(IAM, actions_enabled=False)
    assert [one.control.id for one in verified(setup).controls if not one.holds] == [IAM]


TOLERATED: dict[str, tuple[SetUp, str]] = {
    # denied calls are many: a threshold of one's own is a choice
    "threshold": (
        with_alarm(DENIED, threshold=20),
        "the alarm unauthorized-api-calls waits for more events than 1: Sum >= 20",
    ),
    # cloudposse: a day hides the second use of root
    "a day": (
        with_alarm(DENIED, period=86_400),
        "the alarm unauthorized-api-calls sums 24 hours: a second event in them notifies nobody",
    ),
    "in alarm": (
        with_alarm(DENIED, state="ALARM", state_since=NOW - timedelta(days=3)),
        "the alarm unauthorized-api-calls is in ALARM: a further event notifies nobody",
    ),
    "an expression": (
        with_alarm(DENIED, expression="FILL(m1, 0)"),
        "the alarm unauthorized-api-calls watches an expression: whether it fires is not decided",
    ),
    "mute to come": (
        with_alarm(DENIED, muted_by=(MuteRule("nights", is_active=False),)),
        "the mute rule nights will mute the alarm unauthorized-api-calls",
    ),
}


@pytest.mark.parametrize("case", TOLERATED)
def test_what_makes_an_alarm_less_useful_is_a_warning_and_holds(case: str) -> None:
    setup, text = TOLERATED[case]
    assert said(found_of(setup, DENIED)) == [("warning", text)]
    assert verified(setup).holds


@pytest.mark.parametrize(
    "values",
    [
        {"statistic": "Maximum"},
        {"comparison": "GreaterThanThreshold", "threshold": 0},
        {"missing_data": "missing"},
        {"missing_data": "ignore"},  # the default value 0 brings it back to OK
        {"statistic": "Average", "comparison": "GreaterThanThreshold", "threshold": 0},
    ],
)
def test_an_alarm_in_another_form_that_fires_is_sound(values: dict[str, object]) -> None:
    if values.get("statistic") == "Average":
        pattern = exact(DENIED)
        setup = with_pattern(DENIED, pattern, default=None)
        alarms = tuple(replace(one, **values) if one.name == DENIED else one for one in setup.alarms)
        assert found_of(replace(setup, alarms=alarms), DENIED) == []
    else:
        assert found_of(with_alarm(DENIED, **values), DENIED) == []


def test_without_a_default_value_an_alarm_that_ignores_missing_data_never_returns() -> None:
    setup = with_pattern(DENIED, exact(DENIED), default=None)
    alarms = tuple(replace(one, missing_data="ignore") for one in setup.alarms)
    assert said(found_of(replace(setup, alarms=alarms), DENIED)) == [
        (
            "error",
            "the alarm unauthorized-api-calls ignores missing data: it stays in ALARM after the first event",
        )
    ]
