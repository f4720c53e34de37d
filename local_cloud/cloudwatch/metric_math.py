"""Alarms on expressions over several metrics: as much of metric math as alarms on counts use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError

Value = float | None  # None without a datapoint
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {"SUM": sum, "MAX": max, "MIN": min}


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
        return _evaluate(ast.parse(expression, mode="eval").body, values)
    except ZeroDivisionError:
        return None
    except (SyntaxError, LookupError, TypeError, ValueError, RecursionError) as error:
        message = f"The local cloud does not evaluate the expression {expression!r}."
        raise ServiceError("ValidationError", message) from error


def _evaluate(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=sign, right=right):
            pair = _evaluate(left, values), _evaluate(right, values)
            return None if pair[0] is None or pair[1] is None else _OPERATORS[type(sign)](pair[0], pair[1])
        case ast.Call(
            func=ast.Name(id="FILL"), args=[metric, ast.Constant(value=int() | float() as filling)]
        ):
            value = _evaluate(metric, values)
            return float(filling) if value is None else value
        case ast.Call(func=ast.Name(id=name), args=[ast.List(elts=elements)]):
            known = [value for element in elements if (value := _evaluate(element, values)) is not None]
            return float(_AGGREGATES[name](known)) if known else None
        case _:
            raise ValueError(ast.dump(node))


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
