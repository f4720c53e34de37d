"""The one place that knows the terminal: its width, its colours, and what moves on it while something runs.

A screen is as wide as COLUMNS says, else as its terminal, else as a log. Colours and progress are for
terminals only; NO_COLOR (https://no-color.org) and a dumb terminal have no colours either.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from .layout import PROSE, fold, wrap

LOG = 140  # columns, where there is no terminal
LEAST = 40  # columns: in fewer nothing can be read
Advance = Callable[..., None]  # as `update` of a task of rich's Progress


def measure_width(*, stderr: bool = False) -> int:
    """Columns of what is printed."""
    stream = sys.stderr if stderr else sys.stdout
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return max(LEAST, int(given))
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, OSError, ValueError):  # a file, a pipe, or something that is neither
        return LOG
    return max(LEAST, found or 80)  # a pseudo-terminal may have no size


def measure_prose() -> int:
    """Columns of a paragraph on standard output."""
    return min(PROSE, measure_width())


def is_terminal(stream: IO[str]) -> bool:
    """Whether somebody looks at it."""
    return stream.isatty()


def has_colours() -> bool:
    """Whether a terminal may be given colours."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")


def make_console(*, stderr: bool = False) -> Console:
    """A console of rich, which never escapes anything that is not its own markup."""
    return Console(stderr=stderr, highlight=False, width=measure_width(stderr=stderr))


def fold_prose(text: str) -> str:
    """Paragraphs as standard output has them, into a file too."""
    return fold(text, measure_prose())


def print_text(text: str) -> None:
    """Prints on standard output, with faults folded on a terminal only: others read them line by line."""
    click.echo(fold(text, measure_width()) if is_terminal(sys.stdout) else text)


def print_error(text: str) -> None:
    """Prints on standard error, folded on a terminal only."""
    click.echo(fold_error(text), err=True)


def fold_error(text: str, used: int = 0) -> str:
    """A message as standard error has it.

    Args:
        used: columns of its first line that are taken.
    """
    if not is_terminal(sys.stderr):
        return text
    width = measure_width(stderr=True)
    first, *rest = text.split("\n", 1)
    lines = wrap(first, min(width, PROSE), first=" " * used, rest="  ")
    return "\n".join([*lines, *(fold(part, width) for part in rest)])[used:]


@contextmanager
def show_progress(words: str, *columns: ProgressColumn, total: float | None = None) -> Iterator[Advance]:
    """Shows on the terminal what runs and for how long, as long as it runs; elsewhere nothing.

    Args:
        words: what runs.
        columns: instead of a bar, which only something of a known size has.
        total: its size; None if it is not known.

    Yields:
        What takes `advance`, `completed`, `total` or `description`.
    """
    bar = columns or ((BarColumn(),) if total is not None else ())
    text = TextColumn("{task.description}", markup=False)
    progress = Progress(
        SpinnerColumn(), text, *bar, TimeElapsedColumn(),
        console=make_console(stderr=True), transient=True, redirect_stdout=False,
        disable=not is_terminal(sys.stderr),
    )  # fmt: skip
    with progress:
        yield partial(progress.update, progress.add_task(words, total=total))
