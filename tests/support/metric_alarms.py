"""Metric alarms as anybody makes them by hand: one event in five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_cloud import LocalCloud  # a file of pure data needs no cloud

ONE_EVENT: Mapping[str, Any] = {
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}


def put_alarm(cloud: LocalCloud, name: str, **values: Any) -> None:
    """An alarm on the metric of its own name."""
    usual = {**ONE_EVENT, "AlarmName": name, "Namespace": "CIS", "MetricName": name}
    cloud.client("cloudwatch").put_metric_alarm(**{**usual, **values})
