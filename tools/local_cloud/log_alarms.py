"""Log alarms: PutLogAlarm, and log alarms among DescribeAlarms and DeleteAlarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .emulator import account_and_region, module
from .gateway import call_cloudwatch
from .wire import Parameters, ServiceError

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


class LogAlarms:
    """The log alarms of every account and Region."""

    def __init__(self) -> None:
        self.stored: Any = module("core.responses").AccountRegionScopedDict()

    def put(self, request: Parameters) -> Parameters:
        """PutLogAlarm: creates an alarm, or replaces it; a new query starts over."""
        if request["ComparisonOperator"] not in _OPERATORS:
            raise ServiceError("ValidationError", f"not for a log alarm: {request['ComparisonOperator']}")
        name, now = request["AlarmName"], int(time.time())
        before = self.stored.get(name, {})
        query = request["ScheduledQueryConfiguration"]
        same = before.get("ScheduledQueryConfiguration") == query
        state = {key: before[key] for key in _NEW} if same else _NEW
        given = {key: value for key, value in request.items() if key != "Tags"}
        times = {"AlarmConfigurationUpdatedTimestamp": now, "StateUpdatedTimestamp": now}
        self.stored[name] = {**_DEFAULTS, **given, **state, **times, "AlarmArn": self.arn(name)}
        return {}

    def describe(self, request: Parameters) -> Parameters:
        """DescribeAlarms; log alarms come where `AlarmTypes` asks for them."""
        types = request.get("AlarmTypes") or ["MetricAlarm"]
        others = [kind for kind in types if kind != "LogAlarm"]
        result = call_cloudwatch("_describe_alarms", {**request, "AlarmTypes": others}) if others else {}
        found = (
            [alarm for alarm in self.stored.values() if _asked(alarm, request)] if "LogAlarm" in types else []
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

    @staticmethod
    def arn(name: str) -> str:
        """The ARN of an alarm of the account and Region in scope."""
        account, region = account_and_region()
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"


def _asked(alarm: Parameters, request: Parameters) -> bool:
    names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix", "")
    state = request.get("StateValue", alarm["StateValue"])
    return (
        (not names or alarm["AlarmName"] in names)
        and alarm["AlarmName"].startswith(prefix)
        and bool(alarm["StateValue"] == state)
    )
