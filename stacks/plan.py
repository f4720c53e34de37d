"""Catalogue and settings -> everything that will be deployed: names, texts and numbers, and no construct.

What is wrong is said here, before the CDK is loaded. `CisMonitoring` makes constructs of the plan;
`cis-insights plan` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cis_insights import Catalogue, Control, QueryError
from cis_insights import Fault as QueryFault
from cis_insights.catalogue.header import SEVERITIES

from . import effects, quotas
from .alarm_text import alarm_text, twin_text
from .deployed_control import DeployedAlarm, DeployedControl, Plan, TwinKind
from .names import alarm_name, full_title, linked_dashboard, saved_query_name, section
from .settings import PREFIX, ControlSettings, Fault, Settings, SettingsError, Subscriber


def plan(
    catalogue: Catalogue, settings: Settings, *, links_dashboard: bool = True, notifies: bool = True
) -> Plan:
    """Everything that `settings` deploy of a catalogue, every exclusion compiled and proven.

    Args:
        links_dashboard: whether alarms link to a dashboard.
        notifies: whether the settings have to notify somebody; parameters of a template do so in their place.

    Raises:
        QueryError: with the faults of all exclusions.
        SettingsError: if nothing is left, an alarm would notify nobody, or a quota would not hold.
    """
    alarms = [control for control in catalogue.values() if control.is_alarm]
    left_out = {control.id: why for control in alarms if (why := _why_left_out(control, settings))}
    chosen = sorted((one for one in alarms if one.id not in left_out), key=_place)
    linked = linked_dashboard(settings) if links_dashboard else None
    controls = _deploy_all(chosen, settings, linked)
    investigations = [one for one in catalogue.values() if not one.is_alarm and settings.investigations]
    planned = Plan(
        settings=settings,
        controls=controls,
        left_out=left_out,
        investigations=tuple(sorted(investigations, key=lambda control: control.id)),
        topics=_topics(settings, controls),
        warnings=effects.warnings(catalogue, settings, controls),
    )
    _check(planned, notifies=notifies)
    return planned


def _why_left_out(control: Control, settings: Settings) -> str:
    """Which setting leaves a control out, or nothing where it is deployed."""
    if control.id in settings.controls_off:
        return "in controls-off"
    if settings.controls:
        return "" if control.id in settings.controls else "not in controls"
    if control.group != "extended":
        return "" if control.default else _off_by_default(control)
    if control.id in settings.extended or "all" in settings.extended:
        return ""
    if "default" in settings.extended:
        return "" if control.default else _off_by_default(control)
    return "not in extended"


def _off_by_default(control: Control) -> str:
    return f"off by default ({control.default_because})"


def _place(control: Control) -> tuple[bool, list[int], str]:
    """By section of the newest benchmark that has one, the others behind by their ids."""
    newest = next(reversed(list(control.cis.values())), "")
    return not newest, [int(part) for part in newest.split(".") if part], control.id


def _deploy_all(
    chosen: Sequence[Control], settings: Settings, linked: str | None
) -> tuple[DeployedControl, ...]:
    faults: list[QueryFault] = []
    controls: list[DeployedControl] = []
    for control in chosen:
        try:
            controls.append(_deploy(control, settings, linked))
        except QueryError as error:
            faults += error.at(f"{PREFIX}{control.id}:exclude").faults
    if faults:
        raise QueryError(faults)
    return tuple(controls)


def _deploy(control: Control, settings: Settings, linked: str | None) -> DeployedControl:
    own = settings.for_control(control)
    narrowed = control.excluding(own.exclude)
    planned = DeployedControl(
        control=narrowed,
        severity=own.severity or control.severity,
        section=section(settings, control),
        title=full_title(settings, control),
        saved_query=saved_query_name(settings, control),
        alarm=None,
        twins=tuple(_twins(control, own, settings)),
    )
    if not narrowed.patterns and not settings.log_alarms:
        return planned
    alarm = DeployedAlarm(
        id=control.id,
        name=alarm_name(settings, control),
        patterns=tuple(pattern.text for pattern in narrowed.patterns),
        threshold=own.threshold or control.threshold,
        period=own.period or control.period,
        text=alarm_text(settings, planned, dashboard=linked),
    )
    return replace(planned, alarm=alarm)


def _twins(control: Control, own: ControlSettings, settings: Settings) -> Iterator[DeployedAlarm]:
    """Auditors ask for exact texts, and of the benchmark's controls only."""
    if own.exclude and control.cis and settings.exact_twins and control.exact_pattern:
        yield _twin(control, settings, "exact", control.exact_pattern)
    if control.cis_pattern and settings.cis_twins:
        yield _twin(control, settings, "cis", control.cis_pattern.text)


def _twin(control: Control, settings: Settings, kind: TwinKind, pattern: str) -> DeployedAlarm:
    return DeployedAlarm(
        id=f"{control.id}-{kind}",
        name=alarm_name(settings, control, kind),
        patterns=(pattern,),
        threshold=1,
        period=control.period,
        text=twin_text(settings, control, kind),
        twin=kind,
    )


def _topics(settings: Settings, controls: Sequence[DeployedControl]) -> Mapping[str, tuple[Subscriber, ...]]:
    """The topic of everybody, and one for each severity that somebody else is notified of.

    A topic depends on its own subscribers alone: routing a severity apart later replaces none.
    """
    used = [
        severity for severity in SEVERITIES if any(one.severity == severity for one in controls if one.alarm)
    ]
    topics: dict[str, tuple[Subscriber, ...]] = {"all": settings.subscribers}
    topics |= {severity: settings.own_subscribers(severity) for severity in used}
    return {name: subscribers for name, subscribers in topics.items() if subscribers}


def _check(planned: Plan, *, notifies: bool) -> None:
    """Whether AWS takes it, and somebody is notified of each alarm.

    Raises:
        SettingsError: with all that does not hold.
    """
    faults = quotas.faults(planned)
    if not planned.controls:
        faults.append(Fault(f"{PREFIX}controls", "no control is left to watch", "leave out fewer of them"))
    if faults := faults or (list(_unnotified(planned)) if notifies else []):
        raise SettingsError(faults)


def _unnotified(planned: Plan) -> Iterator[Fault]:
    """CIS 3.15: each alarm notifies somebody."""
    settings = planned.settings
    for severity in sorted(planned.severities):
        if not planned.topics.keys() & {"all", severity} and not settings.existing_topics(severity):
            yield Fault(
                f"{PREFIX}subscribers-{severity}",
                f"nobody would be told of alarms of severity {severity} (CIS 3.15)",
                f"set it, or {PREFIX}subscribers for all severities",
            )
