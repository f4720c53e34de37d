"""Evaluation of metric alarms: CloudWatch's rules from datapoints to a state.

Replaces MiniStack's evaluation, which knows neither missing data nor M out of N.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import logging
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from ..ministack import enter_scope, get_scope, load_module
from ..protocol.gateway import call_cloudwatch
from ..protocol.messages import Parameters, ServiceError
from . import metric_math
from .alarm_events import build_reason_data, describe_state, put_state_change
from .notifications import ACTIONS, notify

_LOG = logging.getLogger(__name__)

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_DAY, _WEEK = 86_400, 604_800  # seconds
MAX_PERIODS = _DAY // 10  # the shortest are ten seconds
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
_TREATMENTS = (*_TREATED, "ignore", "missing")


@dataclass(frozen=True, slots=True)
class Datapoint:
    """A statistic over one period; `value` is None where nothing was reported."""

    start: float
    value: float | None


@dataclass(frozen=True, slots=True)
class AlarmState:
    """The state that an alarm should have, the reason, and the data of the evaluation as JSON."""

    value: str
    reason: str
    reason_data: str = ""


def decide_state(alarm: dict[str, Any], datapoints: Sequence[Datapoint]) -> AlarmState | None:
    """The state by the datapoints of the evaluation periods; None to keep the present one.

    Args:
        alarm: as DescribeAlarms returns it.
        datapoints: one for each evaluation period, the newest first.
    """
    treatment, known = alarm["TreatMissingData"], [d for d in datapoints if d.value is not None]
    if not known and treatment == "ignore":
        return None
    if not known and treatment == "missing":
        return AlarmState(
            "INSUFFICIENT_DATA", f"Insufficient Data: {len(datapoints)} datapoints were unknown."
        )
    compare, _ = COMPARISONS[alarm["ComparisonOperator"]]
    breaching = [d for d in known if compare(d.value or 0.0, alarm["Threshold"])]
    assumed = len(datapoints) - len(known) if treatment == "breaching" else 0
    needed = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    state = "ALARM" if len(breaching) + assumed >= needed else "OK"
    if not known:
        return AlarmState(state, _explain_silence(treatment, len(datapoints)))
    reported = breaching if state == "ALARM" else [d for d in known if d not in breaching] or known
    return AlarmState(state, _explain(alarm, state, reported or known, needed))


def _explain_silence(treatment: str, periods: int) -> str:
    count = f"{periods} period" + ("s" if periods > 1 else "")
    treated = f"{periods} missing datapoint{'s were' if periods > 1 else ' was'} treated as"
    return (
        f"Threshold Crossed: no datapoints were received for {count} and {treated} [{_TREATED[treatment]}]."
    )


def _explain(alarm: dict[str, Any], state: str, reported: Sequence[Datapoint], needed: int) -> str:
    values = ", ".join(
        f"{d.value} ({datetime.fromtimestamp(d.start, UTC):%d/%m/%y %H:%M:%S})" for d in reported
    )
    verb = "were" if len(reported) > 1 else "was"
    negation = "" if state == "ALARM" else "not "
    words = COMPARISONS[alarm["ComparisonOperator"]][1]
    transition = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    plural = "s" if needed > 1 else ""
    return (
        f"Threshold Crossed: {len(reported)} out of the last {alarm['EvaluationPeriods']} datapoints "
        f"[{values}] {verb} {negation}{words} the threshold ({alarm['Threshold']}) "
        f"(minimum {needed} datapoint{plural} for {transition} transition)."
    )


def read_datapoints(alarm: dict[str, Any], now: float) -> list[Datapoint]:
    """The statistic of an alarm over each of its evaluation periods, the last one ending `now`.

    Args:
        alarm: as DescribeAlarms returns it.
        now: seconds since 1970.
    """
    evaluated = min(alarm["EvaluationPeriods"], MAX_PERIODS)
    starts = [now - alarm["Period"] * number for number in range(1, evaluated + 1)]
    if not alarm.get("Metrics"):
        return [Datapoint(start, _compute_statistic(_describe_metric(alarm), start)) for start in starts]
    return [Datapoint(start, _compute_expression(alarm["Metrics"], start)) for start in starts]


def _describe_metric(alarm: dict[str, Any]) -> Parameters:
    """The metric of an alarm in the form that queries have."""
    names = ("Namespace", "MetricName", "Dimensions")
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    return {"Metric": {name: alarm[name] for name in names}, "Period": alarm["Period"], "Stat": statistic}


def _compute_statistic(query: Parameters, start: float) -> float | None:
    """The statistic of a metric over the period that begins at `start`."""
    cloudwatch, metric = load_module("services.cloudwatch"), query["Metric"]
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions", ())}
    key = metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions)
    end = start + int(query["Period"])
    points = [point for point in cloudwatch._metrics.get(key, ()) if start < point["Timestamp"] <= end]
    statistics = cloudwatch._calc_stats(points) if points else None
    return float(cloudwatch._stat_value(statistics, query["Stat"], points)) if points else None


def _compute_expression(queries: Sequence[Parameters], start: float) -> float | None:
    """The value of an alarm's expression in the period that begins at `start`."""
    metrics = [query for query in queries if "MetricStat" in query]
    values = {query["Id"]: _compute_statistic(query["MetricStat"], start) for query in metrics}
    result = metric_math.find_result(queries)
    return metric_math.evaluate(str(result.get("Expression", result["Id"])), values)


