"""A drill's outcome: a table for people, a document for programs (docs/drill.schema.json)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from cis_insights.errors import printable

from ..layout import align
from ..terminal import measure_width
from .announcement import ALTERNATIVES, wrap_flush, wrap_hanging
from .marks import Marks
from .targets import Undrilled
from .trial import FIRST, LATER, Mode, Trial

VERSION = 1
_HEAD = ("       control", "recorded", "counted", "alarm", "message", "answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that there is to say of a drill."""

    marks: Marks
    modes: tuple[Mode, ...]
    started: datetime  # with a time zone
    finished: datetime
    trials: Sequence[Trial]
    undrilled: Sequence[Undrilled]
    left: Sequence[str]  # commands that finish the clean-up

    @property
    def is_complete(self) -> bool:
        """Whether every control that was drilled went through all steps, and nothing is left."""
        return bool(self.trials) and all(one.is_complete for one in self.trials) and not self.left


def build_document(outcome: Outcome) -> dict[str, Any]:
    """The document of docs/drill.schema.json."""
    marks = outcome.marks
    return {
        "version": VERSION,
        "id": marks.id,
        "account": marks.account,
        "region": marks.region,
        "started": _write_time(outcome.started),
        "finished": _write_time(outcome.finished),
        "mode": "+".join(outcome.modes),
        "controls": [_build_control(one) for one in outcome.trials],
        "undrilled": [{"id": one.id, "reason": one.reason} for one in outcome.undrilled],
        "left": list(outcome.left),
    }


def _write_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _build_control(one: Trial) -> dict[str, Any]:
    seconds = {step: round(value, 1) for step, value in one.seconds.items()}
    return {
        "id": one.target.control.id,
        "mode": one.mode,
        "alarm": one.target.alarm.name,
        "what": one.what,
        "steps": {step: seconds.get(step) for step in (FIRST[one.mode], *LATER)},
        "complete": one.is_complete,
        "reason": one.reason,
    }


def draw_report(outcome: Outcome) -> str:
    """The table, below it what is missing and why, and the sum."""
    parts = [
        f"{outcome.marks.id} in account {outcome.marks.account}, {outcome.marks.region}",
        "\n".join(_draw_table(outcome.trials)),
        *_draw_reasons(outcome),
        _draw_sum(outcome),
    ]
    return "\n\n".join(part for part in parts if part)


def _draw_table(trials: Sequence[Trial]) -> Iterator[str]:
    rows = [_HEAD, *((_write_name(one), *(_write_cell(one, step) for step in LATER)) for one in trials)]
    for line in align(rows, measure_width(), right=range(1, len(_HEAD))):
        colour = {"ok": "green", "error": "red"}.get(line[:5].rstrip())
        yield click.style(line[:5], fg=colour) + line[5:]


def _write_name(one: Trial) -> str:
    return f"{'ok' if one.is_complete else 'error':5}  {one.target.name}"


def _write_cell(one: Trial, step: str) -> str:
    if step in one.seconds:
        seconds = one.seconds[step]
        return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"
    return "-" if step not in one.expected else "?" if step in one.unseen else "none"


def _draw_reasons(outcome: Outcome) -> Iterator[str]:
    """Why controls are not complete; what is the same of several is said once."""
    said: dict[str, list[str]] = {}
    for one in outcome.trials:
        if one.reason:
            call = f" ({one.what})" if one.mode == "calls" and one.what else ""
            said.setdefault(one.reason, []).append(f"{' '.join(one.target.name.split())}{call}")
    for reason, names in said.items():
        yield "\n".join([*wrap_flush(", ".join(names)), *wrap_hanging(reason)])
    if outcome.undrilled:
        lines = [line for one in outcome.undrilled for line in wrap_hanging(f"{one.id}: {one.reason}")]
        yield "\n".join(["not drilled", *lines, f"  {ALTERNATIVES}"])
    if outcome.left:
        yield "\n".join(["left behind; this removes it:", *(f"  {printable(one)}" for one in outcome.left)])


def _draw_sum(outcome: Outcome) -> str:
    complete, took = sum(one.is_complete for one in outcome.trials), outcome.finished - outcome.started
    drilled = len(outcome.trials)
    return f"{complete} of {drilled} controls went through every step, in {took.total_seconds():.0f} s"
