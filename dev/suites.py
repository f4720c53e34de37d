"""Parts of the test suite, counted: AWS's documented cases, and hostile input."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .deployment import ROOT

TESTS = ROOT / "tests"
TABLES = TESTS / "cases"
DOCUMENTED = (
    TESTS / "filter_patterns" / "test_pattern.py",
    TESTS / "logs_insights" / "test_insights_cases.py",
)
HOSTILE = (
    *sorted(TESTS.rglob("test_hostile_*.py")),
    TESTS / "fuzz" / "test_fuzz.py",
    TESTS / "regex" / "test_linear_regexes.py",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many tests were run, and the names of those that failed."""

    total: int
    failed: tuple[str, ...]


def run(files: Sequence[Path], root: Path = ROOT) -> Outcome:
    """Runs test files in a process of their own.

    Raises:
        RuntimeError: with the output of pytest, if it runs no test.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-n", "2", f"--junitxml={report}", *map(str, files)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  # no words of anybody else
        found = ElementTree.parse(report).getroot().findall(".//testcase") if report.exists() else []  # noqa: S314
    if not found:
        raise RuntimeError(done.stdout + done.stderr)
    failed = [case for case in found if case.find("failure") is not None or case.find("error") is not None]
    return Outcome(len(found), tuple(f"{case.get('classname')}: {case.get('name')}" for case in failed))


def pages() -> tuple[int, int]:
    """How many of AWS's pages the tables of cases quote, and how many readings stand where AWS is silent."""
    lines = (line for path in TABLES.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines())
    sources = {line.removeprefix("source: ") for line in lines if line.startswith("source: ")}
    silent = {source for source in sources if source.startswith("AWS is silent")}
    return len({source.partition("#")[0] for source in sources - silent}), len(silent)
