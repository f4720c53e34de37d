"""`make pictures`: the pictures of the README, from the made-up week of the demo's events.

A fingerprint of all that they show is beside them: a test says when they are older than that.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cis_insights import load_catalogue
from cli.preview.bodies import build_dashboards, dump
from cli.preview.command import preview_demo, read_plan
from cli.preview.page import read_script, read_style

from . import ROOT
from .deployment import CDK_PATH

FOLDER = ROOT / "docs" / "pictures"
FINGERPRINT = FOLDER / "fingerprint.txt"
MAX_SIZE = 200_000  # bytes of a picture
# By name, what of the page each shows.
PICTURES: Mapping[str, Mapping[str, Any]] = {
    "overview": {"hash": "", "width": 1440, "height": 1030},
    "answer": {"hash": "mails/2", "width": 1100, "height": 900},
}


def main() -> None:
    """Writes the pictures and their fingerprint, and says how large they are."""
    plan = read_plan((), ())
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(preview_demo(plan).html, encoding="utf-8")
        steps = [{**step, "picture": str(FOLDER / f"{name}.png")} for name, step in PICTURES.items()]
        _open_page(page, steps, Path(folder))
    for name in PICTURES:
        path = FOLDER / f"{name}.png"
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1_000} kB")
    FINGERPRINT.write_text(find_fingerprint() + "\n", encoding="utf-8")


def find_fingerprint() -> str:
    """SHA-256 of what the pictures show: the benchmark's overview, and what draws the page."""
    plan = read_plan((), ("controls=" + ",".join(_list_benchmark()),))
    overview = build_dashboards(replace(plan, investigations=()))[:1]
    parts = (dump(overview), read_script(), read_style(), json.dumps(PICTURES))
    return sha256("\n".join(parts).encode()).hexdigest()


def _list_benchmark() -> list[str]:
    return [one.id for one in load_catalogue().values() if one.group == "cis"]


def _open_page(page: Path, steps: list[dict[str, Any]], folder: Path) -> None:
    """Takes pictures of a page in the browser of the tests."""
    node = shutil.which("node", path=CDK_PATH)
    if node is None:
        raise SystemExit("there is no Node: make install puts it into .venv")
    home = {"PATH": CDK_PATH, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    subprocess.run(  # noqa: S603  # the pinned browser, with our own arguments
        [node, "preview.mjs", str(page), json.dumps(steps)],
        cwd=ROOT / "tests" / "browser",
        env={**os.environ, **home},
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
