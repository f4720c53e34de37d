"""The first step of a query: a row for each event, its fields taken out of the JSON once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from ..logs_insights.normal_form import fields_of
from ..logs_insights.query import Query
from ..logs_insights.syntax import Display, Fields, Parse, Stats
from .fields import describe_fields, open_fields, store_values
from .times import TIME, time_of
from .values import SqlValue, call, cast, of_text

TABLE = "log"
# Fields that Logs Insights adds to an event.
OWN = {
    "@message": of_text(exp.column("message")),
    "@timestamp": time_of(TIME),
    "@ingestionTime": time_of(exp.column("ingested")),
    "@logStream": of_text(exp.column("stream")),
    "@log": of_text(exp.column("grp")),
    "@ptr": of_text(cast(exp.column("ptr"), "VARCHAR")),
}
ROW = exp.column("#row", quoted=True)  # the place of a row


def find_fields(query: Query) -> set[str]:
    """The fields of events that a query looks at, and not those that an earlier stage has defined."""
    found: set[str] = set()
    defined: set[str] = set()
    for stage in query.stages:
        found |= {field.name for field in fields_of(stage)} - defined
        match stage:
            case Fields(columns=columns) | Display(columns=columns):
                defined |= {column.alias for column in columns if column.alias}
            case Parse(names=names):
                defined |= set(names)
            case Stats():
                break  # only its columns are left
            case _:
                pass
    return found


def select_events(names: Iterable[str]) -> tuple[exp.Select, dict[str, SqlValue]]:
    """All events of the table, newest first, and the values of some fields in them.

    Args:
        names: of the fields, besides those that Logs Insights adds.
    """
    wanted = sorted({*names} - OWN.keys())
    order = exp.Ordered(this=TIME.copy(), desc=True), exp.Ordered(this=exp.column("ptr"), desc=True)
    row = exp.Window(this=call("row_number"), order=exp.Order(expressions=list(order)))
    taken, columns = open_fields(wanted)
    own, values = store_values(OWN)
    found = describe_fields(exp.column("message"), wanted)
    parsed = exp.select(exp.Star(), *found).from_(TABLE, copy=False).subquery("events", copy=False)
    placed = exp.alias_(row, ROW.name, quoted=True, copy=False)
    select = exp.select(placed, TIME.copy(), *own, *taken).from_(parsed, copy=False)
    return select, columns | values
