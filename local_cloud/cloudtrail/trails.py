"""Trails: their configuration, their event selectors, and delivery to their log groups.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights.events.event_selectors import selects

from ..ministack import enter_scope, load_module
from ..protocol.gateway import call_ministack
from ..protocol.messages import Parameters, ServiceError
from ..protocol.permissions import check_trail, find_role_fault, has_role
from .call_events import put_call_event

_LOGS = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")

# Services that are not of a Region: a trail takes their events if it includes global services.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
GLOBAL_SOURCES = ("iam.amazonaws.com", "cloudfront.amazonaws.com", "organizations.amazonaws.com")


@dataclass(frozen=True, slots=True)
class LoggingTrail:
    """A trail while it logs, with its event selectors."""

    account: str
    home: str
    trail: Parameters
    selectors: Sequence[Parameters]

    def takes(self, record: Mapping[str, Any]) -> bool:
        """Whether a management event goes to this trail."""
        if record["recipientAccountId"] != self.account or not selects(self.selectors, record):
            return False
        if record["eventSource"] in GLOBAL_SOURCES and not self.trail["IncludeGlobalServiceEvents"]:
            return False
        return bool(self.trail["IsMultiRegionTrail"]) or record["awsRegion"] == self.home


class Trails:
    """The trails of every account and Region.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._delivered: dict[str, float] = {}
        self._refused: dict[str, str] = {}  # why the latest record was not delivered
        self._with_role: set[str] = set()  # roles that were there when a trail was given them
        self._insights: dict[str, list[Parameters]] = {}

    def create(self, request: Parameters) -> Parameters:
        """CreateTrail, which keeps its log group and role; it starts to log with StartLogging."""
        _check_log_group(request)
        check_trail(request.get("Name", ""), request)
        self._remember_role(request)
        created = call_ministack("cloudtrail", "_create_trail", request)
        kept = {name: request[name] for name in (*_LOGS, "SnsTopicName") if request.get(name)}
        call_ministack("cloudtrail", "_update_trail", {"Name": request["Name"], **kept})
        if request.get("TagsList"):
            tags = {"ResourceId": created["TrailARN"], "TagsList": request["TagsList"]}
            call_ministack("cloudtrail", "_add_tags", tags)
        return created | kept

    def update(self, request: Parameters) -> Parameters:
        """UpdateTrail; keeps what the request does not name."""
        _check_log_group(request)
        before = call_ministack("cloudtrail", "_get_trail", {"Name": request.get("Name", "")})["Trail"]
        check_trail(before["Name"], {**before, **request})
        self._remember_role(request)
        return call_ministack("cloudtrail", "_update_trail", request)

    def _remember_role(self, request: Parameters) -> None:
        if has_role(request):
            self._with_role.add(request["CloudWatchLogsRoleArn"])

    def get_status(self, request: Parameters) -> Parameters:
        """GetTrailStatus, with time or error of the latest delivery to CloudWatch Logs."""
        status = call_ministack("cloudtrail", "_get_trail_status", request)
        arn = call_ministack("cloudtrail", "_get_trail", request)["Trail"]["TrailARN"]
        return {
            **status,
            **({"LatestCloudWatchLogsDeliveryTime": self._delivered[arn]} if arn in self._delivered else {}),
            **({"LatestCloudWatchLogsDeliveryError": self._refused[arn]} if arn in self._refused else {}),
        }

    def put_insight_selectors(self, request: Parameters) -> Parameters:
        """PutInsightSelectors; stored only, as the local cloud finds no insights."""
        arn = _find_arn(request)
        self._insights[arn] = request["InsightSelectors"]
        return {"TrailARN": arn, "InsightSelectors": self._insights[arn]}

    def get_insight_selectors(self, request: Parameters) -> Parameters:
        """GetInsightSelectors; an error where none have been put."""
        arn = _find_arn(request)
        if not self._insights.get(arn):
            raise ServiceError("InsightNotEnabledException", f"Trail {arn} does not have Insights enabled.")
        return {"TrailARN": arn, "InsightSelectors": self._insights[arn]}

    def find_logging(self) -> dict[str, LoggingTrail]:
        """The trails of all accounts that log now, by ARN."""
        cloudtrail = load_module("services.cloudtrail")
        default, found = cloudtrail._DEFAULT_EVENT_SELECTORS, {}
        for (account, home, name), trail in cloudtrail._trails.all_items():
            if trail.get("IsLogging"):
                selectors = cloudtrail._event_selectors.get_scoped(account, home, name, default)
                found[trail["TrailARN"]] = LoggingTrail(account, home, dict(trail), tuple(selectors))
        return found

    def deliver(self, record: Mapping[str, Any], trails: Mapping[str, LoggingTrail]) -> None:
        """Delivers a CloudTrail record to the log groups of those trails that take it, and to EventBridge."""
        taking = {arn: logging for arn, logging in trails.items() if logging.takes(record)}
        for arn, logging in taking.items():
            if logging.trail.get("CloudWatchLogsLogGroupArn"):
                self._put_record(arn, logging, record)
        if taking:
            put_call_event(record)

    def _put_record(self, arn: str, logging: LoggingTrail, record: Mapping[str, Any]) -> None:
        group, now = logging.trail["CloudWatchLogsLogGroupArn"].split(":")[6], self._clock()
        names = {"logGroupName": group, "logStreamName": f"{logging.account}_CloudTrail_{logging.home}"}
        event = {"timestamp": int(now * 1000), "message": json.dumps(record, separators=(",", ":"))}
        with enter_scope(logging.account, logging.home):
            if refused := self._find_refusal(logging.trail):
                self._refused[arn] = refused
                return
            self._refused.pop(arn, None)
            streams = load_module("services.cloudwatch_logs")._log_groups.get(group, {}).get("streams")
            if streams is None:
                return  # somebody deleted the group: nothing arrives, as on AWS
            if names["logStreamName"] not in streams:
                call_ministack("cloudwatch_logs", "_create_log_stream", names)
            call_ministack("cloudwatch_logs", "_put_log_events", {**names, "logEvents": [event]})
        self._delivered[arn] = now

    def _find_refusal(self, trail: Parameters) -> str:
        """Why the role no longer lets CloudTrail deliver; one that never was there may be anybody's."""
        if trail.get("CloudWatchLogsRoleArn") in self._with_role and not has_role(trail):
            return "Access denied. Check that your role exists."
        return str(find_role_fault(trail) or "")


def _find_arn(request: Parameters) -> str:
    """The ARN of the trail that a request names."""
    if "TrailName" not in request:
        raise ServiceError(
            "InvalidParameterCombinationException", "Only trails have insights here: TrailName"
        )
    found = call_ministack("cloudtrail", "_get_trail", {"Name": request["TrailName"]})
    return str(found["Trail"]["TrailARN"])


def _check_log_group(request: Parameters) -> None:
    """Checks that a log group exists and has a role."""
    group, role = (request.get(name) for name in _LOGS)
    if not group:
        return
    if not role:
        message = "You must specify a role ARN as well as a log group ARN."
        raise ServiceError("InvalidCloudWatchLogsRoleArnException", message)
    if load_module("services.cloudwatch_logs")._resolve_group_by_arn(group) is None:
        message = f"Access denied. Check the permissions for your role, and that {group} exists."
        raise ServiceError("InvalidCloudWatchLogsLogGroupArnException", message)
