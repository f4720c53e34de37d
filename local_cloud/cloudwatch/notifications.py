"""Notifications of an alarm to its topics, if their policies allow it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import json
import logging
import uuid
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ..ministack import get_scope, load_module
from ..protocol.messages import load_session
from ..protocol.permissions import find_refusal
from .alarm_events import format_time

ACTIONS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_LOG = logging.getLogger(__name__)


def notify(alarm: dict[str, Any], before: str, now: float) -> None:
    """Publishes the change of an alarm's state to the topics of the actions of its new state.

    As on AWS, nothing reaches a topic to which CloudWatch may not publish, or whose key it may not use.
    """
    if not alarm["ActionsEnabled"]:
        return
    account, region = get_scope()
    text = json.dumps(build_message(alarm, before, now, account, region))
    subject = f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {get_region_name(region)}'[:100]
    for arn in alarm[ACTIONS[alarm["StateValue"]]]:
        if ":sns:" in arn:
            refusal = find_refusal(arn, alarm["AlarmArn"])
            if not refusal:
                load_module("services.sns")._fanout(arn, str(uuid.uuid4()), text, subject)
            _record_action(alarm["AlarmName"], arn, refusal, now)


def _record_action(alarm: str, topic: str, refusal: str | None, now: float) -> None:
    """Writes an action and its outcome into the alarm's history.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html
    """
    summary = f"Failed to execute action {topic}" if refusal else f"Successfully executed action {topic}"
    data = {"actionState": "Failed" if refusal else "Succeeded", "notificationResource": topic}
    load_module("services.cloudwatch")._history_entries().append(
        {
            "AlarmName": alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "HistoryItemType": "Action",
            "HistorySummary": f'{summary}. Received error: "{refusal}"' if refusal else summary,
            "HistoryData": json.dumps({**data, "error": refusal}),
        }
    )
    if refusal:
        _LOG.warning("%s: %s", summary, refusal)


def build_message(
    alarm: dict[str, Any], before: str, now: float, account: str, region: str
) -> dict[str, Any]:
    """The JSON message of a notification."""
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm["AlarmDescription"] or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": format_time(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": format_time(now),
        "Region": get_region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before,
        **{actions: alarm[actions] for actions in ("OKActions", "AlarmActions", "InsufficientDataActions")},
        "Trigger": _describe_trigger(alarm),
    }


_OF_A_QUERY = (
    "ScheduledQueryConfiguration",
    "QueryResultsToEvaluate",
    "QueryResultsToAlarm",
    "ComparisonOperator",
    "Threshold",
    "TreatMissingData",
)


def _describe_trigger(alarm: dict[str, Any]) -> dict[str, Any]:
    """The watched metric; a log alarm's part is undocumented, so it has the form of DescribeAlarms."""
    if "ScheduledQueryConfiguration" in alarm:
        return {name: alarm[name] for name in _OF_A_QUERY}
    optional = {name: alarm[name] for name in ("DatapointsToAlarm",) if alarm.get(name)}
    return {
        **_describe_metrics(alarm),
        "Period": alarm["Period"],
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        **optional,
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm["TreatMissingData"],
        "EvaluateLowSampleCountPercentile": "",
    }


def _describe_metrics(alarm: dict[str, Any]) -> dict[str, Any]:
    if alarm.get("Metrics"):
        return {"Metrics": [_rename_dimensions(query) for query in alarm["Metrics"]]}
    extended = alarm.get("ExtendedStatistic")
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        "ExtendedStatistic" if extended else "Statistic": extended or alarm["Statistic"].upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"name": item["Name"], "value": item["Value"]} for item in alarm["Dimensions"]],
    }


def _rename_dimensions(value: Any) -> Any:
    """A query of a metric, whose dimensions have names in lower case."""
    match value:
        case {"Name": name, "Value": text}:
            return {"name": name, "value": text}
        case dict():
            return {name: _rename_dimensions(item) for name, item in value.items()}
        case list():
            return [_rename_dimensions(item) for item in value]
        case _:
            return value


@lru_cache(maxsize=64)
def get_region_name(region: str) -> str:
    """The name of a Region in notifications: US East (N. Virginia) for `us-east-1`."""
    for partition in load_session().get_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region
