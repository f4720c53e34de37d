"""Recorded events through all controls in one pass: how often each alarm would have fired, by whom.

DuckDB reads the JSON once, asks the conditions of each different combination of what they look
at, and keeps counts by minute and by who did it: memory grows with what was found, not with what
was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import duckdb
from sqlglot import exp

from ..errors import Fault, QueryError, Span
from ..events.decode import replace_lone_surrogate_escapes
from ..events.envelopes import unwrap
from ..logs_insights.normal_form import fields_of
from ..logs_insights.query import Query
from ..sql.events import OWN
from ..sql.fields import extract_fields, split_fields, store_values, value_of
from ..sql.values import Sql, unsupported
from .counts import Broken, Counts
from .hits import MINUTE, TIME, WHO_FIELDS, controls, needed_fields, who

TAKEN = 16 * 1024 * 1024  # bytes of text that DuckDB takes at once: more at once takes longer
_TEXT = 500  # bytes that Python needs for a text beside its content


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 of one file, or of one line of it: CloudTrail's `Records`, or one record."""

    name: str
    place: int  # line, 0 for a whole file
    content: bytes


class Backtest(Counts):
    """Counts of what each query finds in the texts that are added; threads may add at once.

    Args:
        queries: by control id; each with a condition on single events.
        since: ISO time of the first event that counts; until: of the first that does not.

    Raises:
        QueryError: at what no record has, or what DuckDB cannot ask.
    """

    def __init__(
        self, queries: Mapping[str, Query], *, since: str | None = None, until: str | None = None
    ) -> None:
        super().__init__()
        self._span = [since, until]
        for query in queries.values():
            check(query)
        # Parsed once: parsing takes as long as planning.
        self._take, self._take_more, *self._counts = (
            self.database.extract_statements(sql)[0] for sql in self._write_statements(queries)
        )
        self._lock = Lock()
        try:
            self._counted([Text("", 0, b'{"Records": []}')])
        except duckdb.Error as error:
            raise QueryError(Fault(f"DuckDB refuses this: {_first_line(error)}", Span(0, 0), "")) from None

    def _write_statements(self, queries: Mapping[str, Query]) -> Iterator[str]:
        """SQL that takes the records out of some texts, and out of more, then what is counted of them."""
        names = RecordNames(queries, WHO_FIELDS)
        yield from names.write_takes()
        yield names.write_count(queries)

    def add(self, texts: Sequence[Text]) -> None:
        """Counts the records of some texts; what is not a record is in `broken` afterwards."""
        try:
            broken, total = self._counted(texts)
        except duckdb.OutOfMemoryException:
            raise MemoryError from None
        except duckdb.Error as error:
            if len(texts) > 1:
                for one in texts:
                    self.add([one])
                return
            broken = [Broken(texts[0].name, texts[0].place, f"DuckDB refuses it: {_first_line(error)}")]
            total = _Total(0, None, None)
        with self._lock:
            self.broken += broken
            self.records += total.records
            self.widen(total.first, total.last)

    def _counted(self, texts: Sequence[Text]) -> tuple[list[Broken], _Total]:
        """Counts all of the texts or, where it raises, none of them."""
        with self.database.cursor() as cursor:
            cursor.begin()  # one transaction: rows that are committed are not appended to as fast
            take = self._take
            for some in divide(texts, TAKEN):
                cursor.execute(take, _list_columns(some))
                take = self._take_more
            broken = [Broken(*row) for row in cursor.execute(_BROKEN).fetchall()]
            total = _Total(*cursor.execute(_TOTAL, self._span).fetchall()[0])
            for statement in self._counts:
                cursor.execute(statement, self._span)
            cursor.commit()
        return broken, total


@dataclass(frozen=True, slots=True)
class _Total:
    """What some texts hold: records, and the times of those that are looked at."""

    records: int
    first: datetime | None
    last: datetime | None


def check(query: Query) -> None:
    """Refuses a condition on fields that Logs Insights adds to an event: recorded events do not have them.

    Raises:
        QueryError: at the first such field.
        NotCompilable: if a filter asks for more than one event can say.
    """
    for field in fields_of(query.condition):
        if field.name in OWN:
            message = f"a record has no `{field.name}`: this cannot be counted"
            raise unsupported(query, field, message, "compare fields of the record")


