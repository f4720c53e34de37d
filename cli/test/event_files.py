"""Folders of events: `ID/match/*.json` holds records that a control finds, `ID/nomatch/*.json` others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cis_insights import Fault, Span
from cis_insights.catalogue import built_in
from cis_insights.catalogue.loader import EVENTS
from cis_insights.events.decode import read_event
from cis_insights.limits import MAX_TEXT

KINDS = {"match": True, "nomatch": False}
_LAYOUT = "an event is in ID/match/NAME.json or ID/nomatch/NAME.json"
_FORM = "write one CloudTrail record: a JSON object, texts in double quotes, no comma behind the last"
# Keys that hold records in what AWS's services deliver.
_WRAPPERS = ("Records", "Events", "CloudTrailEvent", "detail", "event", "message", "@message")


@dataclass(frozen=True, slots=True)
class EventFile:
    """One recorded event, and whether its control has to find it."""

    control: str  # id
    path: str
    is_expected: bool
    event: dict[str, object]


def events_folder(folder: Path) -> Path:
    """Where the events of a folder's controls are: in it, but for a clone's own in `tests/events`."""
    own = clone_events()
    is_built_in = own and folder.resolve().is_relative_to(built_in().resolve())
    return own if own and is_built_in else folder / EVENTS


def clone_events() -> Path | None:
    """The events of the controls that come with this package; a wheel has none."""
    folder = built_in().parent / "tests" / EVENTS
    return folder if folder.is_dir() else None


def read_event_files(folder: Path) -> tuple[list[EventFile], list[Fault]]:
    """All events of a folder, and what is wrong with it."""
    events: list[EventFile] = []
    faults: list[Fault] = []
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        parts, shown = path.relative_to(folder).parts, shorten(path)
        if path.suffix != ".json":
            faults += _other_file(path, shown)
        elif len(parts) != 3 or parts[1] not in KINDS:
            faults.append(_fault("is in neither `match` nor `nomatch` of a control", shown, _LAYOUT))
        elif not path.is_file():
            faults.append(_fault("this is not a file", shown, _LAYOUT))
        elif isinstance(found := read_record(_read(path), shown), Fault):
            faults.append(found)
        else:
            events.append(EventFile(parts[0], shown, KINDS[parts[1]], found))
    return events, faults


def shorten(path: Path) -> str:
    """A path as it is typed from here."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _other_file(path: Path, shown: str) -> Iterator[Fault]:
    if not path.name.startswith(".") and path.suffix != ".md":
        yield _fault("this file is not read", shown, "an event's name ends in .json", "warning")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_TEXT + 1)  # a huge file is refused without reading all of it


def read_record(data: bytes, shown: str) -> dict[str, object] | Fault:
    """The record in a file, or what is wrong with it.

    Args:
        data: its content; of a file that is too large, one byte more than MAX_TEXT is enough.
        shown: the file's name.
    """
    if len(data) > MAX_TEXT:
        return _fault(f"more than {MAX_TEXT:,} bytes", shown, "an event has fewer")
    try:
        text = data.decode("utf-8-sig")
        found = json.loads(text)
    except UnicodeDecodeError as error:
        return _fault(f"byte {error.start} is not UTF-8", shown, "save the file as UTF-8")
    except json.JSONDecodeError as error:
        return Fault(f"this is not JSON: {error.msg}", Span(error.pos, error.pos), text, _FORM, shown)
    except (ValueError, RecursionError):  # a number of too many digits
        return _fault("this is not JSON that can be read", shown, _FORM)
    event = read_event(text)
    if not isinstance(found, dict) or event is None:
        return _fault("this is not one record", shown, _FORM)
    wrappers = [key for key in _WRAPPERS if isinstance(found.get(key), dict | list | str)]
    if wrappers and "eventName" not in found:
        return _fault(f"the record is inside of `{wrappers[0]}`", shown, f"take it out of `{wrappers[0]}`")
    return dict(event)


def _fault(message: str, path: str, hint: str, severity: str = "error") -> Fault:
    return Fault(message, Span(0, 0), "", hint, path, "warning" if severity == "warning" else "error")
