"""Times in SQL: milliseconds since 1970, the text that Logs Insights shows of them, and periods.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-datetime
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from sqlglot import exp

from ..logs_insights.syntax import Duration, Expression
from .values import Sql, SqlValue, call, cast, null_number, number, of_number, string

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


def time_of(milliseconds: Sql) -> SqlValue:
    """A time: it is shown as a text, and compares with milliseconds since 1970."""
    return SqlValue(_shown(milliseconds), cast(milliseconds, "DOUBLE"), is_time=True)


def _shown(milliseconds: Sql) -> Sql:
    """`2026-11-23 12:00:00.000`, UTC."""
    rest = exp.Mod(this=cast(milliseconds, "BIGINT"), expression=exp.Literal.number(1000))
    digits = call("lpad", cast(rest, "VARCHAR"), exp.Literal.number(3), string("0"))
    return _joined(call("strftime", _timestamp(milliseconds), string(_SHOWN)), string("."), digits)


def _joined(*texts: Sql) -> Sql:
    return reduce(lambda left, right: exp.DPipe(this=left, expression=right, safe=True), texts)


def _timestamp(milliseconds: Sql) -> Sql:
    return call(
        "make_timestamp", exp.Mul(this=cast(milliseconds, "BIGINT"), expression=exp.Literal.number(1000))
    )


def from_millis(value: SqlValue) -> SqlValue:
    """`fromMillis`: the time that a number is."""
    return _tried(time_of(value.as_number))


def to_millis(value: SqlValue) -> SqlValue:
    """`toMillis`: the number that a time is."""
    return of_number(value.as_number)


def period(milliseconds: Sql, length: Expression, *, up: bool = False) -> SqlValue | None:
    """The beginning of the period that a time falls into, or the next; None if the length is not a period."""
    match _in_units(length):
        case Duration(count=count, unit=unit) if count and unit in _MILLISECONDS:
            size = number(min(count, _LONGEST.get(unit, count)) * _MILLISECONDS[unit])
            part = call("ceil" if up else "floor", exp.Div(this=milliseconds.copy(), expression=size))
            return _tried(time_of(exp.Mul(this=part, expression=size.copy())))
        case Duration(count=1, unit=unit) if unit in _CALENDAR and not up:
            first = call("date_trunc", string(_CALENDAR[unit]), _timestamp(milliseconds))
            return SqlValue(_joined(call("strftime", first, string(_SHOWN)), string(".000")), null_number())
        case _:
            return None


def _tried(value: SqlValue) -> SqlValue:
    """A time without a text where the number is beyond all calendars."""
    return replace(value, text=call("try", value.text))


def _in_units(length: Expression) -> Expression:
    """A period in the short name of its unit."""
    if not isinstance(length, Duration):
        return length
    return replace(length, unit=_UNITS.get(length.unit.removesuffix("s"), length.unit))
