"""What a deployment leaves out on purpose: proven to be just that, shown with why, and ended in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cis_insights.verification.model import DeclaredExclusion, SetUp
from cis_insights.verification.verdicts import ControlVerdict

from ..support.evidence import DECLARED, VPC, excluding
from ..support.set_ups import (
    NOW,
    alarm,
    exact,
    metric_filter,
    said,
    sound,
    verified,
)

CREATES = DECLARED.condition


def judged(setup: SetUp) -> ControlVerdict:
    (verdict,) = [one for one in verified(setup).controls if one.control.id == VPC]
    return verdict


def faults(setup: SetUp) -> list[tuple[str, str]]:
    return said(one for one in judged(setup).findings if one.level != "ok")


def test_a_declared_exclusion_is_proven_and_its_events_are_shown() -> None:
    found = judged(excluding(DECLARED))
    (counted,) = found.counted
    assert (counted.agreement.relation, counted.agreement.missed) == ("excluding", {"eventName": "CreateVpc"})
    assert found.holds
    assert found.exclusions == (DECLARED,)
    assert faults(excluding(DECLARED)) == []


@pytest.mark.parametrize(
    "declared",
    [
        (),
        (DeclaredExclusion('eventName = "DeleteVpc"', "w", "o", DECLARED.until),),
        (DeclaredExclusion('eventName = "CreateTrail"', "w", "o", DECLARED.until),),
        (DeclaredExclusion("eventName = ", "w", "o", DECLARED.until),),
        (DeclaredExclusion("ispresent(eventName) or not ispresent(eventName)", "w", "o", DECLARED.until),),
    ],
    ids=["none", "another event", "another control", "no condition", "everything"],
)
def test_what_is_left_out_beyond_what_is_declared_is_an_error(
    declared: tuple[DeclaredExclusion, ...],
) -> None:
    assert faults(excluding(*declared)) == [("error", "the filter vpc-changes-0: an event is not counted")]


def test_an_exclusion_that_has_ended_falls_short_from_its_day_on() -> None:
    today = NOW.date()
    ended = replace(DECLARED, until=today)
    assert faults(excluding(ended)) == [
        ("error", f"the exclusion {CREATES} ended on {today}, and its events still do not count")
    ]
    assert faults(excluding(replace(DECLARED, until=today + timedelta(1)))) == []


def test_what_an_exclusion_does_not_say_is_a_warning() -> None:
    assert faults(excluding(DeclaredExclusion(CREATES, owner="SecOps"))) == [
        ("warning", f"the exclusion {CREATES} does not say: why, until")
    ]
    assert judged(excluding(DeclaredExclusion(CREATES))).holds


def test_the_alarm_that_people_get_comes_before_its_twin_for_the_audit() -> None:
    """And an exclusion that has ended falls short although the twin is exact."""
    twin = "vpc-changes-exact"

    def with_twin(declared: DeclaredExclusion) -> SetUp:
        found = excluding(declared)
        filters = (*found.filters, metric_filter(twin, exact(VPC)))
        return replace(found, filters=filters, alarms=(*found.alarms, alarm(twin)))

    found = judged(with_twin(DECLARED))
    assert [one.agreement.relation for one in found.counted] == ["excluding", "exact"]
    assert found.security_hub_says == "passes"
    assert not judged(with_twin(replace(DECLARED, until=NOW.date()))).holds


def test_what_is_declared_and_counts_all_the_same_is_no_exclusion() -> None:
    alarms = tuple(replace(one, exclusions=(DECLARED,)) for one in sound().alarms)
    found = judged(replace(sound(), alarms=alarms))
    assert (found.counted[0].agreement.relation, found.exclusions) == ("exact", ())


def test_nothing_declared_leaves_everything_as_it_is() -> None:
    assert judged(sound()).exclusions == ()
    assert judged(sound()).counted[0].agreement.relation == "exact"
