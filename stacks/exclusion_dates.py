"""Exclusions that have ended, or will soon: somebody has to decide about them again.

Dates are looked at when a template is made: what is deployed stays as it is until the next deployment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from .deployed_control import DeployedControl
from .settings import PREFIX, Exclusion, SettingFault

NOTICE = 30  # days before an exclusion ends in which each synthesis warns


def read_clock() -> date:
    """Today, in UTC: the only place that reads a clock."""
    return datetime.now(UTC).date()


def find_ending(controls: Sequence[DeployedControl], today: date) -> Iterator[SettingFault]:
    """An error for each exclusion that has ended, a warning for each that ends within `NOTICE` days."""
    for control in controls:
        for one in control.exclusions:
            if one.exclusion.until and (one.exclusion.until - today).days <= NOTICE:
                yield _make_fault(control.id, one.exclusion, one.exclusion.until, today)


def _make_fault(control: str, exclusion: Exclusion, until: date, today: date) -> SettingFault:
    key, owner = f"{PREFIX}{control}:exclude", f" ({exclusion.owner})" if exclusion.owner else ""
    if until <= today:
        message = f"`{exclusion.condition}` ended on {until}{owner}"
        hint = "write a later date, or remove the exclusion: its events count again then"
        return SettingFault(key, message, hint)
    days = (until - today).days
    message = f"`{exclusion.condition}` ends on {until}, in {days} day{'s' * (days > 1)}{owner}"
    hint = "write a later date, or remove the exclusion; from that day on nothing is synthesized with it"
    return SettingFault(key, message, hint, "warning")