# A file of CloudTrail is an object with Records; a line of an export is a record itself. Nothing here
# keeps a whole text: DuckDB takes longer to copy one than to read it, and `unnest` would copy it for
# every 2,048 records.
_TAKE = """
WITH given AS (
    SELECT name, place, TRY(decode(content)) AS text
    FROM (SELECT unnest($1) AS name, unnest($2) AS place, unnest($3) AS content)
), opened AS (
    SELECT *, TRY(json_extract(text, '$.Records[*]')) AS records FROM given
), divided AS (
    SELECT name, place, CASE
        WHEN len(records) > 0 THEN NULL
        WHEN text IS NULL THEN 'no UTF-8'
        WHEN TRY(json_type(text)) IS NULL THEN 'no valid JSON'
        WHEN json_type(text) <> 'OBJECT' THEN 'no JSON object'
        WHEN json_type(text, '$.Records') <> 'ARRAY' THEN 'Records is not a list'
    END AS fault, CASE
        WHEN len(records) > 0 THEN CAST(records AS VARCHAR[])
        WHEN TRY(json_type(text, '$.Records')) = 'ARRAY' THEN []
        ELSE [text]
    END AS documents FROM opened
), listed AS (
    SELECT name, place, fault, unnest(documents) AS document FROM divided
), taken AS (
    SELECT name, place, fault, {found} AS found{kept} FROM listed
), named AS (
    SELECT name, place, fault, {fields}{kept} FROM taken
)
SELECT *, TRY_CAST(json_extract_string({time}, '$') AS TIMESTAMP) AS time, CASE
    WHEN fault IS NOT NULL THEN fault
    WHEN time IS NULL OR NOT isfinite(time) THEN 'a record without eventTime'
END AS reason FROM named
"""
_BROKEN = """
SELECT name, min(place), reason, count(*) FROM record WHERE reason IS NOT NULL GROUP BY name, reason
"""
INSIDE = "(time >= $1::TIMESTAMP OR $1 IS NULL) AND (time < $2::TIMESTAMP OR $2 IS NULL)"
_TOTAL = f"""
SELECT count(*), min(time) FILTER ({INSIDE}), max(time) FILTER ({INSIDE}) FROM record WHERE reason IS NULL
"""  # noqa: S608  # constants
# Few combinations of what the conditions look at occur: they are asked once each.
_ANSWER = """
WITH inside AS NOT MATERIALIZED (
    SELECT * FROM record WHERE reason IS NULL AND {inside}
), seen AS MATERIALIZED (
    SELECT {asked}, {asked_values} FROM (SELECT DISTINCT {asked} FROM inside)
), answered AS MATERIALIZED (
    SELECT {asked}, {controls} AS controls FROM seen
)
"""
_FIND = """
, found AS MATERIALIZED (
    SELECT unnest(controls) AS control, epoch(time)::BIGINT // {minute} AS minute, {who_values}
    FROM inside JOIN answered ON {same}
)
SELECT control, minute, {who}, count(*) FROM found GROUP BY ALL
"""


class RecordNames:
    """The columns of the table of records, and the statements over it.

    Args:
        queries: whose conditions will be asked.
        more: fields that the table has besides.
        keeps_documents: whether the table has each record as text, too.
    """

    def __init__(
        self, queries: Mapping[str, Query], more: Sequence[str], *, keeps_documents: bool = False
    ) -> None:
        self._asked = needed_fields(queries) or (TIME,)
        names = tuple(dict.fromkeys((TIME, *self._asked, *more)))
        self._columns = {name: f"f{number}" for number, name in enumerate(names)}
        self._kept = ", document" if keeps_documents else ""

    def write_takes(self) -> Iterator[str]:
        """SQL that takes the records out of some texts, and SQL that adds those of more texts."""
        take = self._write_take()
        yield f"CREATE TEMP TABLE record AS {take}"
        yield f"INSERT INTO record {take}"

    def _write_take(self) -> str:
        fields = split_fields(exp.column("found"), tuple(self._columns))
        return _TAKE.format(
            found=_sql(extract_fields(exp.column("document"), tuple(self._columns))),
            fields=", ".join(f"{_sql(sql)} AS {self._columns[name]}" for name, sql in fields.items()),
            time=self._columns[TIME],
            kept=self._kept,
        )

    def write_count(self, queries: Mapping[str, Query]) -> str:
        """SQL that adds what some of the queries find to `hit`."""
        who_values, people = store_values(
            {name: value_of(exp.column(self._columns[name], "inside")) for name in WHO_FIELDS}
        )
        found = _FIND.format(
            minute=MINUTE,
            who_values=_list(who_values),
            who=_list(who(people.__getitem__).values()),
            same=self.write_join(),
        )
        return f"INSERT INTO hit {self.write_answers(queries)} {found}"

    def write_answers(self, queries: Mapping[str, Query]) -> str:
        """SQL that asks each combination of fields: `inside` joined with `answered` has the queries."""
        values_of = {name: value_of(exp.column(self._columns[name])) for name in self._asked}
        asked_values, values = store_values(values_of)
        return _ANSWER.format(
            asked=", ".join(self._columns[name] for name in self._asked),
            asked_values=_list(asked_values),
            controls=_sql(controls(queries, values.__getitem__)),
            inside=INSIDE,
        )

    def write_text(self, name: str) -> str:
        """SQL of a field of a record, as text."""
        return _sql(value_of(exp.column(self._columns[name])).as_text)

    def write_join(self) -> str:
        """The condition that joins `inside` with `answered`."""
        names = (self._columns[name] for name in self._asked)
        return " AND ".join(f"inside.{name} IS NOT DISTINCT FROM answered.{name}" for name in names)


def divide(texts: Iterable[Text], size: int) -> Iterator[list[Text]]:
    """Texts in lists that end where they have so many bytes."""
    part: list[Text] = []
    filled = 0
    for one in texts:
        part.append(one)
        filled += len(one.content) + _TEXT
        if filled >= size:
            yield part
            part, filled = [], 0
    if part:
        yield part


def _list_columns(texts: Iterable[Text]) -> list[Any]:
    """Names, places, and JSON that DuckDB reads."""
    rows = ((one.name, one.place, replace_lone_surrogate_escapes(unwrap(one.content))) for one in texts)
    return [list(column) for column in zip(*rows, strict=True)]


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]


def _list(columns: Iterable[Sql]) -> str:
    return ", ".join(map(_sql, columns))


def _sql(sql: Sql) -> str:
    return sql.sql("duckdb")
