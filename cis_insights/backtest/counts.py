"""Hits, counted by control, minute and who did it; in DuckDB, whatever found it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from ..sql.engine import DISABLED_OPTIMIZERS
from .hits import MINUTE, WHO
from .principals import Identity, Principal, fold

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "threads": 1,  # callers add from threads of their own
    "memory_limit": "2GB",
    "preserve_insertion_order": False,
    "disabled_optimizers": DISABLED_OPTIMIZERS,
}
# What DuckDB raises where it cannot go on, and where memory ran out.
DatabaseError, OutOfMemory = duckdb.Error, duckdb.OutOfMemoryException
_SCHEMA = ", ".join(f"{name} VARCHAR" for name in WHO)
_IDENTITY = "type, role, arn, service, user, account, recipient"
Values = tuple[str, ...]
Ranking = list[tuple[str, int]]  # values with their events, the most frequent first


@dataclass(frozen=True, slots=True)
class Broken:
    """What was not counted of a file, and why."""

    name: str
    place: int  # the first line, 0 for a whole file
    reason: str
    count: int = 1
    is_fault: bool = True  # False of what never holds records, such as a digest file


@dataclass(frozen=True, slots=True)
class Selection:
    """The events of a control that have, or have not, one of some values in each of some columns."""

    control: str
    tests: tuple[tuple[str, Values], ...] = ()
    is_without: bool = True

    @property
    def sql(self) -> str:
        """A condition on rows of `hit`, whose values are `parameters`."""
        columns = enumerate((column for column, _ in self.tests), 2)
        tests = [f"{_checked(column)} IN (SELECT unnest(${number}))" for number, column in columns]
        truth = "IS NOT TRUE" if self.is_without else "IS TRUE"
        return f"control = $1 AND (({' AND '.join(tests)}) {truth})" if tests else "control = $1"

    @property
    def parameters(self) -> list[object]:
        """The values of the condition."""
        return [self.control, *(list(values) for _, values in self.tests)]


def _checked(column: str) -> str:
    if column not in WHO:
        raise ValueError(f"no column {column}")
    return column


class Counts:
    """Counts of what each control found, and of what was looked at."""

    def __init__(self) -> None:
        self.database = duckdb.connect(config=_CONFIG)
        self.database.execute("SET lock_configuration = true")
        self.database.execute(f"CREATE TABLE hit (control VARCHAR, minute BIGINT, {_SCHEMA}, events BIGINT)")
        self.records = 0
        self.first: datetime | None = None  # UTC, of the records that are looked at
        self.last: datetime | None = None
        self.broken: list[Broken] = []

    def insert(self, rows: Iterable[tuple[object, ...]]) -> None:
        """Adds rows of control, minute since 1970, the columns of `WHO`, events."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        if columns:
            names = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
            self.database.execute(f"INSERT INTO hit SELECT {names}", columns)  # numbers

    def widen(self, first: datetime | None, last: datetime | None) -> None:
        """Takes the times of more records into account."""
        self.first = min(filter(None, (self.first, first)), default=None)
        self.last = max(filter(None, (self.last, last)), default=None)

    def periods(self, control: str | Selection, seconds: int) -> Iterator[tuple[int, int]]:
        """Periods in which a control had events: number of the period since 1970, events."""
        for period, events in self._ask(
            f"minute // {seconds // MINUTE}, sum(events)", control, "1 ORDER BY 1"
        ):
            yield period, int(events)

    def top(self, control: str | Selection, column: str, count: int) -> list[tuple[str, int]]:
        """The values of a column that a control found most often, with their events."""
        rows = self._ask(
            f"{_checked(column)}, sum(events)", control, f"1 HAVING {column} IS NOT NULL ORDER BY 2 DESC, 1"
        )
        return [(value, int(events)) for value, events in rows[:count]]

    def minutes(self, control: str | Selection) -> list[tuple[int, int]]:
        """Minutes since 1970 in which a control had events, in order, and the events of each."""
        return [
            (minute, int(events))
            for minute, events in self._ask("minute, sum(events)", control, "1 ORDER BY 1")
        ]

    def tops(self, control: str | Selection, columns: tuple[str, ...], count: int) -> list[Ranking]:
        """As `top`, of several columns at once."""
        names = ", ".join(map(_checked, columns))
        sets = ", ".join(f"({name})" for name in columns)
        rows = self._ask(f"{names}, sum(events)", control, f"GROUPING SETS ({sets})")
        found: list[Ranking] = [[] for _ in columns]
        for *values, events in rows:
            for ranking, value in zip(found, values, strict=True):
                if value is not None:
                    ranking.append((value, int(events)))
        return [sorted(one, key=lambda pair: (-pair[1], pair[0]))[:count] for one in found]

    def principals(self, control: str | Selection) -> list[Principal]:
        """Who was behind the events of a control, the most frequent first."""
        rows = self._ask(f"{_IDENTITY}, sum(events), min(minute), max(minute)", control, "ALL")
        return fold((Identity(*row[:-3]), int(row[-3]), row[-2], row[-1]) for row in rows)

    def events(self, control: str | Selection) -> int:
        """Events that a control found."""
        return sum(int(events) for (events,) in self._ask("coalesce(sum(events), 0)", control, "()"))

    def _ask(self, columns: str, control: str | Selection, grouping: str) -> list[tuple[Any, ...]]:
        chosen = control if isinstance(control, Selection) else Selection(control)
        sql = f"SELECT {columns} FROM hit WHERE {chosen.sql} GROUP BY {grouping}"  # noqa: S608  # names of WHO
        return self.database.execute(sql, chosen.parameters).fetchall()
