"""Hits, counted by control, minute and who did it; in DuckDB, whatever found it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from .hits import MINUTE, WHO

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "threads": 1,  # callers add from threads of their own
    "memory_limit": "2GB",
    "preserve_insertion_order": False,
    # Its hash joins for each list of names cost more to plan than they save on some hundred rows.
    "disabled_optimizers": "in_clause",
}
_SCHEMA = ", ".join(f"{name} VARCHAR" for name in WHO)


@dataclass(frozen=True, slots=True)
class Broken:
    """What was not counted of a file, and why."""

    name: str
    place: int  # the first line, 0 for a whole file
    reason: str
    count: int = 1


class Counts:
    """Counts of what each control found, and of what was looked at."""

    def __init__(self) -> None:
        self.database = duckdb.connect(config=_CONFIG)
        self.database.execute("SET lock_configuration = true")
        self.database.execute(f"CREATE TABLE hit (control VARCHAR, minute BIGINT, {_SCHEMA}, events BIGINT)")
        self.records = 0
        self.broken: list[Broken] = []

    def insert(self, rows: Iterable[tuple[object, ...]]) -> None:
        """Adds rows of control, minute since 1970, the columns of `WHO`, events."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        if columns:
            names = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
            self.database.execute(f"INSERT INTO hit SELECT {names}", columns)  # numbers

    def periods(self, control: str, seconds: int) -> Iterator[tuple[int, int]]:
        """Periods in which a control had events: number of the period since 1970, events."""
        sql = "SELECT minute // $2, sum(events)::BIGINT FROM hit WHERE control = $1 GROUP BY 1 ORDER BY 1"
        yield from self.database.execute(sql, [control, seconds // MINUTE]).fetchall()

    def top(self, control: str, column: str, count: int) -> list[tuple[str, int]]:
        """The values of a column that a control found most often, with their events."""
        if column not in WHO:
            raise ValueError(f"no column {column}")
        sql = (
            f"SELECT {column}, sum(events)::BIGINT n FROM hit"  # noqa: S608  # a name of WHO
            f" WHERE control = $1 AND {column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT $2"
        )
        return [(value, events) for value, events in self.database.execute(sql, [control, count]).fetchall()]

    def events(self, control: str) -> int:
        """Events that a control found."""
        sql = "SELECT coalesce(sum(events), 0)::BIGINT FROM hit WHERE control = $1"
        found: int = self.database.execute(sql, [control]).fetchall()[0][0]
        return found
