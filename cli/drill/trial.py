"""A control that is drilled: how, and which steps of the chain were seen after how many seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .targets import Target

Mode = Literal["calls", "events", "notify"]
MODES: tuple[Mode, ...] = ("calls", "events", "notify")
# The first step of each, which the drill takes itself.
FIRST: Mapping[Mode, str] = {"calls": "called", "events": "sent", "notify": "set"}
LATER = ("recorded", "counted", "alarmed", "notified", "answered")
# Steps that are known to have happened where a later one did.
_IMPLIED = frozenset({"recorded", "counted", "alarmed"})

_VERIFY = "cis-insights verify says what is wrong"
_MISSING: Mapping[str, str] = {
    "called": "the call was not made",
    "sent": "the record was not taken",
    "set": "the state was not set",
    "recorded": "it is not in the log group: the trail does not record such calls, or is late;"
    " cis-insights verify, aws cloudtrail get-trail-status",
    "counted": f"the filter did not count it; {_VERIFY}",
    "alarmed": f"the metric counted it, and the alarm did not go off; {_VERIFY}",
    "notified": f"no message came: the topic's policy or key, or the alarm's actions; {_VERIFY}",
    "answered": "no answer came: the alarms on failed answers, and the state machine's executions, say why",
}


@dataclass(slots=True, kw_only=True)
class Trial:
    """One control in one drill."""

    target: Target
    mode: Mode
    count: int = 1  # events that the alarm takes
    is_answered: bool = False  # whether an answer is deployed
    what: str = ""  # was called, sent or set, and what came of it
    record: tuple[str, str] = ("", "")  # event source and name, by which its record is found
    started: float = 0.0  # seconds of a monotonic clock
    seconds: dict[str, float] = field(default_factory=dict)  # by step
    unseen: dict[str, str] = field(default_factory=dict)  # steps that nobody may look at, and why
    failure: str = ""  # why it went no further

    @property
    def was_alarmed(self) -> bool:
        """Whether its alarm was in ALARM before: then no transition follows, and no message."""
        return self.target.alarm.state == "ALARM"

    @property
    def expected(self) -> tuple[str, ...]:
        """The steps in their order."""
        later = LATER[2:] if self.mode == "notify" else LATER[:2] if self.was_alarmed else LATER
        answered = [one for one in later if one != "answered" or self.is_answered]
        return (FIRST[self.mode], *answered)

    @property
    def missing(self) -> tuple[str, ...]:
        """The steps that were not seen, of those that can be."""
        return tuple(one for one in self.expected if one not in self.seconds and one not in self.unseen)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to wait for."""
        return bool(self.failure) or not self.missing

    @property
    def is_complete(self) -> bool:
        """Whether every step happened, but for those that a later one implies."""
        spoiled = set(self.unseen) - _IMPLIED
        return not (self.failure or self.missing or spoiled or self.was_alarmed)

    @property
    def reason(self) -> str:
        """Why it is not complete, and which steps could not be seen."""
        parts = [self.failure] if self.failure else [self._explain(one) for one in self.missing[:1]]
        if self.was_alarmed:
            parts.append("its alarm was in ALARM already: no message follows until it was OK again")
        parts += [f"{step} cannot be seen: {why}" for step, why in self.unseen.items()]
        return "; ".join(parts)

    def _explain(self, step: str) -> str:
        known = f": {self.target.faults[0]}" if self.target.faults else ""
        return f"{_MISSING[step]}{known}"

    def see(self, step: str, now: float) -> None:
        """A step was seen, for the first time or again."""
        if step in self.expected:
            self.seconds.setdefault(step, max(0.0, now - self.started))
