"""Reads what is on record beside the set-up, for free. A call that is refused is a note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from botocore.config import Config  # type: ignore[import-untyped]  # botocore has no types
from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

from cis_insights.verification.model import MetricAlarm, Subscription
from cis_insights.verification.trails import Unanswered
from cis_insights.verification.verdicts import AlarmVerdict
from cis_insights.verification.verifier import Verification

from ..doctor.trails import ask
from .records import Firing, Records, find_firing, read_confirmations

Kept = TypeVar("Kept")
# 90 days, two calls a second:
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
EVENT_HISTORY = timedelta(days=90)
_MOST_EVENTS = 1_000  # of one list: twenty pages of LookupEvents take ten seconds
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8})


def read_records(session: Any, found: Verification, now: datetime) -> Records:
    """What is on record about the alarms and subscribers of a verification.

    Args:
        session: of boto3.
        now: with a time zone.
    """
    reader = _Reader(session)
    alarms = list(_list_alarms(found))
    people = [one for verdict in _list_verdicts(found) for one in verdict.notified]
    return Records(
        caller=reader.keep(lambda: str(reader.client("sts").get_caller_identity()["Arn"]), ""),
        alias=reader.keep(reader.read_alias, ""),
        fired={one.arn: fired for one in alarms if (fired := reader.read_firing(one))},
        confirmed={
            arn: time for region in _list_regions(people) for arn, time in reader.confirm(region, now)
        },
        looked_up=frozenset(reader.looked_up),
        notes=tuple(reader.notes.values()),
    )


def _list_verdicts(found: Verification) -> Iterator[AlarmVerdict]:
    return (alarm for one in found.controls for each in one.counted for alarm in each.alarms)


def _list_alarms(found: Verification) -> Iterable[MetricAlarm]:
    return dict.fromkeys(one.alarm for one in _list_verdicts(found))


def _list_regions(people: Iterable[Subscription]) -> list[str]:
    """The Regions of topics, which record who confirms."""
    return sorted(
        {one.arn.split(":")[3] for one in people if one.arn.startswith("arn:") and one.arn.count(":") > 4}
    )


class _Reader:
    """Asks, and keeps what was refused."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.notes: dict[str, str] = {}  # by the call: one that is refused is so for every alarm
        self.looked_up: set[str] = set()

    def client(self, service: str, region: str | None = None) -> Any:
        """A client that waits where it is asked to ask more slowly."""
        return self._session.client(service, region_name=region, config=_PATIENT)

    def keep(self, call: Callable[[], Kept], otherwise: Kept) -> Kept:
        """An answer, or something in its place and a note."""
        try:
            answer = ask(call)
        except BotoCoreError as error:  # an endpoint that the network does not reach, IAM's for example
            answer = Unanswered("a call", str(error))
        if isinstance(answer, Unanswered):
            self.notes.setdefault(answer.call, f"{answer.call} was refused: {answer.reason}")
            return otherwise
        return answer  # type: ignore[no-any-return]  # `ask` passes on what the call answers

    def read_alias(self) -> str:
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html: at most one."""
        return str(next(iter(self.client("iam").list_account_aliases()["AccountAliases"]), ""))

    def read_firing(self, alarm: MetricAlarm) -> Firing | None:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html"""
        client = self.client("cloudwatch", alarm.arn.split(":")[3])
        pages = client.get_paginator("describe_alarm_history").paginate(
            AlarmName=alarm.name,
            AlarmTypes=["MetricAlarm"],
            ScanBy="TimestampDescending",
            PaginationConfig={"MaxItems": _MOST_EVENTS},
        )
        return self.keep(
            lambda: find_firing(item for page in pages for item in page["AlarmHistoryItems"]), None
        )

    def confirm(self, region: str, now: datetime) -> list[tuple[str, datetime]]:
        """Subscriptions that were confirmed with credentials in the last 90 days, the newest last.

        Whoever opens the link of a mail is not recorded.
        https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html
        """
        pages = (
            self.client("cloudtrail", region)
            .get_paginator("lookup_events")
            .paginate(
                LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ConfirmSubscription"}],
                StartTime=now - EVENT_HISTORY,
                EndTime=now,
                PaginationConfig={"MaxItems": _MOST_EVENTS, "PageSize": 50},
            )
        )
        events = self.keep(lambda: [one for page in pages for one in page["Events"]], None)
        if events is None:
            return []
        self.looked_up.add(region)
        return sorted(read_confirmations(events), key=lambda one: one[1])
