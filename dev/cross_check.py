"""`make proof`: every answer checked against something that shares no code with it, in numbers.

The query evaluator, the filter patterns, DuckDB's SQL and the prover are four ways to the same
answer. Recorded events are read from the files or folders that are named, or from ../shared/corpus.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from cis_insights import ALL_READINGS, Control, Equivalent, load_catalogue, prove
from cis_insights.backtest.counts import Broken
from cis_insights.backtest.in_duckdb import Backtest, Text
from cis_insights.errors import printable
from cis_insights.events import read_event
from cis_insights.events.field_paths import ABSENT, event_of
from cis_insights.logs_insights.normal_form import leaves, normalise
from cis_insights.proof.witnesses import Traits, pattern_traits, query_traits, values_of
from cis_insights.reading import Event
from cli.backtest.documents import read_documents
from cli.backtest.sources import find_sources

from . import ROOT
from .mutants import find_fate, find_first_filter, list_mutants, select_prescribed
from .smt import check as solver

EVENTS = ROOT / "tests" / "events"
CORPUS = ROOT.parent / "shared" / "corpus" / "events.jsonl.gz"
GENERATED = 2_000  # events for each control
SEED = 20_261_123
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Check = Callable[[Sequence[Control], Console], int]


def main(places: Sequence[str]) -> int:
    """Prints each check with its numbers; 1 if any disagrees."""
    console = Console(highlight=False, soft_wrap=True)
    controls = [control for control in load_catalogue().values() if control.patterns]
    failures = 0
    for check in list_checks(places):
        failures += check(controls, console)
    console.print("no disagreement" if not failures else f"[red]{failures:,} in all[/]")
    return 1 if failures else 0


def list_checks(places: Sequence[str]) -> Sequence[Check]:
    """Each prints its numbers and returns how often anything disagreed."""
    return (
        check_proofs,
        solver.check,
        check_recorded(places),
        check_generated,
        _check_mutations,
    )


def check_proofs(controls: Sequence[Control], console: Console) -> int:
    """Every control's patterns proven against its query."""
    wrong = [control for control in controls if prove(control.query, control.patterns) != Equivalent()]
    patterns = sum(len(control.patterns) for control in controls)
    console.print(f"proofs      {len(controls)} queries, {patterns} patterns, {len(ALL_READINGS)} readings")
    return len(wrong)


def check_recorded(places: Sequence[str]) -> Check:
    """The check of the records of files and folders, as `cis-insights backtest` reads them."""

    def check(controls: Sequence[Control], console: Console) -> int:
        events, broken = read_records(places or [str(path) for path in (CORPUS,) if path.exists()])
        for one in broken:
            place = printable(f"{one.name}:{one.place}: {one.reason}")
            console.print(f"            unread: {place}", markup=False)
        if not events:
            console.print("recorded    none at hand: name files or folders of CloudTrail records")
            return len(broken)
        hits, wrong = compare_engines(controls, {control.id: events for control in controls})
        console.print(f"recorded    {len(events):,} events: query, patterns and SQL agree but for {wrong:,}")
        found = ", ".join(f"{control} {count:,}" for control, count in hits.items() if count)
        console.print(f"            found: {found}")
        return wrong + len(broken)

    return check


def read_records(places: Sequence[str]) -> tuple[list[Event], list[Broken]]:
    """The records at some places, and what cannot be read there."""
    events: list[Event] = []
    sources, broken = find_sources(places)
    for piece in (piece for source in sources for piece in read_documents(source)):
        if isinstance(piece, Broken):
            broken.append(piece)
        elif content := read_event(piece.content.decode("utf-8", "replace")):
            records: Any = content.get("Records", [content.get("event", content)])
            events += records
        else:
            broken.append(Broken(piece.name, piece.place, "no JSON object"))
    return events, broken


def check_generated(controls: Sequence[Control], console: Console) -> int:
    """Query, patterns and SQL on events made for each control."""
    generator = random.Random(SEED)  # noqa: S311  # the same events in every run
    events = {
        control.id: [_generate_event(control, generator) for _ in range(GENERATED)] for control in controls
    }
    hits, wrong = compare_engines(controls, events)
    total = sum(map(len, events.values()))
    console.print(
        f"generated   {total:,} events, {sum(hits.values()):,} of them found; {wrong:,} disagreements"
    )
    return wrong


def _generate_event(control: Control, generator: random.Random) -> Event:
    """A record of values that stand for every way the control's leaves can come out."""
    values = {field: generator.choice(options) for field, options in _list_options(control).items()}
    return event_of(values)


_OPTIONS: dict[str, dict[str, list[Any]]] = {}


def _list_options(control: Control) -> dict[str, list[Any]]:
    if control.id not in _OPTIONS:
        traits: dict[str, Traits] = {}
        found = [query_traits(leaf) for leaf in leaves(normalise(control.query.condition))]
        found += [pattern_traits(leaf) for pattern in control.patterns for leaf in pattern.leaves]
        for field, trait in found:
            traits[field] = traits.get(field, Traits()) | trait
        # Texts of the control twice: random combinations should often match.
        _OPTIONS[control.id] = {
            field: [*values_of(trait), *sorted(trait.texts) * 2, ABSENT] for field, trait in traits.items()
        }
    return _OPTIONS[control.id]


def compare_engines(controls: Sequence[Control], events: dict[str, list[Event]]) -> tuple[Counter[str], int]:
    """Events each control finds, and how often two of the ways disagree."""
    hits: Counter[str] = Counter()
    wrong = 0
    for control in controls:
        for reading in ALL_READINGS:
            for event in events[control.id]:
                found = control.query.matches(event, reading)
                counted = sum(pattern.matches(event, reading) for pattern in control.patterns)
                wrong += counted != found
        own = {number for number, event in enumerate(events[control.id]) if control.query.matches(event)}
        hits[control.id] = len(own)
        wrong += len(find_by_sql(control, events[control.id]) ^ own)
    return hits, wrong


def find_by_sql(control: Control, events: list[Event]) -> set[int]:
    """The places of the events that SQL finds: each is given a minute of its own."""
    timed = [
        {**event, "eventTime": (EPOCH + timedelta(minutes=n)).isoformat()} for n, event in enumerate(events)
    ]
    backtest = Backtest({control.id: control.query})
    backtest.add([Text("generated", 0, json.dumps({"Records": timed}).encode())])
    return {minute for minute, _ in backtest.periods(control.id, 60)}


def _check_mutations(controls: Sequence[Control], console: Console) -> int:
    survivors = 0
    for group in ("cis", "extended"):
        fates = _count_fates([one for one in controls if one.group == group], console)
        by_events = fates["caught by its events"]
        caught, total = fates["refused"] + by_events, fates.total() - fates["equal"]
        noted = f", {by_events:,} of them by events" if by_events else ""
        console.print(f"mutations   {group}: {caught:,} of {total:,} caught{noted}; {fates['equal']:,} equal")
        survivors += fates["survived"]
    return survivors


def _count_fates(controls: Sequence[Control], console: Console) -> Counter[str]:
    """What becomes of each single mistake in the conditions; those that nothing notices are printed."""
    fates: Counter[str] = Counter()
    for control in select_prescribed(controls):
        for mutant in list_mutants(find_first_filter(control).condition):
            with tempfile.TemporaryDirectory() as folder:
                became = find_fate(control, mutant, Path(folder), EVENTS)
            fates[became] += 1
            if became in ("equal", "survived"):
                console.print(f"            {became}: {control.id}: {mutant}", markup=False)
    return fates


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
