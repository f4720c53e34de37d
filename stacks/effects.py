"""Settings that do nothing as they are: said at synth, since what was asked for does not happen.

A warning, since each may be meant for another deployment of the same file, or for later. What
contradicts itself, or leaves an alarm without anybody to notify, is an error: see `Settings`
and `plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cis_insights import Catalogue
from cis_insights.catalogue.header import SEVERITIES

from .deployed_control import DeployedControl
from .settings import PREFIX, ControlSettings, Fault, Settings
from .settings.settings import BY_SEVERITY, CONTROL_SETTINGS


def warnings(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> tuple[Fault, ...]:
    """One for each setting without effect, and for each control without an alarm."""
    parts: tuple[Callable[[Catalogue, Settings, Sequence[DeployedControl]], Iterator[Fault]], ...] = (
        _of_controls,
        _choices,
        _routes,
        _told_twice,
        _key,
        _twins,
        _names,
        _unalarmed,
    )
    return tuple(fault for part in parts for fault in part(catalogue, settings, controls))


def _warning(key: str, message: str, hint: str) -> Fault:
    return Fault(PREFIX + key, message, hint, "warning")


def _of_controls(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[Fault]:
    deployed = {one.control.id for one in controls}
    nothing = ControlSettings()
    for control, own in settings.overrides.items():
        if control in deployed:
            continue
        for setting in CONTROL_SETTINGS:
            if getattr(own, setting.attribute) != getattr(nothing, setting.attribute):
                hint = f"add {control} to {_chooser(catalogue, settings, control)}, or leave this out"
                yield _warning(f"{control}:{setting.key}", f"no effect: {control} is not deployed", hint)


def _chooser(catalogue: Catalogue, settings: Settings, control: str) -> str:
    """The setting that would deploy a control."""
    is_extended = catalogue[control].group == "extended"
    return f"{PREFIX}extended" if is_extended and not settings.controls else f"{PREFIX}controls"


def _choices(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[Fault]:
    default = _default("extended")
    if settings.controls and settings.extended != default:
        message = f"no effect: {PREFIX}controls says which are deployed"
        yield _warning("extended", message, f"name them in {PREFIX}controls, or leave this out")
    elif not settings.controls:
        for name in settings.extended:
            if name in catalogue and catalogue[name].group != "extended":
                message = f"no effect: {name} is not one of the controls beyond CIS"
                yield _warning("extended", message, f"leave it out; {PREFIX}controls chooses among all")
    for name in settings.controls_off:
        if not _is_on(catalogue, settings, name):
            message = f"no effect: {name} would not be deployed anyway"
            yield _warning("controls-off", message, "leave it out here")


def _is_on(catalogue: Catalogue, settings: Settings, name: str) -> bool:
    """Whether a control would be deployed if it were not left out."""
    control = catalogue[name]
    if settings.controls or control.group != "extended":
        return name in settings.controls if settings.controls else control.default
    words = {name, "all", *(["default"] if control.default else [])}
    return not words.isdisjoint(settings.extended)


def _routes(catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]) -> Iterator[Fault]:
    deployed = {one.severity for one in [one for one in controls if one.alarm]}
    some = ", ".join(severity for severity in SEVERITIES if severity in deployed)
    for name, setting in BY_SEVERITY.items():
        for severity, told in getattr(settings, setting.attribute).items():
            if told and severity not in deployed:
                message = f"no effect: no alarm of severity {severity} is deployed"
                yield _warning(f"{name}-{severity}", message, f"leave it out; there are alarms of: {some}")


def _told_twice(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[Fault]:
    for severity, told in settings.subscribers_by_severity.items():
        for one in told:
            if one in settings.subscribers:
                yield _twice(f"subscribers-{severity}", one.endpoint, "subscribers")
    for severity, arns in settings.topic_arns_by_severity.items():
        for arn in arns:
            if arn in settings.topic_arns:
                yield _twice(f"topic-arn-{severity}", arn, "topic-arn")


def _twice(key: str, name: str, general: str) -> Fault:
    message = f"no effect: {PREFIX}{general} notifies {name} of every alarm already"
    return _warning(key, message, "leave it out of one of the two")


def _key(catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]) -> Iterator[Fault]:
    has_own = settings.subscribers or any(settings.subscribers_by_severity.values())
    if settings.key_arn and not has_own and not any(one.twins for one in controls):
        message = "no effect: it encrypts topics that are made here, and none is made"
        hint = "leave it out; what encrypts an existing topic is set where that is made"
        yield _warning("key-arn", message, hint)


def _twins(catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]) -> Iterator[Fault]:
    if settings.cis_twins and not any(twin.twin == "cis" for one in controls for twin in one.twins):
        message = "no effect: CIS's text of no deployed control differs from Security Hub's"
        having = [one.id for one in catalogue.values() if one.cis_pattern]
        yield _warning("cis-twins", message, f"leave it out; it differs for: {', '.join(having)}")
    with_exclusions = [
        one for one in controls if one.control.cis and settings.for_control(one.control).exclude
    ]
    if not settings.exact_twins and not with_exclusions:
        message = "no effect: only a CIS control with exclusions has an exact twin, and none is deployed"
        yield _warning("exact-twins", message, "leave it out")


def _names(catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]) -> Iterator[Fault]:
    version = settings.benchmark_version
    if version != _default("benchmark_version") and not any(version in one.control.cis for one in controls):
        message = f"no effect: {version} has no section for a control that is deployed"
        yield _warning("benchmark-version", message, "leave it out")
    if settings.namespace != _default("namespace") and not any(
        one.control.patterns or one.twins for one in controls
    ):
        message = "no effect: log alarms have no metric, and there is no other alarm"
        yield _warning("namespace", message, "leave it out")


def _unalarmed(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[Fault]:
    for one in controls:
        if one.alarm is None:
            message = f"{one.id} has no alarm: no filter pattern can say it, and log alarms are off"
            hint = f"leave it out by {PREFIX}controls-off, or turn log alarms on where the Region has them"
            yield _warning("log-alarms", message, hint)


def _default(attribute: str) -> object:
    fields: Mapping[str, Any] = Settings.__dataclass_fields__
    return fields[attribute].default
