"""Functions of `stats` in SQL, and periods of time.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from sqlglot import exp

from ..query import Query
from ..syntax import Call, Duration, Expression, Field, Number, Star
from .conditions import Translator
from .functions import FUNCTIONS
from .values import Sql, Value, call, case, cast, null_number, number, of_number, of_text, string, unsupported

TIME = exp.column("ts", quoted=True)  # milliseconds since 1970
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_CALENDAR = {"mo": "month", "q": "quarter", "y": "year"}
# Other names of the units, which may stand in the plural.
_UNITS = {
    "msec": "ms", "millisecond": "ms", "sec": "s", "second": "s", "min": "m", "minute": "m", "hr": "h",
    "hour": "h", "day": "d", "week": "w", "mon": "mo", "month": "mo", "qtr": "q", "quarter": "q", "yr": "y",
    "year": "y",
}  # fmt: skip
# A longer period is taken for this many units: `bin(300s)` is `bin(60s)`.
_LONGEST = {"ms": 1_000, "s": 60, "m": 60, "h": 24}
_SHOWN = "%Y-%m-%d %H:%M:%S"


def shown_time(milliseconds: Sql) -> Sql:
    """A time as Logs Insights shows it: `2026-11-23 12:00:00.000`, UTC."""
    rest = exp.Mod(this=cast(milliseconds, "BIGINT"), expression=exp.Literal.number(1000))
    digits = call("lpad", cast(rest, "VARCHAR"), exp.Literal.number(3), string("0"))
    return _joined(call("strftime", _timestamp(milliseconds), string(_SHOWN)), string("."), digits)


def _joined(*texts: Sql) -> Sql:
    return reduce(lambda left, right: exp.DPipe(this=left, expression=right, safe=True), texts)


def _timestamp(milliseconds: Sql) -> Sql:
    return call(
        "make_timestamp", exp.Mul(this=cast(milliseconds, "BIGINT"), expression=exp.Literal.number(1000))
    )


def period(node: Call, query: Query) -> Value:
    """`bin(5m)`: the beginning of the period an event falls into."""
    match tuple(map(_in_units, node.arguments)):
        case (Duration(count=count, unit=unit),) if count and unit in _MILLISECONDS:
            length = number(min(count, _LONGEST.get(unit, count)) * _MILLISECONDS[unit])
            start = exp.Mul(
                this=call("floor", exp.Div(this=TIME.copy(), expression=length)), expression=length.copy()
            )
            return of_text(shown_time(start))
        case (Duration(count=1, unit=unit),) if unit in _CALENDAR:
            first = call("date_trunc", string(_CALENDAR[unit]), _timestamp(TIME))
            return of_text(_joined(call("strftime", first, string(_SHOWN)), string(".000")))
        case _:
            raise unsupported(query, node, "bin takes one period", "write: bin(5m)")


def _in_units(argument: Expression) -> Expression:
    """A period in the short name of its unit."""
    if not isinstance(argument, Duration):
        return argument
    return replace(argument, unit=_UNITS.get(argument.unit.removesuffix("s"), argument.unit))


class Totals(Translator):
    """Translates a column of `stats`: aggregates, what is computed of them, and columns before it.

    Args:
        rows: the translator over the rows that are summed up.
    """

    def __init__(self, rows: Translator) -> None:
        self.rows, self.named = rows, dict[str, Value]()
        super().__init__(rows.query, self.named.__getitem__)

    def value(self, node: Expression) -> Value:
        """As for every expression, of the values of a group."""
        match node:
            case Field(name=name) if name not in self.named:
                raise unsupported(self.query, node, "stats takes aggregates", "write: count(*) as events")
            case Call(name=name) if name not in FUNCTIONS:
                return aggregate(node, self.rows)
            case _:
                return super().value(node)


def aggregate(node: Expression, translator: Translator) -> Value:
    """The value of one aggregate over a group."""
    match node:
        case Call(name="count", arguments=() | (Star(),)):
            return of_number(call("count", exp.Star()))
        case Call(name="pct" | "percentile", arguments=(argument, Number(value=percent))):
            amount = translator.value(argument).as_number
            return of_number(call("quantile_cont", amount, exp.Literal.number(str(percent / 100))))
        case Call(name=name, arguments=(argument,)) if name in AGGREGATES:
            return AGGREGATES[name](translator.value(argument))
        case _:
            name = getattr(node, "name", "")
            raise unsupported(translator.query, node, f"the aggregate {name} can not be run locally")


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


AGGREGATES: dict[str, Callable[[Value], Value]] = {
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
