"""Alarms on the monitoring itself: events stop coming, notifications do not get out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from .metric_math import sum_metric
from .names import name_failing, name_heartbeat, name_rule, name_topic
from .settings import Settings
from .settings.readers import HEARTBEAT_STEP
from .tampering_calls import RULES

_SILENT = (
    "The log group {group} received no event for {window} minutes: nothing that CIS monitoring watches is"
    " seen. First: aws cloudtrail get-trail-status --name TRAIL; its LatestCloudWatchLogsDeliveryError says"
    " what the trail's role may not do, and IsLogging whether it was stopped. Then cis-insights doctor, and"
    " cis-insights verify. In an account where so little happens, raise cis-insights:heartbeat."
)
_UNDELIVERED = (
    "Notifications of {prefix} do not get out: SNS could not deliver to a subscriber (AWS/SNS"
    " NumberOfNotificationsFailed; the queue {prefix}-alarms-undelivered keeps them), or a rule of the second"
    " path may not publish to a topic (AWS/Events FailedInvocations: it needs sns:Publish for"
    " events.amazonaws.com, and the key). First: cis-insights verify; it says which subscription or policy."
)


class Heartbeat(Construct):
    """The alarm on silence: without data it fires, and it says when events are back.

    A period of five minutes: CloudWatch looks back a few periods further than it evaluates, so that an
    alarm on one long period would fire some windows late.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings, window: int, log_group: str) -> None:
        """
        Args:
            window: minutes.
            log_group: name.
        """
        super().__init__(scope, id)
        periods = window // HEARTBEAT_STEP
        self.alarm = cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=name_heartbeat(settings),
            alarm_description=_SILENT.format(group=log_group, window=window),
            namespace="AWS/Logs",
            metric_name="IncomingLogEvents",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="LogGroupName", value=log_group)],
            statistic="Sum",
            period=60 * HEARTBEAT_STEP,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            threshold=1,
            comparison_operator="LessThanThreshold",
            treat_missing_data="breaching",  # of a silent period there is no datapoint at all
        )

    def notify(self, topics: Sequence[str]) -> None:
        """Sets whom it notifies, of silence and of its end."""
        self.alarm.alarm_actions = self.alarm.ok_actions = list(topics)


class DeliveryAlarm(Construct):
    """The alarm on notifications that fail, of topics and of the rules of the second path."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, topics: Sequence[str]) -> None:
        """
        Args:
            topics: as the plan calls those that are made here: `all`, or by severity.
        """
        super().__init__(scope, id)
        rules = RULES if settings.second_path else ()
        counted = [
            *(
                ("AWS/SNS", "NumberOfNotificationsFailed", "TopicName", name_topic(settings, one))
                for one in topics
            ),
            *(("AWS/Events", "FailedInvocations", "RuleName", name_rule(settings, one)) for one in rules),
        ]
        ids = [f"m{number}" for number in range(1, len(counted) + 1)]
        self.alarm = cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=name_failing(settings),
            alarm_description=_UNDELIVERED.format(prefix=settings.prefix),
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            metrics=[
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="total", expression=" + ".join(f"FILL({one}, 0)" for one in ids)
                ),
                *(
                    sum_metric(id, namespace, metric, {dimension: value})
                    for id, (namespace, metric, dimension, value) in zip(ids, counted, strict=True)
                ),
            ],
        )

    def notify(self, topics: Sequence[str]) -> None:
        """Sets whom it notifies; a subscriber that works is one of them."""
        self.alarm.alarm_actions = list(topics)
