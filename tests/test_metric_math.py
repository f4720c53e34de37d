"""Metric math over series, with AWS's page for each function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import pytest

from cis_insights import QueryError
from cis_insights.metric_math import MetricMath, Value

A, B, GAP = (1.0, 2.0, 4.0), (10.0, 0.0, 2.0), (5.0, None, 7.0)
MATH = MetricMath({"a": A, "b": B, "gap": GAP}, period=60, start=600)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b", (11.0, 2.0, 6.0)),
        ("a - 1", (0.0, 1.0, 3.0)),
        ("a / b", (0.1, None, 2.0)),
        ("a ^ 2", (1.0, 4.0, 16.0)),
        ("-a", (-1.0, -2.0, -4.0)),
        ("a + gap", (6.0, None, 11.0)),
        ("a > 1 && b > 1", (0.0, 0.0, 1.0)),
        ("a > 3 || b > 5", (1.0, 0.0, 1.0)),
        ("SUM([a, b])", (11.0, 2.0, 6.0)),
        ("SUM(METRICS())", (16.0, 2.0, 13.0)),
        ('SUM(METRICS("a"))', (6.0, 2.0, 11.0)),
        ("MAX([a, gap])", (5.0, 2.0, 7.0)),
        ("SUM(a)", 7.0),
        ("AVG(gap)", 6.0),
        ("FILL(gap, 0)", (5.0, 0.0, 7.0)),
        ("FILL(gap, REPEAT)", (5.0, 5.0, 7.0)),
        ("DIFF(a)", (None, 1.0, 2.0)),
        ("RATE(a)", (None, 1 / 60, 2 / 60)),
        ("RUNNING_SUM(a)", (1.0, 3.0, 7.0)),
        ("RUNNING_SUM(gap)", (5.0, 5.0, 12.0)),
        ("IF(a > 1, a, 0)", (0.0, 2.0, 4.0)),
        ("IF(a > 1, a)", (None, 2.0, 4.0)),
        ("IF(a > 1, 1, b)", (10.0, 1.0, 1.0)),
        ("PERIOD(a)", (60.0, 60.0, 60.0)),
        ("EPOCH(gap)", (600.0, None, 720.0)),
        ("TIME_SERIES(SUM(a) * 2)", (14.0, 14.0, 14.0)),
        ("IF(EPOCH(a) > MAX(EPOCH(a)) - 60, a, 0)", (0.0, 0.0, 4.0)),
        ("METRIC_COUNT(METRICS())", 3.0),
        ("ABS(a - 3)", (2.0, 1.0, 1.0)),
    ],
)
def test_an_expression_has_a_value(expression: str, value: Value) -> None:
    assert MATH.evaluate(expression) == value


def test_an_expression_over_all_metrics_yields_a_series_each() -> None:
    assert MATH.evaluate_series("FILL(METRICS(), 0)") == [A, B, (5.0, 0.0, 7.0)]


def test_a_number_is_a_series_where_one_is_drawn() -> None:
    assert MATH.evaluate_series("SUM(b)") == [(12.0, 12.0, 12.0)]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "c",
        "a +",
        "SEARCH('x', 'Sum', 300)",
        "ANOMALY_DETECTION_BAND(a)",
        "__import__('os')",
        "a.b",
        "[a] + [b]",
        "TIME_SERIES(a)",
        "SUM(1, 2)",
        "FILL(a, b)",
        "(" * 500,
        "a" * 3_000,
    ],
)
def test_what_is_not_evaluated_is_refused(expression: str) -> None:
    with pytest.raises(QueryError):
        MATH.evaluate(expression)
