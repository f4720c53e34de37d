"""The case tables of Logs Insights, `tests/cases/insights-*.txt`; the first of them says how to read one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cis_insights import ALL_READINGS, Reading
from cis_insights.sql import LogEvent

FILES = sorted((Path(__file__).parents[1] / "cases").glob("insights-*.txt"))
NOON = 1_795_435_200_000  # 2026-11-23 12:00:00 UTC
MINUTE = 60_000
_SWITCH = {"on": True, "off": False}
_SHARED = ("source", "reading", "where")
_TESTED = ("match", "nomatch", "value", "parses", "query", "refused")
_RESULTS = ("row", "message", "hint")


@dataclass(frozen=True, slots=True)
class Case:
    """A line that something is tested of, with the lines of its block that it rests on."""

    place: str
    kind: str
    text: str
    source: str
    reading: str
    where: str
    messages: tuple[str, ...]  # of the log, the oldest first
    results: tuple[str, ...]

    @property
    def event(self) -> dict[str, object]:
        """The one event of its block."""
        (message,) = self.messages or ("{}",)
        event: dict[str, object] = json.loads(message)
        return event

    @property
    def log(self) -> list[LogEvent]:
        """The events of its block, a minute apart."""
        return [
            LogEvent(NOON + number * MINUTE, message, log_stream="stream", log_group="group")
            for number, message in enumerate(self.messages)
        ]

    def readings(self) -> list[Reading]:
        """Those that the case holds under."""
        wanted = dict(switch.split("=") for switch in self.reading.split())
        return [
            reading
            for reading in ALL_READINGS
            if all(getattr(reading, name) is _SWITCH[value] for name, value in wanted.items())
        ]


def cases() -> Iterator[Case]:
    """The cases of all files, in order."""
    for path in FILES:
        for block in _blocks(path.read_text(encoding="utf-8")):
            yield from _cases(path.stem, block)


Line = tuple[int, str, str]


def _blocks(text: str) -> Iterator[list[Line]]:
    """Lines of a block: number, key and value; a line that starts with two spaces goes on with the value."""
    block: list[Line] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("  "):
            start, key, value = block.pop()
            block.append((start, key, f"{value}\n{line[2:]}"))
        elif line and not line.startswith("#"):
            key, _, value = line.partition(": ")
            block.append((number, key, value))
        elif not line and block:
            yield block
            block = []
    yield from [block] if block else []


def _cases(name: str, block: list[Line]) -> Iterator[Case]:
    shared = dict.fromkeys(_SHARED, "") | {key: value for _, key, value in block if key in _SHARED}
    messages = tuple(value for _, key, value in block if key in ("event", "text"))
    for index, (number, key, value) in enumerate(block):
        if key in _TESTED:
            results = []
            for _, following, result in block[index + 1 :]:
                if following not in _RESULTS:
                    break
                results.append(result)
            yield Case(f"{name}:{number}", key, value, messages=messages, results=tuple(results), **shared)
        elif key not in (*_SHARED, *_RESULTS, "event", "text"):
            raise ValueError(f"{name}:{number}: not a line of a case: {key}")
