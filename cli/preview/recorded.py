"""Values from recorded events: what the dashboards would have shown of them.

Metrics count what the controls' filters count, which is proven to be what their queries find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from cis_insights import Query, QueryError, parse_query
from cis_insights.backtest.alarms import alarm_starts, sum_periods
from cis_insights.backtest.in_duckdb import check
from cis_insights.backtest.recording import Recording
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import Dedup, Filter, Limit, Sort, Stats
from cis_insights.metric_math import Series

from .control_pages import write_event_query, write_own_query
from .once import Once
from .time_range import TimeRange, choose_range
from .values import AlarmState, Found, Metric

if TYPE_CHECKING:
    from stacks.deployed_control import DeployedAlarm, DeployedControl, Plan

MINUTE = 60


class RecordedValues:
    """The values of a deployment over recorded events.

    Args:
        plan: what is deployed.
        texts: every query that will be asked, without `SOURCE`.
    """

    def __init__(self, plan: Plan, texts: Iterable[str]) -> None:
        self._plan = plan
        # A control's own query is that of its events without some fields: it is asked once.
        self._same = {write_own_query(one): write_event_query(one) for one in plan.controls}
        self._keys: dict[str, str] = {}  # of conditions, as they are printed
        queries: dict[str, Query] = {}
        for one in plan.controls:
            self._add_query(one.id, one.control.query, queries)
        for number, text in enumerate(texts, 1):
            if query := _read(text):
                self._add_query(f"query-{number}", query, queries)
        self.recording = Recording(queries)
        self._rows = Once(self._ask)
        self._minutes = Once(self.recording.count_minutes)
        self.read_alarm = Once(self._find_state)
        self._series: dict[tuple[str, TimeRange], Series] = {}
        self._silence: dict[TimeRange, list[float | None]] = {}

    def _add_query(self, key: str, query: Query, queries: dict[str, Query]) -> None:
        asked = find_asked(query)
        printed = print_expression(asked.condition) if asked.stages else ""
        if printed not in self._keys:
            self._keys[printed] = key
            queries[key] = asked

    def _find_key(self, query: Query) -> str:
        asked = find_asked(query)
        return self._keys[print_expression(asked.condition) if asked.stages else ""]

    # --- time and place --------------------------------------------------------------

    @cached_property
    def time(self) -> TimeRange:
        """From the first record to the last."""
        first, last = self.recording.first, self.recording.last
        return choose_range(_seconds(first), _seconds(last)) if first and last else choose_range(0, 0)

    @cached_property
    def account(self) -> str:
        """The account of most records."""
        return next((account for account, _, _ in self.recording.places() if account), "111122223333")

    @cached_property
    def region(self) -> str:
        """The Region of most records."""
        return next((region for _, region, _ in self.recording.places() if region), "us-east-1")

    # --- metrics ---------------------------------------------------------------------

    def read_metric(self, metric: Metric, time: TimeRange) -> Series | None:
        """Of a control's filters, or of the log group itself."""
        settings = self._plan.settings
        if (
            metric.namespace == settings.namespace
            and metric.name in self._alarms
            and metric.statistic == "Sum"
        ):
            return self._count_events(self._key_of(self._alarms[metric.name][0]), time)
        if metric.namespace == "AWS/Logs" and metric.statistic == "Sum":
            column = {"IncomingLogEvents": 1, "IncomingBytes": 2}.get(metric.name)
            if column:
                return tuple(time.sum_up((row[0] * MINUTE, float(row[column])) for row in self._volume))
        return None

    def _count_events(self, key: str, time: TimeRange) -> Series:
        """A filter publishes 0 for a minute in which it matches nothing, as long as events arrive."""
        if (key, time) not in self._series:
            if time not in self._silence:
                self._silence[time] = time.sum_up((minute * MINUTE, 0.0) for minute, _, _ in self._volume)
            points = ((minute * MINUTE, float(events)) for minute, events in self._minutes(key))
            self._series[key, time] = tuple(time.sum_up(points, self._silence[time]))
        return self._series[key, time]

    @cached_property
    def _volume(self) -> Sequence[tuple[int, int, int]]:
        return self.recording.volume()

    @cached_property
    def _alarms(self) -> Mapping[str, tuple[DeployedControl, DeployedAlarm]]:
        return {one.alarm.name: (one, one.alarm) for one in self._plan.controls if one.alarm}

    def _key_of(self, one: DeployedControl) -> str:
        return self._find_key(one.control.query)

    # --- queries ---------------------------------------------------------------------

    def read_rows(self, text: str) -> Found:
        """The rows of a query over the events that are kept."""
        return self._rows(self._same.get(text, text))

    def _ask(self, text: str) -> Found:
        query = parse_query(text)
        key = self._find_key(query)
        total = self.recording.count_events(key)
        rows = self._ask_newest(key, leave_out_asked(query), total) if total else []
        kept = self.recording.count_kept(key) if self.recording.kept_since else total
        note = f"Of the newest {kept:,} of {total:,} events." if kept < total else ""
        return Found(rows=rows, note=note)

    def _ask_newest(self, key: str, query: Query, total: int) -> Sequence[Mapping[str, str]]:
        """A list of the newest needs few events, unless a filter leaves most of them out."""
        limit = _find_newest_limit(query)
        if not limit or total <= limit:
            return self.recording.query_rows(key, query)
        rows = self.recording.query_rows(key, query, newest=limit)
        return rows if len(rows) >= limit else self.recording.query_rows(key, query)

    # --- alarms ----------------------------------------------------------------------

    def _find_state(self, name: str) -> AlarmState | None:
        """The state after the last record; of an alarm on other metrics it is unknown."""
        if name not in self._alarms:
            return AlarmState(name=name, title=name, state="INSUFFICIENT_DATA")
        control, alarm = self._alarms[name]
        periods = sum_periods(self._minutes(self._key_of(control)), alarm.period)
        starts = alarm_starts(periods, alarm.threshold)[1]
        firing = [number for number, events in periods if events >= alarm.threshold]
        is_raised = bool(firing) and firing[-1] >= self._end // alarm.period
        changed = (starts[-1] + 1 if is_raised else firing[-1] + 2) * alarm.period if firing else None
        return AlarmState(
            name=name,
            title=control.title,
            state="ALARM" if is_raised else "OK",
            since=changed,
            control=control.id,
            raised=[(start + 1) * alarm.period for start in starts],
        )

    @property
    def _end(self) -> int:
        return _seconds(self.recording.last) if self.recording.last else 0


