"""Events over time, by the metrics that the alarms watch: no log data is scanned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cis_insights.catalogue.header import SEVERITIES

from ..deployed_control import DeployedAlarm, DeployedControl, Plan
from ..tokens import escape
from .widgets import FROM_ZERO, SEVERITY_COLOURS, Metric, Widget, make_bounds, make_metrics, split

_LINES = 50  # of a chart that people can still read

Counted = tuple[DeployedControl, DeployedAlarm]


def list_counted(plan: Plan) -> list[Counted]:
    """The controls whose events a metric counts, with its alarm: a log alarm has no metric."""
    return [(one, one.alarm) for one in plan.controls if one.alarm and not one.alarm.is_log_alarm]


def make_charts(plan: Plan) -> list[Widget]:
    """Events over time, by severity and by control."""
    counted = list_counted(plan)
    if not counted:
        return []
    whose = " of all accounts of the trail" if plan.settings.spans_accounts else ""
    namespace = plan.settings.namespace
    return [
        _make_severities(f"Events{whose} by severity", counted, namespace),
        *(
            _make_controls(f"Events{whose} by control, with the thresholds of their alarms", part, namespace)
            for part in split(counted, _LINES)
        ),
    ]


def _make_severities(title: str, counted: Sequence[Counted], namespace: str) -> Widget:
    metrics: list[Metric] = []
    for severity in reversed(SEVERITIES):
        names = [alarm.name for one, alarm in counted if one.severity == severity]
        ids = [f"{severity}{number}" for number in range(len(names))]
        colour = {"id": severity, "color": SEVERITY_COLOURS[severity]}
        if ids:
            summed = f"SUM([{','.join(ids)}])"
            metrics.append(Metric(severity.capitalize(), expression=summed, options=colour))
        metrics += [
            Metric(namespace=namespace, name=name, options={"id": id, "visible": False})
            for id, name in zip(ids, names, strict=True)
        ]
    return make_metrics(title, metrics, width=8, height=8, stacked=True, yAxis=FROM_ZERO)


def _make_controls(title: str, counted: Sequence[Counted], namespace: str) -> Widget:
    """A line a control, summed over its alarm's own period."""
    metrics = [
        Metric(
            escape(one.title),
            namespace,
            alarm.name,
            options={"color": SEVERITY_COLOURS[one.severity], "period": alarm.period},
        )
        for one, alarm in counted
    ]
    bounds = make_bounds(_list_thresholds(counted))
    return make_metrics(title, metrics, width=16, height=8, annotations=bounds, yAxis=FROM_ZERO)


def _list_thresholds(counted: Sequence[Counted]) -> Iterator[tuple[str, float]]:
    """Each threshold once, with the control that has it, or how many."""
    for threshold in sorted({alarm.threshold for _, alarm in counted}):
        titles = [one.title for one, alarm in counted if alarm.threshold == threshold]
        which = escape(titles[0]) if len(titles) == 1 else f"{len(titles)} controls"
        yield f"ALARM from {threshold}: {which}", threshold
