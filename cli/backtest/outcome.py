"""All that a back-test found: the controls, what was read, and what was not."""

from __future__ import annotations

from dataclasses import dataclass

from cis_insights.backtest.counts import Broken

from .report import ControlReport, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is printed, in whatever form."""

    records: int
    is_empty: bool  # whether no record was of the time that is looked at
    span: Span
    controls: tuple[ControlReport, ...]
    broken: tuple[Broken, ...]  # one for each file and reason

    @property
    def faults(self) -> tuple[Broken, ...]:
        """What should have been read."""
        return tuple(one for one in self.broken if one.is_fault)

    @property
    def status(self) -> int:
        """The exit status: 1 if a file could not be read, or nothing was counted."""
        return 1 if self.is_empty or any(one.place == 0 for one in self.faults) else 0


def fold_broken(broken: list[Broken]) -> tuple[Broken, ...]:
    """Each file and reason once, with how many there are and the first place."""
    found: dict[tuple[str, str], Broken] = {}
    for one in broken:
        key = (one.name, one.reason)
        if known := found.get(key):
            place, count = min(one.place, known.place), one.count + known.count
            found[key] = Broken(one.name, place, one.reason, count, one.is_fault)
        else:
            found[key] = one
    return tuple(found.values())
