"""Functions of `stats` in SQL, and periods of time.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..query import Query
from ..syntax import Call, Duration, Expression, Number, Star
from .conditions import Translator
from .values import Sql, Value, call, case, cast, null_number, number, of_number, of_text, string, unsupported

TIME = exp.column("ts", quoted=True)  # milliseconds since 1970
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_CALENDAR = {"mo": "month", "q": "quarter", "y": "year"}
_SHOWN = "%Y-%m-%d %H:%M:%S.%g"


def shown_time(milliseconds: Sql) -> Sql:
    """A time as Logs Insights shows it: `2026-11-23 12:00:00.000`, UTC."""
    return call("strftime", _timestamp(milliseconds), string(_SHOWN))


def _timestamp(milliseconds: Sql) -> Sql:
    return call(
        "make_timestamp", exp.Mul(this=cast(milliseconds, "BIGINT"), expression=exp.Literal.number(1000))
    )


def period(node: Call, query: Query) -> Value:
    """`bin(5m)`: the beginning of the period an event falls into."""
    match node.arguments:
        case (Duration(count=count, unit=unit),) if count and unit in _MILLISECONDS:
            length = number(count * _MILLISECONDS[unit])
            start = exp.Mul(
                this=call("floor", exp.Div(this=TIME.copy(), expression=length)), expression=length.copy()
            )
            return of_text(shown_time(start))
        case (Duration(count=1, unit=unit),) if unit in _CALENDAR:
            return of_text(
                call(
                    "strftime", call("date_trunc", string(_CALENDAR[unit]), _timestamp(TIME)), string(_SHOWN)
                )
            )
        case _:
            raise unsupported(query, node, "bin takes one period", "write: bin(5m)")


def aggregate(node: Expression, translator: Translator) -> Value:
    """The value of one aggregate over a group."""
    match node:
        case Call(name="count", arguments=() | (Star(),)):
            return of_number(call("count", exp.Star()))
        case Call(name="pct" | "percentile", arguments=(argument, Number(value=percent))):
            amount = translator.value(argument).as_number
            return of_number(call("quantile_cont", amount, exp.Literal.number(str(percent / 100))))
        case Call(name=name, arguments=(argument,)) if name in _AGGREGATES:
            return _AGGREGATES[name](translator.value(argument))
        case Call(name=name):
            raise unsupported(translator.query, node, f"the aggregate {name} can not be run locally")
        case _:
            raise unsupported(translator.query, node, "stats takes aggregates", "write: count(*) as events")


def _count(value: Value) -> Value:
    return of_number(call("count", case((value.present, number(1)))))


def _distinct(value: Value) -> Value:
    return of_number(exp.Count(this=exp.Distinct(expressions=[value.as_text])))


def _of_numbers(name: str) -> Callable[[Value], Value]:
    return lambda value: of_number(call(name, value.as_number))


def _extreme(name: str) -> Callable[[Value], Value]:
    """Of the numbers; of the texts where there are no numbers, such as times."""

    def build(value: Value) -> Value:
        numbers, texts = call(name, value.as_number), call(name, value.text)
        none = exp.Is(this=numbers.copy(), expression=exp.Null())
        return Value(case((none, texts)), numbers)

    return build


def _texts(name: str) -> Callable[[Value], Value]:
    return lambda value: of_text(call(name, value.as_text))


def _at(name: str) -> Callable[[Value], Value]:
    """The value of the earliest or the latest event that has one."""
    return lambda value: Value(call(name, value.as_text, case((value.present, TIME))), null_number())


_AGGREGATES: dict[str, Callable[[Value], Value]] = {
    "count": _count,
    "count_distinct": _distinct,
    "countdistinct": _distinct,
    "sum": _of_numbers("sum"),
    "avg": _of_numbers("avg"),
    "stddev": _of_numbers("stddev"),
    "variance": _of_numbers("variance"),
    "median": _of_numbers("median"),
    "min": _extreme("min"),
    "max": _extreme("max"),
    "sortsfirst": _texts("min"),
    "sortslast": _texts("max"),
    "earliest": _at("arg_min"),
    "latest": _at("arg_max"),
}
