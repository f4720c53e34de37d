"""A drill from the question to the last removal."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType

from cis_insights.verification.model import Topic

from . import act
from .cleanup import Cleanup, Removal
from .clients import Clients
from .mailbox import Mailbox
from .marks import Marks
from .plan import DrillPlan
from .progress import show_progress
from .trial import Trial
from .watch import Watch, wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill, ready to run."""

    clients: Clients
    marks: Marks
    plan: DrillPlan
    topics: Mapping[str, Topic | None]  # that are notified, by ARN; without those that could not be read
    tampering: str  # the alarm that watches the monitoring itself; empty if there is none
    leftovers: Sequence[Removal]
    where: str  # options of the AWS CLI that name Region and profile
    timeout: float  # seconds

    def run(self, cleanup: Cleanup) -> None:
        """Sets off every alarm, and waits; what is made is removed when `cleanup` ends.

        Raises:
            KeyboardInterrupt: after Ctrl-C, or a signal to end.
        """
        trials = self.plan.trials
        with _ending_like_ctrl_c(), cleanup:
            for one in reversed(self.leftovers):
                cleanup.finish(one)
            mailbox = Mailbox(self.clients, self.marks, cleanup, self.where)
            mailbox.open(self.plan.topics)
            watch = Watch(self.clients, self.marks, mailbox, trials, datetime.now(UTC))
            self._act(cleanup)
            with show_progress(trials) as tick:

                def look() -> None:
                    watch.look()
                    tick()

                wait(trials, look, self.timeout)

    def _act(self, cleanup: Cleanup) -> None:
        for one in self.plan.list_of("calls"):
            act.call(one, self.clients, self.marks)
        act.send(self.plan.list_of("events"), self.clients, self.marks, cleanup, self.where)
        for one in self.plan.list_of("notify"):
            act.set_state(one, self.clients, self.marks, cleanup, self.where)


def list_groups(trials: Sequence[Trial]) -> list[str]:
    """The log groups of some trials."""
    return list(dict.fromkeys(one.target.log_group.name for one in trials))


@contextmanager
def _ending_like_ctrl_c() -> Iterator[None]:
    """A signal to end, as of a cancelled job or a closed terminal, cleans up as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows has no SIGHUP
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
