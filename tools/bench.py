"""`make bench`: times as ratios to a baseline of the same run, since machines differ and are noisy."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cis_insights import load_catalogue, prove

from .deployment import ROOT

ROUNDS = 5
EMPTY_APP = "from aws_cdk import App, Stack\napp = App()\nStack(app, 'Empty')\napp.synth()\n"
CONTEXT = {"cis-insights:log-group-name": "cloudtrail", "cis-insights:subscribers": "soc@example.com"}


def main() -> None:
    """Prints each figure beside its goal."""
    table = Table("what", "median", "baseline", "ratio", "goal", box=None, pad_edge=False)
    empty, whole = _alternately(lambda: _synth(["-c", EMPTY_APP]), lambda: _synth(["app.py"]))
    row = ("synth of the whole app / of an empty Python CDK app", f"{whole:.2f} s", f"{empty:.2f} s")
    table.add_row(*row, f"{whole / empty:.2f}", "1.5")
    loading, proving = _alternately(load_catalogue, _prove_all)
    row = ("proof of the catalogue / reading and proving it", f"{proving:.2f} s", f"{loading:.2f} s")
    table.add_row(*row, f"{proving / loading:.2f}", "0.5 s")
    console = Console(highlight=False)
    console.width = max(console.width, 120)
    console.print(table)


def _alternately(*steps: Callable[[], object]) -> list[float]:
    """Median seconds of each; in turns, so that a slow minute falls on all."""
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(ROUNDS):
        for step, found in zip(steps, times, strict=True):
            start = time.perf_counter()
            step()
            found.append(time.perf_counter() - start)
    return [statistics.median(found) for found in times]


def _synth(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as output:
        environment = {"CDK_OUTDIR": str(Path(output) / "out"), "CDK_CONTEXT_JSON": json.dumps(CONTEXT)}
        command = [sys.executable, *arguments]
        subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True)  # noqa: S603


def _prove_all() -> None:
    for control in _CATALOGUE.values():
        if control.patterns:
            prove(control.query, control.patterns)


_CATALOGUE = load_catalogue()

if __name__ == "__main__":
    main()