def put_metric_alarm(request: Parameters) -> Parameters:
    """PutMetricAlarm, for at most a day, or a week in periods of an hour or more."""
    period = request.get("Period", 0)
    limit, words = (_WEEK, "seven days") if period >= 3_600 else (_DAY, "a day")
    if period * request.get("EvaluationPeriods", 0) > limit:
        message = f"Metrics cannot be checked across more than {words}"
        raise ServiceError("ValidationError", f"{message} (EvaluationPeriods * Period must be <= {limit}).")
    check_treatment(request)
    check_actions(request)
    if request.get("Metrics"):
        metric_math.put(request)
        return {}
    return call_cloudwatch("_put_metric_alarm", request)


def check_treatment(request: Parameters) -> None:
    """Refuses an unknown value of TreatMissingData."""
    if (given := request.get("TreatMissingData", "missing")) not in _TREATMENTS:
        raise ServiceError("ValidationError", f"TreatMissingData is one of {', '.join(_TREATMENTS)}: {given}")


def check_actions(request: Parameters) -> None:
    """Refuses an action of another Region: an alarm notifies topics of its own."""
    _, region = get_scope()
    for arn in chain.from_iterable(request.get(name, ()) for name in ACTIONS.values()):
        if arn.split(":")[2:3] == ["sns"] and (where := arn.split(":")[3]) != region:
            message = f"Invalid region {where} specified. Only {region} is supported."
            raise ServiceError("ValidationError", message)


def evaluate(alarm: dict[str, Any], now: float) -> None:
    """Brings one alarm, of the account and Region in scope, to the state it should have `now`."""
    if alarm.get("ComparisonOperator") in COMPARISONS and list_metrics(alarm):
        evaluate_datapoints(alarm, alarm, read_datapoints(alarm, now), now)


def evaluate_datapoints(
    alarm: dict[str, Any], rule: dict[str, Any], datapoints: Sequence[Datapoint], now: float
) -> None:
    """Changes the state of an alarm if its datapoints call for another.

    Args:
        rule: the alarm with the fields of a metric alarm.
    """
    state = decide_state(rule, datapoints)
    if state and state.value != alarm["StateValue"]:
        points = [(point.start, point.value) for point in datapoints if point.value is not None]
        change_state(alarm, replace(state, reason_data=build_reason_data(alarm, points, now)), now)


def set_state(alarm: dict[str, Any], request: Parameters, now: float) -> None:
    """SetAlarmState: acts if the state differs; the next evaluation may change it again."""
    if request["StateValue"] != alarm["StateValue"]:
        data = request.get("StateReasonData", "")
        change_state(alarm, AlarmState(request["StateValue"], request["StateReason"], data), now)


def change_state(alarm: dict[str, Any], state: AlarmState, now: float) -> None:
    """Gives an alarm another state, writes its history, sends the event, and runs its actions."""
    before, previous = alarm["StateValue"], describe_state(alarm)
    alarm |= {
        "StateValue": state.value,
        "StateReason": state.reason,
        "StateReasonData": state.reason_data,
        "StateUpdatedTimestamp": int(now),
        "StateTransitionedTimestamp": int(now),
    }
    cloudwatch = load_module("services.cloudwatch")
    cloudwatch._record_history(alarm["AlarmName"], before, state.value, state.reason)
    put_state_change(alarm, previous, now)
    notify(alarm, before, now)
    cloudwatch._evaluate_parent_alarms(alarm)


def list_metrics(alarm: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Namespace and name of each metric that an alarm watches."""
    queries = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    own = [alarm] if alarm.get("MetricName") else []
    return [(metric["Namespace"], metric["MetricName"]) for metric in (*own, *queries)]


def evaluate_all(now: float, metric: tuple[str, str] | None = None) -> None:
    """Brings every alarm of every account and Region to the state it should have `now`.

    Args:
        metric: namespace and name, where only one has new datapoints.
    """
    for (account, region, _), alarm in list(load_module("services.cloudwatch")._alarms.all_items()):
        if metric and metric not in list_metrics(alarm):
            continue
        with enter_scope(account, region), isolate_failures(alarm):
            evaluate(alarm, now)


@contextmanager
def isolate_failures(alarm: Mapping[str, Any]) -> Iterator[None]:
    """Logs a failed evaluation, so that it disturbs neither other alarms nor the current call."""
    try:
        yield
    except Exception:
        _LOG.exception("the alarm %s cannot be evaluated", alarm.get("AlarmName"))
