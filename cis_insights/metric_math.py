"""Metric math over time series: as much of it as alarms and dashboards on counts use.

Arithmetic `+ - * / ^`, comparisons, `&& ||`, and the functions of `_FUNCTIONS`; an expression over several
series yields one, over `METRICS()` as many as there are. SEARCH, anomaly bands and the like are refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from .errors import Fault, QueryError, Span

Series: TypeAlias = tuple[float | None, ...]  # None where a period has no datapoint
Value: TypeAlias = "float | Series | list[Series]"
MAX_EXPRESSION = 2_048  # characters; https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.BitXor: operator.pow,  # ^ is power
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: lambda left, right: bool(left and right),
    ast.Or: lambda left, right: bool(left or right),
}
_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: math.fsum(values) / len(values),
}
_EACH: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}


@dataclass(frozen=True, slots=True)
class MetricMath:
    """Evaluates expressions over series of equal length.

    Args:
        series: by id.
        period: seconds of a datapoint.
        start: the time of the first datapoint, in seconds since 1970.
        metrics: the ids that `METRICS()` means; None for all.
    """

    series: Mapping[str, Series]
    period: int = 60
    start: int = 0
    metrics: tuple[str, ...] | None = None

    def evaluate(self, expression: str) -> Value:
        """A number, a series, or several.

        Raises:
            QueryError: for what is not evaluated here, or names an unknown id.
        """
        try:
            if len(expression) > MAX_EXPRESSION:
                raise ValueError(f"more than {MAX_EXPRESSION:,} characters")
            written = expression.replace("&&", " and ").replace("||", " or ").strip()
            return self._evaluate(ast.parse(written, mode="eval").body)
        except LookupError as error:
            raise _refuse(expression, f"there is no metric {error.args[0]}") from None
        except (SyntaxError, TypeError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise _refuse(expression, f"this expression is not evaluated here: {error}") from None

    def evaluate_series(self, expression: str) -> list[Series]:
        """As `evaluate`, a number as a series of it."""
        match self.evaluate(expression):
            case list(several):
                return several
            case tuple(one):
                return [one]
            case number:
                return [(float(number),) * self._length]

    @property
    def _length(self) -> int:
        return len(next(iter(self.series.values()), ()))

    def _time(self, one: Series) -> Series:
        times = (float(self.start + place * self.period) for place in range(len(one)))
        return tuple(None if value is None else time for value, time in zip(one, times, strict=True))

    @property
    def _metric_ids(self) -> tuple[str, ...]:
        return tuple(self.series) if self.metrics is None else self.metrics

    def _evaluate(self, node: ast.AST) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return self.series[name]
            case ast.List(elts=elements):
                return [one for element in elements for one in _as_list(self._evaluate(element))]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _combine(operator.sub, 0.0, self._evaluate(operand))
            case (
                ast.BinOp(left=left, op=sign, right=right)
                | ast.Compare(left=left, ops=[sign], comparators=[right])
            ):
                return _combine(_OPERATORS[type(sign)], self._evaluate(left), self._evaluate(right))
            case ast.BoolOp(op=sign, values=[first, *others]):
                value = self._evaluate(first)
                for other in others:
                    value = _combine(_OPERATORS[type(sign)], value, self._evaluate(other))
                return value
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name.upper(), arguments)
            case _:
                raise ValueError(f"{type(node).__name__} is unknown")

    def _call(self, name: str, arguments: Sequence[ast.expr]) -> Value:
        match name, arguments:
            case "METRICS", [ast.Constant(value=str(part))]:
                return [self.series[key] for key in self._metric_ids if part in key]
            case "METRICS", []:
                return [self.series[key] for key in self._metric_ids]
            case "FILL", [metric, ast.Name(id="REPEAT")]:
                return _map(_repeat, self._evaluate(metric))
            case "FILL", [metric, filling]:
                number = self._evaluate(filling)
                if not isinstance(number, float):
                    raise ValueError("FILL takes a number or REPEAT")
                return _map(
                    lambda one: tuple(number if v is None else v for v in one), self._evaluate(metric)
                )
            case "IF", [condition, then, *otherwise]:
                last = self._evaluate(otherwise[0]) if otherwise else None
                return _choose(self._evaluate(condition), self._evaluate(then), last)
            case "PERIOD", [metric]:
                return _map(lambda one: (float(self.period),) * len(one), self._evaluate(metric))
            case "EPOCH", [metric]:
                return _map(self._time, self._evaluate(metric))
            case "TIME_SERIES", [value]:
                return (_as_number(self._evaluate(value)),) * self._length
            case "METRIC_COUNT", [metrics]:
                return float(len(_as_list(self._evaluate(metrics))))
            case _, [argument]:
                return self._call_single(name, self._evaluate(argument))
            case _:
                raise ValueError(f"{name} is unknown, or takes other arguments")

    def _call_single(self, name: str, value: Value) -> Value:
        match name:
            case "SUM" | "MAX" | "MIN" | "AVG":
                return _aggregate(_AGGREGATES[name], value)
            case "ABS" | "CEIL" | "FLOOR":
                return _map(
                    lambda one: tuple(None if v is None else float(_EACH[name](v)) for v in one), value
                )
            case "DIFF":
                return _map(_difference, value)
            case "RATE":
                return _map(
                    lambda one: tuple(None if v is None else v / self.period for v in _difference(one)), value
                )
            case "RUNNING_SUM":
                return _map(_add_up, value)
            case _:
                raise ValueError(f"{name} is unknown")


def _refuse(expression: str, message: str) -> QueryError:
    shown = expression[:200]
    return QueryError(Fault(message, Span(0, len(shown)), shown, "", "<expression>"))


def _as_list(value: Value) -> list[Series]:
    match value:
        case list():
            return value
        case tuple():
            return [value]
        case _:
            raise ValueError("a number is not a series")


def _as_number(value: Value) -> float:
    if not isinstance(value, float):
        raise ValueError("a series is not a number")
    return value


def _map(function: Callable[[Series], Series], value: Value) -> Value:
    match value:
        case list():
            return [function(one) for one in value]
        case tuple():
            return function(value)
        case number:
            found = function((number,))[0]
            return math.nan if found is None else found


def _combine(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """A datapoint where both sides have one; a division by zero has none."""

    def apply(one: float | None, other: float | None) -> float | None:
        try:
            return None if one is None or other is None else float(function(one, other))
        except ZeroDivisionError:
            return None

    match left, right:
        case list(), list():
            raise ValueError("two lists of series cannot be combined")
        case list(), _:
            return [_as_list(_combine(function, one, right))[0] for one in left]
        case _, list():
            return [_as_list(_combine(function, left, one))[0] for one in right]
        case tuple(), tuple():
            return tuple(map(apply, left, right))
        case tuple(), float():
            return tuple(apply(one, right) for one in left)
        case float(), tuple():
            return tuple(apply(left, one) for one in right)
        case float(), float():
            found = apply(left, right)
            return math.nan if found is None else found
        case _:
            raise TypeError("no values")


def _aggregate(function: Callable[[Sequence[float]], float], value: Value) -> Value:
    """One series: a number, over its datapoints. Several: a series, period by period."""
    match value:
        case list():
            columns = ([v for v in column if v is not None] for column in zip(*value, strict=True))
            return tuple(float(function(column)) if column else None for column in columns)
        case tuple():
            known = [v for v in value if v is not None]
            return float(function(known)) if known else math.nan
        case number:
            return number


def _choose(condition: Value, then: Value, otherwise: Value | None) -> Value:
    if isinstance(condition, float):
        chosen = then if condition else otherwise
        return math.nan if chosen is None else chosen
    series = _as_list(condition)[0]

    def pick(value: Value | None, place: int) -> float | None:
        return value[place] if isinstance(value, tuple) else value if isinstance(value, float) else None

    return tuple(
        None if asked is None else pick(then if asked else otherwise, place)
        for place, asked in enumerate(series)
    )


def _difference(one: Series) -> Series:
    """Each datapoint less the one before it."""
    found: list[float | None] = []
    before: float | None = None
    for value in one:
        found.append(None if value is None or before is None else value - before)
        before = before if value is None else value
    return tuple(found)


def _repeat(one: Series) -> Series:
    found: list[float | None] = []
    for value in one:
        found.append(found[-1] if value is None and found else value)
    return tuple(found)


def _add_up(one: Series) -> Series:
    return tuple(accumulate(value or 0.0 for value in one))
