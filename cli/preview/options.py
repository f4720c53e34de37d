"""Options of the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import click

from ..error_handling import OutputFile
from ..shared_options import context_option, own_queries_option, profile_option

MAX_HOURS = 24 * 63  # CloudWatch keeps periods of five minutes for 63 days


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """What is previewed, and where the page goes."""

    places: tuple[str, ...]
    output: Path
    context: tuple[str, ...]
    account: bool
    yes: bool
    hours: int
    profile: str | None
    region: str | None


def preview_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    options = (
        click.argument("places", nargs=-1, metavar="[PATH]..."),
        click.option(
            "-o",
            "--output",
            type=OutputFile(),
            default="preview.html",
            show_default=True,
            metavar="FILE",
            help="Write the page to FILE.",
        ),
        context_option,
        click.option("--account", is_flag=True, help="Read an account's own dashboards in place of files."),
        click.option(
            "--hours",
            type=click.IntRange(1, MAX_HOURS),
            default=3,
            show_default=True,
            help="How long back, with --account.",
        ),
        click.option("--yes", is_flag=True, help="Run an account's queries without asking."),
        profile_option,
        click.option("--region", metavar="REGION", help="Of the dashboards; else the usual one."),
        own_queries_option,
    )
    return reduce(lambda made, option: option(made), reversed(options), command)
