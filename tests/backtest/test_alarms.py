"""Periods, thresholds and mails: one mail for each time that the state becomes ALARM."""

from __future__ import annotations

import pytest

from cis_insights.backtest.alarms import Day, Firing, by_day, climb, fire, worst

PERIODS = [(0, 1), (1, 4), (2, 1), (5, 3), (287, 2), (288, 9)]  # of five minutes; 288 is midnight


@pytest.mark.parametrize(
    ("threshold", "periods", "alarms"), [(1, 6, 3), (2, 4, 3), (3, 3, 3), (4, 2, 2), (9, 1, 1), (10, 0, 0)]
)
def test_periods_in_a_row_are_one_mail(threshold: int, periods: int, alarms: int) -> None:
    assert fire(PERIODS, threshold) == Firing(threshold, periods, alarms)


def test_the_ladder_has_the_alarm_s_own_threshold_too() -> None:
    assert [step.threshold for step in climb(iter(PERIODS), 4)] == [1, 3, 4, 5, 10, 20]
    assert [step.threshold for step in climb(PERIODS, 5)] == [1, 3, 5, 10, 20]


def test_a_mail_is_of_the_day_on_which_the_state_changes() -> None:
    days = by_day(iter(PERIODS), 300, 1)
    assert days == (Day(0, 11, 3), Day(1, 9, 0))  # the run over midnight began before it
    assert worst(days) == days[0]


def test_of_days_with_as_many_mails_the_one_with_most_events_is_the_worst() -> None:
    assert worst([Day(1, 5, 2), Day(2, 9, 2), Day(3, 9, 2), Day(4, 99, 1)]) == Day(2, 9, 2)
    assert worst([]) is None
