"""What the header of a control file says: the values of its `# key: value` lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ..errors import Fault, Span
from ..filter_patterns.pattern import Pattern
from .commands import Command

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """`{{name}}` in a saved query, and its default value."""

    name: str
    default: str
    description: str


@dataclass(slots=True)
class Header:
    """The values of the header lines; None, empty or the default where a line is missing."""

    title: str = ""
    why: str = ""
    respond: str = ""
    cis: Mapping[str, str] = field(default_factory=dict)
    security_hub: str | None = None
    severity: Severity = "medium"
    alarm: tuple[int, int] = (1, 300)
    patterns: tuple[Pattern, ...] = ()
    cis_pattern: Pattern | None = None
    covers_more: str | None = None
    default: bool | None = None
    attack: tuple[str, ...] = ()
    stratus: tuple[str, ...] = ()
    parameters: tuple[QueryParameter, ...] = ()
    commands: tuple[Command, ...] = ()
    command_spans: list[Span] = field(default_factory=list)  # of the commands, in their order
    spans: dict[str, Span] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
