"""How far a drill is: bars on a terminal, elsewhere a line for each control that is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..terminal import is_terminal, make_console, print_error
from .trial import LATER, Trial


class Ticker:
    """Shows after each look which steps were seen."""

    def __init__(self, trials: Sequence[Trial], bars: Progress | None) -> None:
        self._trials, self._bars = trials, bars
        self._said: set[str] = set()
        totals = {step: sum(step in one.expected for one in trials) for step in LATER}
        self._tasks = {step: bars.add_task(step, total=all) for step, all in totals.items() if all and bars}

    def __call__(self) -> None:
        """Shows what is there now."""
        if self._bars:
            for step, task in self._tasks.items():
                self._bars.update(task, completed=sum(step in one.seconds for one in self._trials))
            return
        for one in self._trials:
            if one.is_done and one.target.control.id not in self._said:
                self._said.add(one.target.control.id)
                last = max(one.seconds.values(), default=0.0)
                print_error(f"{one.target.name}: {one.reason or f'done after {last:.0f} s'}")


@contextmanager
def show_progress(trials: Sequence[Trial]) -> Iterator[Ticker]:
    """Progress on standard error while the drill waits."""
    if not is_terminal(sys.stderr):
        yield Ticker(trials, None)
        return
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=make_console(stderr=True), transient=True) as bars:
        yield Ticker(trials, bars)
