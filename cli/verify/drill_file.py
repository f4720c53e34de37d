"""A drill that is cited as evidence: what `cis-insights drill -o FILE` has written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cis_insights.errors import printable
from cis_insights.verification.trails import Place

# In the order of what happens; a drill begins with one of the first three.
STEPS = ("called", "sent", "set", "recorded", "counted", "alarmed", "notified", "answered")
VERSION = 1  # of the document
MAX_BYTES = 4 * 1024 * 1024  # ours
_MAKE = "give it a file that `cis-insights drill -o FILE` has written"


class NoDrill(ValueError):
    """A file is no drill, or not one of what is verified."""

    def __init__(self, message: str, hint: str = _MAKE) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class DrilledControl:
    """What a drill has shown of one control in one way."""

    mode: str
    what: str  # was called, sent or set
    steps: Mapping[str, float | None]  # seconds since the first; None: not seen, or not of this mode
    is_complete: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill."""

    id: str
    mode: str
    started: datetime
    finished: datetime
    controls: Sequence[tuple[str, DrilledControl]] = ()  # with their ids
    undrilled: Mapping[str, str] = field(default_factory=dict)  # why, by id

    def find(self, control: str) -> tuple[DrilledControl, ...]:
        """What it has shown of a control."""
        return tuple(one for id, one in self.controls if id == control)


def read_drill(path: Path, places: Sequence[Place], now: datetime) -> Drill:
    """As `parse_drill`, of a file.

    Raises:
        NoDrill: with what is wrong with it.
        OSError: if the file cannot be read.
    """
    with path.open("rb") as file:
        return parse_drill(file.read(MAX_BYTES + 1), places, now)


def parse_drill(data: bytes, places: Sequence[Place], now: datetime) -> Drill:
    """A drill of an account, as docs/drill.schema.json has it; keys beyond that are ignored.

    Args:
        places: of which it may be: account and Region of the credentials, and of the trails' log groups.
        now: with a time zone; a drill cannot be later.

    Raises:
        NoDrill: with what is wrong with it.
    """
    document = _parse(data)
    _check_place(document, places)
    drill = Drill(
        id=_take(document, "id", str),
        mode=_take(document, "mode", str),
        started=_take_time(document, "started"),
        finished=_take_time(document, "finished"),
        controls=tuple(map(_read_control, _take(document, "controls", list))),
        undrilled=dict(map(_read_undrilled, _take(document, "undrilled", list))),
    )
    if not drill.started <= drill.finished <= now:
        raise NoDrill(
            "its times are not in order: `started`, `finished`, now", "see the clock of the machine"
        )
    return drill


def _parse(data: bytes) -> Mapping[str, Any]:
    if len(data) > MAX_BYTES:
        raise NoDrill(f"more than {MAX_BYTES:,} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise NoDrill("this is not JSON") from None
    if not isinstance(document, Mapping):
        raise NoDrill("this is not a JSON object")
    if (version := _take(document, "version", int)) != VERSION:
        raise NoDrill(
            f"version {version} of the document is not known", "use a cis-insights of the same version"
        )
    return document


def _check_place(document: Mapping[str, Any], places: Sequence[Place]) -> None:
    drilled = Place(_take(document, "account", str), _take(document, "region", str))
    if drilled not in places:
        verified = " or ".join(f"{one.account}, {one.region}" for one in places)
        message = f"a drill of {drilled.account}, {drilled.region}, and what is verified is {verified}"
        raise NoDrill(message, "name the drill of this account and Region")


def _take(document: object, key: str, kind: type) -> Any:
    """The value of a key.

    Raises:
        NoDrill: if it is missing or of another type.
    """
    value = document.get(key) if isinstance(document, Mapping) else None
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise NoDrill(f"`{key}` is missing, or is not of type {kind.__name__}")
    return value


def _take_time(document: Mapping[str, Any], key: str) -> datetime:
    text = _take(document, key, str)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise NoDrill(f"`{key}`: {printable(text)!r} is not a time with a time zone, as ISO 8601 writes it")
    return time.astimezone(UTC)


def _read_undrilled(document: object) -> tuple[str, str]:
    return _take(document, "id", str), _take(document, "reason", str)


def _read_control(document: object) -> tuple[str, DrilledControl]:
    known = document if isinstance(document, Mapping) else {}
    what, reason = known.get("what"), known.get("reason")
    return _take(document, "id", str), DrilledControl(
        mode=_take(document, "mode", str),
        what=what if isinstance(what, str) else "",
        steps=dict(_read_steps(_take(document, "steps", dict))),
        is_complete=_take(document, "complete", bool),
        reason=reason if isinstance(reason, str) else "",
    )


def _read_steps(steps: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """Steps in the order of what happens."""
    for name in STEPS:
        value = steps.get(name)
        if name in steps:
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9
            ):
                raise NoDrill(f"the step `{name}`: {printable(str(value))!r} is not a number of seconds")
            yield name, value
