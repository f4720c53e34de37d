"""Confirms the prover's answers by Z3: on generated pairs, on the catalogue and on planted slips."""

from __future__ import annotations

import importlib
import multiprocessing
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from unittest import mock

from rich.console import Console

from cis_insights import (
    ALL_READINGS,
    Control,
    Counterexample,
    NotCompilable,
    Pattern,
    Query,
    Reading,
    load_catalogue,
)
from cis_insights.catalogue import coverage
from cis_insights.events.field_paths import ABSENT, event_of
from cis_insights.logs_insights.evaluate import compile_predicate
from cis_insights.logs_insights.syntax import Expression
from cis_insights.proof.prover import Violation, differs, exceeds, find_counterexample, misses, overlaps
from cis_insights.reading import Event

from .. import ROOT
from ..mutants import find_fate, find_first_filter, list_mutants
from . import decide as smt
from .pairs import draw_pair

EVENTS = ROOT / "tests" / "events"
PAIRS = 20_000
PROCESSES = 2
CHUNK = 250  # pairs
EDGE_EVENTS = 2_000
_VIOLATIONS: dict[Violation, smt.Violation] = {
    differs: smt.differs,
    exceeds: smt.exceeds,
    misses: smt.misses,
    overlaps: smt.overlaps,
    coverage._is_true: smt.holds,
}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")
_KINDS: tuple[object, ...] = (
    *(ABSENT, None, True, False, {}, 0, -0.0, 1, 7.5, 2**53, float("inf")),
    *("", "other", "5", "1e3"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the prover: whether an event violates the property `wrong`."""

    query: Query
    condition: Expression
    patterns: Sequence[Pattern]
    wrong: Violation = differs

    def __str__(self) -> str:
        return f"{self.query.text.strip()}   {'   '.join(pattern.text for pattern in self.patterns)}"


@dataclass(slots=True)
class Tally:
    """Counts of the answers, and the disagreements of the two engines."""

    counts: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def add(self, question: Question) -> None:
        """Asks both engines."""
        try:
            found = find_counterexample(question.query, question.condition, question.patterns, question.wrong)
        except NotCompilable:
            self.counts["refused"] += 1
            return
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            self.disagreements.append(f"the prover fails with {error!r}: {question}")
            return
        self.compare(question, found)

    def compare(self, question: Question, found: Counterexample | None) -> None:
        """Compares an answer of the prover with the solver's."""
        self.counts["differ" if found else "equivalent"] += 1
        conditions = [pattern.condition for pattern in question.patterns]
        answer = smt.decide(question.condition, conditions, _VIOLATIONS[question.wrong])
        self.disagreements += _find_disagreements(question, found, answer)
        if isinstance(answer, smt.Unknown):
            self.counts["unknown"] += 1
            if found is None and (event := _search_edge_events(question)):
                self.disagreements.append(f"the evaluators violate it on {event}: {question}")

    def __iadd__(self, other: Tally) -> Tally:
        self.counts += other.counts
        self.disagreements += other.disagreements
        return self


def _find_disagreements(
    question: Question, found: Counterexample | None, answer: smt.Answer
) -> Iterator[str]:
    match answer:
        case smt.Model(values=values, reading=reading):
            event = event_of(values)
            if not _violates(question, event, reading):
                yield f"the solver is wrong about {event} under {reading}: {question}"
            elif found is None:
                yield f"the prover misses {event} under {reading}: {question}"
        case smt.Unsatisfiable() if found:
            yield f"the solver misses {found.event} under {found.reading}: {question}"
        case _:
            pass


def _violates(question: Question, event: Event, reading: Reading) -> bool:
    """Whether an event violates the property, by the two evaluators."""
    matches = compile_predicate(question.condition, reading, question.query.text)(event)
    return question.wrong(matches, sum(pattern.matches(event, reading) for pattern in question.patterns))


# --- where the solver answers unknown ----------------------------------------------------


def _search_edge_events(question: Question) -> Event | None:
    """An event of edge values that violates the property by the evaluators, or None."""
    draw = random.Random(str(question))  # noqa: S311  # the same events in every run
    fields = sorted(
        smt.collect_fields(question.condition, [pattern.condition for pattern in question.patterns])
    )
    values = _list_edges(str(question), draw)
    events = (dict(zip(fields, draw.choices(values, k=len(fields)), strict=True)) for _ in range(EDGE_EVENTS))
    asked = product(map(event_of, [{name: value} for name in fields for value in values]), ALL_READINGS)
    more = product(map(event_of, events), ALL_READINGS)
    for each in (asked, more):
        for event, reading in each:
            if _violates(question, event, reading):
                return event
    return None


def _list_edges(text: str, draw: random.Random) -> list[object]:
    """Edge values: each kind of value, and neighbours of the constants in a text."""
    words = [found.replace("\\", "") for found in _QUOTED.findall(text)]
    numbers = [float(found) for found in _NUMBER.findall(text)]
    chars = sorted({*text, "é", "\n"})
    texts = ["".join(draw.choices(chars, k=draw.randint(1, 6))) for _ in range(200)]
    near = [one for number in numbers for one in (number, number + 1, number - 1, str(number))]
    pieces = [piece for word in words for piece in (word, f"{word}x", word[:-1], word.replace("*", "x"))]
    return [*_KINDS, *near, *pieces, *texts]


# --- the questions --------------------------------------------------------------------


def tally_pairs(numbers: Iterable[int]) -> Tally:
    """Asks both engines about the generated pairs with these numbers."""
    tally = Tally()
    for number in numbers:
        made = draw_pair(number)
        tally.add(Question(made.query, made.query.condition, made.patterns))
    return tally


def tally_generated(count: int) -> Tally:
    """Asks both engines about the first `count` pairs, in several processes."""
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    total = Tally()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        for tally in pool.imap_unordered(tally_pairs, chunks):
            total += tally
    return total


@contextmanager
def record_answers() -> Iterator[list[tuple[Question, Counterexample | None]]]:
    """Records all questions to the prover meanwhile, with its answers."""
    recorded: list[tuple[Question, Counterexample | None]] = []

    def record(
        query: Query, condition: Expression, patterns: Sequence[Pattern], wrong: Violation
    ) -> Counterexample | None:
        answer = find_counterexample(query, condition, patterns, wrong)
        recorded.append((Question(query, condition, patterns, wrong), answer))
        return answer

    # Each imports the prover's function by name.
    names = ("proof.prover", "catalogue.proven_patterns", "catalogue.coverage")
    importers = [importlib.import_module(f"cis_insights.{name}") for name in names]
    with ExitStack() as stack:
        for module in importers:
            stack.enter_context(mock.patch.object(module, "find_counterexample", record))
        yield recorded


def tally_catalogue() -> Tally:
    """Confirms the prover's answers while the catalogue is loaded."""
    with record_answers() as recorded:
        load_catalogue()
    return _confirm(recorded)


def tally_slips(controls: Sequence[Control], step: int = 1) -> Tally:
    """Confirms the prover's answers about queries with a slip; about every `step`-th of them."""
    slips = (
        (control, slip) for control in controls for slip in list_mutants(find_first_filter(control).condition)
    )
    with record_answers() as recorded:
        for control, slip in islice(slips, 0, None, step):
            with tempfile.TemporaryDirectory() as folder:
                find_fate(control, slip, Path(folder), EVENTS)
    return _confirm(recorded)


def _confirm(recorded: Iterable[tuple[Question, Counterexample | None]]) -> Tally:
    tally = Tally()
    for question, answer in recorded:
        tally.compare(question, answer)
    return tally


def check(controls: Sequence[Control], console: Console) -> int:
    """Prints the solver's confirmations; returns the number of disagreements."""
    own, slips, pairs = tally_catalogue(), tally_slips(controls), tally_generated(PAIRS)
    console.print(
        f"solver      {own.counts.total():,} answers on the catalogue, {slips.counts.total():,} on slips:"
        f" {len(own.disagreements) + len(slips.disagreements):,} disagreements"
    )
    console.print(f"solver      {PAIRS:,} pairs: {summarize(pairs)}")
    disagreements = own.disagreements + slips.disagreements + pairs.disagreements
    for disagreement in disagreements:
        console.print(f"            {disagreement}", markup=False)
    return len(disagreements)


def summarize(tally: Tally) -> str:
    """The numbers of a tally in a line."""
    counts = tally.counts
    return (
        f"{counts['equivalent']:,} equivalent, {counts['differ']:,} differ, {counts['refused']:,} refused;"
        f" {len(tally.disagreements):,} disagreements;"
        f" {counts['unknown']:,} unknown, searched by brute force"
    )
