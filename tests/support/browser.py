"""A real browser, pinned in tests/browser, and what its scripts print."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "browser"


def is_missing() -> bool:
    """Whether there is no browser, or no Node that starts it."""
    return not (FOLDER / "node_modules" / "playwright-core").exists() or not shutil.which("node")


def run_script(name: str, folder: Path, *arguments: str) -> str:
    """What a script printed; the browser is unpacked into a folder of the test."""
    node = shutil.which("node")
    assert node is not None
    home = {"PATH": f"{Path(node).parent}:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)}
    done = subprocess.run(  # noqa: S603  # the pinned browser, with our own arguments
        ["node", name, *arguments],  # noqa: S607
        cwd=FOLDER,
        env={**home, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
