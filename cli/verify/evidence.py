"""The evidence for an auditor: one page that stands alone, prints, and runs nothing.

Whatever it shows is escaped, and its policy lets it load and run nothing.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape

from cis_insights import Control
from cis_insights.errors import printable
from cis_insights.verification.findings import LEVELS, Finding
from cis_insights.verification.model import MetricAlarm, MetricFilter
from cis_insights.verification.requirements import list_requirements
from cis_insights.verification.verdicts import AlarmVerdict, ControlVerdict, Counted
from cis_insights.verification.verifier import TrailVerdict, Verification

from .annotations import find_version

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.6rem }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid #ccc; padding-top: 1rem }
h3 { font-size: 1rem; margin-bottom: .3rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0 }
th, td { border-bottom: 1px solid #e5e5e5; overflow-wrap: anywhere }
th { font-weight: 600; width: 11rem } thead th { width: auto }
pre { background: #f5f6f7; padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere }
pre { font: .8rem/1.4 ui-monospace, monospace }
.ok { color: #14632b } .warning { color: #7a4b00 } .error { color: #a30d11 }
.ok, .warning, .error { font-weight: 600 }
@media print {
  body { margin: 0; max-width: none; font-size: 11px }
  h2, h3 { break-after: avoid } tr, pre { break-inside: avoid } a { color: inherit }
}
"""
_RELATIONS = {
    "exact": "the prescribed text, character by character; proven to count exactly the events of the query",
    "equal": "other words; proven to count exactly the events of the query",
    "wider": "proven to count every event of the query, and others",
    "narrower": "an event of the query is not counted",
    "different": "an event of the query is not counted, and others are",
    "open": "not decided",
}


def write_evidence(found: Verification, now: datetime) -> str:
    """The page.

    Args:
        now: when it was verified, with a time zone.
    """
    digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"CIS monitoring of {_describe_place(found)}"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        _write_summary(found, now),
        *map(_write_trail, found.trails),
        *map(_write_control, found.controls),
        _write_others(found),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _describe_place(found: Verification) -> str:
    place = found.setup.place
    return f"account {place.account}, {place.region}" if place else "files"


def _text(value: object) -> str:
    """Text as it is shown: one line, escaped, without a character that hides or turns others."""
    return escape(printable(str(value)))


