"""Options of the command: what is drilled, how, and how the outcome is printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import click

from ..error_handling import OutputFile
from ..shared_options import control_option, own_queries_option, profile_option
from .trial import MODES, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillOptions:
    """What to drill."""

    modes: tuple[Mode, ...]  # at least one, in the order in which they are tried
    only: tuple[str, ...]  # names of controls; empty: all that are deployed
    folders: tuple[Path, ...]  # of own controls
    profile: str | None
    region: str | None
    timeout: int  # minutes
    is_asking: bool
    is_json: bool
    output: Path | None  # where the JSON document goes, too

    @property
    def where(self) -> str:
        """Options of the AWS CLI that name the profile."""
        return f" --profile {self.profile}" if self.profile else ""


_OPTIONS: tuple[Callable[[Callable[..., None]], Callable[..., None]], ...] = (
    click.option("--calls", is_flag=True, help="Real calls that fail and change nothing; the default."),
    click.option("--events", is_flag=True, help="Forged records, in a log stream of their own."),
    click.option("--notify", is_flag=True, help="Set the alarms' states: from the alarm on only."),
    control_option,
    own_queries_option,
    profile_option,
    click.option("--region", metavar="REGION", help="Of the account; else the usual one."),
    click.option(
        "--timeout",
        type=click.IntRange(1, 60),
        default=20,
        show_default=True,
        metavar="MINUTES",
        help="How long to wait.",
    ),
    click.option("--yes", is_flag=True, help="Do not ask whether these people may be paged."),
    click.option("--json", "is_json", is_flag=True, help="Print one JSON document."),
    click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Write that document to FILE."),
)


def drill_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command its options."""
    return reduce(lambda done, option: option(done), reversed(_OPTIONS), command)


def parse_options(*, yes: bool, **options: Any) -> DrillOptions:
    """The options of the command line as one value."""
    asked: tuple[Mode, ...] = tuple(mode for mode in MODES if options.pop(mode))
    return DrillOptions(modes=asked or ("calls",), is_asking=not yes, **options)
