"""What a back-test found, for programs: JSON, and CSV in which no text is a command or a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from unicodedata import normalize

from cis_insights.backtest.principals import Principal
from cis_insights.errors import MAX_SAID, printable

from .outcome import Outcome
from .report import Comparison, ControlReport, show_day, show_minute
from .suggestion import Suggestion

MAX_PRINCIPALS = 1_000  # of a control; how many more there are is said
_FORMULA = tuple("=+-@")


def as_json(outcome: Outcome) -> str:
    """One document, with everything."""
    first, last = outcome.span.first, outcome.span.last
    body = {
        "records": outcome.records,
        "first": first.isoformat() + "Z" if first else None,
        "last": last.isoformat() + "Z" if last else None,
        "days": round(outcome.span.days, 3),
        "broken": sum(one.count for one in outcome.faults),
        "not_counted": [asdict(one) for one in outcome.broken],
        "controls": [_control(one) for one in outcome.controls],
    }
    return json.dumps(body, indent=2)


def _control(one: ControlReport) -> dict[str, Any]:
    days = [{"day": show_day(day.day), "events": day.events, "alarms": day.alarms} for day in one.by_day]
    return {
        "control": one.control,
        "title": one.title,
        "severity": one.severity,
        "threshold": one.threshold,
        "period": one.period,
        "configured": list(one.configured),
        "events": one.events,
        "periods": one.firing.periods,
        "alarms": one.firing.alarms,
        "alarms_a_day": round(one.rate(1), 3),
        "alarms_a_week": round(one.rate(7), 3),
        "first": _time(one.first),
        "last": _time(one.last),
        "worst_day": show_day(one.worst.day) if one.worst else None,
        "by_day": days,
        "by_hour": list(one.by_hour),
        "ladder": [asdict(step) for step in one.ladder],
        "principals": [_principal(who) for who in one.principals[:MAX_PRINCIPALS]],
        "other_principals": max(0, len(one.principals) - MAX_PRINCIPALS),
        "calls": one.calls,
        "addresses": one.addresses,
        "errors": one.errors,
        "suggestion": _suggestion(one.suggestion) if one.suggestion else None,
        "not_suggested": one.not_suggested,
        "tried": _comparison(one.comparison) if one.comparison else None,
    }


def _time(minute: int | None) -> str | None:
    return None if minute is None else show_minute(minute)


def _principal(who: Principal) -> dict[str, Any]:
    return {
        "kind": who.kind,
        "name": who.name,
        "account": who.account,
        "sessions": who.sessions,
        "events": who.events,
        "first": show_minute(who.first),
        "last": show_minute(who.last),
    }


def _suggestion(found: Suggestion) -> dict[str, Any]:
    leaves = {
        "events": found.leaves,
        "alarms": found.leaves_firing.alarms,
        "periods": found.leaves_firing.periods,
    }
    principals = [_principal(who) for who in found.leaves_principals[:MAX_PRINCIPALS]]
    return {
        "condition": found.condition,
        "setting": found.setting,
        "principal": found.principal,
        "removes": found.removes,
        "leaves": {**leaves, "principals": principals},
        "warnings": list(found.warnings),
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    records = [{**asdict(record), "minute": show_minute(record.minute)} for record in found.hidden.records]
    before = {"events": found.events, "alarms": found.firing.alarms, "periods": found.firing.periods}
    hides = {"events": found.hidden.events, "records": records, "warnings": list(found.hidden.warnings)}
    return {"conditions": list(found.conditions), "before": before, "hides": hides}


def as_csv(outcome: Outcome) -> str:
    """A line for each control; lists of several values are one cell, `value: number; ..`."""
    out = io.StringIO()
    rows = [_row(_control(one)) for one in outcome.controls]
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["control"])
    writer.writeheader()
    writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in rows)
    return out.getvalue()


def _row(found: dict[str, Any]) -> dict[str, object]:
    suggestion, tried = found.pop("suggestion") or {}, found.pop("tried") or {}
    leaves, before, hides = suggestion.get("leaves", {}), tried.get("before", {}), tried.get("hides", {})
    return {
        **found,
        "configured": "; ".join(map(_condition, found["configured"])),
        "by_day": _pairs(
            (day["day"], f"{day['events']} events {day['alarms']} alarms") for day in found["by_day"]
        ),
        "by_hour": _pairs((f"{hour:02}", count) for hour, count in enumerate(found["by_hour"])),
        "ladder": _pairs(
            (s["threshold"], f"{s['alarms']} alarms {s['periods']} periods") for s in found["ladder"]
        ),
        "principals": "; ".join(map(_line, found["principals"])),
        **{name: _pairs(found[name]) for name in ("calls", "addresses", "errors")},
        "suggestion": suggestion.get("condition", ""),
        "suggestion_removes": suggestion.get("removes", ""),
        "suggestion_leaves": leaves.get("events", ""),
        "suggestion_leaves_alarms": leaves.get("alarms", ""),
        "suggestion_warnings": "; ".join(suggestion.get("warnings", ())),
        "tried": "; ".join(tried.get("conditions", ())),
        "events_before": before.get("events", ""),
        "alarms_before": before.get("alarms", ""),
        "periods_before": before.get("periods", ""),
        "hides": hides.get("events", ""),
        "hides_records": "; ".join(map(_line, hides.get("records", ()))),
        "hides_warnings": "; ".join(hides.get("warnings", ())),
    }


def _condition(configured: str | dict[str, str]) -> str:
    return configured if isinstance(configured, str) else configured["condition"]


def _pairs(pairs: Iterable[Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in pairs)


def _line(found: Mapping[str, object]) -> str:
    return " ".join(str(value) for value in found.values() if value not in (None, 0))


def _harmless(cell: object) -> object:
    """A number as it is; a text as the table shows it, with an apostrophe where it would be a formula."""
    if not isinstance(cell, str) or not cell:
        return cell
    # Spreadsheets pass over what cannot be seen, and take full-width signs for their plain forms.
    seen = "".join(char for char in normalize("NFKC", cell) if char.isprintable() and not char.isspace())
    return f"'{_inert(cell)}" if seen[:1] in _FORMULA or not cell[0].isprintable() else _inert(cell)


def _inert(text: str) -> str:
    """All of a text, however long, without control characters."""
    return "".join(printable(text[start : start + MAX_SAID]) for start in range(0, len(text), MAX_SAID))
