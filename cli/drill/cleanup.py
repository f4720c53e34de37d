"""What a drill makes, and how each is removed: in reverse, whatever happens, said where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shlex import join, quote
from typing import Any, Self

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.errors import printable

from ..terminal import print_error
from .clients import Clients

# Codes that say that it is gone already.
_GONE = frozenset(
    "AWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist NotFound NotFoundException"
    " ResourceNotFoundException".split()
)


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that a drill made, how it is removed, and by which command somebody else does it."""

    name: str
    command: str
    remove: Callable[[], object]


class Cleanup:
    """Removes in reverse what was promised to be, even after Ctrl-C; another Ctrl-C gives up one removal."""

    def __init__(self) -> None:
        self.left: list[str] = []  # commands that finish it
        self._promised: list[Removal] = []

    @contextmanager
    def promise(self, removal: Removal) -> Iterator[None]:
        """Around the call that makes the thing: no moment is without it. Nothing is made if AWS refuses."""
        self._promised.append(removal)
        try:
            yield
        except ClientError:
            self._promised.remove(removal)
            raise

    def finish(self, removal: Removal) -> None:
        """Removes one thing now, or says which command does."""
        try:
            removal.remove()
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                self._report(removal, str(error))
        except Exception as error:  # whatever it is, the rest is removed all the same
            self._report(removal, str(error))

    def _report(self, removal: Removal, why: str) -> None:
        self.left.append(removal.command)
        print_error(f"left: {printable(removal.name)}: {printable(why)}\n    {removal.command}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._promised:
            removal = self._promised[-1]
            try:
                self.finish(removal)
            except KeyboardInterrupt:
                self._report(removal, "interrupted")
            self._promised.remove(removal)


def remove_queue(clients: Clients, name: str, where: str) -> Removal:
    """The queue of a drill, by its name.

    Args:
        where: options of the AWS CLI that name Region and profile.
    """
    sqs = clients("sqs")
    find = f"aws sqs get-queue-url{where} --queue-name {name} --query QueueUrl --output text"
    return Removal(
        f"the queue {name}",
        f'aws sqs delete-queue{where} --queue-url "$({find})"',
        lambda: sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"]),
    )


def remove_subscription(
    clients: Clients, topic: str, queue: str, where: str, known: Iterable[str] = ()
) -> Removal:
    """The subscription of a drill's queue, both by their ARNs.

    Args:
        known: its own ARN, once it is known; else it is looked up.
    """
    sns = clients("sns")

    def remove() -> None:
        for arn in list(known) or _find_subscriptions(sns, topic, queue):
            sns.unsubscribe(SubscriptionArn=arn)

    query = f"Subscriptions[?Endpoint=='{queue}'].SubscriptionArn"
    find = f'aws sns list-subscriptions-by-topic{where} --topic-arn {topic} --query "{query}" --output text'
    command = f'aws sns unsubscribe{where} --subscription-arn "$({find})"'
    return Removal(f"the subscription of {queue} to {topic}", command, remove)


def _find_subscriptions(sns: Any, topic: str, queue: str) -> list[str]:
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [one for page in pages for one in page["Subscriptions"] if one["Endpoint"] == queue]
    return [one["SubscriptionArn"] for one in found]


def remove_stream(clients: Clients, group: str, stream: str, where: str) -> Removal:
    """The log stream of forged records."""
    names = {"logGroupName": group, "logStreamName": stream}
    options = join(["--log-group-name", group, "--log-stream-name", stream])
    return Removal(
        f"the log stream {stream} of {group}",
        f"aws logs delete-log-stream{where} {options}",
        lambda: clients("logs").delete_log_stream(**names),
    )


def restore_alarm(clients: Clients, alarm: str, state: str, id: str, where: str) -> Removal:
    """The state that an alarm had, unless it came back by itself, as metric alarms do."""
    cloudwatch = clients("cloudwatch")

    def restore() -> None:
        found = cloudwatch.describe_alarms(AlarmNames=[alarm], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if any(one["StateReason"].startswith(id) for one in found):
            reason = f"{id}: the drill is over"
            cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason=reason)

    options = f"--alarm-name {quote(alarm)} --state-value {state} --state-reason 'a drill is over'"
    command = f"aws cloudwatch set-alarm-state{where} {options}"
    return Removal(f"the state of the alarm {alarm}", command, restore)
