"""Metric filters and alarms from AWS's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cis_insights.verification.model import LogGroup, Metric, MetricAlarm, MetricFilter, MuteRule
from cis_insights.verification.trails import Answer


def read_filters(answer: Answer, region: str) -> list[MetricFilter]:
    """One of DescribeMetricFilters, for each metric that it publishes to."""
    created = answer.get("creationTime")  # milliseconds since 1970
    return [
        MetricFilter(
            name=answer["filterName"],
            log_group=LogGroup(region, answer["logGroupName"]),
            pattern=answer.get("filterPattern", ""),
            metric=_read_published(to, region),
            value=to["metricValue"],
            default=to.get("defaultValue"),
            created=datetime.fromtimestamp(created / 1000, UTC) if created else None,
        )
        for to in answer["metricTransformations"]
    ]


def _read_published(to: Answer, region: str) -> Metric:
    dimensions = tuple(sorted(to.get("dimensions") or ()))
    return Metric(region, to["metricNamespace"], to["metricName"], dimensions)


def read_alarm(answer: Answer, region: str, rules: Mapping[str, Sequence[MuteRule]]) -> MetricAlarm:
    """One of DescribeAlarms.

    Args:
        rules: that mute alarms, by their names.
    """
    stats = [one["MetricStat"] for one in answer.get("Metrics", ()) if "MetricStat" in one]
    expressions = [one["Expression"] for one in answer.get("Metrics", ()) if "Expression" in one]
    metrics = [_read_watched(one["Metric"], region) for one in stats]
    only = {"Statistic": stats[0]["Stat"], "Period": stats[0]["Period"]} if stats else {}
    own = {**only, **answer}
    periods = int(answer.get("EvaluationPeriods", 1))
    return MetricAlarm(
        name=answer["AlarmName"],
        arn=answer["AlarmArn"],
        metrics=tuple(metrics)
        if metrics
        else (_read_watched(answer, region),)
        if "MetricName" in answer
        else (),
        statistic=own.get("Statistic") or own.get("ExtendedStatistic") or "",
        period=int(own.get("Period", 300)),
        evaluation_periods=periods,
        datapoints_to_alarm=int(answer.get("DatapointsToAlarm", periods)),
        threshold=float(answer.get("Threshold", 0)),
        comparison=answer.get("ComparisonOperator", ""),
        missing_data=answer.get("TreatMissingData", "missing"),
        actions_enabled=answer.get("ActionsEnabled", True),
        actions=tuple(answer.get("AlarmActions", ())),
        expression=" ".join(expressions),
        text=str(answer.get("AlarmDescription") or ""),
        state=answer.get("StateValue", ""),
        state_since=answer.get("StateTransitionedTimestamp") or answer.get("StateUpdatedTimestamp"),
        configured=answer.get("AlarmConfigurationUpdatedTimestamp"),
        muted_by=tuple(rules.get(answer["AlarmName"], ())),
    )


def _read_watched(metric: Answer, region: str) -> Metric:
    dimensions = tuple(sorted(str(one["Name"]) for one in metric.get("Dimensions", ())))
    return Metric(region, str(metric["Namespace"]), str(metric["MetricName"]), dimensions)
