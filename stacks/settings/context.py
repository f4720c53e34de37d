"""CDK context -> settings; settings made in code go the same way, and the same faults come out.

All faults of all settings come out together, before anything is synthesized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from cis_insights import Catalogue, Fault, QueryError
from cis_insights.catalogue.header import SEVERITIES, Severity
from cis_insights.catalogue.naming import BENCHMARK_VERSION, UnknownControl, find_control
from cis_insights.errors import printable

from .answer_modes import CHANNELS
from .faults import PREFIX, SettingFault, SettingsError
from .fields import Setting
from .readers import Reader, Refused, admit_deferred, read_names, show, suggest_nearest
from .regions import find_other_regions
from .settings import (
    BY_SEVERITY,
    CONTROL_SETTINGS,
    SETTINGS,
    SEVERITY_KEYS,
    ControlSettings,
    Settings,
    find_references,
)
from .trail_modes import TRAIL_MODES, find_log_group

MAX_KEYS = 1_000  # ours; there are not so many

_GROUPS = ("default", "all", "none")  # of the controls beyond CIS


def read_settings(
    context: Mapping[str, object], catalogue: Catalogue, *, is_complete: bool = True
) -> Settings:
    """Reads all keys that begin with `cis-insights:`.

    Args:
        context: CDK context; values are JSON, or the texts of `-c key=value`.
        catalogue: determines which controls and benchmark versions there are.
        is_complete: whether log group and subscribers have to be named; parameters of a template
            may do so in their place.

    Raises:
        SettingsError: with every fault of every key.
    """
    return _Reader(context, catalogue, is_complete=is_complete).read_settings()


def reread_settings(
    settings: Settings, catalogue: Catalogue, is_deferred: Callable[[object], bool]
) -> Settings:
    """Settings made in code, read as those of context are: the same faults come out.

    Args:
        catalogue: determines which controls and benchmark versions there are.
        is_deferred: recognizes a value that is known only when deployed, which is taken as it is.

    Raises:
        SettingsError: with every fault of every value, by the key that context has for it.
    """
    return _Reader(_write_context(settings), catalogue, is_deferred).read_settings()


def _write_context(settings: Settings) -> dict[str, object]:
    """Settings as the keys that would make them."""
    flat: dict[str, Any] = {setting.key: getattr(settings, setting.attribute) for setting in SETTINGS}
    for name, setting in BY_SEVERITY.items():
        by_severity = flat.pop(setting.key)
        flat |= {f"{name}-{severity}": value for severity, value in by_severity.items()}
    for control, own in settings.overrides.items():
        flat |= {f"{control}:{one.key}": getattr(own, one.attribute) for one in CONTROL_SETTINGS}
    if settings.trail == "new" and settings.log_group_name == f"{settings.prefix}-cloudtrail":
        del flat["log-group-name"]  # a new trail makes it
    return {PREFIX + key: value for key, value in flat.items() if value is not None and value != ()}


def _is_never_deferred(value: object) -> bool:
    """Of context: nothing there is known only when deployed."""
    return False


class _Reader:
    def __init__(
        self,
        context: Mapping[str, object],
        catalogue: Catalogue,
        is_deferred: Callable[[object], bool] = _is_never_deferred,
        *,
        is_complete: bool = True,
    ) -> None:
        own = {key: value for key, value in context.items() if key.startswith(PREFIX)}
        self.values = {key.removeprefix(PREFIX): value for key, value in own.items()}
        self.catalogue = catalogue
        self.is_deferred, self.is_complete = is_deferred, is_complete
        self.faults: list[SettingFault | Fault] = []
        self.strangers = [key for key in context if _is_nearly_ours(key)]

    def read_settings(self) -> Settings:
        if len(self.values) > MAX_KEYS:
            self.add_fault("", f"more than {MAX_KEYS:,} settings", "set what differs from the defaults")
            raise SettingsError(self.faults)
        # Code may hold tokens of the CDK on purpose; in context nobody can have meant one.
        self.faults += find_references(self.values, PREFIX, or_token=self.is_deferred is _is_never_deferred)
        flat = {key: value for key, value in self.values.items() if ":" not in key}
        found = self.read_keys(flat, {setting.key: setting for setting in SETTINGS}, "")
        for name, setting in BY_SEVERITY.items():
            found[setting.attribute] = self.read_by_severity(flat, name, setting.read)
        found["overrides"] = self.read_overrides()
        self.check(found)
        for key in self.strangers:
            hint = f"did you mean {PREFIX}{key.partition(':')[2]}?"
            self.faults.append(SettingFault(key, "there is no such setting", hint))
        if self.faults:
            raise SettingsError(self.faults)
        return Settings(**found)

    def read_keys(
        self, values: Mapping[str, object], known: Mapping[str, Setting], scope: str
    ) -> dict[str, Any]:
        """Attributes by name, of the keys that are there and right."""
        found: dict[str, Any] = {}
        for key, value in values.items():
            setting = known.get(key)
            if setting and value not in ("", None):
                with self.collecting_refusal(scope + key):
                    found[setting.attribute] = admit_deferred(setting.read, self.is_deferred)(value)
            elif not setting and key not in SEVERITY_KEYS:
                self.add_fault(scope + key, "there is no such setting", _suggest_key(key, known, scope))
        return found

    def read_by_severity(
        self, values: Mapping[str, object], name: str, reader: Reader
    ) -> dict[Severity, object]:
        found: dict[Severity, object] = {}
        for severity in SEVERITIES:
            if value := values.get(f"{name}-{severity}"):
                with self.collecting_refusal(f"{name}-{severity}"):
                    found[severity] = admit_deferred(reader, self.is_deferred)(value)
        return found

    def read_overrides(self) -> Mapping[str, ControlSettings]:
        found = {id: ControlSettings(**values) for id, values in self.read_controls().items()}
        for control, own in found.items():
            try:
                self.catalogue.exclude(control, own.conditions)
            except QueryError as error:
                self.faults += error.at(f"{PREFIX}{control}:exclude").faults
        return found

    def read_controls(self) -> dict[str, dict[str, Any]]:
        """What is set for each control, by its id, whichever of its names it is set by."""
        known = {setting.key: setting for setting in CONTROL_SETTINGS}
        by_name: dict[tuple[str, str], dict[str, object]] = {}
        for key, value in self.values.items():
            name, colon, setting = key.partition(":")
            if colon and (id := self.find_id(name, key)):
                by_name.setdefault((id, name), {})[setting] = value
        found: dict[str, dict[str, Any]] = {}
        for (id, name), values in by_name.items():
            own, others = self.read_keys(values, known, f"{name}:"), found.setdefault(id, {})
            for twice in sorted(own.keys() & others.keys()):
                hint = "leave it out of one of the two"
                self.add_fault(f"{name}:{twice}", f"set twice: {name} is {id}", hint)
            others |= own
        return found

    def find_log_group_name(self, found: Mapping[str, Any]) -> str:
        if any(self.values.get(key) and key.replace("-", "_") not in found for key in _TRAIL_KEYS):
            return ""  # it has its fault already
        default = Settings.__dataclass_fields__["prefix"].default
        kind, named = found.get("trail", "existing"), found.get("log_group_name")
        if named and self.is_deferred(named):
            return str(named)
        if not self.is_complete and not named and kind != "new" and not TRAIL_MODES[kind].log_group:
            return ""
        return find_log_group(kind, named, found.get("prefix", default))

    def check(self, found: dict[str, Any]) -> None:
        """What one value alone does not show."""
        self.check_version(found.get("benchmark_version"))
        self.check_controls(found)
        self.check_chat(found)
        with self.collecting_refusal("log-group-name"):
            found["log_group_name"] = self.find_log_group_name(found)
        for key, message, hint in find_other_regions(found):
            self.add_fault(key, message, hint)
        if self.is_complete and not any(
            self.values.get(key) for key in ("subscribers", *SEVERITY_KEYS, "topic-arn")
        ):
            hint = (
                f"-c {PREFIX}subscribers=you@example.com, or {PREFIX}topic-arn for a topic with subscribers"
            )
            self.add_fault("subscribers", "no alarm would notify anybody (CIS 3.15)", hint)

    def check_chat(self, found: Mapping[str, Any]) -> None:
        """A channel is named by all of its ids."""
        for keys in CHANNELS:
            given = [key for key in keys if found.get(key.replace("-", "_")) or key in self.values]
            for key in keys if given else ():
                if key not in given:
                    self.add_fault(key, f"not set, and {PREFIX}{given[0]} is", "name the whole channel")

    def check_version(self, version: str | None) -> None:
        versions = sorted({version for control in self.catalogue.values() for version in control.cis})
        if version is None or version in versions:
            return
        meant = [one for one in versions if version and one.startswith(f"{version}.")]
        hint = f"did you mean {meant[0]}?" if len(meant) == 1 else f"one of: {', '.join(versions)}"
        self.add_fault("benchmark-version", f"{show(version)} is not a version of the benchmark", hint)

    def check_controls(self, found: dict[str, Any]) -> None:
        for attribute, words in (("controls", ()), ("controls_off", ()), ("extended", _GROUPS)):
            key, names = attribute.replace("_", "-"), found.get(attribute, ())
            ids = [name if name in words else self.find_id(name, key) or name for name in names]
            found |= {attribute: tuple(dict.fromkeys(ids))} if ids else {}
        for name in dict.fromkeys(found.get("controls", ())):
            if name in found.get("controls_off", ()):
                message = f"{show(name)} is to be deployed and to be left out"
                self.add_fault("controls-off", message, f"leave it out here, or out of {PREFIX}controls")
        extended = dict.fromkeys(found.get("extended", ()))
        if "none" in extended and len(extended) > 1:
            others = ", ".join(name for name in extended if name != "none")
            hint = f"write none alone, or {printable(others)} without it"
            self.add_fault("extended", "'none' of the controls beyond CIS, and others besides", hint)

    def find_id(self, name: str, key: str) -> str | None:
        """The id of the control that a name means in the benchmark's version that is set."""
        version = self.values.get("benchmark-version") or BENCHMARK_VERSION
        try:
            return find_control(self.catalogue, name, str(version)).id
        except UnknownControl as error:
            self.add_fault(key, f"there is no control {show(name)}", error.hint)
        return None

    @contextmanager
    def collecting_refusal(self, key: str) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            for one in error.all:
                self.add_fault(key, str(one), one.hint)

    def add_fault(self, key: str, message: str, hint: str) -> None:
        self.faults.append(SettingFault(PREFIX + key, message, hint))


def _is_nearly_ours(key: str) -> bool:
    """A prefix with a slip in it would be ignored, and the setting with it."""
    prefix, colon, _ = key.partition(":")
    return (
        bool(colon) and not key.startswith(PREFIX) and bool(get_close_matches(prefix, [PREFIX[:-1]], 1, 0.75))
    )


def _suggest_key(key: str, known: Mapping[str, Setting], scope: str) -> str:
    own = [setting.key for setting in CONTROL_SETTINGS]
    if not scope and (near := get_close_matches(key, own, 1, 0.8)):
        return f"it is set for one control: {PREFIX}CONTROL-ID:{near[0]}"
    return suggest_nearest(key, [*known, *(() if scope else SEVERITY_KEYS)])


_TRAIL_KEYS = ("trail", "log-group-name")


def read_query_folders(context: Mapping[str, object]) -> tuple[str, ...]:
    """The folders of own control files: needed before anything else can be checked."""
    try:
        return read_names(context.get(f"{PREFIX}query-folders") or ())
    except Refused as error:
        raise SettingsError([SettingFault(f"{PREFIX}query-folders", str(error), error.hint)]) from None
