"""Trails: what auditors read of them, which events they select, and delivery to their log groups.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .emulator import module, scope
from .gateway import call_ministack
from .wire import Parameters, ServiceError

_LOGS = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")

# Services that are not of a Region: a trail takes their events if it includes global services.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
GLOBAL_SOURCES = ("iam.amazonaws.com", "cloudfront.amazonaws.com", "organizations.amazonaws.com")


class Trails:
    """The trails of every account and Region.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._delivered: dict[str, float] = {}
        self._insights: dict[str, list[Parameters]] = {}

    def create(self, request: Parameters) -> Parameters:
        """CreateTrail, which keeps its log group and role; it starts to log with StartLogging."""
        _check_log_group(request)
        created = call_ministack("cloudtrail", "_create_trail", request)
        kept = {name: request[name] for name in (*_LOGS, "SnsTopicName") if request.get(name)}
        call_ministack("cloudtrail", "_update_trail", {"Name": request["Name"], **kept})
        if request.get("TagsList"):
            tags = {"ResourceId": created["TrailARN"], "TagsList": request["TagsList"]}
            call_ministack("cloudtrail", "_add_tags", tags)
        return created | kept

    def update(self, request: Parameters) -> Parameters:
        """UpdateTrail; what the request does not name stays as it is."""
        _check_log_group(request)
        return call_ministack("cloudtrail", "_update_trail", request)

    def status(self, request: Parameters) -> Parameters:
        """GetTrailStatus, with the time of the latest delivery to CloudWatch Logs."""
        status = call_ministack("cloudtrail", "_get_trail_status", request)
        arn = call_ministack("cloudtrail", "_get_trail", request)["Trail"]["TrailARN"]
        return status | (
            {"LatestCloudWatchLogsDeliveryTime": self._delivered[arn]} if arn in self._delivered else {}
        )

    def put_insight_selectors(self, request: Parameters) -> Parameters:
        """PutInsightSelectors; kept to be read, as no insight is ever found here."""
        arn = call_ministack("cloudtrail", "_get_trail", {"Name": request["TrailName"]})["Trail"]["TrailARN"]
        self._insights[arn] = request["InsightSelectors"]
        return {"TrailARN": arn, "InsightSelectors": self._insights[arn]}

    def insight_selectors(self, request: Parameters) -> Parameters:
        """GetInsightSelectors; an error where none have been put."""
        arn = call_ministack("cloudtrail", "_get_trail", {"Name": request["TrailName"]})["Trail"]["TrailARN"]
        if not self._insights.get(arn):
            raise ServiceError("InsightNotEnabledException", f"Trail {arn} does not have Insights enabled.")
        return {"TrailARN": arn, "InsightSelectors": self._insights[arn]}

    def deliver(self, record: Mapping[str, Any]) -> None:
        """Hands a CloudTrail record to the log group of each trail that takes it."""
        cloudtrail, account = module("services.cloudtrail"), record["recipientAccountId"]
        for (owner, home, name), trail in list(cloudtrail._trails.all_items()):
            default = cloudtrail._DEFAULT_EVENT_SELECTORS
            selectors = cloudtrail._event_selectors.get_scoped(owner, home, name, default)
            if owner == account and _takes(trail, home, record) and selects(selectors, record):
                self._put(trail, home, record)

    def _put(self, trail: Parameters, home: str, record: Mapping[str, Any]) -> None:
        _, _, _, _, account, _, group, *_ = trail["CloudWatchLogsLogGroupArn"].split(":")
        stream, now = f"{account}_CloudTrail_{home}", self._clock()
        event = {"timestamp": int(now * 1000), "message": json.dumps(record, separators=(",", ":"))}
        with scope(account, home):
            names = {"logGroupName": group, "logStreamName": stream}
            streams = module("services.cloudwatch_logs")._log_groups.get(group, {}).get("streams")
            if streams is None:
                return  # somebody deleted the group; CloudTrail keeps on trying, and reports an error
            if stream not in streams:
                call_ministack("cloudwatch_logs", "_create_log_stream", names)
            call_ministack("cloudwatch_logs", "_put_log_events", {**names, "logEvents": [event]})
        self._delivered[trail["TrailARN"]] = now


def _check_log_group(request: Parameters) -> None:
    """A log group goes with a role, and must be there."""
    group, role = (request.get(name) for name in _LOGS)
    if not group:
        return
    if not role:
        message = "You must specify a role ARN as well as a log group ARN."
        raise ServiceError("InvalidCloudWatchLogsRoleArnException", message)
    if module("services.cloudwatch_logs")._resolve_group_by_arn(group) is None:
        message = f"Access denied. Check the permissions for your role, and that {group} exists."
        raise ServiceError("InvalidCloudWatchLogsLogGroupArnException", message)


def _takes(trail: Parameters, home: str, record: Mapping[str, Any]) -> bool:
    if not trail.get("IsLogging") or not trail.get("CloudWatchLogsLogGroupArn"):
        return False
    if record["eventSource"] in GLOBAL_SOURCES and not trail["IncludeGlobalServiceEvents"]:
        return False
    return bool(trail["IsMultiRegionTrail"]) or record["awsRegion"] == home


def selects(selectors: Sequence[Parameters], record: Mapping[str, Any]) -> bool:
    """Whether event selectors, basic or advanced, take a management event."""
    return any(_advanced(s, record) if "FieldSelectors" in s else _basic(s, record) for s in selectors)


def _basic(selector: Parameters, record: Mapping[str, Any]) -> bool:
    wanted = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}[selector["ReadWriteType"]]
    excluded = record["eventSource"] in selector["ExcludeManagementEventSources"]
    return selector["IncludeManagementEvents"] and record["readOnly"] in wanted and not excluded


def _advanced(selector: Parameters, record: Mapping[str, Any]) -> bool:
    return all(_field(field, _text(record.get(field["Field"]))) for field in selector["FieldSelectors"])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}


def _field(field: Parameters, value: str) -> bool:
    """A positive test holds for any of its values, a `Not` for none of them."""
    for name, test in _TESTS.items():
        if name in field and not any(test(value, item) for item in field[name]):
            return False
        if any(test(value, item) for item in field.get(f"Not{name}", [])):
            return False
    return True
