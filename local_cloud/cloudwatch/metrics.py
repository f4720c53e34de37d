"""Metrics that AWS's services report of themselves, in namespaces such as `AWS/States`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..ministack import load_module

# Namespace, name and dimensions of a metric, to which one is added.
CountMetric = Callable[[str, str, dict[str, str]], None]


def put_metric(namespace: str, name: str, dimensions: Mapping[str, str], value: float, time: float) -> None:
    """Adds a value to a metric at a time in seconds since 1970."""
    load_module("services.cloudwatch")._store_datum(
        namespace, name, dict(dimensions), time, "Count", value, None, None, None
    )
