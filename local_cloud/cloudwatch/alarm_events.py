"""Events of alarms on the default event bus: changes of state and of configuration.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ..events.bus import put_event
from ..ministack import load_module

Alarm = dict[str, Any]
SOURCE = "aws.cloudwatch"
_MINUTE = 60  # seconds: datapoints begin with a minute
# Names of a log alarm's configuration are those of DescribeAlarms: AWS documents no event of one.
_OF_A_QUERY = ("ScheduledQueryConfiguration", "QueryResultsToEvaluate", "QueryResultsToAlarm")
_COMMON = ("EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData")
_ACTIONS = ("ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions")
_NAMES = {"OKActions": "okActions"}


def format_time(seconds: float) -> str:
    """A time as CloudWatch writes it, without a colon in the offset: `2026-03-03T01:40:05.812+0000`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def build_reason_data(alarm: Alarm, points: Sequence[tuple[float, float]], now: float) -> str:
    """The data of an evaluation as JSON; without any datapoint there is no start date, nor for log alarms.

    Args:
        points: start in seconds since 1970 and value, the newest first.
    """
    recent = [value for _, value in reversed(points)]
    starts = [format_time(start - start % _MINUTE) for start, _ in points]
    evaluated = [
        {"timestamp": start, "value": value} for start, (_, value) in zip(starts, points, strict=True)
    ]
    found = {
        "version": "1.0",
        "queryDate": format_time(now),
        "startDate": starts[-1] if starts and "Period" in alarm else None,
        "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
        "period": alarm.get("Period"),
        "recentDatapoints": recent,
        "threshold": alarm["Threshold"],
        "evaluatedDatapoints": evaluated,
    }
    known = {name: value for name, value in found.items() if value is not None}
    return json.dumps(known, separators=(",", ":"))


def describe_state(alarm: Alarm) -> dict[str, str]:
    """The state of an alarm as events have it."""
    data = {"reasonData": alarm["StateReasonData"]} if alarm.get("StateReasonData") else {}
    updated = format_time(alarm["StateUpdatedTimestamp"])
    return {"value": alarm["StateValue"], "reason": alarm["StateReason"], **data, "timestamp": updated}


def put_state_change(alarm: Alarm, before: dict[str, str], now: float) -> None:
    """Sends the event of a change of state at `now`; `before` is the previous state."""
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": describe_state(alarm) | {"timestamp": format_time(now)},
        "previousState": before,
        "configuration": _describe_subject(alarm),
    }
    put_event(SOURCE, "CloudWatch Alarm State Change", detail, [alarm["AlarmArn"]])


def _describe_subject(alarm: Alarm) -> dict[str, Any]:
    """What an alarm watches: its description, and its metrics or its query."""
    found: dict[str, Any] = {"description": alarm["AlarmDescription"]} if alarm["AlarmDescription"] else {}
    if "ScheduledQueryConfiguration" in alarm:
        return found | {_lower(name): _lower_names(alarm[name]) for name in _OF_A_QUERY}
    return {**found, "metrics": [_describe_query(query) for query in _list_queries(alarm)]}


def _list_queries(alarm: Alarm) -> list[dict[str, Any]]:
    """The queries of an alarm; a single metric has an id that AWS makes up."""
    if alarm.get("Metrics"):
        return list(alarm["Metrics"])
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    query = {"Metric": metric, "Period": alarm["Period"], "Stat": statistic}
    return [{"Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])), "MetricStat": query}]


def _describe_query(query: dict[str, Any]) -> dict[str, Any]:
    returned = {"returnData": str(query.get("ReturnData", True)).lower() == "true"}
    if "Expression" in query:
        return {"id": query["Id"], "expression": query["Expression"], **returned}
    statistic = query["MetricStat"]
    metric = {
        "namespace": statistic["Metric"]["Namespace"],
        "name": statistic["Metric"]["MetricName"],
        "dimensions": {item["Name"]: item["Value"] for item in statistic["Metric"].get("Dimensions", ())},
    }
    described = {"metric": metric, "period": int(statistic["Period"]), "stat": statistic["Stat"]}
    return {"id": query["Id"], "metricStat": described, **returned}


def _describe_configuration(alarm: Alarm) -> dict[str, Any]:
    names = [name for name in (*_COMMON, *_ACTIONS) if alarm.get(name) is not None]
    return {
        "alarmName": alarm["AlarmName"],
        **_describe_subject(alarm),
        **{_NAMES.get(name, _lower(name)): alarm[name] for name in names},
        "timestamp": format_time(alarm["AlarmConfigurationUpdatedTimestamp"]),
    }


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _lower_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {_lower(name): _lower_names(item) for name, item in value.items()}
    return value


class Configurations:
    """The configurations of all alarms, of which events have been sent."""

    def __init__(self) -> None:
        self._known: Any = load_module("core.responses").AccountRegionScopedDict()

    def put(self, alarm: Alarm) -> None:
        """Sends an event if an alarm is new or changed."""
        name, after = alarm["AlarmName"], _describe_configuration(alarm)
        _, before = self._known.get(name, (alarm, None))
        self._known[name] = alarm, after
        if before is None:
            self._send("create", alarm, {"configuration": after})
        elif before != after:
            self._send("update", alarm, {"configuration": after, "previousConfiguration": before})

    def delete(self, names: Iterable[str]) -> None:
        """Sends the events of deleted alarms."""
        for name in [name for name in names if name in self._known]:
            alarm, configuration = self._known.pop(name)
            self._send("delete", alarm, {"configuration": configuration})

    def _send(self, operation: str, alarm: Alarm, detail: dict[str, Any]) -> None:
        state = {name: text for name, text in describe_state(alarm).items() if name in ("value", "timestamp")}
        whole = {"alarmName": alarm["AlarmName"], "operation": operation, "state": state, **detail}
        put_event(SOURCE, "CloudWatch Alarm Configuration Change", whole, [alarm["AlarmArn"]])

    def follow(self, delete: Callable[..., Any]) -> Callable[..., Any]:
        """Returns one of MiniStack's functions that delete metric alarms, which also sends the events."""

        def delete_alarms(*arguments: Any, **named: Any) -> Any:
            alarms = load_module("services.cloudwatch")._alarms
            before = [*alarms]
            reply = delete(*arguments, **named)
            self.delete(name for name in before if name not in alarms)
            return reply

        return delete_alarms
