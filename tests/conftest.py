"""Fixtures of more than one file of tests, and the hooks that set markers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .support.control_files import HEADER, Write
from .support.markers import pytest_collection_modifyitems, pytest_ignore_collect
from .support.read_once import read_controls_once

__all__ = ["pytest_collection_modifyitems", "pytest_ignore_collect", "write"]

read_controls_once()
# The CDK's own validation takes two seconds of each synth: tests/stacks/test_synth.py has it.
os.environ["CDK_VALIDATION"] = "false"


@pytest.fixture(scope="session", autouse=True)
def _eighty_columns() -> Iterator[None]:
    """Screens are alike wherever the tests run: 80 columns, and colours only where a test asks for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a control file below a folder `queries` of an empty directory; returns the folder."""
    monkeypatch.chdir(tmp_path)
    folder = Path("queries")

    def write(text: str, name: str = "own/1-some-control.cwli", *, header: str = HEADER) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The single template of the same settings is made once a process: commands are tested, not the CDK."""
    from stacks.single_template import stack  # noqa: PLC0415  # only where the CDK is there

    from .support.synth import make_template_once  # noqa: PLC0415

    monkeypatch.setattr(stack, "template", make_template_once)
