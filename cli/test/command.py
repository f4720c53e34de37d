"""Folders -> controls and their events, tried."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import click

from cis_insights import Catalogue, Control, Fault, Span, parse_query
from cis_insights.catalogue import built_in

from ..error_handling import HintedError
from ..terminal import measure_width, print_text, show_progress
from .event_files import EventFile, clone_events, events_folder, read_event_files, shorten
from .report import Report, as_json, as_screen
from .trial import Trial, find_sql_engine, try_events


def run_events(catalogue: Catalogue, folders: Sequence[Path], only: Sequence[str], *, is_json: bool) -> int:
    """Tries all events of some folders, prints what was found; 0 if all is as it should be.

    Args:
        folders: in place of the built-in controls and their events.
        only: ids of controls; without any, all.
    """
    if not folders and clone_events() is None:
        message = "there are no events of the built-in controls here: they are in the repository"
        raise HintedError(message, "name a folder of controls; cis-insights new ID --folder FOLDER makes one")
    report = _report(catalogue, folders or (built_in(),), only)
    if is_json:
        click.echo(json.dumps(as_json(report), indent=2))
    else:
        print_text(as_screen(report, measure_width()))
    return 0 if report.has_passed else 1


def _report(catalogue: Catalogue, folders: Sequence[Path], only: Sequence[str]) -> Report:
    files: list[EventFile] = []
    faults: list[Fault] = []
    places = list(dict.fromkeys(map(events_folder, folders)))
    for place in places:
        found, wrong = read_event_files(place)
        files += found
        faults += wrong
    tried = {file.control for file in files}
    chosen = [
        _fill(one)
        for one in catalogue.values()
        if (one.is_alarm or one.id in tried) and (not only or one.id in only)
    ]
    if not only:
        faults += _strangers(catalogue, files, folders)
    faults += _untried(chosen, files, places[0])
    engine = find_sql_engine()
    by_control = {one.id: [file for file in files if file.control == one.id] for one in chosen}
    trials: list[Trial] = []
    with show_progress("trying the events", total=len(chosen)) as advance:
        for one in chosen:
            trials += try_events(one, by_control[one.id], engine)
            advance(advance=1)
    return Report(trials=trials, faults=faults, has_sql=engine is not None)


def _fill(control: Control) -> Control:
    """An investigation as it is asked: with the defaults of its parameters."""
    text = control.query.text
    for parameter in control.parameters:
        text = text.replace("{{" + parameter.name + "}}", parameter.default)
    return replace(control, query=parse_query(text, control.path)) if control.parameters else control


def _strangers(catalogue: Catalogue, files: Sequence[EventFile], folders: Sequence[Path]) -> Iterator[Fault]:
    """Events of a control that is not there; beside a part of a clone's queries there are those of others."""
    known = list(catalogue)
    if clone_events() and any(_is_part(folder) for folder in folders):
        return
    for name, path in {file.control: file.path for file in reversed(files)}.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = (
                f"did you mean {near[0]}?" if near else "a folder of events has the name of a control's file"
            )
            yield Fault(f"there is no control `{name}` for this event", Span(0, 0), "", hint, path)


def _is_part(folder: Path) -> bool:
    place, whole = folder.resolve(), built_in().resolve()
    return place != whole and place.is_relative_to(whole)


def _untried(controls: Sequence[Control], files: Sequence[EventFile], place: Path) -> Iterator[Fault]:
    """Controls without an event of each kind: nothing shows that they find what they should."""
    for control in [one for one in controls if one.is_alarm]:
        for kind, is_expected in (("match", True), ("nomatch", False)):
            if not any(file.control == control.id and file.is_expected == is_expected for file in files):
                hint = f"put a record into {shorten(place)}/{control.id}/{kind}/"
                message = f"no event that it {'has to' if is_expected else 'must not'} find"
                yield Fault(message, Span(0, 0), "", hint, control.path, "warning")
