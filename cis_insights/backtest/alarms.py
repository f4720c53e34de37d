"""What an alarm does with events: the periods that reach its threshold, and the mails it sends.

Actions run when the state changes: periods in a row that reach the threshold are one ALARM, and one mail.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Alarms.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LADDER = (1, 3, 5, 10, 20)  # thresholds, in events
DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Firing:
    """What an alarm with a threshold would have done."""

    threshold: int
    periods: int  # with at least the threshold
    alarms: int  # runs of such periods: each sends one notification


def alarm_starts(periods: Iterable[tuple[int, int]], threshold: int) -> tuple[int, list[int]]:
    """How many periods reach a threshold, and the first of each run of them, in order.

    Args:
        periods: number since 1970, events; in order.
    """
    firing = [number for number, events in periods if events >= threshold]
    return len(firing), [
        number for place, number in enumerate(firing) if not place or firing[place - 1] < number - 1
    ]


def fire(periods: Iterable[tuple[int, int]], threshold: int) -> Firing:
    """What an alarm makes of its periods."""
    count, starts = alarm_starts(periods, threshold)
    return Firing(threshold, count, len(starts))


def climb(periods: Iterable[tuple[int, int]], threshold: int) -> tuple[Firing, ...]:
    """What the alarm would do with each threshold of the ladder, its own among them."""
    kept = list(periods)
    return tuple(fire(kept, step) for step in sorted({*LADDER, threshold}))


def sum_periods(minutes: Iterable[tuple[int, int]], seconds: int) -> list[tuple[int, int]]:
    """Events of each minute since 1970 -> of each period that has any, both in order."""
    found: Counter[int] = Counter()
    for minute, events in minutes:
        found[minute * 60 // seconds] += events
    return list(found.items())


def by_hour(minutes: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Events of each hour of the day, UTC."""
    found: Counter[int] = Counter()
    for minute, events in minutes:
        found[minute // 60 % 24] += events
    return tuple(found[hour] for hour in range(24))


@dataclass(frozen=True, slots=True)
class Day:
    """A day that had events."""

    day: int  # since 1970
    events: int
    alarms: int


def by_day(periods: Iterable[tuple[int, int]], seconds: int, threshold: int) -> tuple[Day, ...]:
    """Events and alarms of each day that had events, in order.

    Args:
        seconds: of a period.
    """
    kept = list(periods)
    events: Counter[int] = Counter()
    for number, found in kept:
        events[number * seconds // DAY] += found
    alarms = Counter(number * seconds // DAY for number in alarm_starts(kept, threshold)[1])
    return tuple(Day(day, events[day], alarms[day]) for day in sorted(events))


def worst(days: Iterable[Day]) -> Day | None:
    """The day with most alarms; of several, that with most events, and the first."""
    return max(days, key=lambda one: (one.alarms, one.events, -one.day), default=None)