def find_asked(query: Query) -> Query:
    """The stages up to the last filter that events alone decide: what they find, a query has to see."""
    ends = [n + 1 for n, stage in enumerate(query.stages) if isinstance(stage, Filter)]
    early = len(list(query.early_filters()))
    for end in reversed(ends[:early]):
        shorter = Query(query.stages[:end], query.text, query.path)
        try:
            check(shorter)
        except QueryError:
            continue
        return shorter
    return Query((), query.text, query.path)


def leave_out_asked(query: Query) -> Query:
    """A query over the events that its `find_asked` found: they need not be filtered again."""
    filters = [stage for stage in find_asked(query).stages if isinstance(stage, Filter)]
    rest = (stage for stage in query.stages if not any(stage is one for one in filters))
    return Query(tuple(rest), query.text, query.path)


def _read(text: str) -> Query | None:
    """A query; None if it cannot be read, which is said where it would be drawn."""
    try:
        return parse_query(text)
    except QueryError:
        return None


def _find_newest_limit(query: Query) -> int | None:
    """The limit of a query that lists the newest events; None for any other query."""
    limit = None
    for stage in query.stages:
        match stage:
            case Stats() | Dedup():
                return None
            case Sort(keys=[key]) if (
                print_expression(key.expression) == "@timestamp" and key.direction == "desc"
            ):
                continue
            case Sort():
                return None
            case Limit(count=int(count)):
                limit = count
            case _:
                pass
    return limit


def _seconds(time: datetime) -> int:
    return int(time.replace(tzinfo=UTC).timestamp())
