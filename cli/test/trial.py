"""One event against its control: query, patterns and SQL are asked alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cis_insights import ALL_READINGS, Control, Fault, NotCompilable, QueryError, Reading, Span
from cis_insights.logs_insights.explain import explain

from .event_files import EventFile

Answers = Mapping[int, bool]  # by the place of the event
SqlEngine = Callable[[Control, Sequence[EventFile]], Answers | None]
_REPORT = "the engines disagree, which is a fault of cis-insights: please report control and event"
_LIMIT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one event; an engine that cannot answer gave None."""

    file: EventFile
    control: Control
    query: bool | None
    patterns: bool | None
    sql: bool | None
    why: tuple[Fault, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether every engine answers as the event's folder says."""
        answers = {self.query, self.patterns, self.sql} - {None}
        return answers == {self.file.is_expected} and not self.why


def try_events(control: Control, files: Sequence[EventFile], sql: SqlEngine | None) -> list[Trial]:
    """Each event of a control under every reading, asked of all engines that can answer."""
    by_sql = (sql(control, files) if sql else None) or {}
    return [_try(control, file, by_sql.get(place)) for place, file in enumerate(files)]


def find_sql_engine() -> SqlEngine | None:
    """DuckDB, where it is installed."""
    try:
        from cis_insights.sql import run_query  # noqa: F401, PLC0415  # the extra `sql`
    except ModuleNotFoundError:
        return None
    return _ask_sql


def _try(control: Control, file: EventFile, sql: bool | None) -> Trial:
    trial = Trial(
        file=file,
        control=control,
        query=_unanimous(file, lambda reading: control.query.matches(file.event, reading)),
        patterns=_unanimous(file, lambda reading: _count(control, file, reading))
        if control.patterns
        else None,
        sql=sql,
    )
    return replace(trial, why=() if trial.has_passed else tuple(_why(trial)))


def _unanimous(file: EventFile, ask: Callable[[Reading], bool]) -> bool | None:
    """The answer under every reading; one of them that is not expected counts, none that cannot be given."""
    try:
        answers = {ask(reading) for reading in ALL_READINGS}
    except QueryError:
        return None
    return answers == {True} if file.is_expected else True in answers


def _count(control: Control, file: EventFile, reading: Reading) -> bool:
    return any(pattern.matches(file.event, reading) for pattern in control.patterns)


def _why(trial: Trial) -> list[Fault]:
    """The leaves that decide, under the first reading whose answer is not the expected one."""
    control, file = trial.control, trial.file
    if trial.query is None and trial.sql is None:
        reason = control.not_compilable.faults[0].message if control.not_compilable else "it cannot be run"
        hint = "pip install 'cis-insights[sql]' asks DuckDB"
        return [Fault(f"nothing here can decide this query: {reason}", Span(0, 0), "", hint, control.path)]
    if trial.query is None:
        hint = "the condition is on columns that `parse` makes: run the query on this event in the console"
        return [Fault(f"SQL {_answer(trial.sql)}", Span(0, 0), "", hint, control.path)]
    if trial.query == file.is_expected:
        return [
            Fault(f"query {_answer(trial.query)}, {_others(trial)}", Span(0, 0), "", _REPORT, control.path)
        ]
    wrong = next(one for one in ALL_READINGS if control.query.matches(file.event, one) != file.is_expected)
    return list(explain(control.query, file.event, wrong))


def _answer(found: bool | None) -> str:
    return "finds it" if found else "does not find it"


def _others(trial: Trial) -> str:
    answers = {"patterns": trial.patterns, "SQL": trial.sql}
    return ", ".join(f"{name}: {_answer(found)}" for name, found in answers.items() if found is not None)


def _write_message(file: EventFile) -> str:
    """The record as CloudTrail delivers it, on one line."""
    return json.dumps(file.event, separators=(",", ":"), ensure_ascii=False)


def _ask_sql(control: Control, files: Sequence[EventFile]) -> Answers | None:
    """Which events DuckDB finds by the stages up to the last filter on single events; None if it cannot."""
    from cis_insights.sql import LogEvent, run_query  # noqa: PLC0415  # the extra `sql`

    query = control.query
    end = max((stage.span.end for stage in query.early_filters()), default=query.stages[0].span.end)
    text = f"{query.text[query.span.start : end]}\n| fields @ptr\n| limit {_LIMIT}"
    try:
        rows = run_query(text, [LogEvent(0, _write_message(file)) for file in files])
    except (NotCompilable, QueryError):
        return None
    found = {int(row["@ptr"]) for row in rows}
    return {place: place in found for place in range(len(files))}
