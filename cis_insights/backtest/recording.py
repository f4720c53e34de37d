"""A back-test that keeps the events it finds, so that whole queries can be asked of them afterwards.

Counts stay exact whatever is kept; of very many events only the newest are, and `kept_since` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb

from ..errors import Fault, QueryError
from ..logs_insights.query import Query
from ..sql.stages import to_sql
from .in_duckdb import INSIDE, Backtest, RecordNames, Text

ACCOUNT, REGION = "recipientAccountId", "awsRegion"
MAX_EVENTS = 100_000  # that are kept, of some kilobytes each
_TABLES = """
CREATE TABLE event (keys VARCHAR[], time TIMESTAMP, document VARCHAR);
CREATE TABLE counted (key VARCHAR, minute BIGINT, events BIGINT);
CREATE TABLE volume (minute BIGINT, records BIGINT, bytes BIGINT);
CREATE TABLE place (account VARCHAR, region VARCHAR, records BIGINT);
"""
_FIND = """
CREATE TEMP TABLE found AS {answers}
SELECT controls AS keys, time, document FROM inside JOIN answered ON {same} WHERE len(controls) > 0
"""
_KEEP = "INSERT INTO event SELECT * FROM found WHERE {inside}"
_COUNT = """
INSERT INTO counted SELECT key, minute, count(*) FROM (
    SELECT unnest(keys) AS key, epoch(time)::BIGINT // 60 AS minute FROM found WHERE {inside}
) GROUP BY ALL
"""
_MEASURE = """
INSERT INTO volume SELECT epoch(time)::BIGINT // 60, count(*), sum(strlen(document))
FROM record WHERE reason IS NULL AND {inside} GROUP BY ALL
"""
_PLACE = """
INSERT INTO place SELECT {account}, {region}, count(*) FROM record
WHERE reason IS NULL AND {inside} GROUP BY ALL
"""
_DROP = """
DELETE FROM event WHERE time < (
    SELECT min(time) FROM (SELECT time FROM event ORDER BY time DESC LIMIT $1)
)
"""
# What Logs Insights would read: the events that a query asks for, as a log group has them.
_LOG = """
CREATE OR REPLACE TEMP VIEW log AS
SELECT document AS message, epoch_ms(time) AS ts, '' AS stream, '' AS grp, epoch_ms(time) AS ingested,
    rowid AS ptr
FROM event WHERE list_contains(keys, '{key}') {newest}
"""
Row = dict[str, str]


class Recording(Backtest):
    """Counts as a back-test, the volume of all records by minute, and events for whole queries.

    Args:
        queries: by a key of letters, digits, dots and hyphens.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self.kept_since: datetime | None = None  # UTC; None as long as everything is kept
        super().__init__(queries)

    def _write_statements(self, queries: Mapping[str, Query]) -> Iterator[str]:
        self.database.execute(_TABLES)
        names = RecordNames(queries, (ACCOUNT, REGION), keeps_documents=True)
        yield from names.write_takes()
        yield _FIND.format(answers=names.write_answers(queries), same=names.write_join())
        yield _KEEP.format(inside=INSIDE)
        yield _COUNT.format(inside=INSIDE)
        yield _MEASURE.format(inside=INSIDE)
        yield _PLACE.format(inside=INSIDE, account=names.write_text(ACCOUNT), region=names.write_text(REGION))

    def add(self, texts: Sequence[Text]) -> None:
        """Counts the records of some texts, and keeps those that are asked for; see `Backtest.add`."""
        super().add(texts)
        with self._lock:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Keeps the newest events only, once there are twice as many as are kept."""
        with self.database.cursor() as cursor:
            count = cursor.execute("SELECT count(*) FROM event").fetchall()[0][0]
            if count > 2 * MAX_EVENTS:
                cursor.execute(_DROP, [MAX_EVENTS])
                self.kept_since = cursor.execute("SELECT min(time) FROM event").fetchall()[0][0]

    def query_rows(self, key: str, query: Query, *, newest: int | None = None) -> list[Row]:
        """The rows that a query answers over the kept events of a key, absent columns left out.

        Args:
            newest: how many of the newest events to look at; None for all.

        Raises:
            QueryError: if it cannot be run locally.
        """
        cut = f"ORDER BY time DESC LIMIT {newest}" if newest else ""
        sql = to_sql(query)
        try:
            with self.database.cursor() as cursor:
                cursor.execute(_LOG.format(key=key, newest=cut))
                answer = cursor.execute(sql)
                names = [column[0] for column in answer.description or ()]
                found = answer.fetchall()
        except duckdb.Error as error:
            fault = Fault(f"DuckDB refuses this query: {error}", query.span, query.text, "", query.path)
            raise QueryError(fault) from None
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in found
        ]

    def count_minutes(self, key: str) -> list[tuple[int, int]]:
        """Minutes since 1970 in which a query had events, in order, and the events of each."""
        sql = "SELECT minute, sum(events)::BIGINT FROM counted WHERE key = $1 GROUP BY 1 ORDER BY 1"
        return self._fetch(sql, key)

    def count_events(self, key: str) -> int:
        """How many events a query found, kept or not."""
        sql = "SELECT coalesce(sum(events), 0)::BIGINT FROM counted WHERE key = $1"
        return int(self._fetch(sql, key)[0][0])

    def count_kept(self, key: str) -> int:
        """How many events of a query are kept."""
        sql = "SELECT count(*) FROM event WHERE list_contains(keys, $1)"
        return int(self._fetch(sql, key)[0][0])

    def volume(self) -> list[tuple[int, int, int]]:
        """Minutes since 1970 with any record, in order: records, and their bytes."""
        sql = "SELECT minute, sum(records)::BIGINT, sum(bytes)::BIGINT FROM volume GROUP BY 1 ORDER BY 1"
        return self._fetch(sql)

    def places(self) -> list[tuple[str | None, str | None, int]]:
        """Accounts and Regions of all records, the most frequent first."""
        sql = (
            "SELECT account, region, sum(records)::BIGINT AS n FROM place GROUP BY 1, 2 ORDER BY n DESC, 1, 2"
        )
        return self._fetch(sql)

    def _fetch(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows, by a connection of its own: threads may ask at once."""
        with self.database.cursor() as cursor:
            return cursor.execute(sql, list(parameters)).fetchall()
