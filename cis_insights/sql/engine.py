"""Runs a query over log events in an in-memory DuckDB that can touch nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from ..errors import Fault, QueryError, Span
from ..events.decode import replace_lone_surrogates
from ..logs_insights.parser import parse_query
from ..logs_insights.query import Query
from .stages import to_sql

_PARAMETER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Hash joins for each list of names, and parts of conditions that are alike: looking for them costs more than
# it saves on some hundred rows.
DISABLED_OPTIMIZERS = "in_clause,common_subexpressions"
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "memory_limit": "1GB",
    "threads": "2",
    "disabled_optimizers": DISABLED_OPTIMIZERS,
}
_LOAD = """
CREATE TABLE log AS
SELECT unnest($1) AS message, unnest($2) AS ts, unnest($3) AS stream, unnest($4) AS grp,
    unnest($5) AS ingested, unnest($6) AS ptr
"""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of a log group; times are milliseconds since 1970."""

    timestamp: int
    message: str
    log_stream: str = ""
    log_group: str = ""
    ingestion_time: int | None = None


def run_query(
    text: str,
    events: Iterable[LogEvent],
    *,
    start: int | None = None,
    end: int | None = None,
    parameters: Mapping[str, str] | None = None,
) -> list[dict[str, str]]:
    """The rows that a query answers, as GetQueryResults gives them: texts, absent columns left out.

    Args:
        text: the query.
        events: of all log groups it looks at.
        start: first millisecond it looks at.
        end: last millisecond it looks at.
        parameters: values of its `{{parameters}}`.

    Raises:
        QueryError: if it cannot be read, or not be run locally.
    """
    query, sql = _translate(fill_parameters(text, parameters or {}))
    chosen = [event for event in events if _within(event.timestamp, start, end)]
    with duckdb.connect(config=_CONFIG) as database:
        database.execute("SET lock_configuration = true")
        try:
            database.execute(_LOAD, _columns(chosen))
            answer = database.execute(sql)
            names = [column[0] for column in answer.description or ()]
            return [_row(names, row) for row in answer.fetchall()]
        except duckdb.Error as error:
            fault = Fault(f"DuckDB refuses this query: {error}", query.span, query.text, "", query.path)
            raise QueryError(fault) from None


@lru_cache(maxsize=256)
def _translate(text: str) -> tuple[Query, str]:
    """A query and its SQL: an answer, a saved query and a dashboard ask the same again."""
    query = parse_query(text)
    return query, to_sql(query)


def fill_parameters(text: str, parameters: Mapping[str, str]) -> str:
    """`text` with its parameters replaced; values must be printable.

    Raises:
        QueryError: at a parameter without a value, or with one that is not printable.
    """

    def value(match: re.Match[str]) -> str:
        found = parameters.get(match[1])
        if found is None or not found.isprintable():
            fault = Fault(f"the parameter {match[1]} has no printable value", Span(*match.span()), text)
            raise QueryError(fault)
        return found

    return _PARAMETER.sub(value, text)


def _within(time: int, start: int | None, end: int | None) -> bool:
    return (start is None or time >= start) and (end is None or time <= end)


def _columns(events: list[LogEvent]) -> list[list[object]]:
    return [
        [replace_lone_surrogates(event.message) for event in events],
        [event.timestamp for event in events],
        [replace_lone_surrogates(event.log_stream) for event in events],
        [replace_lone_surrogates(event.log_group) for event in events],
        [event.ingestion_time or event.timestamp for event in events],
        list(range(len(events))),
    ]


def _row(names: list[str], row: tuple[str | None, ...]) -> dict[str, str]:
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}
