"""Functions of `stats` in SQL.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..logs_insights.function_names import FUNCTION_NAMES, describe_unknown
from ..logs_insights.syntax import Call, Expression, Field, Number, Star
from .conditions import Translator
from .functions import FUNCTIONS
from .times import TIME
from .values import SqlValue, call, case, number, of_number, of_text, unsupported


class Totals(Translator):
    """Translates a column of `stats`: aggregates, what is computed of them, and columns before it.

    Args:
        rows: the translator over the rows that are summed up.
    """

    def __init__(self, rows: Translator) -> None:
        self.rows, self.named = rows, dict[str, SqlValue]()
        super().__init__(rows.query, self.named.__getitem__)

    def value(self, node: Expression) -> SqlValue:
        """As for every expression, of the values of a group."""
        match node:
            case Field(name=name) if name not in self.named:
                raise unsupported(self.query, node, "stats takes aggregates", "write: count(*) as events")
            case Call(name=name) if name not in FUNCTIONS:
                return aggregate(node, self.rows)
            case _:
                return super().value(node)


def aggregate(node: Expression, translator: Translator) -> SqlValue:
    """The value of one aggregate over a group."""
    match node:
        case Call(name="count", arguments=() | (Star(),)):
            return of_number(call("count", exp.Star()))
        case Call(name="pct" | "percentile", arguments=(argument, Number(value=percent))):
            amount = translator.value(argument).as_number
            return of_number(call("quantile_cont", amount, exp.Literal.number(str(percent / 100))))
        case Call(name=name, arguments=(argument,)) if name in AGGREGATES:
            return AGGREGATES[name](translator.value(argument))
        case Call(name=name) if name not in FUNCTION_NAMES:
            raise unsupported(translator.query, node, *describe_unknown(name))
        case Call(name="pct" | "percentile" as name):
            message, hint = f"{name} takes a field and a number", f"write: {name}(a, 95)"
            raise unsupported(translator.query, node, message, hint)
        case Call(name=name, arguments=given) if name in AGGREGATES:
            message, hint = f"{name} does not take {len(given)} arguments", f"write: {name}(a)"
            raise unsupported(translator.query, node, message, hint)
        case _:
            name = getattr(node, "name", "")
            message = f"the aggregate {name} cannot be run locally"
            raise unsupported(translator.query, node, message, "it runs in CloudWatch only")


def _count(value: SqlValue) -> SqlValue:
    return of_number(call("count", case((value.present, number(1)))))


def _distinct(value: SqlValue) -> SqlValue:
    return of_number(exp.Count(this=exp.Distinct(expressions=[value.as_text])))


def _of_numbers(name: str) -> Callable[[SqlValue], SqlValue]:
    return lambda value: of_number(call(name, value.as_number))


def _extreme(name: str) -> Callable[[SqlValue], SqlValue]:
    """Extreme of the numbers, or of the texts if there are no numbers; a time if the values are times."""

    def build(value: SqlValue) -> SqlValue:
        if value.is_time:
            return SqlValue(call(name, value.text), call(name, value.number), is_time=True)
        numbers, texts = call(name, value.as_number), call(name, value.text)
        none = exp.Is(this=numbers.copy(), expression=exp.Null())
        return SqlValue(case((none, texts)), numbers)

    return build


def _texts(name: str) -> Callable[[SqlValue], SqlValue]:
    return lambda value: of_text(call(name, value.as_text))


def _at(name: str) -> Callable[[SqlValue], SqlValue]:
    """The value of the earliest or the latest event that has one."""

    def build(value: SqlValue) -> SqlValue:
        when = case((value.present, TIME))
        text, amount = (call(name, part, when) for part in (value.as_text, value.as_number))
        return SqlValue(text, amount, is_time=True) if value.is_time else of_text(text)

    return build


AGGREGATES: dict[str, Callable[[SqlValue], SqlValue]] = {
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
