"""What was looked at, and how it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..reading import Event

Level = Literal["ok", "warning", "error"]
LEVELS: tuple[Level, ...] = ("error", "warning", "ok")  # the worst first


@dataclass(frozen=True, slots=True)
class Source:
    """Where a resource is written: a file, and its line from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; an error means that the monitoring does not work because of it."""

    level: Level
    text: str
    hint: str = ""  # the command or setting that mends it
    event: Event | None = None  # which shows it
    since: datetime | None = None  # with a time zone; where AWS tells
    source: Source | None = None


def has_error(findings: Iterable[Finding]) -> bool:
    """Whether any of some findings is an error."""
    return any(one.level == "error" for one in findings)
