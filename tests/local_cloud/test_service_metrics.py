"""Metrics that AWS's services report of themselves: what a heartbeat and a watch of the mail path rest on."""

from __future__ import annotations

from local_cloud import LocalCloud

from ..support.monitored import Monitored


def _sum(cloud: LocalCloud, namespace: str, metric: str, **dimension: str) -> float:
    [(name, value)] = dimension.items()
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value}],
        StartTime=0,
        EndTime=4_000_000_000,
        Period=60,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


def test_a_log_group_reports_what_comes_in_and_no_silence(cloud: LocalCloud) -> None:
    logs = Monitored(cloud, "incoming")
    dimension = {"LogGroupName": "incoming"}
    assert _sum(cloud, "AWS/Logs", "IncomingLogEvents", **dimension) == 0
    logs.send("one", "fünf", "three", ago=3_600)
    assert _sum(cloud, "AWS/Logs", "IncomingLogEvents", **dimension) == 3
    assert _sum(cloud, "AWS/Logs", "IncomingBytes", **dimension) == 13


def test_an_alarm_on_silence_ends_with_an_event_of_any_time(cloud: LocalCloud) -> None:
    logs = Monitored(cloud, "heartbeat")
    logs.put_alarm(
        Namespace="AWS/Logs",
        MetricName="IncomingLogEvents",
        Dimensions=[{"Name": "LogGroupName", "Value": "heartbeat"}],
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )
    assert logs.state == "ALARM"
    logs.send("late", ago=3_600)
    assert logs.state == "OK"


def test_a_topic_reports_its_messages_and_failed_deliveries(cloud: LocalCloud) -> None:
    topic = Monitored(cloud, "reporting")
    topic.sns.publish(TopicArn=topic.topic, Message="arrives")
    topic.open_queue({"Service": "events.amazonaws.com"}, topic.topic)
    topic.sns.publish(TopicArn=topic.topic, Message="does not")
    counts = {
        name: _sum(cloud, "AWS/SNS", f"NumberOf{name}", TopicName="reporting")
        for name in ("MessagesPublished", "NotificationsDelivered", "NotificationsFailed")
    }
    assert counts == {"MessagesPublished": 2, "NotificationsDelivered": 1, "NotificationsFailed": 1}
