"""A log group with a metric filter, an alarm, a topic and a queue: everything that an event passes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

PERIOD = 300
PATTERN = '{ ($.eventName = "CreateTrail") || ($.eventName = "DeleteTrail") }'


def expect_error(code: str) -> Any:
    return pytest.raises(ClientError, match=f"\\({code}\\)")


def allow(principal: Any, *actions: str, **conditions: Any) -> str:
    """A policy that allows a principal some actions on everything."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": [*actions], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": conditions}]})


class Monitored:
    """A log group whose metric filter raises an alarm, whose notifications go to a queue."""

    def __init__(self, cloud: LocalCloud, name: str, pattern: str = PATTERN, **transformation: Any) -> None:
        self.cloud, self.name = cloud, name
        self.logs, self.cloudwatch = cloud.client("logs"), cloud.client("cloudwatch")
        self.sns, self.sqs = cloud.client("sns"), cloud.client("sqs")
        self.topic = self.sns.create_topic(Name=name)["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{cloud.account}:{name}"
        self.open_queue({"Service": "sns.amazonaws.com"}, self.topic)
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self.logs.create_log_group(logGroupName=name)
        self.logs.create_log_stream(logGroupName=name, logStreamName="stream")
        self.put_filter(pattern, **transformation)
        self.put_alarm()

    def open_queue(self, principal: Any, source: str) -> None:
        """Lets some service send to the queue, on behalf of one topic."""
        policy = allow(principal, "sqs:SendMessage", ArnEquals={"aws:SourceArn": source})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})

    def read_actions(self) -> list[str]:
        """The outcomes of the actions, the newest first."""
        items = self.cloudwatch.describe_alarm_history(AlarmName=self.name, HistoryItemType="Action")
        return [item["HistorySummary"] for item in items["AlarmHistoryItems"]]

    def put_filter(self, pattern: str, name: str = "filter", **transformation: Any) -> None:
        metric = {"metricName": self.name, "metricNamespace": "Test", "metricValue": "1", **transformation}
        self.logs.put_metric_filter(
            logGroupName=self.name, filterName=name, filterPattern=pattern, metricTransformations=[metric]
        )

    def put_alarm(self, **properties: Any) -> None:
        alarm = {
            "AlarmName": self.name,
            "AlarmDescription": "what happened",
            "Namespace": "Test",
            "MetricName": self.name,
            "Statistic": "Sum",
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [self.topic],
        }
        self.cloudwatch.put_metric_alarm(**(alarm | properties))

    def send(self, *events: Any, ago: float = 0) -> None:
        now = int((time.time() - ago) * 1000)
        messages = [event if isinstance(event, str) else json.dumps(event) for event in events]
        self.logs.put_log_events(
            logGroupName=self.name,
            logStreamName="stream",
            logEvents=[{"timestamp": now, "message": message} for message in messages],
        )

    @property
    def described(self) -> dict[str, Any]:
        alarms: list[dict[str, Any]] = self.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return alarms[0]

    @property
    def state(self) -> str:
        return str(self.described["StateValue"])

    def receive(self) -> list[dict[str, Any]]:
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in received]

    def read_datapoints(self, ago: float = 0) -> list[dict[str, Any]]:
        now = time.time() - ago
        found: list[dict[str, Any]] = self.cloudwatch.get_metric_statistics(
            Namespace="Test",
            MetricName=self.name,
            StartTime=now - 120,
            EndTime=now + 60,
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        return found