def _block(text: str) -> str:
    """A text of several lines."""
    return "<pre>" + "\n".join(_text(line) for line in text.splitlines()) + "</pre>"


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and values, which are HTML already."""
    lines = (f"<tr><th>{_text(name)}</th><td>{value}</td></tr>" for name, value in rows if value)
    return "<table>" + "\n".join(lines) + "</table>"


def _mark(holds: bool) -> str:
    return '<span class="ok">holds</span>' if holds else '<span class="error">falls short</span>'


def _write_summary(found: Verification, now: datetime) -> str:
    held = sum(one.holds for one in found.controls if one.section)
    required = sum(bool(one.section) for one in found.controls)
    head = _rows(
        [
            ("Benchmark", _text(f"CIS AWS Foundations {found.version}, monitoring")),
            (
                "Verified",
                _text(f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC, by cis-insights {find_version()}"),
            ),
            ("Result", f"{_mark(found.holds)}: {held} of {required} controls"),
        ]
    )
    lines = "\n".join(map(_write_row, found.controls))
    heads = "".join(f"<th>{name}</th>" for name in ("Requirement", "Control", "Filter", "Notifies", "Result"))
    return f"{head}<h2>Requirements</h2><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _write_row(one: ControlVerdict) -> str:
    best = one.counted[0] if one.counted else None
    people = sorted({str(each) for alarm in best.alarms for each in alarm.notified}) if best else []
    cells = (
        _text(one.section or "-"),
        f'<a href="#{_text(one.control.id)}">{_text(one.control.title)}</a>',
        _text(best.agreement.relation if best else "none"),
        "<br>".join(map(_text, people)) or "nobody",
        _mark(one.holds),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _write_trail(one: TrailVerdict) -> str:
    trail = one.trail.description
    rows = [
        ("ARN", _text(trail.get("TrailARN", ""))),
        ("Log group", _text(one.trail.log_group_name)),
        ("All Regions", _yes(trail.get("IsMultiRegionTrail"))),
        ("Organization trail", _yes(trail.get("IsOrganizationTrail"))),
        ("Log file validation", _yes(trail.get("LogFileValidationEnabled"))),
        ("KMS key", _text(trail.get("KmsKeyId") or "none")),
    ]
    head = f"<h2>Trail {_text(one.trail.name)}</h2>"
    return f"<section>{head}{_rows(rows)}{_write_findings(one.findings)}</section>"


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _write_control(one: ControlVerdict) -> str:
    control = one.control
    others = list_requirements(control.id, control.security_hub)
    hub = f"{control.security_hub}: {one.security_hub_says}" if control.security_hub else ""
    rows = [
        ("Result", _mark(one.holds)),
        ("Why", _text(control.why)),
        ("Security Hub", _text(hub)),
        *((standard, _text(", ".join(numbers))) for standard, numbers in others.items()),
        ("Asks for", _block(_write_condition(control))),
    ]
    parts = [
        f'<section id="{_text(control.id)}"><h2>{_text(f"{one.section} {control.title}".strip())}</h2>',
        _rows(rows),
        _write_findings(one.findings),
        *map(_write_metric, one.counted),
        f"<h3>Query</h3>{_block(control.query_text)}</section>",
    ]
    return "\n".join(parts)


def _write_condition(control: Control) -> str:
    """The filters of the query, which decide what counts, as they are written."""
    stages = control.query.early_filters()
    return "\n".join(control.query.text[one.span.start : one.span.end] for one in stages)


def _write_metric(one: Counted) -> str:
    agreement = one.agreement
    filters = "".join(map(_write_filter, one.filters))
    rows = [
        ("Filter", filters),
        (
            "Proof",
            _text(_RELATIONS[agreement.relation] + (f": {agreement.reason}" if agreement.reason else "")),
        ),
        ("Not counted", _event(agreement.missed)),
        ("Counted besides", _event(agreement.extra)),
        *(("Alarm", _write_alarm(each)) for each in one.alarms),
    ]
    return f"<h3>Metric {_text(one.metric)}</h3>{_rows(rows)}"


def _write_filter(one: MetricFilter) -> str:
    place = f"{one.name}, on the log group {one.log_group.name}{_since(one.created)}"
    return _text(place) + _block(one.pattern)


def _since(time: datetime | None) -> str:
    return f", since {time.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if time else ""


def _event(event: object) -> str:
    return _block(json.dumps(event)) if event is not None else ""


def _write_alarm(one: AlarmVerdict) -> str:
    alarm = one.alarm
    people = [f"{each} ({each.arn})" if each.arn else str(each) for each in one.notified]
    rows = [
        ("Name", _text(alarm.name)),
        ("Fires", _text(_describe_alarm(alarm))),
        ("Text", _block(alarm.text) if alarm.text else ""),
        ("Actions", "on" if alarm.actions_enabled else "off"),
        ("State", _text(f"{alarm.state}{_since(alarm.state_since)}" if alarm.state else "")),
        ("Changed", _text(_since(alarm.configured).removeprefix(", since "))),
        ("Stack", _text(alarm.stack)),
        ("Notifies", "<br>".join(map(_text, people)) or "nobody"),
    ]
    return _rows(rows)


def _describe_alarm(alarm: MetricAlarm) -> str:
    condition = f"{alarm.statistic} of {alarm.period} seconds, {alarm.comparison} {alarm.threshold:g}"
    periods = f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} periods"
    return f"{condition}, in {periods}; missing data: {alarm.missing_data}"


def _write_findings(findings: Iterable[Finding]) -> str:
    lines = list(_list_findings(findings))
    return f"<h3>Findings</h3><table>{''.join(lines)}</table>" if lines else ""


def _list_findings(findings: Iterable[Finding]) -> Iterator[str]:
    for one in sorted(findings, key=lambda one: LEVELS.index(one.level)):
        since = f"<br>since {one.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if one.since else ""
        hint = f"<br>To mend it: {_text(one.hint)}" if one.hint else ""
        level = f'<span class="{one.level}">{one.level}</span>'
        place = f"{_text(f'{one.source.path}:{one.source.line}')}: " if one.source else ""
        yield f"<tr><th>{level}</th><td>{place}{_text(one.text)}{_event(one.event)}{since}{hint}</td></tr>"


def _write_others(found: Verification) -> str:
    return f"<section><h2>Besides</h2>{_write_findings(found.others)}</section>" if found.others else ""
