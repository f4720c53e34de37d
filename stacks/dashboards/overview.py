"""The overview: what is wrong now, how much happens, whether the monitoring works. It scans no log data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cis_insights.catalogue.header import SEVERITIES, Severity

from ..answers.alarm_names import list_answer_alarms
from ..deployed_control import DeployedAlarm, DeployedControl, Plan
from ..links import LOOK_BACK
from ..names import name_failing, name_failing_rule, name_heartbeat, name_topic
from ..tampering_calls import RULES
from ..tokens import escape
from .charts import Counted, list_counted, make_charts
from .failures import make_failures
from .scans import count_scans_by_dashboard
from .texts import list_exclusions, list_query_links, write_overview_header
from .traffic import make_last_traffic, make_query_cost, make_traffic, make_trail_cost
from .widgets import (
    MAX_METRICS,
    SEVERITY_COLOURS,
    WIDTH,
    Metric,
    Widget,
    lay_out,
    make_alarms,
    make_firing,
    make_numbers,
    make_text,
    split,
)

# What `${Alarm}` stands for.
ALARM_ARN = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
_WEEK = 7 * 24 * 3600  # seconds
# A letter of a text widget is about this wide: no more than 150 go into a row of the whole width.
_LETTERS = 150


def build_overview(plan: Plan) -> dict[str, Any]:
    """Body of the overview.

    Returns:
        JSON with `${Alarm}`, `${LogGroup}`, `${Page}` and the variables of saved queries, for `Fn::Sub`.
        Its charts keep their periods, so that a threshold of five minutes is beside sums of five minutes.
    """
    return {
        "start": f"-PT{LOOK_BACK}H",
        "periodOverride": "inherit",
        "widgets": lay_out(_list_widgets(plan)),
    }


def _list_widgets(plan: Plan) -> list[Widget]:
    counted = list_counted(plan)
    namespace = plan.settings.namespace
    return [
        make_text(write_overview_header(plan, count_scans_by_dashboard(plan)), height=2),
        *_list_alarms(plan),
        *(_make_number(one, alarm, namespace) for one, alarm in counted),
        *(_make_comparison(part, namespace) for part in split(counted, MAX_METRICS // 2)),
        *make_charts(plan),
        make_traffic(plan.settings),
        make_last_traffic(),
        make_trail_cost(),
        make_query_cost(),
        *make_failures(plan),
        *_list_texts(plan),
    ]


def _list_alarms(plan: Plan) -> list[Widget]:
    """Those in ALARM, then all by severity, then those on the monitoring itself."""
    own = ["${Alarm}" + name for name in list_own_alarms(plan)]
    by_severity = {severity: _list_arns(plan.controls, severity) for severity in reversed(SEVERITIES)}
    every = [arn for arns in by_severity.values() for arn in arns]
    widgets = make_firing("In ALARM now, newest first", [*every, *own], height=3, width=WIDTH)
    for severity, arns in by_severity.items():
        widgets += make_alarms(f"{severity.capitalize()} controls", arns)
    return widgets + make_alarms("The monitoring itself", own)


def _list_arns(controls: Sequence[DeployedControl], severity: Severity) -> list[str]:
    return ["${Alarm}" + one.alarm.name for one in controls if one.alarm and one.severity == severity]


def list_own_alarms(plan: Plan) -> list[str]:
    """Names of the alarms on the monitoring itself."""
    settings = plan.settings
    names = [name_heartbeat(settings)] if plan.has_heartbeat else []
    if plan.delivery_alarms:
        names += [name_failing(name_topic(settings, topic)) for topic in plan.topic_names]
        names += [name_failing_rule(settings, kind) for kind in RULES if plan.has_second_path]
    return [*names, *(list_answer_alarms(settings.prefix) if plan.answered else [])]


def _make_number(one: DeployedControl, alarm: DeployedAlarm, namespace: str) -> Widget:
    """All events of the chosen time: a sparkline's number is its last value, here of a running sum."""
    colour = {"color": SEVERITY_COLOURS[one.severity]}
    metrics = [
        Metric("in the time chosen", expression="RUNNING_SUM(m)", options={"id": "total", **colour}),
        Metric(namespace=namespace, name=alarm.name, options={"id": "m", "visible": False}),
    ]
    return make_numbers(escape(one.title), metrics, width=3, height=3, sparkline=True)


def _make_comparison(counted: Sequence[Counted], namespace: str) -> Widget:
    """Events of the last seven days less those of the seven before, whatever time is chosen.

    Metric math has no shift of time; it has the time of each value.
    """
    metrics = [
        metric
        for number, (one, alarm) in enumerate(counted)
        for metric in _compare(f"m{number}", one, alarm, namespace)
    ]
    rows = -(-len(counted) // 8)
    title = "Events of the last 7 days, less those of the 7 days before"
    return make_numbers(title, metrics, width=WIDTH, height=1 + 2 * rows, start="-P14D", period=3600)


def _compare(id: str, one: DeployedControl, alarm: DeployedAlarm, namespace: str) -> Iterator[Metric]:
    colour = {"color": SEVERITY_COLOURS[one.severity]}
    recent = f"EPOCH({id})>MAX(EPOCH({id}))-{_WEEK}"
    expression = f"TIME_SERIES(SUM(IF({recent},{id},0))-SUM(IF({recent},0,{id})))"
    yield Metric(escape(one.title), expression=expression, options={"id": f"d{id}", **colour})
    yield Metric(namespace=namespace, name=alarm.name, options={"id": id, "visible": False})


def _list_texts(plan: Plan) -> list[Widget]:
    """Links to the saved queries, and what does not count."""
    links = list_query_links(plan)
    shown = [one.title for one in plan.controls] + [one.title for one in plan.investigations]
    titles = sum(len(title) + 3 for title in shown)
    rows = 1 + (2 * (1 + len(links) + titles // _LETTERS)) // 3  # a row of the grid has one and a half lines
    widgets = [make_text("\n\n".join(["**Saved queries**", *links]), height=rows)]
    if lines := list_exclusions(plan.controls):
        widgets.append(make_text("\n".join(["**Not counted**\n", *lines]), height=2 + len(lines)))
    return widgets
