"""A log widget: its query's rows, and what a box has to know to narrow them in the browser.

A table is shipped with more rows than it shows, so that a box finds some; a count is shipped by the boxes'
columns as well, so that the browser adds up those that are left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights import Query, QueryError, parse_query
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import Call, Column, Display, Field, Fields, Limit, Sort, Stats

from .boxes import Box, find_boxed_columns
from .values import Row, Values

SHIPPED_ROWS, SHIPPED_COUNTS = 200, 2_000
MAX_CELL = 300  # characters
DEFAULT_LIMIT = 10_000  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
VIEWS = ("table", "bar", "pie", "timeSeries")
_SOURCE = re.compile(r"\s*SOURCE\s+(?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*\s*\|", re.I)
_FOLDS = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
Drawn = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it is asked for the page, and what the browser does with its rows."""

    text: str
    columns: Mapping[str, str]  # that boxes narrow, by box
    limit: int  # rows that the widget shows
    counted: Drawn | None = None  # how counts are added up again; None for plain rows


def strip_source(text: str) -> str:
    """A query without the command that names its log groups, which only a dashboard has."""
    return _SOURCE.sub("", text, count=1).strip()


def draw_log_widget(properties: Mapping[str, Any], boxes: Sequence[Box], values: Values) -> Drawn:
    """What is drawn of a log widget.

    Raises:
        QueryError: if its query cannot be read, or not be run here.
    """
    view = str(properties.get("view", "table"))
    if view not in VIEWS:
        return {"kind": "undrawn", "why": f"a log widget with the view {view}"}
    text = strip_source(str(properties.get("query", "")))
    query, asked = parse_query(text), prepare_query(text, boxes)
    found = values.read_rows(asked.text)
    used = set(asked.columns)
    unused = [box.label for box in boxes if box.id not in used]
    return {
        "kind": "rows",
        "view": view,
        "stacked": bool(properties.get("stacked")),
        **pack_rows(found.rows, list_columns(query)),
        "boxes": dict(asked.columns),
        "limit": asked.limit,
        "counted": asked.counted,
        "notes": [note for note in (found.note, _describe_unused(unused)) if note],
        "query": text,
    }


def _describe_unused(labels: Sequence[str]) -> str:
    return f"Not narrowed by {', '.join(labels)}." if labels else ""


def prepare_query(text: str, boxes: Sequence[Box]) -> Asked:
    """A widget's query as it is asked for the page.

    Raises:
        QueryError: if it cannot be read.
    """
    query = parse_query(text)
    columns = find_boxed_columns(query, boxes)
    stats = [stage for stage in query.stages if isinstance(stage, Stats)]
    limit = next((s.count for s in reversed(query.stages) if isinstance(s, Limit)), DEFAULT_LIMIT)
    limit = limit if isinstance(limit, int) else DEFAULT_LIMIT
    if not stats:
        return Asked(_write_longer(query, text), columns, min(limit, SHIPPED_ROWS))
    if len(stats) > 1 or not columns:
        return Asked(text, {}, limit)
    return _prepare_counts(query, stats[0], text, columns, limit)


def _write_longer(query: Query, text: str) -> str:
    """The query with room for what boxes leave out."""
    last = query.stages[-1]
    shorter = text[: last.span.start].rstrip().rstrip("|") if isinstance(last, Limit) else text
    return f"{shorter.rstrip()}\n| limit {SHIPPED_ROWS}"


def _prepare_counts(query: Query, stats: Stats, text: str, columns: Mapping[str, str], limit: int) -> Asked:
    """Counts by the boxes' columns too, the most frequent of them, and how they are added up."""
    folds = [
        _FOLDS.get(one.expression.name, "") if isinstance(one.expression, Call) else ""
        for one in stats.aggregates
    ]
    behind = query.stages[query.stages.index(stats) + 1 :]
    if not all(folds) or not all(isinstance(stage, Sort | Limit | Display) for stage in behind):
        return Asked(text, {}, limit)
    keys = [_name(one) for one in stats.keys]
    more = [name for name in dict.fromkeys(columns.values()) if name not in keys]
    by = "" if not more else f", {', '.join(more)}" if keys else f" by {', '.join(more)}"
    names = [_name(one) for one in stats.aggregates]
    asked = f"{text[: stats.span.end].rstrip()}{by}\n| sort {names[0]} desc\n| limit {SHIPPED_COUNTS}"
    sort = [
        [print_expression(key.expression), key.direction]
        for s in behind
        if isinstance(s, Sort)
        for key in s.keys
    ]
    counted = {"keys": keys, "folds": dict(zip(names, folds, strict=True)), "sort": sort}
    return Asked(asked, columns, limit, counted)


def _name(column: Column) -> str:
    match column:
        case Column(alias=str(alias)):
            return alias
        case Column(expression=Field(name=name)):
            return name
        case _:
            return print_expression(column.expression)


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


def pack_rows(rows: Sequence[Row], columns: Sequence[str], *, only: bool = False) -> Drawn:
    """Rows as lists in the order of their columns; a pointer to a record is nothing to look at.

    Args:
        only: whether other columns than these are left out.
    """
    filled = {name for row in rows for name in row if name != "@ptr"}
    names = dict.fromkeys([*columns, *([] if only else sorted(filled))])
    shown = [name for name in names if name in filled]
    return {"columns": shown, "rows": [[clean_text(row.get(name, "")) for name in shown] for row in rows]}


def clean_text(text: str) -> str:
    """A text without what would hide or reverse others, and cut where nobody reads on."""
    kept = text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}\u2026"
    return "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in kept)


def explain_error(error: QueryError) -> str:
    """The first fault, in words."""
    return f"its query is not run here: {error.faults[0].message}"
