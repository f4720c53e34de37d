"""A group of commands that ends with a message, whatever can not be read or written."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from cis_insights.errors import printable


class Commands(click.Group):
    """Commands whose last word is a message and never a traceback."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """As click's; a missing folder, a full disk and a text beyond the encoding end in no traceback."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            place = f"{error.filename}: " if error.filename is not None else ""
            click.echo(f"Error: {printable(f'{place}{error.strerror}')}", err=True)
            sys.exit(1)
