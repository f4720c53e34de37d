"""A verification as a person reads it, as wide as the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import click

from cis_insights.errors import printable
from cis_insights.verification.findings import LEVELS, Finding
from cis_insights.verification.verdicts import AlarmVerdict, ControlVerdict, Counted
from cis_insights.verification.verifier import Verification

from ..layout import align, wrap
from ..terminal import fold_prose, measure_prose, measure_width

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}
_INDENT = " " * 11


def draw_screen(found: Verification) -> str:
    """Trails, a row for each control, and below what is wrong with each."""
    parts = [
        _draw_head(found),
        *_draw_trails(found),
        "\n".join(_draw_table(found.controls)),
        *_draw_details(found),
        _draw_sum(found),
    ]
    return "\n\n".join(part for part in parts if part)


def _draw_head(found: Verification) -> str:
    place = found.setup.place
    where = f"account {place.account}, {place.region}" if place else "files"
    return f"{where}: CIS {found.version}"


def _draw_trails(found: Verification) -> Iterator[str]:
    for one in found.trails:
        owner = "organization trail, " if one.trail.description.get("IsOrganizationTrail") else ""
        head = f"trail {printable(one.trail.name)} ({owner}home Region {one.trail.home})"
        yield "\n".join([head, *_draw_findings(one.findings)])
    if found.setup.is_deployed and not found.trails:
        yield "\n".join(
            _draw_findings([Finding("error", "no trail records this account", "cis-insights doctor")])
        )


def _draw_table(controls: Sequence[ControlVerdict]) -> Iterator[str]:
    rows = [("       control", "filter", "alarm", "notifies"), *map(_write_row, controls)]
    for line in align(rows, measure_width()):
        yield _style(line[:5].rstrip(), 5) + line[5:]


def _write_row(one: ControlVerdict) -> tuple[str, ...]:
    name = f"{one.section:5}{one.control.id}" if one.section else one.control.id
    name = f"{'ok' if one.holds else 'error':5}  {name}"
    if not one.counted:
        return name, "-", "-", "-"
    best = one.counted[0]
    alarm = best.alarms[0] if best.alarms else None
    relation = best.agreement.relation if best.agreement.is_complete or not one.holds else "together"
    return name, relation, _describe_alarm(alarm), _list_notified(best)


def _describe_alarm(verdict: AlarmVerdict | None) -> str:
    if verdict is None:
        return "none"
    alarm = verdict.alarm
    if not alarm.actions_enabled:
        return "off"
    if any(rule.is_active for rule in alarm.muted_by):
        return "muted"
    statistic = "" if alarm.statistic == "Sum" else f"{printable(alarm.statistic)} "
    return f"{statistic}{alarm.threshold:g} in {_format_time(alarm.period)}"


def _format_time(seconds: int) -> str:
    return f"{seconds // 3_600}h" if seconds % 3_600 == 0 else f"{seconds / 60:g}m"


def _list_notified(counted: Counted) -> str:
    protocols = Counter(each.protocol for one in counted.alarms for each in one.notified)
    text = ", ".join(f"{count} {printable(name)}" for name, count in sorted(protocols.items()))
    return text or ("?" if any(one.is_unknown for one in counted.alarms) else "nobody")


def _draw_details(found: Verification) -> Iterator[str]:
    """What is wrong, control by control; what is wrong with several alike is said once."""
    said: dict[str, list[str]] = {}
    for one in found.controls:
        for each in _sort(each for each in one.findings if each.level != "ok"):
            names = said.setdefault("\n".join(_draw_findings([each])), [])
            names.append(one.section or one.control.id)
    for one in found.controls:
        own = [text for text, names in said.items() if names == [one.section or one.control.id]]
        if own:
            yield "\n".join([f"{one.section} {one.control.id}".strip(), *own])
    shared = {text: fold_prose(", ".join(names)) for text, names in said.items() if len(names) > 1}
    yield from (f"{names}\n{text}" for text, names in shared.items())
    if lines := list(_draw_findings(found.others)):
        yield "\n".join(["besides", *lines])


def _draw_sum(found: Verification) -> str:
    required = [one for one in found.controls if one.section]
    held = sum(one.holds for one in required)
    but = ", but what they rest on does not" if held == len(required) and not found.holds else ""
    return f"{held} of {len(required)} controls of CIS {found.version} hold{but}"


def _sort(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first."""
    return sorted(findings, key=lambda one: LEVELS.index(one.level))


def _draw_findings(findings: Iterable[Finding]) -> Iterator[str]:
    """Each finding: where it is, what it is, an event that shows it, since when, and what mends it."""
    for one in _sort(findings):
        place = f"{one.source.path}:{one.source.line}: " if one.source else ""
        text = printable(f"{place}{one.text}")
        first, *rest = wrap(text, measure_prose(), first=_INDENT, rest=_INDENT)
        yield f"  {_style(one.level, 8)} {first.strip()}"
        yield from rest
        if one.event is not None:
            yield f"{_INDENT}event: {printable(json.dumps(one.event))}"
        if one.since:
            yield f"{_INDENT}since: {one.since:%Y-%m-%d %H:%M} UTC"
        if one.hint:
            yield f"{_INDENT}hint: {printable(one.hint)}"


def _style(word: str, width: int) -> str:
    return click.style(f"{word:{width}}", fg=_COLOURS.get(word))
