"""A page for each control: its query, its patterns, the proof, its events, what is excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cis_insights import Equivalent, QueryError

from .. import siblings
from .log_queries import SHIPPED_ROWS, list_columns, write_stages
from .log_widget import explain_error, pack_rows
from .metric_widget import draw_metric_widget
from .values import Values
from .widgets import describe_alarm

if TYPE_CHECKING:
    from stacks.deployed_control import DeployedControl, Plan

Drawn = dict[str, Any]
ROWS = SHIPPED_ROWS  # events that a page lists
EQUIVALENT = str(Equivalent())


def write_own_query(one: DeployedControl) -> str:
    """The query for the newest events of a control."""
    return write_stages(one.control.query, (), ROWS)


def write_event_query(one: DeployedControl) -> str:
    """As `write_own_query`, with the fields of the record that its commands name."""
    facts = siblings.answer_facts.describe_control(one, one.alarm, "") if one.alarm else {}
    names = siblings.questions.name_record_fields(one.control.commands).values()
    if not (names and facts.get("isPlain")):
        return write_own_query(one)
    shown = ", ".join([*list_columns(one.control.query), *(f"a_{name}" for name in names)])
    return f"{one.control.query_text}{facts['fields']}\n| display {shown}\n| limit {ROWS}"


def draw_control_page(one: DeployedControl, plan: Plan, values: Values) -> Drawn:
    """The page of a control."""
    control, alarm = one.control, one.alarm
    series, total = _draw_series(one, values, plan.settings.namespace)
    state = values.read_alarm(alarm.name) if alarm else None
    return {
        "id": one.id,
        "title": one.title,
        "severity": one.severity,
        "why": control.why,
        "respond": control.respond,
        "sections": f"CIS {siblings.alarm_text.format_cis_sections(control)}" if control.cis else "",
        "hub": control.security_hub or "",
        "attack": list(control.attack),
        "savedQuery": one.saved_query,
        "query": control.query_text,
        "filters": [list(each) for each in alarm.filters] if alarm else [],
        "proof": _prove(one),
        "rule": {"threshold": alarm.threshold, "period": alarm.period, "name": alarm.name} if alarm else None,
        "twins": [[twin.name, *twin.patterns] for twin in one.twins],
        "state": describe_alarm(state) if state else None,
        "raised": list(state.raised) if state else [],
        "exclusions": [_describe_exclusion(each) for each in one.exclusions],
        "events": _list_events(one, values),
        "series": series,
        "total": total,
    }


def _prove(one: DeployedControl) -> str:
    control = one.control
    if control.not_compilable:
        return f"A log alarm runs the query itself: {control.not_compilable.faults[0].message}."
    return EQUIVALENT  # else the catalogue is not read, nor an exclusion taken


def _describe_exclusion(one: Any) -> Drawn:
    exclusion = one.exclusion
    return {
        "condition": exclusion.condition,
        "why": exclusion.why,
        "owner": exclusion.owner,
        "until": str(exclusion.until or ""),
        "leftOut": str(one.left_out),
    }


def _list_events(one: DeployedControl, values: Values) -> Drawn:
    try:
        found = values.read_rows(write_event_query(one))
    except QueryError as error:
        return {"columns": [], "rows": [], "notes": [explain_error(error)]}
    packed = pack_rows(found.rows, list_columns(one.control.query), only=True)
    return {**packed, "notes": [found.note] if found.note else []}


def _draw_series(one: DeployedControl, values: Values, namespace: str) -> tuple[Drawn | None, int]:
    """The events of a control over time, and their number."""
    if not one.alarm:
        return None, 0
    metric = [namespace, one.alarm.name, {"label": "events", "stat": "Sum"}]
    drawn = draw_metric_widget({"metrics": [metric], "stacked": True}, values, adapts=True)
    return {**drawn, "bars": True}, int(drawn["series"][0]["total"])
