"""Who adds a control as the README says runs `make docs`, and no test of the project turns red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..support.own_controls import FILTERS, edit

ROOT = Path(__file__).parents[2]
SKIPPED = shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__", ".*_cache", ".hypothesis")
# Tests that hold figures, tables and names to the catalogue, and those of each control and event.
WHOLE = (
    "tests/docs/test_readme.py",
    "tests/docs/test_docs.py",
    "tests/proof/test_decisions.py",
)
EACH = (
    "tests/catalogue/test_queries.py",
    "tests/catalogue/test_events.py",
)


def _run(root: Path, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the controls, after `make docs`."""
    root = tmp_path_factory.mktemp("clone") / "cis-insights"
    shutil.copytree(ROOT, root, ignore=SKIPPED)
    for id in FILTERS:
        _run(root, "cli.main", "new", id)
        edit(root, id)
    for step in ("dev.docs", "dev.event_names", "tests.support.pin"):
        _run(root, step)
    return root


def test_check_says_nothing_and_every_event_is_found_as_it_should_be(clone: Path) -> None:
    _run(clone, "cli.main", "check")
    _run(clone, "cli.main", "test", *(word for id in FILTERS for word in ("--control", id)))


def test_the_controls_show_in_the_readme_and_among_the_names(clone: Path) -> None:
    readme = (clone / "README.md").read_text(encoding="utf-8")
    names = (clone / "tests" / "public_names.txt").read_text(encoding="utf-8")
    assert [id for id in FILTERS if f"[`{id}`]" not in readme or f"cis-{id}" not in names] == []
    assert not any(id in (ROOT / "README.md").read_text(encoding="utf-8") for id in FILTERS)


def test_figures_tables_and_names_follow(clone: Path) -> None:
    _run(clone, "pytest", "-q", "-p", "no:cacheprovider", *WHOLE)


def test_each_control_and_event_is_tried_like_all_others(clone: Path) -> None:
    _run(clone, "pytest", "-q", "-p", "no:cacheprovider", "-k", "own", *EACH)
