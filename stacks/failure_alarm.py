"""The alarm on a metric that counts failures, as AWS's services publish them: one in a minute is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


def make_failure_alarm(
    scope: Construct,
    id: str,
    *,
    name: str,
    text: str,
    metric: tuple[str, str],
    dimensions: Mapping[str, str],
    actions: Sequence[str] = (),
) -> cloudwatch.CfnAlarm:
    """An alarm of which each failure notifies.

    Args:
        metric: its namespace and its name.
        actions: ARNs of topics.
    """
    namespace, metric_name = metric
    return cloudwatch.CfnAlarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=text,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=make_dimensions(dimensions),
        statistic="Sum",
        period=60,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=list(actions) or None,
    )


def make_dimensions(values: Mapping[str, str]) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    """Dimensions of a metric, by name."""
    return [cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value) for name, value in values.items()]
