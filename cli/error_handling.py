"""A group of commands that ends with a message, whatever cannot be read or written."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from cis_insights import Catalogue
from cis_insights.catalogue.naming import UnknownControl, find_controls
from cis_insights.errors import printable

from .terminal import fold_error, has_colours, print_error


class CommandError(RuntimeError):
    """What is asked for cannot be done; the message says why, and what to do."""


@contextmanager
def extras(*names: str) -> Iterator[None]:
    """Says what to install where a library is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        hint = f"    hint: pip install 'cis-insights[{','.join(names)}]'"
        print_error(f"error: there is no module {error.name}\n{hint}")
        sys.exit(1)


class HintedError(click.ClickException):
    """An error in what was written, and what to write instead."""

    exit_code = 2

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{printable(message)}\n    hint: {printable(hint)}")


def find_named(catalogue: Catalogue, names: Iterable[str]) -> tuple[str, ...]:
    """Ids of the controls that are named on the command line: by id, CIS section or Security Hub's number.

    Raises:
        HintedError: with the nearest names.
    """
    try:
        return find_controls(catalogue, names)
    except UnknownControl as error:
        raise HintedError(str(error), error.hint) from None


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
            print_error(f"Error: {printable(f'{place}{error.strerror}')}")
            _discard_output()
            sys.exit(1)

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """As click's; where there may be no colours, no verb has any."""
        context = super().make_context(*arguments, **options)
        context.color = None if has_colours() else False
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """As click's; a message is folded as all that is printed on standard error."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            before = len("Error: ") + len(error.format_message()) - len(error.message)
            error.message = fold_error(error.message, before)  # type: ignore[misc]  # click prints it
            raise


def _discard_output() -> None:
    """What standard output did not take is not tried once more when Python ends.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with suppress(OSError, ValueError):  # it may be no file, or closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class OutputFile(click.Path):
    """A file to write: a missing folder is reported at once, and not after the work."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """A path whose folder is there."""
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            hint = f"    hint: mkdir -p {printable(str(path.parent))}"
            raise click.ClickException(f"{printable(str(path))}: No such file or directory\n{hint}")
        return path
