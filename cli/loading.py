"""Reads and proves a catalogue for a verb, with progress, and shows its faults."""

from __future__ import annotations

from pathlib import Path

import click

from cis_insights import Catalogue, Fault, QueryError, load_catalogue
from cis_insights.errors import screen

from .layout import count_noun
from .terminal import print_error, show_progress

PROVING = "reading and proving the controls"


def load(folders: tuple[Path, ...]) -> Catalogue:
    """Controls and investigations of folders.

    Raises:
        click.exceptions.Exit: if anything is wrong with them; every fault is on the screen then.
    """
    try:
        with show_progress(PROVING):
            return load_catalogue(*folders)
    except QueryError as error:
        report_faults(error.faults)
        raise click.exceptions.Exit(1) from None


def report_faults(faults: tuple[Fault, ...]) -> None:
    """Shows faults, and how many there are."""
    print_error(screen(faults))
    errors = sum(fault.severity == "error" for fault in faults)
    print_error(f"\n{count_noun(errors, 'error')}, {count_noun(len(faults) - errors, 'warning')}")
