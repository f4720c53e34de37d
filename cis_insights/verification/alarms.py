"""Whether an alarm fires when an event is counted, and does something then.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ..catalogue import Control
from .findings import Finding, Level
from .model import MetricAlarm, MetricFilter, MuteRule

LONG = 3_600  # seconds of a period, beyond which a second event is likely to be hidden by the first
STUCK = timedelta(days=1)  # in ALARM: nobody is notified of further events
_RISES = {"GreaterThanOrEqualToThreshold": ">=", "GreaterThanThreshold": ">"}
# Of samples of the filters' value, one for each event.
_SINGLE = ("Average", "Minimum", "Maximum")


def check_alarm(
    alarm: MetricAlarm, filters: Sequence[MetricFilter], control: Control, now: datetime | None
) -> Iterator[Finding]:
    """Everything that is wrong with an alarm on the metric of some filters.

    Args:
        filters: that publish to the metric.
        control: that the filters are meant for; its threshold and severity say what is tolerable.
        now: with a time zone; without it the alarm is not deployed, and has no state.
    """
    yield from check_actions(alarm)
    if len(alarm.metrics) != 1 or alarm.expression:
        yield Finding(
            "warning", f"the alarm {alarm.name} watches an expression: whether it fires is not decided"
        )
    else:
        yield from _check_firing(alarm, filters, control)
    yield from _check_return(alarm, filters)
    if now:
        yield from _check_state(alarm, now)


def check_actions(alarm: MetricAlarm) -> Iterator[Finding]:
    """What keeps an alarm in ALARM from doing anything."""
    if not alarm.actions_enabled:
        hint = f"aws cloudwatch enable-alarm-actions --alarm-names {alarm.name}"
        text = f"the actions of the alarm {alarm.name} are off"
        yield Finding("error", text, hint, since=alarm.configured)
    if not alarm.actions:
        text = f"the alarm {alarm.name} has no action: nobody is notified"
        yield Finding("error", text, "give it the ARN of a topic (AlarmActions)", since=alarm.configured)
    for rule in alarm.muted_by:
        yield _report_mute_rule(alarm, rule)


def _report_mute_rule(alarm: MetricAlarm, rule: MuteRule) -> Finding:
    until = f" until {rule.until:%Y-%m-%d %H:%M} UTC" if rule.until else ""
    verb = "mutes" if rule.is_active else "will mute"
    text = f"the mute rule {rule.name} {verb} the alarm {alarm.name}{until}"
    hint = f"aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name {rule.name}"
    return Finding("error" if rule.is_active else "warning", text, hint)


def _check_firing(alarm: MetricAlarm, filters: Sequence[MetricFilter], control: Control) -> Iterator[Finding]:
    if alarm.comparison not in _RISES:
        text = f"the alarm {alarm.name} fires by {alarm.comparison}: events do not raise it"
        yield Finding("error", text, "ComparisonOperator: GreaterThanOrEqualToThreshold")
        return
    if reason := _explain_never(alarm, filters):
        hint = "Statistic: Sum, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold"
        yield Finding("error", f"the alarm {alarm.name} never fires: {reason}", hint)
        return
    yield from _check_sensitivity(alarm, control)


def _describe_condition(alarm: MetricAlarm) -> str:
    return f"{alarm.statistic} {_RISES[alarm.comparison]} {alarm.threshold:g}"


def _explain_never(alarm: MetricAlarm, filters: Sequence[MetricFilter]) -> str:
    """Why no number of events raises it, or nothing."""
    values = [_read_number(one.value) for one in filters]
    if alarm.statistic in _SINGLE and values and None not in values:
        highest = max(value for value in values if value is not None)
        if not _exceeds(alarm, highest):
            return f"{_describe_condition(alarm)}, and each event counts {highest:g}"
        if alarm.statistic != "Maximum" and any(one.default is not None for one in filters):
            quiet = f"{_find_default(filters):g}"
            return f"{_describe_condition(alarm)}, and a minute without such an event counts {quiet}"
    if alarm.statistic == "Sum" and values and all(value is not None and value <= 0 for value in values):
        return f"{_describe_condition(alarm)}, and each event counts {values[0]:g}"
    return ""


def _find_default(filters: Sequence[MetricFilter]) -> float:
    return next(one.default for one in filters if one.default is not None)


def _read_number(value: str) -> float | None:
    """A metric value, if it is not taken from the event."""
    try:
        return float(value)
    except ValueError:
        return None


def _exceeds(alarm: MetricAlarm, value: float) -> bool:
    return (
        value >= alarm.threshold
        if alarm.comparison in _RISES and "OrEqual" in alarm.comparison
        else value > alarm.threshold
    )


def _check_sensitivity(alarm: MetricAlarm, control: Control) -> Iterator[Finding]:
    """Whether a single event raises it, and a second one is not hidden."""
    strict: Level = "error" if control.severity in ("critical", "high") else "warning"
    if alarm.statistic in ("Sum", "SampleCount") and not _exceeds(alarm, control.threshold):
        waits = f"waits for more events than {control.threshold}: {_describe_condition(alarm)}"
        text = f"the alarm {alarm.name} {waits}"
        yield Finding(strict, text, f"Threshold: {control.threshold}")
    if alarm.datapoints_to_alarm > 1:
        text = (
            f"the alarm {alarm.name} waits for events in {alarm.datapoints_to_alarm} of"
            f" {alarm.evaluation_periods} periods"
        )
        yield Finding(strict, text, "DatapointsToAlarm: 1")
    if alarm.period > LONG:
        hours = _format_hours(alarm.period)
        text = f"the alarm {alarm.name} sums {hours}: a second event in them notifies nobody"
        yield Finding("warning", text, f"Period: {control.period}")


def _format_hours(seconds: int) -> str:
    return f"{seconds / 3_600:g} hours"


def _check_return(alarm: MetricAlarm, filters: Sequence[MetricFilter]) -> Iterator[Finding]:
    """Whether it goes back to OK, so that the next event is an alarm again."""
    quiet = all(one.default is None for one in filters)
    if alarm.missing_data == "ignore" and quiet:
        text = f"the alarm {alarm.name} ignores missing data: it stays in ALARM after the first event"
        yield Finding("error", text, "TreatMissingData: notBreaching")
    elif alarm.missing_data == "breaching":
        text = f"the alarm {alarm.name} fires when there is no data: it is in ALARM without an event"
        yield Finding("error", text, "TreatMissingData: notBreaching")


def _check_state(alarm: MetricAlarm, now: datetime) -> Iterator[Finding]:
    if alarm.state == "ALARM" and alarm.state_since and now - alarm.state_since > STUCK:
        text = f"the alarm {alarm.name} is in ALARM: a further event notifies nobody"
        yield Finding(
            "warning", text, "look at its events; it notifies again once it was OK", since=alarm.state_since
        )
