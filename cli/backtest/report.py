"""What a back-test found, control by control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cis_insights.backtest.alarms import Day, Firing, by_day, by_hour, climb, fire, sum_periods, worst
from cis_insights.backtest.counts import Counts
from cis_insights.backtest.hidden import Hidden, compare
from cis_insights.backtest.principals import Principal

from .suggestion import Obstacle, Suggestion, suggest
from .tried import BEFORE, Setting, Tried

TOP = 5
SUGGESTED = 10  # controls that get a suggestion: each is compiled and proven
_QUIET = f"{SUGGESTED} others send more mails; --control asks for this one"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that was looked at."""

    first: datetime | None  # UTC
    last: datetime | None

    @property
    def days(self) -> float:
        """Its length; less than a day is taken for one, since an hour says nothing of a week."""
        length = self.last - self.first if self.first and self.last else timedelta()
        return max(1.0, length / timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A control without the exclusions that are tried, and what they hide."""

    conditions: tuple[str, ...]
    events: int  # before
    firing: Firing  # before
    hidden: Hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlReport:
    """One control: events, what CloudWatch would have done, when, and who was behind it."""

    control: str
    title: str
    severity: str
    threshold: int
    period: int  # seconds
    configured: tuple[Setting, ...]  # exclusions of the settings
    events: int
    firing: Firing
    days: float  # that were looked at
    by_day: tuple[Day, ...]
    by_hour: tuple[int, ...]  # events of each hour, UTC
    ladder: tuple[Firing, ...]
    principals: tuple[Principal, ...]
    calls: tuple[tuple[str, int], ...]
    addresses: tuple[tuple[str, int], ...]
    errors: tuple[tuple[str, int], ...]
    suggestion: Suggestion | None
    not_suggested: str  # why there is none, where one principal stands out
    comparison: Comparison | None  # where exclusions are tried

    @property
    def first(self) -> int | None:
        """The minute since 1970 of its first event."""
        return min((one.first for one in self.principals), default=None)

    @property
    def last(self) -> int | None:
        """The minute since 1970 of its last event."""
        return max((one.last for one in self.principals), default=None)

    @property
    def worst(self) -> Day | None:
        """The day with most alarms."""
        return worst(self.by_day)

    def rate(self, days: int) -> float:
        """Mails in so many days."""
        return self.firing.alarms / self.days * days


def evaluate_controls(tried: Sequence[Tried], counts: Counts, span: Span) -> Iterator[ControlReport]:
    """What each control would have done; an exclusion is suggested for those with most mails."""
    minutes = {one.control.id: counts.minutes(one.control.id) for one in tried}
    mails = {one.control.id: _fire(one, minutes[one.control.id]).alarms for one in tried}
    loud = set(sorted(mails, key=lambda name: -mails[name])[:SUGGESTED])
    for one in tried:
        yield _evaluate(one, counts, minutes[one.control.id], span, is_loud=one.control.id in loud)


def _fire(tried: Tried, minutes: list[tuple[int, int]]) -> Firing:
    return fire(sum_periods(minutes, tried.period), tried.threshold)


def _evaluate(
    tried: Tried, counts: Counts, minutes: list[tuple[int, int]], span: Span, *, is_loud: bool
) -> ControlReport:
    control = tried.control
    periods = sum_periods(minutes, tried.period)
    principals = counts.principals(control.id) if minutes else []
    columns = ("event", "address", "error")
    calls, addresses, errors = counts.tops(control.id, columns, TOP) if minutes else ([], [], [])
    found = suggest(tried, counts, principals, span.days) if is_loud else Obstacle(_QUIET)
    return ControlReport(
        control=control.id,
        title=control.title,
        severity=control.severity,
        threshold=tried.threshold,
        period=tried.period,
        configured=tried.configured,
        events=sum(events for _, events in minutes),
        firing=fire(periods, tried.threshold),
        days=span.days,
        by_day=by_day(periods, tried.period, tried.threshold),
        by_hour=by_hour(minutes),
        ladder=climb(periods, tried.threshold),
        principals=tuple(principals),
        calls=tuple(calls),
        addresses=tuple(addresses),
        errors=tuple(errors),
        suggestion=found if isinstance(found, Suggestion) else None,
        not_suggested=found.reason if isinstance(found, Obstacle) and minutes else "",
        comparison=_compare(tried, counts) if tried.before else None,
    )


def _compare(tried: Tried, counts: Counts) -> Comparison:
    before = tried.control.id + BEFORE
    return Comparison(
        conditions=tried.excluded,
        events=counts.events(before),
        firing=_fire(tried, counts.minutes(before)),
        hidden=compare(counts, before, tried.control.id),
    )


def show_minute(minute: int) -> str:
    """`2026-11-01T12:00Z`."""
    return f"{EPOCH + timedelta(minutes=minute):%Y-%m-%dT%H:%MZ}"


def show_day(day: int) -> str:
    """`2026-11-01`."""
    return f"{EPOCH + timedelta(days=day):%Y-%m-%d}"
