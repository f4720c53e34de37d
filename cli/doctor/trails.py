"""The trails of an account, read with its credentials; nothing is changed.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.events.event_selectors import Selector
from cis_insights.verification.trails import Answer, Place, Trail, Unanswered


def ask(call: Callable[[], Any]) -> Any:
    """What a call answers; a refusal is an answer, too."""
    try:
        return call()
    except ClientError as error:
        return Unanswered(error.operation_name, str(error.response["Error"].get("Message") or error))


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
        status=ask(lambda: client.get_trail_status(Name=arn)),
        selectors=ask(lambda: _read_selectors(client.get_event_selectors(TrailName=arn))),
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
    found: Answer | Unanswered | None = ask(
        lambda: next((group for group in groups if group["logGroupName"] == name), None)
    )
    return found
