"""A rule of EventBridge with a queue that keeps its events."""

from __future__ import annotations

import json
from typing import Any

from local_cloud import LocalCloud

from .monitored import allow

EVENTS = {"Service": "events.amazonaws.com"}


class Rule:
    """A rule whose events go to a queue of its own."""

    def __init__(self, cloud: LocalCloud, name: str, pattern: dict[str, Any], **target: Any) -> None:
        self.cloud, self.name = cloud, name
        self.events, self.sqs = cloud.client("events"), cloud.client("sqs")
        arn = self.events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        policy = allow(EVENTS, "sqs:SendMessage", ArnEquals={"aws:SourceArn": arn})
        self.url = self.sqs.create_queue(QueueName=f"events-{name}", Attributes={"Policy": policy})[
            "QueueUrl"
        ]
        self.queue = f"arn:aws:sqs:us-east-1:{cloud.account}:events-{name}"
        self.add(Id="queue", Arn=self.queue, **target)

    def add(self, **target: Any) -> None:
        self.events.put_targets(Rule=self.name, Targets=[target])

    def receive(self) -> list[Any]:
        received = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]

    def count_failures(self) -> float:
        found = self.cloud.client("cloudwatch").get_metric_data(
            StartTime=0,
            EndTime=4_000_000_000,
            MetricDataQueries=[
                {
                    "Id": "a",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/Events",
                            "MetricName": "FailedInvocations",
                            "Dimensions": [{"Name": "RuleName", "Value": self.name}],
                        },
                        "Period": 60,
                        "Stat": "Sum",
                    },
                }
            ],
        )
        return sum(found["MetricDataResults"][0]["Values"])
