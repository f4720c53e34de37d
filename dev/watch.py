"""`python -m dev.watch COMMAND..`: the last line that a command printed, on a terminal only, while it runs.

Needs nothing but Python: it shows how far the installation is, of what is not installed yet.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

WIDTH = 79  # columns, those of any terminal


def watch(command: Sequence[str]) -> int:
    """Runs a command; its standard error is shown as it is.

    Returns:
        Its exit status.
    """
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as running:  # noqa: S603
        for line in running.stdout or ():
            if sys.stderr.isatty():
                text = f"        {time.monotonic() - start:3.0f} s  {line.strip()}"
                print(f"\r\x1b[K{text[:WIDTH]}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return running.returncode


if __name__ == "__main__":
    sys.exit(watch(sys.argv[1:]))
