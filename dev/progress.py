"""Steps, shown while they run."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console

Progress = Callable[[str, Callable[[], object]], None]


def report_steps(console: Console) -> Progress:
    """Runs a step, shows its description meanwhile and its duration afterwards."""

    def progress(words: str, step: Callable[[], object]) -> None:
        start = time.monotonic()
        with console.status(f"{words} ..."):
            step()
        console.print(f"[green]done[/]  {words} [dim]({time.monotonic() - start:.1f} s)[/]")

    return progress
