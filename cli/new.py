"""`cis-insights new`: a control to edit, and two events for it, where they belong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from cis_insights.catalogue import built_in
from cis_insights.catalogue.control_file import EXTENDED, INVESTIGATE
from cis_insights.catalogue.loader import ID, SUFFIX, read_id

from .error_handling import HintedError
from .new_files import control_text, demo_record, other_record
from .test.event_files import clone_events, events_folder, shorten

MAX_ID = 60  # ours: a prefix of as many more is in front of it, and AWS takes 255 characters


def write_control(id: str, folder: Path | None) -> str:
    """Writes the files, and says which and what comes next.

    Args:
        id: of the control.
        folder: of one's own, made where it is not there; without it, that of a clone.

    Raises:
        HintedError: at an id that does not fit or is taken, or a file that is there; nothing is written.
    """
    place = _find_folder(folder)
    _check_id(id, place)
    events = events_folder(place) / id
    files = {
        place / f"{id}{SUFFIX}": control_text(id),
        events / "match" / "0-demo.json": _print(demo_record(id)),
        events / "nomatch" / "another-call.json": _print(other_record(id)),
    }
    for path in (*files, events):
        if path.exists() or path.is_symlink():
            raise HintedError(f"{shorten(path)} is there already", "nothing was written: choose another id")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return "\n".join([*map(shorten, files), "", *_next(place, id)])


def _find_folder(folder: Path | None) -> Path:
    if folder is None and clone_events() is None:
        raise HintedError("without a clone, a control needs a folder of yours", "add: --folder my-controls")
    place = (folder or built_in() / EXTENDED).absolute()
    if place.exists() and not place.is_dir():
        raise HintedError(f"{shorten(place)} is a file", "name a folder of control files")
    if place.resolve().name == INVESTIGATE:
        hint = "controls, which have an alarm, go into a folder of another name"
        raise HintedError(f"what is in a folder called {INVESTIGATE} has no alarm", hint)
    return place


def _check_id(id: str, place: Path) -> None:
    if not ID.fullmatch(id) or len(id) > MAX_ID:
        meant = re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-0123456789")[:MAX_ID].rstrip("-")
        form = f"lower-case words joined by -, at most {MAX_ID} characters"
        raise HintedError(f"{id[:120]!r} is not a control's id: {form}", f"write {meant or 'my-control'}")
    for path in [*built_in().rglob(f"*{SUFFIX}"), *place.rglob(f"*{SUFFIX}")]:
        if read_id(path.name) == id:
            raise HintedError(f"the id {id} is taken by {shorten(path)}", "choose another, or edit that file")


def _print(record: Mapping[str, object]) -> str:
    return json.dumps(record, indent=2) + "\n"


def _next(place: Path, id: str) -> list[str]:
    """What to do with the files."""
    is_own = not place.resolve().is_relative_to(built_in().resolve())
    folder = f" {shorten(place)}" if is_own else ""
    lines = [
        "Edit the query and both events, then:",
        f"  cis-insights check{folder}",
        f"  cis-insights test{folder} --control {id}",
    ]
    if is_own:
        lines.append(f'Deploy it with "cis-insights:query-folders": ["{shorten(place)}"] in cdk.json.')
    return lines
