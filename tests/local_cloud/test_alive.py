"""Whoever silences the monitoring is reported by the second path: through neither log group nor alarm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.by_url import put_template
from ..support.deployed_stack import Stack
from ..support.monitored import allow
from ..support.synth import template_of
from ..support.trails import Trail

SNS = {"Service": "sns.amazonaws.com"}
GROUP = "trail"
QUEUES = ("on-call", "archive")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A trail, the monitoring of its log group, and two queues that are notified."""

    cloud: LocalCloud
    stack: Stack

    def receive(self, name: str = "on-call") -> list[str]:
        """The texts that the second path has sent since they were last read; alarms send JSON."""
        sqs = self.cloud.client("sqs")
        url, found = sqs.get_queue_url(QueueName=name)["QueueUrl"], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"])["Message"])
        return [text for text in found if not text.startswith("{")]

    def find_alarms(self) -> list[str]:
        found = self.stack.cloudwatch.describe_alarms(AlarmNamePrefix="cis-")
        return [one["AlarmName"] for one in found["MetricAlarms"]]

    def find_topic(self) -> str:
        return str(self.stack.outputs["TopicAll"])

    def find_subscription(self, name: str) -> str:
        found = self.stack.sns.list_subscriptions_by_topic(TopicArn=self.find_topic())["Subscriptions"]
        return str(next(one["SubscriptionArn"] for one in found if one["Endpoint"].endswith(name)))


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud) -> Iterator[Deployed]:
    Trail(cloud, GROUP, IsMultiRegionTrail=True)
    sqs = cloud.client("sqs")
    for name in QUEUES:
        sqs.create_queue(QueueName=name, Attributes={"Policy": allow(SNS, "sqs:SendMessage")})
    subscribers = ",".join(f"arn:aws:sqs:us-east-1:{cloud.account}:{name}" for name in QUEUES)
    template = template_of(
        log_group_name=GROUP,
        subscribers=subscribers,
        controls="monitoring-tampering,cloudtrail-changes",
        answers="off",
        dashboards="off",
    )
    for part in ("Parameters", "Rules"):  # the CDK's own, of a bootstrap
        template.pop(part, None)
    stack = Stack(cloud, "CisInsights")
    stack.run("create", TemplateURL=put_template(cloud, json.dumps(template)))
    yield Deployed(cloud, stack)


def test_a_deploy_of_our_own_is_not_reported(deployed: Deployed) -> None:
    assert deployed.receive() == []
    assert {"cis-heartbeat", "cis-alarms-failing"} < set(deployed.find_alarms())


def _disable(deployed: Deployed) -> None:
    deployed.stack.cloudwatch.disable_alarm_actions(AlarmNames=deployed.find_alarms())


def _delete_filter(deployed: Deployed) -> None:
    name = deployed.stack.logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"][0]["filterName"]
    deployed.stack.logs.delete_metric_filter(logGroupName=GROUP, filterName=name)


def _unsubscribe(deployed: Deployed) -> None:
    deployed.stack.sns.unsubscribe(SubscriptionArn=deployed.find_subscription("archive"))


def _disable_rule(deployed: Deployed) -> None:
    deployed.cloud.client("events").disable_rule(Name="cis-cfn")


def _stop_logging(deployed: Deployed) -> None:
    deployed.stack.cloudtrail.stop_logging(Name=GROUP)


@pytest.mark.parametrize(
    ("tamper", "call", "service"),
    [
        (_disable, "DisableAlarmActions", "monitoring"),
        (_delete_filter, "DeleteMetricFilter", "logs"),
        (_unsubscribe, "Unsubscribe", "sns"),
        (_disable_rule, "DisableRule", "events"),
        (_stop_logging, "StopLogging", "cloudtrail"),
    ],
)
def test_who_silences_it_is_reported(
    deployed: Deployed, tamper: Callable[[Deployed], None], call: str, service: str
) -> None:
    deployed.receive()
    tamper(deployed)
    [text] = [one for one in deployed.receive() if "the alarm" not in one]
    first, who, when, advice = text.split("\n")
    assert first == f'"Tampering with the monitoring cis: {call} ({service}.amazonaws.com)"'
    assert who == f'"Who: arn:aws:iam::{deployed.cloud.account}:user/local (IAMUser), from 127.0.0.1"'
    assert when.startswith('"When: 20') and f"in account {deployed.cloud.account}" in when
    assert when.endswith('error, if any: "')
    assert "cdk deploy --revert-drift" in advice


def test_a_silenced_alarm_is_reported_without_any_trail(deployed: Deployed) -> None:
    """After the trail was stopped no call is an event."""
    deployed.stack.cloudwatch.enable_alarm_actions(AlarmNames=deployed.find_alarms())
    deployed.receive()
    alarm: dict[str, Any] = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60}
    compare = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    put, name = deployed.stack.cloudwatch.put_metric_alarm, "cis-heartbeat"
    put(AlarmName=name, **alarm, **compare, ActionsEnabled=False)
    deployed.stack.cloudwatch.delete_alarms(AlarmNames=[name])
    begin = f'"Tampering with the monitoring cis: the alarm {name} was changed'
    assert [text.split("\n")[0] for text in deployed.receive()] == [
        f'{begin} (update, actions enabled: false)"',
        f'{begin} (delete, actions enabled: false)"',
    ]


def test_what_is_somebody_else_s_is_not_reported(deployed: Deployed) -> None:
    deployed.stack.cloudtrail.start_logging(Name=GROUP)
    deployed.receive()
    alarm: dict[str, Any] = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60}
    compare = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    deployed.stack.cloudwatch.put_metric_alarm(AlarmName="theirs", **alarm, **compare)
    deployed.stack.cloudwatch.delete_alarms(AlarmNames=["theirs"])
    topic = deployed.stack.sns.create_topic(Name="theirs")["TopicArn"]
    deployed.stack.sns.delete_topic(TopicArn=topic)
    deployed.stack.logs.create_log_group(logGroupName="theirs")
    deployed.stack.logs.delete_log_group(logGroupName="theirs")
    assert deployed.receive() == []


def test_a_rule_that_may_not_publish_raises_an_alarm(deployed: Deployed) -> None:
    topic = deployed.stack.outputs["TopicWatch"]
    policy = allow({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    deployed.stack.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    deployed.cloud.evaluate_alarms()
    [alarm] = deployed.stack.cloudwatch.describe_alarms(AlarmNames=["cis-second-path-calls-failing"])[
        "MetricAlarms"
    ]
    assert alarm["StateValue"] == "ALARM"
