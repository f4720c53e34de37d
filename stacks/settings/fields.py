"""One declaration a setting: its key, how it is read, its default and what it means."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any

from .readers import Reader


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: its attribute of the settings, how it is read, what it means."""

    key: str
    attribute: str
    read: Reader
    doc: str


def declare(
    key: str, read: Reader, doc: str, *, default: Any = MISSING, default_factory: Any = MISSING
) -> Any:
    """A field of a dataclass that is a setting.

    Args:
        key: in context, behind `cis-insights:`; `SEVERITY` in it stands for each severity.
        read: makes the attribute of what context or code holds.
        doc: what it means, for the README.
        default: as a field's; without any it has to be given.
        default_factory: as a field's.
    """
    metadata = {"key": key, "read": read, "doc": doc}
    if default is MISSING and default_factory is MISSING:
        return field(metadata=metadata)
    if default is MISSING:
        return field(default_factory=default_factory, metadata=metadata)
    return field(default=default, metadata=metadata)


def list_settings(declared: type) -> tuple[Setting, ...]:
    """The settings that a dataclass declares, in their order."""
    slots = [slot for slot in dataclass_fields(declared) if "key" in slot.metadata]
    return tuple(Setting(attribute=slot.name, **slot.metadata) for slot in slots)
