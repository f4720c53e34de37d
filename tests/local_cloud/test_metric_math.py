"""Alarms on expressions over several metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud import LocalCloud
from local_cloud.cloudwatch.metric_math import evaluate
from local_cloud.protocol.messages import ServiceError

from ..support.monitored import Monitored, expect_error
from ..support.rules import Rule


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a", 6.0),
        ("a + b * 2", 12.0),
        ("(a - 1) / b", 5 / 3),
        ("a / (b - b)", None),
        ("a + none", None),
        ("FILL(none, 0) + FILL(a, 0)", 6.0),
        ("SUM([a, b, none])", 9.0),
        ("MAX([a, b])", 6.0),
        ("MIN([none])", None),
    ],
)
def test_an_expression_has_a_value_in_each_period(expression: str, value: float | None) -> None:
    assert evaluate(expression, {"a": 6.0, "b": 3.0, "none": None}) == value


@pytest.mark.parametrize(
    "expression", ["", "c", "a +", "ANOMALY_DETECTION_BAND(a)", "__import__('os')", "[a]"]
)
def test_another_expression_is_refused(expression: str) -> None:
    with pytest.raises(ServiceError, match="does not evaluate the expression"):
        evaluate(expression, {"a": 6.0})


def _query(id: str, metric: str) -> dict[str, Any]:
    statistic = {"Metric": {"Namespace": "Test", "MetricName": metric}, "Period": 60, "Stat": "Sum"}
    return {"Id": id, "MetricStat": statistic, "ReturnData": False}


QUERIES = [{"Id": "total", "Expression": "FILL(a, 0) + FILL(b, 0)"}, _query("a", "A"), _query("b", "B")]


def _put(monitored: Monitored, queries: list[dict[str, Any]]) -> None:
    monitored.cloudwatch.put_metric_alarm(
        AlarmName=monitored.name,
        EvaluationPeriods=1,
        Threshold=2,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[monitored.topic],
        Metrics=queries,
    )


def test_an_alarm_compares_the_sum_of_two_metrics(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "math")
    rule = Rule(cloud, "math", {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}})
    _put(monitored, QUERIES)
    assert [query["Id"] for query in monitored.described["Metrics"]] == ["total", "a", "b"]
    for name, state in (("A", "OK"), ("B", "ALARM")):
        monitored.cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 1}])
        cloud.evaluate_alarms()
        assert monitored.state == state
    [mail] = monitored.receive()
    trigger = json.loads(mail["Message"])["Trigger"]
    assert [query["Id"] for query in trigger["Metrics"]] == ["total", "a", "b"]
    [event] = rule.receive()
    total, first, _ = event["detail"]["configuration"]["metrics"]
    assert total == {"id": "total", "expression": "FILL(a, 0) + FILL(b, 0)", "returnData": True}
    assert (first["metricStat"]["metric"]["name"], first["returnData"]) == ("A", False)
    assert json.loads(event["detail"]["state"]["reasonData"])["recentDatapoints"] == [2.0]


@pytest.mark.parametrize("queries", [QUERIES[1:], [{"Id": "total", "Expression": "RATE(a)"}, QUERIES[1]]])
def test_other_queries_are_refused(cloud: LocalCloud, queries: list[dict[str, Any]]) -> None:
    monitored = Monitored(cloud, f"refused-{len(queries)}-{queries[0]['Id']}")
    with expect_error("ValidationError"):
        _put(monitored, queries)
