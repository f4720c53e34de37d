"""A pseudo-terminal of a given width for each of the two streams, and what may be wrong with a screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO
from unittest.mock import patch

import click
from rich.cells import cell_len

from cli.main import main

CONTROL = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")
# One thing to copy, alone on its line but for its label: a word, a command, a setting, JSON, a condition.
COPYABLE = re.compile(
    r" *(?:hint: |event: |tried: |excluded: )?"
    r"""(?:\S+|(?:aws|cdk|cis-insights|mkdir|pip) [^,;:]+.*|["{].*|userIdentity\.[^,]+)"""
)
# What follows the width or the time: bars, underlines, milliseconds.
VARYING = re.compile(r"[·▁▂▃▄▅▆▇█]{5,}|by \d+d|by day|~+\^?|\^|\d+ ms")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command wrote to two terminals."""

    out: str
    err: str

    @property
    def text(self) -> str:
        """Both, as they remain on the screen: what moved is gone, and so are the colours."""
        moved = re.sub(r"\x1b\[\?25l.*?\x1b\[\?25h(?:\r?\x1b\[1A\x1b\[2K)?", "", self.err, flags=re.DOTALL)
        return CONTROL.sub("", self.out + moved)


def run_on_terminal(width: int, *arguments: str, **environment: str) -> Shown:
    """Runs the command in this process, on terminals of so many columns."""
    with ThreadPoolExecutor(2) as pool:
        (out, out_text), (err, err_text) = (_open(width, pool) for _ in range(2))
        variables = {"TERM": "xterm-256color", **environment}
        with out, err, patch.multiple(sys, stdout=out, stderr=err), patch.dict(os.environ, variables):
            os.environ.pop("COLUMNS", None)
            with suppress(SystemExit):
                main.main(list(arguments), prog_name="cis-insights")
        return Shown(out_text.result(), err_text.result())


def _open(width: int, pool: ThreadPoolExecutor) -> tuple[TextIO, Future[str]]:
    """A terminal to write to, and what will have been written."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    return os.fdopen(theirs, "w", encoding="utf-8"), pool.submit(_read, ours)


def _read(terminal: int) -> str:
    parts: list[bytes] = []
    with suppress(OSError):  # Linux: the other end is closed
        while part := os.read(terminal, 65_536):
            parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode().replace("\r\n", "\n")


def find_too_wide(text: str, width: int) -> list[str]:
    """Lines that are wider than the terminal, although they are more than one thing to copy."""
    lines = click.unstyle(text).split("\n")
    return [line for line in lines if cell_len(line) > width and not COPYABLE.fullmatch(line)]


def find_missing(narrow: str, wide: str) -> list[str]:
    """What a wide screen has and a narrow one has not: words, whole hints and commands; and what is cut."""
    whole = _squeeze(VARYING.sub("", narrow))
    lines = [VARYING.sub("", line) for line in wide.split("\n")]
    hints = [line.strip() for line in lines if re.match(r" *(?:hint: |aws |cis-insights )", line)]
    words = sorted({word for line in lines for word in line.split()})
    cut: list[str] = re.findall(r".*….*", narrow)
    return [*(one for one in [*hints, *words] if _squeeze(one) not in whole), *cut]


def _squeeze(text: str) -> str:
    return "".join(text.split())
