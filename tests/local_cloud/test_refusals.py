"""What AWS refuses of notifications and metrics, the local cloud refuses too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from local_cloud import LocalCloud

ALARM: dict[str, Any] = {
    "AlarmName": "alarm",
    "Namespace": "AWS/EC2",  # of AWS's own metrics there are alarms
    "MetricName": "metric",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("logs").create_log_group(logGroupName="trail")
        yield running


def _refused(said: str) -> Any:
    return pytest.raises(ClientError, match=said)


@pytest.mark.parametrize("actions", ["AlarmActions", "OKActions", "InsufficientDataActions"])
def test_an_alarm_notifies_topics_of_its_own_region(cloud: LocalCloud, actions: str) -> None:
    topic = f"arn:aws:sns:us-east-1:{cloud.account}:topic"
    elsewhere = topic.replace("us-east-1", "eu-west-1")
    put = cloud.client("cloudwatch").put_metric_alarm
    with _refused("Invalid region eu-west-1 specified. Only us-east-1 is supported."):
        put(**ALARM, **{actions: [topic, elsewhere]})
    put(**ALARM, **{actions: [topic]})
    put(**ALARM, **{actions: ["arn:aws:automate:us-east-1:ec2:stop"]})


def test_a_filter_publishes_to_no_namespace_of_aws(cloud: LocalCloud) -> None:
    def put(namespace: str) -> None:
        metric = {"metricName": "m", "metricNamespace": namespace, "metricValue": "1"}
        cloud.client("logs").put_metric_filter(
            logGroupName="trail",
            filterName="f",
            filterPattern='{ $.a = "b" }',
            metricTransformations=[metric],
        )

    with _refused("AWS/ is reserved"):
        put("AWS/Foo")
    put("AWSFoo")


def test_a_fifo_queue_is_not_for_a_standard_topic(cloud: LocalCloud) -> None:
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    standard = sns.create_topic(Name="standard")["TopicArn"]
    fifo = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
    sqs.create_queue(QueueName="q")
    queue = f"arn:aws:sqs:us-east-1:{cloud.account}:q"
    with _refused("FIFO SQS Queues can not be subscribed to standard SNS topics"):
        sns.subscribe(TopicArn=standard, Protocol="sqs", Endpoint=f"{queue}.fifo")
    assert sns.subscribe(TopicArn=fifo, Protocol="sqs", Endpoint=f"{queue}.fifo")
    assert sns.subscribe(TopicArn=standard, Protocol="sqs", Endpoint=queue)


@pytest.mark.parametrize(("name", "is_taken"), [("q.fifo", False), ("q", True)])
def test_nor_in_a_template(cloud: LocalCloud, name: str, is_taken: bool) -> None:
    subscription = {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "sqs",
            "Endpoint": f"arn:aws:sqs:us-east-1:{cloud.account}:{name}",
        },
    }
    found = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "Subscription": subscription}}
    stacks, stack = cloud.client("cloudformation"), f"of-{name.replace('.', '-')}"
    stacks.create_stack(StackName=stack, TemplateBody=json.dumps(found))
    waiter = stacks.get_waiter("stack_create_complete")
    if is_taken:
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 1})
    else:
        with pytest.raises(WaiterError):
            waiter.wait(StackName=stack, WaiterConfig={"Delay": 1})
