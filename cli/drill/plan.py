"""Which control is drilled how, before anything is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .answers import Answering
from .calls import CALLS, UNCALLABLE
from .targets import Target, Undrilled, count_events
from .trial import MODES, Mode, Trial


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What is drilled, and what cannot be."""

    trials: tuple[Trial, ...]
    undrilled: tuple[Undrilled, ...]
    topics: tuple[str, ...]  # ARNs of all that are notified, by alarms or answers

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Those that are taken."""
        return tuple(mode for mode in MODES if self.list_of(mode))

    def list_of(self, mode: Mode) -> list[Trial]:
        """The trials of one mode."""
        return [one for one in self.trials if one.mode == mode]


def make_plan(
    targets: Sequence[Target], lost: Iterable[Undrilled], modes: Sequence[Mode], answering: Answering
) -> DrillPlan:
    """Drills each control by the first of the modes that can.

    Args:
        lost: that have no alarm.
        modes: that were asked for.
    """
    trials: list[Trial] = []
    undrilled = list(lost)
    for target in targets:
        reasons = {mode: find_obstacle(target, mode) for mode in MODES if mode in modes}
        if fit := next((mode for mode, reason in reasons.items() if not reason), None):
            trials.append(_make_trial(target, fit, answering))
        else:
            undrilled.append(Undrilled(target.control.id, next(iter(reasons.values()))))
    topics = [arn for one in trials for arn in one.target.topics]
    if any(one.is_answered for one in trials):
        topics += answering.topics
    return DrillPlan(tuple(trials), tuple(undrilled), tuple(dict.fromkeys(topics)))


def _make_trial(target: Target, mode: Mode, answering: Answering) -> Trial:
    count = 1 if mode == "notify" else count_events(target.alarm) or 1
    call = CALLS.get(target.control.id)
    record = (call.event_source, call.operation) if call and mode == "calls" else ("", "")
    what = str(call) if call and mode == "calls" else ""
    is_answered = answering.answers(target.alarm.name)
    return Trial(target=target, mode=mode, count=count, record=record, what=what, is_answered=is_answered)


def find_obstacle(target: Target, mode: Mode) -> str:
    """Why a control cannot be drilled in a mode; empty if it can."""
    if mode == "notify":
        return "its alarm is in ALARM already" if target.alarm.state == "ALARM" else ""
    if count_events(target.alarm) is None:
        return f"no burst of a few events sets off the alarm {target.alarm.name}"
    if mode == "calls" and target.control.id not in CALLS:
        return UNCALLABLE.get(target.control.id, "no harmless call is known for it")
    return ""
