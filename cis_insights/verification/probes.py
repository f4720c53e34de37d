"""Events on which AWS's own matcher is asked: of every control, and of what AWS does not document.

Each event of a control is one that it asks for, with one field changed to a value that the field's
comparisons tell from the others: the representatives that the proof goes through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ..events.field_paths import event_of
from ..filter_patterns.pattern import Pattern, parse_pattern
from ..proof.witnesses import Traits, Undecidable, pattern_traits, values_of
from ..reading import Event, Reading
from ..regex.text_classes import TooComplex
from .proofs import Subject, list_fields

# `absent_differs` is about Logs Insights alone.
READINGS = tuple(
    Reading(null_exists=null_exists, numeric_text=numeric_text)
    for null_exists, numeric_text in product((False, True), repeat=2)
)


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that AWS's documentation does not answer."""

    about: str
    pattern: Pattern
    events: tuple[Event, ...]


def _probe(about: str, pattern: str, *events: Event) -> Probe:
    return Probe(about, parse_pattern(pattern), events)


_VALUES: tuple[Event, ...] = (
    {},
    {"a": None},
    {"a": {}},
    {"a": ["x"]},
    {"a": "x"},
    {"a": "y"},
    {"a": 1},
    {"a": True},
)
PROBES: Sequence[Probe] = (
    _probe("!= on what is absent, null, a map, a list", '{ $.a != "x" }', *_VALUES),
    _probe("NOT EXISTS on null, a map, a list", "{ $.a NOT EXISTS }", *_VALUES),
    _probe("NOT EXISTS below what is absent or null", "{ $.a.b NOT EXISTS }", *_VALUES, {"a": {"b": 1}}),
    _probe("IS NULL on what is absent, null, text", "{ $.a IS NULL }", *_VALUES),
    _probe(
        "* on what is empty, null or no text",
        '{ $.a = "*" }',
        {"a": ""},
        *_VALUES[1:],
        {"a": 0},
    ),
    _probe("upper and lower case", '{ $.a = "A*" }', {"a": "a1"}, {"a": "A1"}),
    _probe(
        "text without quotes",
        "{ $.a = iam.amazonaws.com }",
        {"a": "iam.amazonaws.com"},
        {"a": "iam-amazonaws-com"},
    ),
    _probe(
        "a number and text that reads as one", "{ $.a = 1 }", {"a": 1}, {"a": "1"}, {"a": 1.0}, {"a": "1.0"}
    ),
    _probe("text and a number", '{ $.a = "1" }', {"a": "1"}, {"a": 1}, {"a": True}),
    _probe(
        "&& before ||",
        '{ $.a = "x" || $.b = "x" && $.c = "x" }',
        {"a": "x"},
        {"a": "x", "b": "x"},
        {"b": "x"},
        {"b": "x", "c": "x"},
    ),
)


def list_events(subjects: Sequence[Subject]) -> list[Event]:
    """Events that tell the comparisons of the controls' patterns apart, each once."""
    found = (event for one in subjects for event in _list_variants(one))
    return list({repr(sorted(list_fields(event))): event for event in found}.values())


def _list_variants(subject: Subject) -> Iterator[Event]:
    base = dict(list_fields(subject.example))
    yield subject.example
    for field, traits in _collect_traits(subject).items():
        for value in _find_values(traits):
            yield event_of({**base, field: value})


def _collect_traits(subject: Subject) -> dict[str, Traits]:
    traits: dict[str, Traits] = {}
    for pattern in subject.control.patterns:
        for leaf in pattern.leaves:
            try:
                field, more = pattern_traits(leaf)
            except Undecidable:
                continue
            traits[field] = traits.get(field, Traits()) | more
    return traits


def _find_values(traits: Traits) -> list[object]:
    """Values that a JSON text holds as they are, whoever reads it."""
    try:
        found = values_of(traits)
    except (Undecidable, TooComplex):
        return []
    return [one for one in found if not isinstance(one, int | float) or abs(one) < 2**53]


def find_explanations(pattern: Pattern, event: Event, matches: bool) -> list[Reading]:
    """The readings under which our matcher gives the same answer."""
    return [reading for reading in READINGS if pattern.matches(event, reading) is matches]
