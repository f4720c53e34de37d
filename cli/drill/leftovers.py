"""What a drill that was killed has left, found by the names that all of a drill has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cis_insights.verification.model import Topic
from cis_insights.verification.trails import Unanswered

from ..doctor.trails import ask
from .cleanup import Removal, remove_queue, remove_stream, remove_subscription, restore_alarm
from .clients import Clients
from .marks import NAME, PREFIX

_FORMER = re.compile(rf"{NAME.pattern}: .*; was (OK|INSUFFICIENT_DATA)", re.DOTALL)


def find_leftovers(
    clients: Clients, topics: Iterable[Topic], groups: Iterable[str], where: str
) -> list[Removal]:
    """What there is, in the order in which it was made; what may not be read is not found.

    Args:
        topics: whose subscriptions are looked at.
        groups: names of log groups.
        where: options of the AWS CLI that name Region and profile.
    """
    return [
        *_find_queues(clients, where),
        *_find_subscriptions(clients, topics, where),
        *(one for group in groups for one in _find_streams(clients, group, where)),
        *_find_alarms(clients, where),
    ]


def _collect(client: Any, operation: str, key: str, **parameters: Any) -> Sequence[Any]:
    pages = client.get_paginator(operation).paginate(**parameters)
    found = ask(lambda: [one for page in pages for one in page.get(key, ())])
    return () if isinstance(found, Unanswered) else found


def _find_queues(clients: Clients, where: str) -> Iterator[Removal]:
    for url in _collect(clients("sqs"), "list_queues", "QueueUrls", QueueNamePrefix=PREFIX):
        if NAME.fullmatch(name := url.rsplit("/", 1)[-1]):
            yield remove_queue(clients, name, where)


def _find_subscriptions(clients: Clients, topics: Iterable[Topic], where: str) -> Iterator[Removal]:
    for topic in topics:
        subscriptions = () if isinstance(topic.subscriptions, Unanswered) else topic.subscriptions
        for one in subscriptions:
            if is_of_drill(one.endpoint) and one.arn != "Deleted":
                yield remove_subscription(clients, topic.arn, one.endpoint, where)


def is_of_drill(endpoint: str) -> bool:
    """Whether a subscriber is the queue of a drill."""
    return bool(NAME.fullmatch(endpoint.rsplit(":", 1)[-1]))


def _find_streams(clients: Clients, group: str, where: str) -> Iterator[Removal]:
    named = {"logGroupName": group, "logStreamNamePrefix": PREFIX}
    for one in _collect(clients("logs"), "describe_log_streams", "logStreams", **named):
        if NAME.fullmatch(one["logStreamName"]):
            yield remove_stream(clients, group, one["logStreamName"], where)


def _find_alarms(clients: Clients, where: str) -> Iterator[Removal]:
    """Alarms that are still as a drill set them; the reason has the state that they had."""
    asked = {"StateValue": "ALARM", "AlarmTypes": ["MetricAlarm"]}
    for one in _collect(clients("cloudwatch"), "describe_alarms", "MetricAlarms", **asked):
        if former := _FORMER.match(one.get("StateReason", "")):
            yield restore_alarm(clients, one["AlarmName"], former[1], PREFIX, where)
