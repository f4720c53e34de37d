"""Every unit of a period under each of its names, cut and rounded up in SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cis_insights import QueryError, parse_query
from cis_insights.sql import LogEvent, run_query, to_sql

NOW = datetime(2026, 11, 25, 17, 43, 44, 567_000, UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
LENGTHS = {
    timedelta(milliseconds=1): "ms msec millisecond milliseconds",
    timedelta(seconds=1): "s sec second secs seconds",
    timedelta(minutes=1): "m min minute mins minutes",
    timedelta(hours=1): "h hr hour hrs hours",
    timedelta(days=1): "d day days",
    timedelta(weeks=1): "w week weeks",
}
BEGUN = {
    datetime(2026, 11, 1, tzinfo=UTC): "mo mon month months",
    datetime(2026, 10, 1, tzinfo=UTC): "q qtr quarter quarters",
    datetime(2026, 1, 1, tzinfo=UTC): "y yr year years",
}
# A count beyond what a unit has is cut to it.
LONGEST = {"ms": 1_000, "s": 60, "m": 60, "h": 24}


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}"


def _cut(length: timedelta) -> datetime:
    return EPOCH + (NOW - EPOCH) // length * length


def _answers(asked: list[str]) -> list[str]:
    event = LogEvent((NOW - EPOCH) // timedelta(milliseconds=1), "{}")
    columns = ", ".join(f"{text} as c{number}" for number, text in enumerate(asked))
    (row,) = run_query(f"fields {columns}", [event])
    return [row[f"c{number}"] for number in range(len(asked))]


def test_a_unit_is_the_same_length_under_each_name() -> None:
    named = [(name, length) for length, names in LENGTHS.items() for name in names.split()]
    floors = _answers([f"datefloor(@timestamp, 2{name})" for name, _ in named])
    assert floors == [_shown(_cut(2 * length)) for _, length in named]
    ceilings = _answers([f"dateceil(@timestamp, 2{name})" for name, _ in named])
    assert ceilings == [_shown(_cut(2 * length) + 2 * length) for _, length in named]


def test_a_unit_of_the_calendar_begins_under_each_name() -> None:
    named = [(name, begun) for begun, names in BEGUN.items() for name in names.split()]
    assert _answers([f"bin(1{name})" for name, _ in named]) == [_shown(begun) for _, begun in named]


def test_a_count_is_cut_to_what_its_unit_has_at_most() -> None:
    most = {
        unit: next(length for length, names in LENGTHS.items() if unit in names.split()) for unit in LONGEST
    }
    asked = [f"bin({count + more}{unit})" for unit, count in LONGEST.items() for more in (-1, 0, 1)]
    assert _answers(asked) == [
        _shown(_cut(min(count, count + more) * most[unit]))
        for unit, count in LONGEST.items()
        for more in (-1, 0, 1)
    ]
    assert _answers(["bin(40d)", "bin(3w)"]) == [
        _shown(_cut(timedelta(days=40))),
        _shown(_cut(timedelta(days=21))),
    ]


@pytest.mark.parametrize(
    "wrong", ["bin(2mo)", "bin(0m)", "dateceil(@timestamp, 1y)", "bin(2q)", "bin(3years)"]
)
def test_what_is_no_period_is_refused(wrong: str) -> None:
    with pytest.raises(QueryError, match="one period"):
        to_sql(parse_query(f"fields {wrong}"))
