"""Log alarms: PutLogAlarm, log alarms among DescribeAlarms and DeleteAlarms, and their evaluation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..ministack import enter_scope, get_scope, load_module
from ..protocol.gateway import call_cloudwatch
from ..protocol.messages import Parameters, ServiceError
from .alarm_events import Configurations
from .alarms import (
    Datapoint,
    check_actions,
    check_treatment,
    evaluate_datapoints,
    isolate_failures,
    set_state,
)

_DEFAULTS: Parameters = {
    "AlarmDescription": "",
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
    "TreatMissingData": "missing",
}
_NEW = {"StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation"}
_OPERATORS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)

MAX_RESULTS = 100  # ours: each is a query
_METRIC_ALARMS = "services.cloudwatch"
_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")

# Rows of a query over log groups, from one second since 1970 to another.
QueryRows = Callable[[str, Sequence[str], int, int], Sequence[Mapping[str, str]]]


class LogAlarms:
    """The log alarms of every account and Region.

    Args:
        query_rows: runs a query.
        configurations: sends the events of changes.
        clock: seconds since 1970.
    """

    def __init__(
        self, query_rows: QueryRows, configurations: Configurations, clock: Callable[[], float]
    ) -> None:
        self._query_rows, self._configurations, self._clock = query_rows, configurations, clock
        self.stored: Any = load_module("core.responses").AccountRegionScopedDict()

    def put(self, request: Parameters) -> Parameters:
        """PutLogAlarm: creates an alarm, or replaces it; a new query starts over."""
        if request["ComparisonOperator"] not in _OPERATORS:
            raise ServiceError("ValidationError", f"not for a log alarm: {request['ComparisonOperator']}")
        if request["QueryResultsToEvaluate"] > MAX_RESULTS:
            raise ServiceError("ValidationError", f"QueryResultsToEvaluate is at most {MAX_RESULTS} here")
        check_treatment(request)
        check_actions(request)
        name, now = request["AlarmName"], int(self._clock())
        before = self.stored.get(name, {})
        query = request["ScheduledQueryConfiguration"]
        same = before.get("ScheduledQueryConfiguration") == query
        state = {key: before[key] for key in _NEW} if same else _NEW
        given = {key: value for key, value in request.items() if key != "Tags"}
        times = {"AlarmConfigurationUpdatedTimestamp": now, "StateUpdatedTimestamp": now}
        self.stored[name] = {**_DEFAULTS, **given, **state, **times, "AlarmArn": self.make_arn(name)}
        self._configurations.put(self.stored[name])
        return {}

    def describe(self, request: Parameters) -> Parameters:
        """DescribeAlarms; log alarms only if `AlarmTypes` asks for them."""
        types = request.get("AlarmTypes") or ["MetricAlarm"]
        others = [kind for kind in types if kind != "LogAlarm"]
        result = call_cloudwatch("_describe_alarms", {**request, "AlarmTypes": others}) if others else {}
        found = (
            [alarm for alarm in self.stored.values() if _is_selected(alarm, request)]
            if "LogAlarm" in types
            else []
        )
        return {**result, "LogAlarms": sorted(found, key=lambda alarm: str(alarm["AlarmName"]))}

    def delete_alarms(self, request: Parameters) -> Parameters:
        """DeleteAlarms, of any type."""
        names = request["AlarmNames"]
        others = [name for name in names if name not in self.stored]
        if others:
            call_cloudwatch("_delete_alarms", {"AlarmNames": others})
        self.delete(names)
        return {}

    def delete(self, names: Sequence[str]) -> None:
        """Removes the log alarms among `names`."""
        for name in names:
            self.stored.pop(name, None)
        self._configurations.delete(name for name in names if name not in load_module(_METRIC_ALARMS)._alarms)

    def set_state(self, request: Parameters) -> Parameters:
        """SetAlarmState, of any type.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
        """
        name = request["AlarmName"]
        alarm = self.stored.get(name) or load_module(_METRIC_ALARMS)._alarms.get(name)
        if alarm is None:
            return call_cloudwatch("_set_alarm_state", request)
        set_state(alarm, request, self._clock())
        return {}

    def enable_actions(self, request: Parameters) -> Parameters:
        """EnableAlarmActions, of any type."""
        return self._switch_actions(request, enabled=True)

    def disable_actions(self, request: Parameters) -> Parameters:
        """DisableAlarmActions, of any type."""
        return self._switch_actions(request, enabled=False)

    def _switch_actions(self, request: Parameters, *, enabled: bool) -> Parameters:
        for name in request["AlarmNames"]:
            if name in self.stored:
                self.stored[name]["ActionsEnabled"] = enabled
        operation = "_enable_alarm_actions" if enabled else "_disable_alarm_actions"
        return call_cloudwatch(operation, request)

    def evaluate(self, now: float) -> None:
        """Brings every log alarm to the state it should have `now`, in seconds since 1970."""
        for (account, region, _), alarm in list(self.stored.all_items()):
            with enter_scope(account, region), isolate_failures(alarm):
                rule = _convert_to_metric_alarm(alarm)
                evaluate_datapoints(alarm, rule, self._read_datapoints(alarm, now), now)

    def _read_datapoints(self, alarm: Parameters, now: float) -> list[Datapoint]:
        """The results of the last runs of the scheduled query, the newest first."""
        every = _parse_schedule(
            alarm["ScheduledQueryConfiguration"]["ScheduleConfiguration"]["ScheduleExpression"]
        )
        runs = [now - every * number for number in range(alarm["QueryResultsToEvaluate"])]
        return [Datapoint(run, self._run_query(alarm["ScheduledQueryConfiguration"], run)) for run in runs]

    def _run_query(self, query: Parameters, run: float) -> float | None:
        """The largest value among the contributors of one run; an empty count is 0, a failed run None."""
        offsets = query["ScheduleConfiguration"]
        start, end = run - offsets["StartTimeOffset"], run - offsets.get("EndTimeOffset", 0)
        text = f"{query['QueryString']}\n| {_rewrite_aggregation(query['AggregationExpression'])}"
        try:
            rows = self._query_rows(text, query.get("LogGroupIdentifiers", []), int(start), int(end))
        except ServiceError:
            return None  # a run that fails has no result; the alarm treats it as missing data
        values = [float(row["result"]) for row in rows if row.get("result")]
        empty = 0.0 if query["AggregationExpression"].startswith("count(") else None
        return max(values, default=empty)

    @staticmethod
    def make_arn(name: str) -> str:
        """The ARN of an alarm of the account and Region in scope."""
        account, region = get_scope()
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"


def _rewrite_aggregation(aggregation: str) -> str:
    """`count(*) by user | sort desc` -> `stats count(*) as result by user`: the order changes no alarm."""
    function, by, fields = aggregation.partition("|")[0].strip().partition(" by ")
    return f"stats {function} as result{by}{fields}"


def _parse_schedule(schedule: str) -> int:
    """Seconds between two runs of a schedule; 300 for a cron expression."""
    rate = _RATE.fullmatch(schedule)
    return int(rate[1]) * _UNITS[rate[2]] if rate else 300


def _convert_to_metric_alarm(alarm: Parameters) -> Parameters:
    """Renames M out of N as metric alarms call it."""
    periods = {"EvaluationPeriods": alarm["QueryResultsToEvaluate"]}
    return {**alarm, **periods, "DatapointsToAlarm": alarm["QueryResultsToAlarm"]}


def _is_selected(alarm: Parameters, request: Parameters) -> bool:
    names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix", "")
    state = request.get("StateValue", alarm["StateValue"])
    return (
        (not names or alarm["AlarmName"] in names)
        and alarm["AlarmName"].startswith(prefix)
        and bool(alarm["StateValue"] == state)
    )
