"""The drill's own queue, subscribed to the topics: whoever is subscribed gets what it gets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from .cleanup import Cleanup, remove_queue, remove_subscription
from .clients import Clients
from .marks import Marks

_MOST = 10  # messages: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
# Seconds: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
_SETTLES = 1.0


class Mailbox:
    """A queue that exists for one drill."""

    def __init__(self, clients: Clients, marks: Marks, cleanup: Cleanup, where: str) -> None:
        self._clients, self._marks, self._cleanup, self._where = clients, marks, cleanup, where
        self._url = ""
        self.closed: dict[str, str] = {}  # topics by ARN that it could not be subscribed to, and why

    @property
    def _arn(self) -> str:
        marks = self._marks
        return f"arn:{marks.partition}:sqs:{marks.region}:{marks.account}:{marks.id}"

    def open(self, topics: Sequence[str]) -> None:
        """Makes the queue, and subscribes it to each topic; refusals are kept."""
        if not topics:
            return
        try:
            with self._cleanup.promise(remove_queue(self._clients, self._marks.id, self._where)):
                made = self._clients("sqs").create_queue(
                    QueueName=self._marks.id, Attributes=self._describe(topics), tags={"purpose": "drill"}
                )
        except ClientError as error:
            self.closed = dict.fromkeys(topics, str(error))
            return
        self._url = made["QueueUrl"]
        time.sleep(_SETTLES)
        for topic in topics:
            self._subscribe(topic)

    def _describe(self, topics: Sequence[str]) -> Mapping[str, str]:
        """Encrypted by SQS; nobody but these topics may send.

        https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
        """
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self._arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": list(topics)}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return {"Policy": policy, "SqsManagedSseEnabled": "true", "MessageRetentionPeriod": "3600"}

    def _subscribe(self, topic: str) -> None:
        known: list[str] = []
        try:
            with self._cleanup.promise(
                remove_subscription(self._clients, topic, self._arn, self._where, known)
            ):
                made = self._clients("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self._arn)
        except ClientError as error:
            self.closed[topic] = str(error)
            return
        known += [arn for arn in (made["SubscriptionArn"],) if arn.startswith("arn:")]  # else it is pending

    def receive(self) -> Iterator[Mapping[str, Any]]:
        """The messages that are there, as their publishers wrote them; what is not JSON is left out."""
        if not self._url:
            return
        sqs, asked = self._clients("sqs"), {"QueueUrl": self._url, "MaxNumberOfMessages": _MOST}
        while found := sqs.receive_message(**asked).get("Messages"):
            for one in found:
                sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
                message = _read(one["Body"])
                if message:
                    yield message


def _read(body: str) -> Mapping[str, Any]:
    """The message in SNS's envelope, if it is an object.

    https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
    """
    try:
        message = json.loads(json.loads(body)["Message"])
    except (ValueError, KeyError, TypeError):
        return {}
    return message if isinstance(message, dict) else {}
