"""Faults of settings and settings without effect, each with its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cis_insights import Fault
from cis_insights.errors import printable, screen

PREFIX = "cis-insights:"


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One thing that is wrong with one key."""

    key: str
    message: str
    hint: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        key, message, hint = map(printable, (self.key, self.message, self.hint))
        return f"{key}: {self.level}: {message}\n    hint: {hint}"


class SettingsError(ValueError):
    """Settings that cannot be used; carries every fault found."""

    def __init__(self, faults: Sequence[SettingFault | Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(screen(self.faults))
