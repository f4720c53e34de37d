"""The trails of an account, read with its credentials; nothing is changed.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.events.event_selectors import Selector

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A call that was refused, and why: somebody who may look at trails need not be allowed all of it."""

    call: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whom and where the credentials are for."""

    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A trail, what it takes, how it is doing, and the log group that it delivers to."""

    description: Answer  # of DescribeTrails
    status: Answer | Unanswered  # of GetTrailStatus
    selectors: Sequence[Selector] | Unanswered  # of GetEventSelectors
    log_group: Answer | Unanswered | None  # of DescribeLogGroups; None where there is none

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.description["Name"])

    @property
    def home(self) -> str:
        """The Region that it was made in, and delivers its events to."""
        return str(self.description["HomeRegion"])

    @property
    def feeds(self) -> Place | None:
        """Account and Region of the log group that it delivers to, if it has one."""
        arn = self.description.get("CloudWatchLogsLogGroupArn")
        return Place(arn.split(":")[4], arn.split(":")[3]) if arn else None

    @property
    def log_group_name(self) -> str:
        """Name of that log group; empty where it has none."""
        arn = self.description.get("CloudWatchLogsLogGroupArn") or ""
        return ":".join(arn.split(":")[6:]).removesuffix(":*")


def find_trails(session: Any) -> tuple[Place, list[Trail]]:
    """The trails that record events of the session's Region, those of other Regions and accounts among them.

    Args:
        session: of boto3.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: without valid credentials, or without a network.
    """
    place = Place(session.client("sts").get_caller_identity()["Account"], session.region_name)
    described = session.client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
    return place, [
        _read_trail(session, place, one) for one in sorted(described, key=lambda one: str(one["Name"]))
    ]


def _read_trail(session: Any, place: Place, description: Answer) -> Trail:
    # Another Region's or account's trail goes by its ARN, and is asked of at home.
    client, arn = session.client("cloudtrail", region_name=description["HomeRegion"]), description["TrailARN"]
    return Trail(
        description=description,
        status=_ask(lambda: client.get_trail_status(Name=arn)),
        selectors=_ask(lambda: _read_selectors(client.get_event_selectors(TrailName=arn))),
        log_group=_read_log_group(session, place, description.get("CloudWatchLogsLogGroupArn")),
    )


def _read_selectors(answer: Answer) -> list[Selector]:
    return [*(answer.get("AdvancedEventSelectors") or answer.get("EventSelectors") or ())]


def _read_log_group(session: Any, place: Place, arn: str | None) -> Answer | Unanswered | None:
    if not arn or arn.split(":")[4] != place.account:
        return None
    client, name = session.client("logs", region_name=arn.split(":")[3]), arn.split(":")[6]
    groups = (
        client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name).search("logGroups[]")
    )
    found: Answer | Unanswered | None = _ask(
        lambda: next((group for group in groups if group["logGroupName"] == name), None)
    )
    return found


def _ask(call: Callable[[], Any]) -> Any:
    """An answer; a refusal is one too."""
    try:
        return call()
    except ClientError as error:
        return Unanswered(error.operation_name, str(error.response["Error"].get("Message") or error))
