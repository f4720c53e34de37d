"""`make bench`: times as ratios to a baseline of the same run, since machines differ and are noisy."""

from __future__ import annotations

import json
import os
import resource
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

from . import ROOT
from .recordings import write_recordings

ROUNDS = 5
COUNTS = (10_000, 100_000, 1_000_000)
_MEASURE = "import resource, sys, time; start = time.perf_counter()\n{}\n"
_MEASURE += "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
_DECODE = "import gzip, json, pathlib\n" + _MEASURE.format(
    "for path in pathlib.Path(sys.argv[1]).iterdir(): json.loads(gzip.decompress(path.read_bytes()))"
)
_BACKTEST = (
    "from cis_insights import load_catalogue\n"
    "from cis_insights.backtest.in_duckdb import Backtest\nfrom cli.backtest.run import run\n"
    "from cli.backtest.sources import find_sources\n"
    "queries = {one.id: one.query for one in load_catalogue().values() if one.is_alarm}\n"
) + _MEASURE.format("run(Backtest(queries), find_sources([sys.argv[1]])[0])")
_PREVIEW = "from cli.preview.command import preview_files, read_plan\n" + _MEASURE.format(
    "preview_files(read_plan((), ()), [sys.argv[1]])"
)
EMPTY_APP = "from aws_cdk import App, Stack\napp = App()\nStack(app, 'Empty')\napp.synth()\n"
CONTEXT = {"cis-insights:log-group-name": "cloudtrail", "cis-insights:subscribers": "soc@example.com"}


def main() -> None:
    """Prints each figure beside its goal."""
    table = Table("step", "median", "baseline", "ratio", "goal", box=None, pad_edge=False)
    _measure_synth(table)
    loading, proving = _time_alternately(load_catalogue, _prove_all)
    row = ("proof of the catalogue / reading and proving it", f"{proving:.2f} s", f"{loading:.2f} s")
    table.add_row(*row, f"{proving / loading:.2f}", "0.5 s")
    _measure_patterns(table)
    _measure_backtests(table)
    console = Console(highlight=False)
    console.width = max(console.width, 120)
    console.print(table)


def _measure_synth(table: Table) -> None:
    """CPU time of the app and of an empty one, Node included: the least of some rounds, in turns."""
    rounds = [(_synthesize(["-c", EMPTY_APP]), _synthesize(["app.py"])) for _ in range(ROUNDS)]
    empty, whole = map(min, zip(*rounds, strict=True))
    row = ("least CPU time of a synth of the whole app / of an empty Python CDK app", f"{whole:.2f} s")
    table.add_row(*row, f"{empty:.2f} s", f"{whole / empty:.2f}", "1.3")


def _measure_patterns(table: Table) -> None:
    """All patterns on the recorded events, against decoding the events."""
    texts = [path.read_bytes() for path in sorted((ROOT / "tests" / "events").rglob("*.json"))]
    events = [json.loads(text) for text in texts]
    patterns = [pattern for control in _CATALOGUE.values() for pattern in control.patterns]
    decoding, matching = _time_alternately(
        lambda: [json.loads(text) for text in texts],
        lambda: [pattern.matches(event) for event in events for pattern in patterns],
    )
    each = len(patterns) * len(events) / matching
    row = (f"{len(patterns)} patterns on an event ({each:,.0f} a second) / decoding it",)
    table.add_row(*row, f"{matching:.3f} s", f"{decoding:.3f} s", f"{matching / decoding:.1f}", "-")


def _measure_backtests(table: Table) -> None:
    """Back-tests against mere decompression and decoding of the same files; growth of time and memory."""
    first = 0.0
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            write_recordings(Path(folder), count)
            ours = [_measure(_BACKTEST, folder) for _ in range(3)]
            theirs = [_measure(_DECODE, folder) for _ in range(3)]
            page = _measure(_PREVIEW, folder)[0] if count == COUNTS[-1] else 0
        seconds, baseline = (statistics.median(time for time, _ in found) for found in (ours, theirs))
        memory = statistics.median(size for _, size in ours)
        row = (f"back-test of {count:,} events ({memory:.0f} MiB) / unpacking and decoding them",)
        table.add_row(*row, f"{seconds:.2f} s", f"{baseline:.2f} s", f"{seconds / baseline:.2f}", "1.5")
        if page:
            row = (f"page of {count:,} events / back-test of them",)
            table.add_row(*row, f"{page:.2f} s", f"{seconds:.2f} s", f"{page / seconds:.2f}", "2")
        first = first or seconds / count
        growth = f"time for an event, of {count:,} / of {COUNTS[0]:,}"
        each, base = f"{seconds / count * 1e6:.1f} us", f"{first * 1e6:.1f} us"
        table.add_row(growth, each, base, f"{seconds / count / first:.2f}", "1")


def _measure(code: str, folder: str) -> tuple[float, float]:
    """Seconds and peak MiB of a step in a process of its own, without its start."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, folder], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, kib = done.stdout.split()[-2:]
    return float(seconds), int(kib) / 1024


def _time_alternately(*steps: Callable[[], object]) -> list[float]:
    """Median seconds of each; in turns, so that a slow minute falls on all."""
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(ROUNDS):
        for step, found in zip(steps, times, strict=True):
            start = time.perf_counter()
            step()
            found.append(time.perf_counter() - start)
    return [statistics.median(found) for found in times]


def _synthesize(arguments: list[str]) -> float:
    """Seconds of CPU time of all processes of a synth; modules are kept compiled, as everywhere else."""
    with tempfile.TemporaryDirectory() as output:
        own = {"CDK_OUTDIR": str(Path(output) / "out"), "CDK_CONTEXT_JSON": json.dumps(CONTEXT)}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, *arguments]
        before = _sum_cpu_of_children()
        subprocess.run(command, cwd=ROOT, env=environment | own, check=True, capture_output=True)  # noqa: S603
        return _sum_cpu_of_children() - before


def _sum_cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _prove_all() -> None:
    for control in _CATALOGUE.values():
        if control.patterns:
            prove(control.query, control.patterns)


_CATALOGUE = load_catalogue()

if __name__ == "__main__":
    main()
