"""What a source of values answers: metrics, queries and alarms, whatever it reads them from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from cis_insights.metric_math import Series

from .time_range import TimeRange

Row = Mapping[str, str]
AlarmStateValue = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of a widget."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The rows of a query."""

    rows: Sequence[Row]
    note: str = ""  # on what the rows leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmState:
    """The state of an alarm at the end of the time that is shown."""

    name: str
    title: str
    state: AlarmStateValue
    since: int | None = None  # seconds since 1970; None if it never changed in that time
    control: str = ""  # id, if it is of one
    raised: Sequence[int] = ()  # when it went to ALARM, in seconds since 1970


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard and its body."""

    name: str
    title: str
    body: Mapping[str, Any]


class Values(Protocol):
    """Where the values of widgets come from."""

    @property
    def time(self) -> TimeRange:
        """The time that is shown."""

    def read_metric(self, metric: Metric, time: TimeRange) -> Series | None:
        """Its values; None if this source does not know the metric."""

    def read_rows(self, text: str) -> Found:
        """The rows of a query, its `SOURCE` left out.

        Raises:
            QueryError: if it cannot be read, or not be run here.
        """

    def read_alarm(self, name: str) -> AlarmState | None:
        """An alarm by its name; None if there is none."""
