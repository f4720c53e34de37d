"""What can be drilled in a set-up, whoever made it: a control's metric, its alarm, and whom that notifies."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cis_insights import Control
from cis_insights.verification.model import LogGroup, Metric, MetricAlarm
from cis_insights.verification.verdicts import AlarmVerdict, ControlVerdict, Counted
from cis_insights.verification.verifier import Verification

MOST_EVENTS = 20  # ours: calls that one control may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A control, and what is deployed for it."""

    control: Control
    section: str  # in the benchmark; empty beyond it
    log_group: LogGroup
    metric: Metric
    alarm: MetricAlarm
    faults: tuple[str, ...] = ()  # why, as verify says, it does not work

    @property
    def name(self) -> str:
        """Section and id, as every table shows them."""
        return f"{self.section:5}{self.control.id}" if self.section else self.control.id

    @property
    def topics(self) -> tuple[str, ...]:
        """ARNs of the topics that the alarm notifies."""
        return tuple(one for one in self.alarm.actions if ":sns:" in one)


@dataclass(frozen=True, slots=True)
class Undrilled:
    """A control that cannot be drilled as was asked for, and why."""

    id: str
    reason: str


def find_targets(found: Verification, only: Collection[str]) -> tuple[list[Target], list[Undrilled]]:
    """The controls of a set-up that have an alarm, and those that have none.

    Args:
        only: ids of controls; empty: all.
    """
    verdicts = [one for one in found.controls if not only or one.control.id in only]
    targets = [target for one in verdicts for target in _find_target(one)]
    reached = {one.control.id for one in targets}
    lost = [Undrilled(one.control.id, _explain(one)) for one in verdicts if one.control.id not in reached]
    known = {one.control.id for one in verdicts}
    unknown = [Undrilled(id, "a log alarm, which no metric filter feeds") for id in sorted(set(only) - known)]
    return targets, [*lost, *unknown]


def _find_target(verdict: ControlVerdict) -> Iterator[Target]:
    """The metric that counts a control best, and of its alarms the first that works."""
    for counted in verdict.counted[:1]:
        for alarm in sorted(counted.alarms, key=lambda one: not one.works)[:1]:
            yield _make_target(verdict, counted, alarm)


def _make_target(verdict: ControlVerdict, counted: Counted, alarm: AlarmVerdict) -> Target:
    faults = (*counted.findings, *alarm.findings)
    return Target(
        control=verdict.control,
        section=verdict.section,
        log_group=counted.filters[0].log_group,
        metric=counted.metric,
        alarm=alarm.alarm,
        faults=tuple(one.text for one in faults if one.level == "error"),
    )


def _explain(verdict: ControlVerdict) -> str:
    errors = [one.text for one in verdict.findings if one.level == "error"]
    return f"{errors[0] if errors else 'no alarm watches it'}: see cis-insights verify"


def count_events(alarm: MetricAlarm) -> int | None:
    """How many events at once set off an alarm; None if no number that is reasonable does."""
    if alarm.expression or alarm.statistic != "Sum" or alarm.datapoints_to_alarm > 1:
        return None
    match alarm.comparison:
        case "GreaterThanOrEqualToThreshold":
            count = max(1, math.ceil(alarm.threshold))
        case "GreaterThanThreshold":
            count = max(1, math.floor(alarm.threshold) + 1)
        case _:
            return None
    return count if count <= MOST_EVENTS else None
