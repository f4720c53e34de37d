"""Settings without effect, reported at synth: what they ask for does not happen.

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
from .settings import PREFIX, ControlSettings, SettingFault, Settings
from .settings.answer_modes import CHANNELS
from .settings.settings import BY_SEVERITY, CONTROL_SETTINGS


def find_warnings(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> tuple[SettingFault, ...]:
    """One for each setting without effect, and for each control without an alarm."""
    parts: tuple[Callable[[Catalogue, Settings, Sequence[DeployedControl]], Iterator[SettingFault]], ...] = (
        _check_controls,
        _check_choices,
        _check_routes,
        _check_repeated,
        _check_key,
        _check_twins,
        _check_names,
        _check_alarms,
        _check_answers,
    )
    return tuple(fault for part in parts for fault in part(catalogue, settings, controls))


def _make_warning(key: str, message: str, hint: str) -> SettingFault:
    return SettingFault(PREFIX + key, message, hint, "warning")


def _check_controls(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    deployed = {one.control.id for one in controls}
    nothing = ControlSettings()
    for control, own in settings.overrides.items():
        if control in deployed:
            continue
        for setting in CONTROL_SETTINGS:
            if getattr(own, setting.attribute) != getattr(nothing, setting.attribute):
                hint = f"add {control} to {_name_chooser(catalogue, settings, control)}, or leave this out"
                yield _make_warning(f"{control}:{setting.key}", f"no effect: {control} is not deployed", hint)


def _name_chooser(catalogue: Catalogue, settings: Settings, control: str) -> str:
    """The setting that would deploy a control."""
    is_extended = catalogue[control].group == "extended"
    return f"{PREFIX}extended" if is_extended and not settings.controls else f"{PREFIX}controls"


def _check_choices(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    default = _get_default("extended")
    if settings.controls and settings.extended != default:
        message = f"no effect: {PREFIX}controls says which are deployed"
        yield _make_warning("extended", message, f"name them in {PREFIX}controls, or leave this out")
    elif not settings.controls:
        for name in settings.extended:
            if name in catalogue and catalogue[name].group != "extended":
                message = f"no effect: {name} is not one of the controls beyond CIS"
                yield _make_warning("extended", message, f"leave it out; {PREFIX}controls chooses among all")
    for name in settings.controls_off:
        if not _is_on(catalogue, settings, name):
            message = f"no effect: {name} would not be deployed anyway"
            yield _make_warning("controls-off", message, "leave it out here")


def _is_on(catalogue: Catalogue, settings: Settings, name: str) -> bool:
    """Whether a control would be deployed if it were not left out."""
    control = catalogue[name]
    if settings.controls or control.group != "extended":
        return name in settings.controls if settings.controls else control.default
    words = {name, "all", *(["default"] if control.default else [])}
    return not words.isdisjoint(settings.extended)


def _check_routes(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    deployed = {one.severity for one in [one for one in controls if one.alarm]}
    some = ", ".join(severity for severity in SEVERITIES if severity in deployed)
    for name, setting in BY_SEVERITY.items():
        for severity, notified in getattr(settings, setting.attribute).items():
            if notified and severity not in deployed:
                message = f"no effect: no alarm of severity {severity} is deployed"
                yield _make_warning(
                    f"{name}-{severity}", message, f"leave it out; there are alarms of: {some}"
                )


def _check_repeated(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    for severity, subscribers in settings.subscribers_by_severity.items():
        for one in subscribers:
            if one in settings.subscribers:
                yield _warn_of_repeated(f"subscribers-{severity}", one.endpoint, "subscribers")
    for severity, arns in settings.topic_arns_by_severity.items():
        for arn in arns:
            if arn in settings.topic_arns:
                yield _warn_of_repeated(f"topic-arn-{severity}", arn, "topic-arn")


def _warn_of_repeated(key: str, name: str, general: str) -> SettingFault:
    message = f"no effect: {PREFIX}{general} notifies {name} of every alarm already"
    return _make_warning(key, message, "leave it out of one of the two")


def _check_key(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    has_own = settings.subscribers or any(settings.subscribers_by_severity.values())
    if settings.key_arn and not has_own and not any(one.twins for one in controls):
        message = "no effect: it encrypts topics that are made here, and none is made"
        hint = "leave it out; what encrypts an existing topic is set where that is made"
        yield _make_warning("key-arn", message, hint)


def _check_twins(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    if settings.cis_twins and not any(twin.twin == "cis" for one in controls for twin in one.twins):
        message = "no effect: CIS's text of no deployed control differs from Security Hub's"
        having = [one.id for one in catalogue.values() if one.cis_pattern]
        yield _make_warning("cis-twins", message, f"leave it out; it differs for: {', '.join(having)}")
    with_exclusions = [
        one for one in controls if one.control.cis and settings.for_control(one.control).exclude
    ]
    if not settings.exact_twins and not with_exclusions:
        message = "no effect: only a CIS control with exclusions has an exact twin, and none is deployed"
        yield _make_warning("exact-twins", message, "leave it out")


def _check_names(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    version = settings.benchmark_version
    if version != _get_default("benchmark_version") and not any(
        version in one.control.cis for one in controls
    ):
        message = f"no effect: {version} has no section for a control that is deployed"
        yield _make_warning("benchmark-version", message, "leave it out")
    if settings.namespace != _get_default("namespace") and not any(
        one.control.patterns or one.twins for one in controls
    ):
        message = "no effect: log alarms have no metric, and there is no other alarm"
        yield _make_warning("namespace", message, "leave it out")


def _check_alarms(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    for one in controls:
        if one.alarm is None:
            message = f"{one.id} has no alarm: no filter pattern can say it, and log alarms are off"
            hint = f"leave it out by {PREFIX}controls-off, or turn log alarms on where the Region has them"
            yield _make_warning("log-alarms", message, hint)


def _check_answers(
    catalogue: Catalogue, settings: Settings, controls: Sequence[DeployedControl]
) -> Iterator[SettingFault]:
    of_answers = ("account-names", *(key for keys in CHANNELS for key in keys))
    for key in of_answers if settings.answers == "off" else ():
        if getattr(settings, key.replace("-", "_")):
            yield _make_warning(
                key, "no effect: answers are off", f"turn {PREFIX}answers on, or leave it out"
            )


def _get_default(attribute: str) -> object:
    fields: Mapping[str, Any] = Settings.__dataclass_fields__
    return fields[attribute].default
