"""Metric filters and alarm of one control.

Filter and alarm take the metric's name from one value: an alarm on a metric that no filter
publishes cannot be written here.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from .deployed_control import DeployedAlarm, DeployedExclusion
from .settings import Exclusion


class MetricAlarm(Construct):
    """Filters that count the events of disjoint patterns in one metric, and the alarm on its sum.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-metricfilter.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html

    Args:
        alarm: as it is planned.
        namespace: of the metric.
        log_group_name: whose events are counted.
        text: the alarm's description, links filled in.
        actions: ARNs of the topics that it notifies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        alarm: DeployedAlarm,
        namespace: str,
        log_group_name: str,
        text: str,
        actions: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        self.filters = [
            logs.CfnMetricFilter(
                self,
                f"Filter{number if number > 1 else ''}",
                filter_name=filter_name,
                filter_pattern=pattern,
                log_group_name=log_group_name,
                metric_transformations=[_count_events(alarm.name, namespace)],
            )
            for number, (filter_name, pattern) in enumerate(alarm.filters, 1)
        ]
        self.alarm = cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=alarm.name,
            alarm_description=text,
            metric_name=alarm.name,
            namespace=namespace,
            statistic="Sum",
            period=alarm.period,
            evaluation_periods=1,
            threshold=alarm.threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",  # a quiet hour is no alarm, and the alarm returns to OK
            alarm_actions=list(actions),
        )


def declare_exclusions(alarm: cloudwatch.CfnAlarm, exclusions: Sequence[DeployedExclusion]) -> None:
    """Says in the template which events the alarm's patterns leave out, for `cis-insights verify`."""
    if exclusions:
        alarm.add_metadata("cis-insights:exclusions", [_describe(one.exclusion) for one in exclusions])


def _describe(exclusion: Exclusion) -> dict[str, str]:
    """An exclusion without what it does not have."""
    until = str(exclusion.until) if exclusion.until else ""
    found = {"condition": exclusion.condition, "why": exclusion.why, "owner": exclusion.owner, "until": until}
    return {key: value for key, value in found.items() if value}


def _count_events(name: str, namespace: str) -> logs.CfnMetricFilter.MetricTransformationProperty:
    """One for each matching event, and 0 for a minute of others: the metric shows that it lives."""
    return logs.CfnMetricFilter.MetricTransformationProperty(
        metric_name=name, metric_namespace=namespace, metric_value="1", default_value=0
    )
