"""Alarms on expressions over several metrics: as much of metric math as alarms on counts use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from cis_insights import QueryError
from cis_insights.metric_math import MetricMath

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError

Value = float | None  # None without a datapoint
_NEIGHBOURS = re.compile(r"\b(?:RATE|DIFF|RUNNING_SUM)\b|\bREPEAT\b", re.IGNORECASE)


def find_result(queries: Sequence[Parameters]) -> Parameters:
    """The query whose values an alarm compares: the only one that returns data.

    Raises:
        ServiceError: if there is none, or several.
    """
    returning = [query for query in queries if str(query.get("ReturnData", True)).lower() == "true"]
    if len(returning) != 1:
        message = "Exactly one element of the metrics list should return data."
        raise ServiceError("ValidationError", message)
    return returning[0]


def check_queries(queries: Sequence[Parameters]) -> None:
    """Refuses expressions that are not evaluated here.

    Raises:
        ServiceError: with the first of them.
    """
    find_result(queries)
    values = dict.fromkeys((query["Id"] for query in queries), 1.0)
    for query in queries:
        if "Expression" in query:
            evaluate(query["Expression"], values)


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """The value of an expression in one period.

    Raises:
        ServiceError: for an expression that is not evaluated here.
    """
    try:
        if _NEIGHBOURS.search(expression):
            raise ValueError("one period at a time is evaluated here")
        found = MetricMath({name: (value,) for name, value in values.items()}).evaluate(expression)
        if isinstance(found, list):
            raise ValueError("several series are not one value")
    except (QueryError, ValueError) as error:
        message = f"The local cloud does not evaluate the expression {expression!r}."
        raise ServiceError("ValidationError", message) from error
    value = found[0] if isinstance(found, tuple) else found
    return None if value is None or math.isnan(value) else value


def build_record(build: Callable[[str, Parameters], Parameters]) -> Callable[[str, Parameters], Parameters]:
    """Returns MiniStack's record of an alarm, which it makes of a single metric only."""

    def build_alarm(name: str, request: Parameters) -> Parameters:
        if not request.get("Metrics"):
            return build(name, request)
        check_queries(request["Metrics"])
        periods = [int(q["MetricStat"]["Period"]) for q in request["Metrics"] if "MetricStat" in q]
        single = {"MetricName": "-", "Namespace": "-", "Statistic": "Sum", "Period": max(periods, default=60)}
        alarm = build(name, {key: value for key, value in request.items() if key != "Metrics"} | single)
        unset = dict.fromkeys(("MetricName", "Namespace", "Statistic", "ExtendedStatistic"))
        return alarm | unset | {"Metrics": request["Metrics"]}

    return build_alarm


def put(request: Parameters) -> None:
    """Creates or replaces an alarm on an expression."""
    provisioners = load_module("services.cloudformation.provisioners")
    provisioners._cw_metric_alarm_put(request["AlarmName"], request)
