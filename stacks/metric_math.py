"""Metrics of AWS's services as parts of an alarm's expression."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch


def sum_metric(
    id: str, namespace: str, name: str, dimensions: Mapping[str, str]
) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
    """A metric's sum over a minute, as a part of an expression."""
    return cloudwatch.CfnAlarm.MetricDataQueryProperty(
        id=id,
        return_data=False,
        metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
            metric=cloudwatch.CfnAlarm.MetricProperty(
                namespace=namespace,
                metric_name=name,
                dimensions=[
                    cloudwatch.CfnAlarm.DimensionProperty(name=key, value=value)
                    for key, value in dimensions.items()
                ],
            ),
            period=60,
            stat="Sum",
        ),
    )
