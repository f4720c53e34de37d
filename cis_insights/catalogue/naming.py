"""How a control is called: by its id, its section of the CIS benchmark, or Security Hub's number for it.

Whatever takes the name of a control asks here, so that all take the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from .control import Control

BENCHMARK_VERSION = "5.0.0"  # whose sections are meant where no setting says which

_SECTION = re.compile(r"[0-9]+\.[0-9]+")
_NEAR = 0.5  # ours: how similar a misspelling is


class UnknownControl(LookupError):
    """There is no control of that name; says which name was probably meant."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def find_control(catalogue: Mapping[str, Control], name: str, version: str = BENCHMARK_VERSION) -> Control:
    """The control with an alarm that a name means.

    Args:
        name: `vpc-changes`, `4.14` or `CloudWatch.14`.
        version: of the benchmark that the section is of.

    Raises:
        UnknownControl: if there is none; the nearest names are its hint.
    """
    controls = [control for control in catalogue.values() if control.is_alarm]
    for control in controls:
        if name in (control.id, control.cis.get(version)) or _is_hub(control, name):
            return control
    raise UnknownControl(f"there is no control {name[:120]!r}", _hint(controls, name, version))


def find_controls(
    catalogue: Mapping[str, Control], names: Iterable[str], version: str = BENCHMARK_VERSION
) -> tuple[str, ...]:
    """The ids of the controls that some names mean, each once.

    Raises:
        UnknownControl: at the first name that means none.
    """
    return tuple(dict.fromkeys(find_control(catalogue, name, version).id for name in names))


def _is_hub(control: Control, name: str) -> bool:
    return control.security_hub is not None and control.security_hub.lower() == name.lower()


def _hint(controls: list[Control], name: str, version: str) -> str:
    if _SECTION.fullmatch(name) and (others := list(_other_versions(controls, name, version))):
        return "; ".join(others)
    known = [one for control in controls for one in _names(control, version)]
    by_case = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), by_case, 1, _NEAR)
    return f"did you mean {by_case[near[0]]}?" if near else f"one of: {', '.join(known)}"


def _other_versions(controls: list[Control], name: str, version: str) -> Iterator[str]:
    """Where a section is one of another version: what it is called in this one."""
    for control in controls:
        versions = [one for one, section in control.cis.items() if section == name]
        if versions:
            now = control.cis.get(version)
            called = f"{now} in {version}" if now else f"not in {version}: write {control.id}"
            yield f"{name} of {versions[-1]} is {control.id}, {called}"


def _names(control: Control, version: str) -> Iterator[str]:
    yield from (one for one in (control.id, control.cis.get(version), control.security_hub) if one)
