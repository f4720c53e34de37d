"""Metrics that AWS's services report of themselves, in namespaces such as `AWS/States`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..ministack import load_module
from ..protocol.permissions import may_send

# Namespace, name and dimensions of a metric, to which one is added.
CountMetric = Callable[[str, str, dict[str, str]], None]


def put_metric(namespace: str, name: str, dimensions: Mapping[str, str], value: float, time: float) -> None:
    """Adds a value to a metric at a time in seconds since 1970."""
    load_module("services.cloudwatch")._store_datum(
        namespace, name, dict(dimensions), time, "Count", value, None, None, None
    )


def put_log_metrics(group: str, messages: Iterable[str], time: float) -> None:
    """Reports a batch of log events; a silent log group reports nothing at all.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
    """
    sizes = [len(message.encode()) for message in messages]
    dimensions = {"LogGroupName": group}
    put_metric("AWS/Logs", "IncomingLogEvents", dimensions, len(sizes), time)
    put_metric("AWS/Logs", "IncomingBytes", dimensions, sum(sizes), time)


def count_notifications(count: CountMetric) -> dict[str, Any]:
    """Replacements of functions of MiniStack's SNS, which also report messages and deliveries to queues.

    https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    """
    sns = load_module("services.sns")
    fanout, deliver = sns._fanout, sns._deliver_to_sqs

    def report(name: str, topic: str) -> None:
        count("AWS/SNS", name, {"TopicName": topic.rpartition(":")[2]})

    def publish(topic: str, *arguments: Any, **named: Any) -> None:
        report("NumberOfMessagesPublished", topic)
        fanout(topic, *arguments, **named)

    def deliver_to_queue(queue: str, *arguments: Any, topic_arn: str, **named: Any) -> None:
        is_sent = may_send(queue, "sns.amazonaws.com", topic_arn, topic_arn.split(":")[4])
        report("NumberOfNotificationsDelivered" if is_sent else "NumberOfNotificationsFailed", topic_arn)
        deliver(queue, *arguments, topic_arn=topic_arn, **named)

    return {"_fanout": publish, "_deliver_to_sqs": deliver_to_queue}
