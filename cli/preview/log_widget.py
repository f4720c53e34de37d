"""A log widget: its query's rows, and what a box has to know to narrow them in the browser.

A table is shipped with more rows than it shows, so that a box finds some; a count is shipped by the boxes'
columns as well, so that the browser adds up those that are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cis_insights import QueryError
from cis_insights.logs_insights.syntax import Stats

from .boxes import Box
from .log_queries import SHIPPED_COUNTS, Asked, list_columns, prepare_query, read_bin
from .values import Found, Row, Values

MAX_CELL = 300  # characters
VIEWS = ("table", "bar", "pie", "timeSeries")
Drawn = dict[str, Any]


def draw_log_widget(properties: Mapping[str, Any], boxes: Sequence[Box], values: Values) -> Drawn:
    """What is drawn of a log widget.

    Raises:
        QueryError: if its query cannot be read, or not be run here.
    """
    view = str(properties.get("view", "table"))
    if view not in VIEWS:
        return {"kind": "undrawn", "why": f"a log widget with the view {view}"}
    asked = prepare_query(str(properties.get("query", "")), boxes, values.time.step)
    counts, is_whole = _draw_counts(asked, values)
    found = Found(rows=()) if is_whole else values.read_rows(asked.text)
    rows = [row for row in found.rows if _passes(row, asked)]
    return {
        "kind": "rows",
        "view": view,
        "stacked": bool(properties.get("stacked")),
        **pack_rows(rows, list_columns(asked.query), only=not asked.counts),
        **counts,
        "boxes": {box: [one.name, one.takes_absent] for box, one in asked.columns.items()},
        "limit": asked.limit,
        "bins": _find_bins(asked, values),
        "notes": [note for note in (found.note, _describe_unused(boxes, asked)) if note],
    }


def _passes(row: Row, asked: Asked) -> bool:
    """Whether a row is left by the boxes as they are at first; a column that is absent passes no test."""
    tests = ((asked.columns[box], test) for box, test in asked.defaults.items())
    return all(
        (one.takes_absent or one.name in row) and test.search(row.get(one.name, "")) for one, test in tests
    )


def _draw_counts(asked: Asked, values: Values) -> tuple[Drawn, bool]:
    """The counts by the boxes' columns too, which the browser adds up; and whether they are all."""
    if not asked.counts:
        return {}, False
    found = values.read_rows(asked.counts.text)
    names = [one.name for one in asked.columns.values()]
    packed = pack_rows(found.rows, [*asked.counts.keys, *names, *asked.counts.folds])
    is_whole = len(found.rows) < SHIPPED_COUNTS and not found.note
    note = "" if is_whole else f"The boxes narrow the {SHIPPED_COUNTS:,} most frequent counts."
    counts = {"keys": asked.counts.keys, "folds": asked.counts.folds, "sort": asked.counts.sort}
    return {"counts": {**counts, **packed, "note": note, "whole": is_whole}}, is_whole


def _find_bins(asked: Asked, values: Values) -> list[int] | None:
    """The periods of `bin(15m)`, if the rows are counted by time."""
    keys = [key for stage in asked.query.stages if isinstance(stage, Stats) for key in stage.keys]
    step = next((seconds for key in keys if (seconds := read_bin(key.expression))), None)
    if not step:
        return None
    time = values.time.with_step(max(step, values.time.step))
    return [time.start, time.step, time.count]


def _describe_unused(boxes: Sequence[Box], asked: Asked) -> str:
    labels = [box.label for box in boxes if box.id not in asked.columns]
    return f"Not narrowed by: {', '.join(labels)}." if labels else ""


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
    if kept.isprintable():
        return kept
    return "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in kept)


def explain_error(error: QueryError) -> str:
    """The first fault, in words."""
    return f"its query is not run here: {error.faults[0].message}"
