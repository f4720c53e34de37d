"""Recorded events through all controls in one pass: how often each alarm would have fired, by whom.

DuckDB reads the JSON once, asks every control's condition of each record, and keeps counts by
minute and by who did it: memory grows with what was found, not with what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from ..normal import fields_of
from ..query import Query
from .conditions import Translator
from .fields import fields_column, taken_out
from .functions import ABSENT
from .values import Sql, call, case, first_present, string

# What an exclusion could name, and what a person looks at first.
USER = ("userIdentity.userName", "userIdentity.arn", "userIdentity.principalId", "userIdentity.invokedBy")
KEPT = {
    "role": ("userIdentity.sessionContext.sessionIssuer.arn",),
    "arn": ("userIdentity.arn",),
    "service": ("userIdentity.invokedBy",),
    "address": ("sourceIPAddress",),
    "error": ("errorCode",),
    "user": (*USER, "userIdentity.type"),
}
_TIME = "eventTime"
_MINUTE = 60
_SCHEMA = ", ".join(f"{name} VARCHAR" for name in KEPT)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "memory_limit": "2GB",
    "preserve_insertion_order": False,
}


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded text of one file, or of some lines of it: CloudTrail's `Records`, or one record."""

    name: str
    place: int  # line, 0 for a whole file
    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that was not counted, and why."""

    name: str
    place: int
    reason: str


class Backtest:
    """Counts of what each query finds in the texts that are added.

    Args:
        queries: by control id; each with a condition on single events.
        since: ISO time of the first event that counts; until: of the first that does not.
    """

    def __init__(
        self, queries: Mapping[str, Query], *, since: str | None = None, until: str | None = None
    ) -> None:
        self._database = duckdb.connect(config=_CONFIG)
        self._database.execute("SET lock_configuration = true")
        self._database.execute(f"CREATE TABLE hit (control VARCHAR, minute BIGINT, {_SCHEMA}, events BIGINT)")
        self._since, self._until = since, until
        names = _mentioned(queries)
        self._take = _RECORDS.format(fields=fields_column(names).sql("duckdb"))
        self._count = _count_sql(queries, names)
        self.records = 0
        self.broken: list[Broken] = []

    def add(self, texts: Sequence[Text]) -> None:
        """Counts the records of some texts; what is no record is in `broken` afterwards."""
        columns = [
            [text.name for text in texts],
            [text.place for text in texts],
            [text.text for text in texts],
        ]
        run = self._database.execute
        run(
            "CREATE OR REPLACE TEMP TABLE given AS SELECT unnest($1) name, unnest($2) place, unnest($3) text",
            columns,
        )
        run(self._take)
        self.broken += [Broken(*row) for row in run(_BROKEN).fetchall()]
        self.records += run("SELECT count(*) FROM record WHERE reason IS NULL").fetchall()[0][0]
        run(self._count, [self._since, self._until])

    def periods(self, control: str, seconds: int) -> Iterator[tuple[int, int]]:
        """Periods in which a control had events: number of the period since 1970, events."""
        sql = "SELECT minute // $2, sum(events)::BIGINT FROM hit WHERE control = $1 GROUP BY 1 ORDER BY 1"
        yield from self._database.execute(sql, [control, seconds // _MINUTE]).fetchall()

    def top(self, control: str, column: str, count: int) -> list[tuple[str, int]]:
        """The values of a column that a control found most often, with their events."""
        if column not in KEPT:
            raise ValueError(f"no column {column}")
        sql = (
            f"SELECT {column}, sum(events)::BIGINT n FROM hit"  # noqa: S608  # a name of KEPT
            f" WHERE control = $1 AND {column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT $2"
        )
        return [(value, events) for value, events in self._database.execute(sql, [control, count]).fetchall()]

    def events(self, control: str) -> int:
        """Events that a control found."""
        sql = "SELECT coalesce(sum(events), 0)::BIGINT FROM hit WHERE control = $1"
        found: int = self._database.execute(sql, [control]).fetchall()[0][0]
        return found


# A file of CloudTrail is an object with Records; a line of an export is a record itself.
# Each record is parsed once, for all the fields that anything asks of it.
_RECORDS = """
CREATE OR REPLACE TEMP TABLE record AS
WITH parsed AS (
    SELECT name, place, try_cast(text AS JSON) AS document FROM given
), listed AS (
    SELECT *, json_extract(document, '$.Records[*]') AS list FROM parsed
), unnested AS (
    SELECT name, place, unnest(CASE
        WHEN len(list) > 0 THEN list
        WHEN json_type(document, '$.Records') = 'ARRAY' THEN []
        ELSE [document]
    END) AS document FROM listed
), taken AS (
    SELECT name, place, left(document::VARCHAR, 1) AS kind, {fields} FROM unnested
)
SELECT *, try_cast(fields[1] ->> '$' AS TIMESTAMP) AS time, CASE
    WHEN kind IS NULL THEN 'no valid JSON'
    WHEN kind <> '{{' THEN 'a record that is no object'
    WHEN time IS NULL THEN 'a record without eventTime'
END AS reason FROM taken
"""
_BROKEN = "SELECT name, place, reason FROM record WHERE reason IS NOT NULL"


def _mentioned(queries: Mapping[str, Query]) -> list[str]:
    """The fields that a query or the report asks for, the event's time first."""
    names = {field.name for query in queries.values() for field in fields_of(query.condition)}
    names |= {name for paths in KEPT.values() for name in paths}
    return [_TIME, *sorted(names - {_TIME})]


def _count_sql(queries: Mapping[str, Query], names: Sequence[str]) -> str:
    """Adds to `hit` what the queries find in `record`."""
    conditions = {control: query.condition for control, query in queries.items()}
    columns, values = taken_out(names)
    event = exp.select("time", *columns).from_("record").where("reason IS NULL")
    found = [
        case(
            (
                Translator(query, lambda name: values.get(name, ABSENT)).condition(conditions[control]),
                string(control),
            )
        )
        for control, query in queries.items()
    ]
    who = [
        exp.alias_(first_present([values[path] for path in paths]).as_text, name)
        for name, paths in KEPT.items()
    ]
    controls = exp.alias_(
        call("unnest", call("list_filter", exp.Array(expressions=found), _NOT_NULL)), "control"
    )
    hits = exp.select(controls, exp.alias_(_minute(), "minute"), *who).from_(event.subquery("event"))
    hits = hits.where("(time >= $1::TIMESTAMP OR $1 IS NULL) AND (time < $2::TIMESTAMP OR $2 IS NULL)")
    total = exp.select("*", "count(*) AS events").from_(hits.subquery("found")).group_by("ALL")
    return f"INSERT INTO hit {total.sql('duckdb')}"


_NOT_NULL = exp.Lambda(
    this=exp.Not(this=exp.Is(this=exp.column("x"), expression=exp.Null())),
    expressions=[exp.to_identifier("x")],
)


def _minute() -> Sql:
    return exp.maybe_parse(f"CAST(epoch(time) AS BIGINT) // {_MINUTE}", dialect="duckdb")
