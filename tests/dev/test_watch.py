"""What runs for minutes shows on a terminal how far it is, elsewhere nothing; its status comes through."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from dev.watch import watch

SCRIPT = "import sys; print('Collecting click'); print('no such thing', file=sys.stderr); sys.exit(3)"


def test_without_a_terminal_only_errors_are_shown() -> None:
    command = [sys.executable, "-m", "dev.watch", sys.executable, "-c", SCRIPT]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "", "no such thing\n")


def test_on_a_terminal_the_last_line_is_shown_and_gone_in_the_end() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dev.watch", sys.executable, "-c", SCRIPT]
    status = subprocess.run(command, check=False, stderr=theirs).returncode  # noqa: S603
    shown = os.read(ours, 10_000).decode()
    assert (status, "s  Collecting click" in shown, shown.endswith("\r\x1b[K")) == (3, True, True)
    os.close(ours)
    os.close(theirs)


def test_the_status_of_what_succeeds_is_zero() -> None:
    assert watch([sys.executable, "-c", ""]) == 0
