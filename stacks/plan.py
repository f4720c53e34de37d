"""Catalogue and settings -> everything that will be deployed: names, texts and numbers, and no construct.

Everything wrong is reported here, before the CDK is loaded. `CisMonitoring` makes constructs of the plan;
`cis-insights plan` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cis_insights import Catalogue, Control, Fault, QueryError
from cis_insights.catalogue.header import SEVERITIES

from . import effects, quotas
from .alarm_text import write_alarm_text, write_twin_text
from .deployed_control import DeployedAlarm, DeployedControl, DeployedExclusion, Plan, TwinKind
from .exclusion_dates import find_ending, read_clock
from .names import choose_linked_dashboard, find_section, name_alarm, name_saved_query, write_title
from .settings import PREFIX, ControlSettings, SettingFault, Settings, SettingsError, Subscriber


def plan(
    catalogue: Catalogue,
    settings: Settings,
    *,
    links_dashboard: bool = True,
    notifies: bool = True,
    today: date | None = None,
) -> Plan:
    """Everything that `settings` deploy of a catalogue, every exclusion compiled and proven.

    Args:
        links_dashboard: whether alarms link to a dashboard.
        notifies: whether the settings have to notify somebody; parameters of a template do so in their place.
        today: the day on which exclusions have ended or not; the real one unless given.

    Raises:
        QueryError: with the faults of all exclusions.
        SettingsError: if nothing is left, an alarm would notify nobody, an exclusion has ended, or a quota
            would not hold.
    """
    alarms = [control for control in catalogue.values() if control.is_alarm]
    left_out = {control.id: why for control in alarms if (why := _explain_omission(control, settings))}
    chosen = sorted((one for one in alarms if one.id not in left_out), key=_sort_key)
    linked = choose_linked_dashboard(settings) if links_dashboard else None
    controls = _plan_controls(catalogue, chosen, settings, linked)
    investigations = [one for one in catalogue.values() if not one.is_alarm and settings.investigations]
    ending = list(find_ending(controls, today or read_clock()))
    planned = Plan(
        settings=settings,
        controls=controls,
        left_out=left_out,
        investigations=tuple(sorted(investigations, key=lambda control: control.id)),
        topics=_plan_topics(settings, controls),
        warnings=(
            *effects.find_warnings(catalogue, settings, controls),
            *(one for one in ending if one.level == "warning"),
        ),
    )
    _check(planned, [one for one in ending if one.level == "error"], notifies=notifies)
    return planned


def _explain_omission(control: Control, settings: Settings) -> str:
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


def _sort_key(control: Control) -> tuple[bool, list[int], str]:
    """By section of the newest benchmark that has one, the others behind by their ids."""
    newest = next(reversed(list(control.cis.values())), "")
    return not newest, [int(part) for part in newest.split(".") if part], control.id


def _plan_controls(
    catalogue: Catalogue, chosen: Sequence[Control], settings: Settings, linked: str | None
) -> tuple[DeployedControl, ...]:
    faults: list[Fault] = []
    controls: list[DeployedControl] = []
    for control in chosen:
        try:
            narrowed = catalogue.exclude(control.id, settings.for_control(control).conditions)
            controls.append(_plan_control(control, narrowed, settings, linked))
        except QueryError as error:
            faults += error.at(f"{PREFIX}{control.id}:exclude").faults
    if faults:
        raise QueryError(faults)
    return tuple(controls)


def _plan_control(
    control: Control, narrowed: Control, settings: Settings, linked: str | None
) -> DeployedControl:
    own = settings.for_control(control)
    planned = DeployedControl(
        control=narrowed,
        severity=own.severity or control.severity,
        section=find_section(settings, control),
        title=write_title(settings, control),
        saved_query=name_saved_query(settings, control),
        alarm=None,
        twins=tuple(_plan_twins(control, own, settings)),
        exclusions=tuple(
            DeployedExclusion(one, control.find_left_out(one.condition)) for one in own.exclusions
        ),
    )
    if not narrowed.patterns and not settings.log_alarms:
        return planned
    alarm = DeployedAlarm(
        id=control.id,
        name=name_alarm(settings, control),
        patterns=tuple(pattern.text for pattern in narrowed.patterns),
        threshold=own.threshold or control.threshold,
        period=own.period or control.period,
        text=write_alarm_text(settings, planned, dashboard=linked),
        is_answered_instead=settings.answers == "instead",
    )
    return replace(planned, alarm=alarm)


def _plan_twins(control: Control, own: ControlSettings, settings: Settings) -> Iterator[DeployedAlarm]:
    """Auditors ask for exact texts, and of the benchmark's controls only."""
    if own.exclude and control.cis and settings.exact_twins and control.exact_pattern:
        yield _plan_twin(control, settings, "exact", control.exact_pattern)
    if control.cis_pattern and settings.cis_twins:
        yield _plan_twin(control, settings, "cis", control.cis_pattern.text)


def _plan_twin(control: Control, settings: Settings, kind: TwinKind, pattern: str) -> DeployedAlarm:
    return DeployedAlarm(
        id=f"{control.id}-{kind}",
        name=name_alarm(settings, control, kind),
        patterns=(pattern,),
        threshold=1,
        period=control.period,
        text=write_twin_text(settings, control, kind),
        twin=kind,
    )


def _plan_topics(
    settings: Settings, controls: Sequence[DeployedControl]
) -> Mapping[str, tuple[Subscriber, ...]]:
    """The topic of everybody, and one for each severity that somebody else is notified of.

    A topic depends on its own subscribers alone: routing a severity apart later replaces none.
    """
    used = [
        severity for severity in SEVERITIES if any(one.severity == severity for one in controls if one.alarm)
    ]
    topics: dict[str, tuple[Subscriber, ...]] = {"all": settings.subscribers}
    topics |= {severity: settings.own_subscribers(severity) for severity in used}
    return {name: subscribers for name, subscribers in topics.items() if subscribers}


def _check(planned: Plan, ended: Sequence[SettingFault], *, notifies: bool) -> None:
    """Whether AWS takes it, and somebody is notified of each alarm.

    Raises:
        SettingsError: with all that does not hold.
    """
    faults = [*ended, *quotas.find_faults(planned)]
    if not planned.controls:
        faults.append(
            SettingFault(f"{PREFIX}controls", "no control is left to watch", "leave out fewer of them")
        )
    if faults := faults or (list(_find_unnotified(planned)) if notifies else []):
        raise SettingsError(faults)


def _find_unnotified(planned: Plan) -> Iterator[SettingFault]:
    """CIS 3.15: each alarm notifies somebody."""
    settings = planned.settings
    for severity in sorted(planned.severities):
        if not planned.topics.keys() & {"all", severity} and not settings.existing_topics(severity):
            yield SettingFault(
                f"{PREFIX}subscribers-{severity}",
                f"nobody would be notified of alarms of severity {severity} (CIS 3.15)",
                f"set it, or {PREFIX}subscribers for all severities",
            )
