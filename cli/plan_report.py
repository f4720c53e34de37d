"""What `cis-insights plan` says: a JSON document, and the screen that is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from textwrap import indent
from typing import TYPE_CHECKING, Any

from cis_insights import Control
from cis_insights.catalogue.control_file import EXTENDED
from cis_insights.errors import printable
from cis_insights.verification.rules import build_statement

from . import siblings
from .layout import align, fold, wrap
from .plan_settings import Planned

if TYPE_CHECKING:
    from stacks.deployed_control import DeployedAlarm, DeployedControl, DeployedExclusion, Plan

Report = Mapping[str, Any]


def build_report(planned: Planned) -> dict[str, Any]:
    """Everything, as JSON."""
    costs, plan = siblings.costs, planned.plan
    deployed = {one.id: one for one in plan.controls}
    lines = costs.list_monthly_costs(plan)
    return {
        "controls": [
            _describe_control(control, deployed.get(control.id), planned)
            for control in planned.catalogue.values()
            if control.is_alarm
        ],
        "investigations": [control.id for control in plan.investigations],
        "notifies": {severity: _list_notified(planned, severity) for severity in reversed(plan.severities)},
        "topics_to_open": _list_topics_to_open(plan),
        "costs": {
            "currency": "USD",
            "lines": [{"count": one.count, "what": one.what, "each": one.each / 100} for one in lines],
            "monthly": sum(one.total for one in lines) / 100,
            "log_alarms": sum(alarm.is_log_alarm for alarm in plan.alarms),  # not in the sum
            "answer": costs.ANSWER if plan.answered else None,  # of one alarm
            "scan": costs.SCAN,  # of one query, for each gigabyte
        },
        "dashboards": siblings.dashboards.count_scans_by_dashboard(plan),  # queries a load
        "not_set": list(planned.not_set),
        "remarks": list(planned.remarks),
        "warnings": [str(one) for one in plan.warnings],
    }


def _list_topics_to_open(plan: Plan) -> list[dict[str, object]]:
    """Statements that the policies of existing topics need for the second path."""
    if not plan.has_second_path:
        return []
    arns = plan.settings.existing_topics(plan.severities[-1])
    rules = "arn:{1}:events:{3}:ACCOUNT:rule/{prefix}-*"
    return [
        build_statement(arn, [rules.format(*arn.split(":"), prefix=plan.settings.prefix)]) for arn in arns
    ]


def _describe_control(control: Control, deployed: DeployedControl | None, planned: Planned) -> dict[str, Any]:
    """One control: deployed or not, and all that comes of it."""
    alarm = deployed.alarm if deployed else None
    narrowed = deployed.control if deployed else control
    severity = deployed.severity if deployed else control.severity
    threshold, period = (alarm or control).threshold, (alarm or control).period
    patterns = [pattern.text for pattern in narrowed.patterns]
    return {
        "id": control.id,
        "title": control.title,
        "path": control.path,
        "on": deployed is not None,
        "on_because": _explain_choice(control, planned) if deployed else None,
        "off_because": planned.plan.left_out.get(control.id),
        "section": deployed.section if deployed else None,
        "severity": severity,
        "cis": dict(control.cis),
        "on_by_default": control.default,
        "alarm": f"{threshold} in {period // 60}m",
        "threshold": threshold,
        "period": period,
        "patterns": patterns,
        "filters": [_describe_filter(one) for one in alarm.filters] if alarm else [],
        "is_log_alarm": bool(alarm and alarm.is_log_alarm),
        "regexes": sum("%" in text for text in patterns),
        "excluded": list(narrowed.excluded),
        "exclusions": [_describe_exclusion(one) for one in deployed.exclusions] if deployed else [],
        "covers_more": control.covers_more,
        "twins": [_describe_twin(one) for one in deployed.twins] if deployed else [],
        "notifies": _list_notified(planned, severity) if alarm else [],
        "security_hub": control.security_hub,
        "security_hub_says": _predict_security_hub(control, deployed),
        "monthly_cost": siblings.costs.price_alarms(deployed.alarms) / 100 if deployed else 0,
        "not_compilable": str(control.not_compilable) if control.not_compilable else None,
    }


def _explain_choice(control: Control, planned: Planned) -> str:
    """The setting that a control is deployed by, or its default."""
    settings = planned.plan.settings
    if settings.controls:
        return "in controls"
    if control.group == EXTENDED and control.id in settings.extended:
        return "in extended"
    if control.group == EXTENDED and "all" in settings.extended:
        return "extended is all"
    return f"on by default ({control.default_because})"


def _describe_exclusion(one: DeployedExclusion) -> dict[str, Any]:
    until = one.exclusion.until
    return {
        **asdict(one.exclusion),
        "until": until.isoformat() if until else None,
        "leaves_out": {**asdict(one.left_out), "text": str(one.left_out)},
    }


def _describe_filter(filter: tuple[str, str]) -> dict[str, str]:
    return {"name": filter[0], "pattern": filter[1]}


def _describe_twin(alarm: DeployedAlarm) -> dict[str, Any]:
    return {"kind": alarm.twin, "name": alarm.name, "pattern": alarm.patterns[0]}


def _list_notified(planned: Planned, severity: Any) -> list[str]:
    """Endpoints and topics that an alarm of a severity notifies."""
    plan: Plan = planned.plan
    made = [one.endpoint for name in ("all", severity) for one in plan.topics.get(name, ())]
    return [*made, *plan.settings.existing_topics(severity)]


def _predict_security_hub(control: Control, deployed: DeployedControl | None) -> str:
    """What Security Hub finds: it compares the text of a filter with its own, character by character."""
    if control.security_hub is None:
        return ""
    if deployed is None:
        return "fails: not deployed"
    if deployed.alarm and control.exact_pattern in deployed.alarm.patterns:
        return "exact text"
    if any(twin.twin == "exact" for twin in deployed.twins):
        return "passes by the exact twin"
    return (
        "fails: exclusions without the exact twin"
        if deployed.control.excluded
        else "fails: not the exact text"
    )


def draw_screen(found: Report, width: int) -> str:
    """The report in lines of so many columns, but for faults; nothing is cut."""
    on = [one for one in found["controls"] if one["on"]]
    parts = [
        _draw_table(on, width),
        *_draw_details(on, width),
        _draw_choices(on, width),
        _draw_omitted(found, width),
        _draw_routes(found),
        _draw_statements(found, width),
        _draw_costs(found, width),
        _draw_scans(found, width),
    ]
    parts += [fold(f"not set yet: {remark}", width) for remark in found["remarks"]]
    return "\n\n".join(part for part in [*parts, *found["warnings"]] if part)


_HUB = {"exact text": "exact", "passes by the exact twin": "twin", "": "-"}


def _draw_table(controls: Sequence[Report], width: int) -> str:
    rows = [("control", "CIS", "severity", "alarm", "fed by", "hub", "month"), *map(_write_row, controls)]
    return "\n".join(align(rows, width))


def _write_row(one: Report) -> tuple[str, ...]:
    filters = str(len(one["filters"])) if one["filters"] else "query" if one["is_log_alarm"] else "-"
    hub = _HUB.get(one["security_hub_says"], "fails")
    month = "?" if one["is_log_alarm"] else _format_dollars(one["monthly_cost"])
    return one["id"], one["section"] or "-", one["severity"], one["alarm"], filters, hub, month


def _draw_details(controls: Sequence[Report], width: int) -> Iterator[str]:
    """What there is to say of a control beyond its row."""
    for one in controls:
        lines = [line for excluded in one["exclusions"] for line in _draw_exclusion(excluded, width)]
        lines += [f"quiet twin: {twin['name']}" for twin in one["twins"]]
        if one["security_hub_says"].startswith(("fails", "passes")):
            lines.append(f"Security Hub {one['security_hub']}: {one['security_hub_says']}")
        if one["not_compilable"]:
            kind = "log alarm" if one["is_log_alarm"] else "no alarm"
            lines += [f"{kind}, since no filter pattern can say it:", one["not_compilable"]]
        if lines:
            yield "\n".join([one["id"], indent("\n".join(lines), "  ")])


def _draw_choices(controls: Sequence[Report], width: int) -> str:
    """Why they are deployed: the reasons, with the controls of each."""
    by_reason: dict[str, list[str]] = {}
    for one in controls:
        by_reason.setdefault(one["on_because"], []).append(one["id"])
    rows = [
        (f"  {reason}", ids[0] if len(ids) == 1 else f"{len(ids)} controls")
        for reason, ids in by_reason.items()
    ]
    return "\n".join(["on", *align(rows, width)]) if rows else ""


def _draw_exclusion(one: Report, width: int) -> Iterator[str]:
    """An exclusion, what it leaves out, and the reason, its owner and its end, where they are given."""
    yield f"excluded: {printable(one['condition'])}"
    details = {
        "leaves out": one["leaves_out"]["text"],
        **{key: one[key] for key in ("why", "owner", "until")},
    }
    for label, text in details.items():
        if text:
            yield from wrap(f"{label}: {printable(text)}", width - 2, first="  ", rest="    ")


def _draw_omitted(found: Report, width: int) -> str:
    rows = [(f"  {one['id']}", _explain_omission(one)) for one in found["controls"] if not one["on"]]
    return "\n".join(["off", *align(rows, width)]) if rows else ""


def _explain_omission(one: Report) -> str:
    hub = one["security_hub"]
    return f"{one['off_because']}; {hub} fails" if hub else str(one["off_because"])


def _draw_routes(found: Report) -> str:
    """Whom alarms of each severity notify, one a line."""
    lines = ["notifies"]
    for severity, notified in found["notifies"].items():
        lines += [
            f"  {severity if number == 0 else '':8}  {printable(one)}"
            for number, one in enumerate(notified or ["nobody yet"])
        ]
    return "\n".join(lines)


def _draw_statements(found: Report, width: int) -> str:
    """What the owners of existing topics add to their policies."""
    if not found["topics_to_open"]:
        return ""
    head = (
        "Each existing topic has to let the second path publish, else nobody is notified of tampering through"
        " it. Add to its policy, ACCOUNT being the deployment's:"
    )
    statements = [json.dumps(one, indent=2) for one in found["topics_to_open"]]
    return "\n".join([fold(head, width), *(indent(one, "  ") for one in statements)])


def _draw_costs(found: Report, width: int) -> str:
    costs = found["costs"]
    lines = [
        f"{one['count']} {one['what']}{'s' * (one['count'] > 1)} at {_format_dollars(one['each'])}"
        for one in costs["lines"]
    ]
    text = f"a month: {_format_dollars(costs['monthly'])} = {' + '.join(lines)} (us-east-1 list prices)."
    text += " What is free (10 metrics, 10 alarms, 3 dashboards) is not subtracted."
    if costs["log_alarms"]:
        text += f" Log alarms besides: {costs['log_alarms']}, and the data that their queries scan."
    if costs["answer"]:
        text += f" An answer to an alarm besides: about ${costs['answer']:.3f}."
    return "\n".join(wrap(text, width))


def _draw_scans(found: Report, width: int) -> str:
    """What a load of each dashboard scans."""
    scans = [
        f"{name} {f'{count} times' if count > 1 else 'once' if count else 'nothing'}"
        for name, count in found["dashboards"].items()
    ]
    if not scans:
        return ""
    text = f"a load of a dashboard scans: {', '.join(scans)} the log of the time that is shown, at"
    text += f" ${found['costs']['scan']:.3f} a gigabyte (us-east-1 list price)."
    return "\n".join(wrap(text, width))


def _format_dollars(amount: float) -> str:
    return f"${amount:.2f}"
