"""A local cloud with a trail and the alarms of some controls, made by boto3 as anybody makes them."""

from __future__ import annotations

from dev.deployment import create_trail_bucket
from local_cloud import LocalCloud

from .metric_alarms import put_alarm
from .set_ups import catalogue

GROUP, REGION = "cloudtrail", "us-east-1"
PREFIX = "cis-insights-drill-"
DEAF = "network-acl-changes"  # its filter counts each event 0 times: a drill of it waits in vain


def set_up(cloud: LocalCloud, controls: list[str]) -> str:
    """Watches the controls, each by its own patterns and an alarm of its name; returns the topic's ARN."""
    create_trail_bucket(cloud, "records")
    cloud.client("logs").create_log_group(logGroupName=GROUP)
    trails = cloud.client("cloudtrail")
    trails.create_trail(
        Name="events",
        S3BucketName="records",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{cloud.account}:log-group:{GROUP}:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{cloud.account}:role/delivers",
    )
    trails.start_logging(Name="events")
    topic = _create_topic(cloud)
    for control in controls:
        _watch(cloud, control, topic)
    return topic


def _create_topic(cloud: LocalCloud) -> str:
    sns = cloud.client("sns")
    topic: str = sns.create_topic(Name="alarms")["TopicArn"]
    cloud.client("sqs").create_queue(QueueName="on-call")
    endpoint = f"arn:aws:sqs:{REGION}:{cloud.account}:on-call"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    return topic


def _watch(cloud: LocalCloud, control: str, topic: str) -> None:
    value = "0" if control == DEAF else "1"
    to = {"metricName": control, "metricNamespace": "CIS", "metricValue": value, "defaultValue": 0}
    for number, pattern in enumerate(catalogue()[control].patterns):
        cloud.client("logs").put_metric_filter(
            logGroupName=GROUP,
            filterName=f"{control}-{number}",
            filterPattern=pattern.text,
            metricTransformations=[to],
        )
    put_alarm(cloud, control, AlarmActions=[topic])


def find_left(cloud: LocalCloud) -> list[str]:
    """Everything that has a drill's name: queues, subscriptions, streams, reasons of alarms in ALARM."""
    client = cloud.client
    subscriptions = client("sns").list_subscriptions()["Subscriptions"]
    streams = client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    alarms = client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    names = [
        *client("sqs").list_queues(QueueNamePrefix=PREFIX).get("QueueUrls", ()),
        *(one["Endpoint"] for one in subscriptions),
        *(one["logStreamName"] for one in streams),
        *(f"{one['AlarmName']}: {one['StateReason']}" for one in alarms),
    ]
    return [one for one in names if PREFIX in one]


def leave(cloud: LocalCloud, topic: str) -> str:
    """What a drill that was killed leaves; returns its name."""
    name = f"{PREFIX}{'0123456789abcdef' * 2}"
    cloud.client("sqs").create_queue(QueueName=name)
    endpoint = f"arn:aws:sqs:{REGION}:{cloud.account}:{name}"
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    cloud.client("logs").create_log_stream(logGroupName=GROUP, logStreamName=name)
    return name
