"""The time that a page shows, in periods that fit a screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Seconds: CloudWatch adapts the period of a graph to the time range unless `periodOverride` is `inherit`.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
STEPS = (300, 900, 1_800, 3_600, 10_800, 21_600, 86_400, 604_800, 2_592_000)
MAX_PERIODS = 170  # a week of hours
# Seconds: how far back CloudWatch has periods of a length, and that length; behind the last it has hours.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
_KEPT = ((15 * 86_400, 60), (63 * 86_400, 300))
_DURATION = re.compile(r"-?P(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = (2_592_000, 604_800, 86_400, 3_600, 60, 1)
SHORTEST = 3 * 3_600  # seconds: CloudWatch's own default


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Periods of equal length, the first of them at a multiple of it."""

    start: int  # seconds since 1970
    step: int  # seconds of a period
    count: int

    @property
    def end(self) -> int:
        """The end of the last period, in seconds since 1970."""
        return self.start + self.step * self.count

    def with_step(self, step: int) -> TimeRange:
        """The same time in longer periods; the first and the last may begin earlier and end later."""
        first = self.start // step
        return TimeRange(first * step, step, max(1, -(-self.end // step) - first))

    def last_part(self, seconds: int) -> TimeRange:
        """The same periods, as many as end with this time; they may begin before it."""
        count = max(1, -(-seconds // self.step))
        return TimeRange(self.end - count * self.step, self.step, count)

    def sum_up(
        self, points: Iterable[tuple[int, float]], before: Sequence[float | None] | None = None
    ) -> list[float | None]:
        """The sum of each period; None where it has no point.

        Args:
            points: seconds since 1970, and a value; others than of this time are left out.
            before: the sums to which they are added, in place of none.
        """
        sums: list[float | None] = list(before or [None] * self.count)
        for time, value in points:
            place = (time - self.start) // self.step
            if 0 <= place < self.count:
                sums[place] = (sums[place] or 0.0) + value
        return sums


def choose_range(first: int, last: int) -> TimeRange:
    """The time from the first event to the last, in periods of five minutes or more.

    Args:
        first: seconds since 1970.
        last: of an event that is within the range.
    """
    first = min(first, last + 1 - SHORTEST)
    step = next((one for one in STEPS if (last - first) / one < MAX_PERIODS), STEPS[-1])
    start = first // step
    return TimeRange(start * step, step, last // step + 1 - start)


def keep_step(step: int, seconds: int) -> int:
    """A period of a time that long, as CloudWatch still has it: of three years there are hours."""
    kept = next((length for reach, length in _KEPT if seconds <= reach), 3_600)
    return -(-step // kept) * kept


def read_duration(text: str) -> int | None:
    """Seconds of an ISO 8601 duration before now, such as `-P7D` or `-PT3H`; None of any other text."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        return None
    return sum(int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS, strict=True))
