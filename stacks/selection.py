"""Catalogue and settings -> what is deployed, every exclusion compiled and proven."""

from __future__ import annotations

from collections.abc import Sequence

from cis_insights import Catalogue, Control, QueryError
from cis_insights import Fault as QueryFault

from . import quotas
from .effects import alarmed
from .settings import PREFIX, Fault, Settings, SettingsError
from .watched import Watched


def select(catalogue: Catalogue, settings: Settings) -> tuple[Watched, ...]:
    """The controls to deploy, in the order of the benchmark; file names do not matter.

    Raises:
        QueryError: with the faults of all exclusions.
        SettingsError: if nothing is left, an alarm would tell nobody, or a quota would not hold.
    """
    chosen = sorted((one for one in catalogue.values() if _is_chosen(one, settings)), key=_place)
    faults: list[QueryFault] = []
    watched: list[Watched] = []
    for control in chosen:
        try:
            watched.append(_watched(control, settings))
        except QueryError as error:
            faults += error.at(f"{PREFIX}{control.id}:exclude").faults
    if faults:
        raise QueryError(faults)
    _check_quotas(watched, catalogue, settings)
    _check_heard(watched, settings)
    return tuple(watched)


def _place(control: Control) -> tuple[bool, list[int], str]:
    """By section of the newest benchmark that has one, the others behind by their ids."""
    section = next(reversed(list(control.cis.values())), "")
    return not section, [int(part) for part in section.split(".") if part], control.id


def _is_chosen(control: Control, settings: Settings) -> bool:
    if not control.is_alarm or control.id in settings.controls_off:
        return False
    if settings.controls:
        return control.id in settings.controls
    if control.group != "extended":
        return control.default
    named = control.id in settings.extended or "all" in settings.extended
    return named or (control.default and "default" in settings.extended)


def _watched(control: Control, settings: Settings) -> Watched:
    own = settings.for_control(control)
    # Auditors ask for the benchmark's controls only.
    is_twin = bool(own.exclude and control.cis) and settings.exact_twins
    return Watched(
        control=control.excluding(own.exclude),
        severity=own.severity or control.severity,
        threshold=own.threshold or control.threshold,
        period=own.period or control.period,
        exact_twin=control.exact_pattern if is_twin else None,
        cis_twin=control.cis_pattern.text if control.cis_pattern and settings.cis_twins else None,
    )


def _check_quotas(watched: Sequence[Watched], catalogue: Catalogue, settings: Settings) -> None:
    faults = quotas.faults(watched, catalogue, settings)
    if not watched:
        faults.append(Fault(f"{PREFIX}controls", "no control is left to watch", "leave out fewer of them"))
    if faults:
        raise SettingsError(faults)


def _check_heard(watched: Sequence[Watched], settings: Settings) -> None:
    """CIS 3.15: each alarm tells somebody."""
    if settings.subscribers or settings.topic_arns:
        return
    apart = (settings.subscribers_by_severity, settings.topic_arns_by_severity)
    heard = {severity for routes in apart for severity, told in routes.items() if told}
    unheard = {one.severity for one in alarmed(settings, watched)} - heard
    faults = [
        Fault(
            f"{PREFIX}subscribers-{severity}",
            f"nobody would be told of alarms of severity {severity} (CIS 3.15)",
            f"set it, or {PREFIX}subscribers for all severities",
        )
        for severity in sorted(unheard)
    ]
    if faults:
        raise SettingsError(faults)
