"""Alarms on the monitoring itself: events stop coming, notifications do not get out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from .failure_alarm import make_dimensions, make_failure_alarm
from .names import WATCH, name_failing, name_failing_rule, name_heartbeat, name_rule, name_topic
from .settings import Settings
from .tampering_calls import RULES, RuleKind

_SILENT = (
    "The log group {group} received no event for {window} minutes: nothing that CIS monitoring watches is"
    " seen. First: aws cloudtrail get-trail-status --name TRAIL; its LatestCloudWatchLogsDeliveryError says"
    " what the trail's role may not do, and IsLogging whether it was stopped. Then cis-insights doctor, and"
    " cis-insights verify. In an account where so little happens, raise cis-insights:heartbeat."
)
# The alarm is in ALARM as soon as it is made, unless there is an event of the window already.
_FIRST_EVENT = (
    " A new trail delivers its first event some minutes after the deploy: until then this is expected."
)
_UNDELIVERED = (
    "Notifications of {prefix} do not get out: SNS could not deliver to a subscriber of this topic; the queue"
    " {prefix}-alarms-undelivered keeps them. First: cis-insights verify; it says which subscription."
)
_REFUSED = (
    "Somebody may have tampered with the monitoring, and the message does not get out: the rule may not"
    " publish to a topic. First: look for the call in CloudTrail; then allow events.amazonaws.com sns:Publish"
    " in the policy of the topic, for this rule, and the use of its key."
)


class Heartbeat(Construct):
    """The alarm on silence: without data it fires, and it says when events are back.

    A period of a minute: CloudWatch looks back a few periods further than it evaluates, so that an alarm on
    long ones would fire late.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        group, window = settings.log_group_name, settings.heartbeat
        text = _SILENT + (_FIRST_EVENT if settings.trail == "new" else "")
        self.alarm = cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=name_heartbeat(settings),
            alarm_description=text.format(group=group, window=window),
            namespace="AWS/Logs",
            metric_name="IncomingLogEvents",
            dimensions=make_dimensions({"LogGroupName": group}),
            statistic="Sum",
            period=60,
            evaluation_periods=window,
            datapoints_to_alarm=window,
            threshold=1,
            comparison_operator="LessThanThreshold",
            treat_missing_data="breaching",  # of a silent period there is no datapoint at all
        )

    def notify(self, topics: Sequence[str]) -> None:
        """Sets whom it notifies, of silence and of its end."""
        self.alarm.alarm_actions = self.alarm.ok_actions = list(topics)


class DeliveryAlarms(Construct):
    """Alarms on notifications that fail: one a topic, and one a rule of the second path.

    Not one on their sum: a metric without any datapoint is not 0 in an expression.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings, topics: Sequence[str]) -> None:
        """
        Args:
            topics: as the plan calls those that are made here: `all`, or by severity.
        """
        super().__init__(scope, id)
        text = _UNDELIVERED.format(prefix=settings.prefix)
        self.alarms = {one: self._watch_topic(one, text, name_topic(settings, one)) for one in topics}
        for kind in RULES if settings.second_path else ():
            self.alarms[f"rule {kind}"] = self._watch_rule(kind, settings)

    def _watch_topic(self, id: str, text: str, name: str) -> cloudwatch.CfnAlarm:
        return make_failure_alarm(
            self,
            id.capitalize(),
            name=name_failing(name),
            text=text,
            metric=("AWS/SNS", "NumberOfNotificationsFailed"),
            dimensions={"TopicName": name},
        )

    def _watch_rule(self, kind: RuleKind, settings: Settings) -> cloudwatch.CfnAlarm:
        return make_failure_alarm(
            self,
            f"Rule{kind}",
            name=name_failing_rule(settings, kind),
            text=_REFUSED,
            metric=("AWS/Events", "FailedInvocations"),
            dimensions={"RuleName": name_rule(settings, kind)},
        )

    def notify(self, topics: Sequence[str], *, of_watch: Sequence[str]) -> None:
        """Sets whom they notify.

        Args:
            topics: ARNs; of failures of what these are not.
            of_watch: ARNs; of failures of the watch topic, which is one of `topics`.
        """
        for id, one in self.alarms.items():
            one.alarm_actions = list(of_watch if id == WATCH else topics)
