"""The queries that a log widget's becomes: without boxes, with more rows, with counts by more columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cis_insights import Query, parse_query
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import (
    Call,
    Column,
    Display,
    Duration,
    Expression,
    Field,
    Fields,
    Filter,
    Limit,
    Sort,
    Stage,
    Stats,
)

from .boxes import Box, Narrowed, find_boxed_columns, is_boxed

SHIPPED_ROWS, SHIPPED_COUNTS = 120, 2_000
DEFAULT_LIMIT = 10_000  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
_SOURCE = re.compile(r"\s*SOURCE\s+(?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*\s*\|", re.I)
_FOLDS = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
_TIMES = ("eventTime", "@timestamp")  # the latest of them is the largest
_UNITS = {"ms": 0, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "mo": 2_592_000, "y": 31_536_000}


@dataclass(frozen=True, slots=True)
class Counts:
    """A query for counts by more columns, and how the browser adds them up."""

    text: str
    keys: Sequence[str]
    folds: Mapping[str, str]  # sum, min or max by column
    sort: Sequence[tuple[str, str]]  # column, asc or desc


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it is asked for the page, and what the browser does with its rows."""

    query: Query  # as the widget has it
    text: str  # as it is asked
    columns: Mapping[str, Narrowed]  # by the box that narrows each
    limit: int  # rows that the widget shows
    counts: Counts | None = None  # None where rows are events, and where no box narrows them
    defaults: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # by box, tested here


def strip_source(text: str) -> str:
    """A query without the command that names its log groups, which only a dashboard has."""
    return _SOURCE.sub("", text, count=1).strip()


def prepare_query(text: str, boxes: Sequence[Box], step: int = 60) -> Asked:
    """A widget's query as it is asked for the page.

    Args:
        step: seconds of the shortest period that the page shows; `bin(15m)` becomes as long.

    Raises:
        QueryError: if it cannot be read.
    """
    query = _lengthen_bins(strip_source(text), step)
    text = query.text
    columns = find_boxed_columns(query, boxes)
    limits = [stage.count for stage in query.stages if isinstance(stage, Limit)]
    limit = limits[-1] if limits and isinstance(limits[-1], int) else DEFAULT_LIMIT
    stats = [stage for stage in query.stages if isinstance(stage, Stats)]
    if stats:
        counts = _prepare_counts(query, stats[0], columns) if len(stats) == 1 and columns else None
        return Asked(query, text, columns if counts else {}, limit, counts)
    plain = _write_plain(query, boxes)
    defaults = {box.id: re.compile(box.default) for box in boxes if box.id in columns}
    return Asked(query, plain, columns, min(limit, SHIPPED_ROWS), defaults=defaults)


def _lengthen_bins(text: str, step: int) -> Query:
    """A query whose counts by time are not finer than a screen shows."""
    query = parse_query(text)
    keys = [key.expression for stage in query.stages if isinstance(stage, Stats) for key in stage.keys]
    for key in reversed(keys):
        if (seconds := read_bin(key)) and seconds < step:
            text = f"{text[: key.span.start]}bin({step // 60}m){text[key.span.end :]}"
    return query if text == query.text else parse_query(text)


def read_bin(key: Expression) -> int | None:
    """Seconds of `bin(15m)`; None of another key."""
    match key:
        case Call(name="bin", arguments=[Duration(count=count, unit=unit)]):
            return count * _UNITS.get(unit, _UNITS.get(unit[0], 60))
        case _:
            return None


def _write_plain(query: Query, boxes: Sequence[Box]) -> str:
    """The query without the filter of the boxes, and with room for what they leave out."""
    left_out: list[Stage] = [
        one for one in query.stages if isinstance(one, Filter) and is_boxed(one.condition, boxes)
    ]
    if isinstance(query.stages[-1], Limit):
        left_out.append(query.stages[-1])
    return write_stages(query, left_out, SHIPPED_ROWS)


def write_stages(query: Query, without: Sequence[Stage], limit: int) -> str:
    """The text of a query without some stages, with a limit at its end."""
    kept = [stage for stage in query.stages if not any(stage is one for one in without)]
    parts = [query.text[stage.span.start : stage.span.end].strip() for stage in kept]
    return "\n| ".join([*parts, f"limit {limit}"])


def _prepare_counts(query: Query, stats: Stats, columns: Mapping[str, Narrowed]) -> Counts | None:
    """Counts by the boxes' columns too, the most frequent of them; None for what cannot be added up."""
    named = {_name(one): one.expression for one in stats.aggregates}
    folds = {name: _find_fold(one) for name, one in named.items()}
    place = query.stages.index(stats)
    behind = query.stages[place + 1 :]
    if not all(folds.values()) or not all(isinstance(stage, Sort | Limit | Display) for stage in behind):
        return None
    keys = [_name(one) for one in stats.keys]
    more = [name for name in dict.fromkeys(one.name for one in columns.values()) if name not in keys]
    # In one order, so that widgets that count by the same ask the same.
    by = ", ".join(sorted([print_expression(key.expression) for key in stats.keys] + more))
    head = query.text[query.stages[0].span.start : stats.span.start]
    aggregates = ", ".join(_define(name, print_expression(one)) for name, one in named.items())
    text = f"{head}stats {aggregates} by {by}\n| sort {next(iter(named))} desc\n| limit {SHIPPED_COUNTS}"
    sort = [
        (print_expression(k.expression), k.direction) for s in behind if isinstance(s, Sort) for k in s.keys
    ]
    return Counts(text, keys, folds, sort)


def _find_fold(aggregate: Expression) -> str:
    """How two values of an aggregate become one; empty where they cannot."""
    match aggregate:
        case Call(name="latest" | "earliest" as name, arguments=[Field(name=field)]) if field in _TIMES:
            return "max" if name == "latest" else "min"
        case Call(name=name):
            return _FOLDS.get(name, "")
        case _:
            return ""


def _define(name: str, expression: str) -> str:
    return expression if name == expression else f"{expression} as {name}"


def list_columns(query: Query) -> list[str]:
    """The columns of a query in their order, as far as its text says them."""
    names: list[str] = []
    for stage in query.stages:
        match stage:
            case Fields(columns=columns):
                names += map(_name, columns)
            case Display(columns=columns):
                names = list(map(_name, columns))
            case Stats(aggregates=aggregates, keys=keys):
                names = [*map(_name, keys), *map(_name, aggregates)]
            case _:
                pass
    return names


def _name(column: Column) -> str:
    match column:
        case Column(alias=str(alias)):
            return alias
        case Column(expression=Field(name=name)):
            return name
        case _:
            return print_expression(column.expression)
