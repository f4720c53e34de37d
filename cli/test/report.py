"""What `cis-insights test` found: a JSON document, and the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights import Fault
from cis_insights.errors import printable, screen

from ..layout import align, count_noun
from .trial import Trial

_NO_SQL = "SQL was not asked: pip install 'cis-insights[sql]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All trials, and what is wrong with the folders."""

    trials: Sequence[Trial]
    faults: Sequence[Fault]
    has_sql: bool

    @property
    def failed(self) -> list[Trial]:
        """Events that are not found as their folders say."""
        return [trial for trial in self.trials if not trial.has_passed]

    @property
    def has_passed(self) -> bool:
        """Whether there were events, all found as their folders say, and nothing is an error."""
        return bool(self.trials) and not self.failed and all(one.severity != "error" for one in self.faults)


def as_json(report: Report) -> dict[str, Any]:
    """Everything, for other programs."""
    return {
        "passed": report.has_passed,
        "asked": ["query", "patterns", *(["sql"] if report.has_sql else [])],
        "events": [_event(trial) for trial in report.trials],
        "faults": [{**_fault(fault), "severity": fault.severity} for fault in report.faults],
    }


def _event(trial: Trial) -> dict[str, Any]:
    return {
        "control": trial.control.id,
        "path": trial.file.path,
        "expected": trial.file.is_expected,
        "query": trial.query,
        "patterns": trial.patterns,
        "sql": trial.sql,
        "passed": trial.has_passed,
        "why": [_fault(fault) for fault in trial.why],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "path": fault.path,
        "line": fault.line if fault.text else None,
        "column": fault.column if fault.text else None,
        "message": fault.message,
        "hint": fault.hint,
    }


def as_screen(report: Report, width: int) -> str:
    """One line for each control, then each event that is not found as it should be, and why.

    Args:
        width: of a line, in columns.
    """
    parts = ["\n".join(_lines(report.trials, width)), *map(_failure, report.failed)]
    parts += [screen(report.faults), _summary(report)]
    return "\n\n".join(part for part in parts if part)


def _lines(trials: Sequence[Trial], width: int) -> list[str]:
    """Of each control: how many events it finds and does not find."""
    by_control: dict[str, list[Trial]] = {}
    for trial in trials:
        by_control.setdefault(trial.control.id, []).append(trial)
    rows = [
        (id, _count(own, is_expected=True), _count(own, is_expected=False), _mark(own))
        for id, own in by_control.items()
    ]
    return align(rows, width, right=(1, 2)) if rows else []


def _count(trials: Sequence[Trial], *, is_expected: bool) -> str:
    """Events of a kind that are as they should be, of all of that kind."""
    own = [trial for trial in trials if trial.file.is_expected == is_expected]
    found = "found" if is_expected else "not found"
    return f"{sum(trial.has_passed for trial in own)} of {len(own)} {found}"


def _mark(trials: Sequence[Trial]) -> str:
    return "" if all(trial.has_passed for trial in trials) else "<-"


def _failure(trial: Trial) -> str:
    should = "is not found" if trial.file.is_expected else "is found"
    title = f"{printable(trial.file.path)}: error: {trial.control.id} {_should(trial)}, and it {should}"
    return "\n".join([title, *(f"  {line}" for why in trial.why for line in str(why).split("\n"))])


def _should(trial: Trial) -> str:
    return "has to find this event" if trial.file.is_expected else "must not find this event"


def _summary(report: Report) -> str:
    controls = len({trial.control.id for trial in report.trials})
    whole = f"{count_noun(len(report.trials), 'event')} of {count_noun(controls, 'control')}"
    failed = f"{len(report.failed)} not" if report.failed else "all"
    answer = f"{whole}: {failed} as they should be" if report.trials else "no event was tried"
    errors = sum(fault.severity == "error" for fault in report.faults)
    more = f"; {count_noun(errors, 'error')} in their files" if errors else ""
    return f"{answer}{more}" + ("" if report.has_sql else f"\n{_NO_SQL}")
