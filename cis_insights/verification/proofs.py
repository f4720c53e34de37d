"""What some filters count of a control, by proof: the same events, more or fewer, and one that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from ..catalogue import Control
from ..errors import NotCompilable, PatternError, QueryError
from ..events.field_paths import event_of
from ..filter_patterns.pattern import Compare, Pattern, parse_pattern
from ..logs_insights.query import Query
from ..proof.prover import Violation, find_counterexample, misses
from ..reading import Event
from .model import DeclaredExclusion

# exact: character by character the text that is asked for, or that of CIS; equal: in other words;
# wider: more events; excluding: all but those of declared exclusions; narrower: fewer; different: both; open:
# not decided. What is better comes first.
Relation = Literal["exact", "equal", "wider", "excluding", "narrower", "different", "open"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
# Filters that share fewer of a control's comparisons do not mean it.
SIMILAR = 0.3


@dataclass(frozen=True, slots=True)
class Agreement:
    """How what some filters count together agrees with what a control asks for."""

    relation: Relation
    missed: Event | None = None  # the control asks for it, no filter counts it
    extra: Event | None = None  # a filter counts it, the control does not ask for it
    twice: Event | None = None  # more than one filter counts it
    reason: str = ""  # why it is open

    @property
    def is_complete(self) -> bool:
        """Whether every event that the control asks for is counted, or left out on purpose."""
        return self.relation in ("exact", "equal", "wider", "excluding")


@lru_cache(maxsize=4_096)
def read_pattern(text: str) -> Pattern | str:
    """A pattern, or why it cannot be read; an empty one counts every event."""
    try:
        return parse_pattern(text)
    except PatternError as error:
        return error.faults[0].message


def compare(control: Control, patterns: Sequence[Pattern]) -> Agreement:
    """How patterns of one metric agree with a control."""
    texts = {pattern.text for pattern in patterns}
    try:
        missed = _find(control, patterns, misses)
        extra = _find(control, patterns, _counts_another)
        twice = _find(control, patterns, _counts_twice) if len(patterns) > 1 else None
    except NotCompilable as error:
        return Agreement("open", reason=error.faults[0].message)
    if missed is not None:
        return Agreement("different" if extra is not None else "narrower", missed, extra, twice)
    if control.cis_pattern and texts == {control.cis_pattern.text}:
        return Agreement("exact", extra=extra)
    if extra is not None:
        return Agreement("wider", extra=extra, twice=twice)
    is_exact = control.exact_pattern in texts if control.exact_pattern else texts == _list_texts(control)
    return Agreement("exact" if is_exact else "equal", twice=twice)


def compare_declared(
    control: Control, patterns: Sequence[Pattern], exclusions: Sequence[DeclaredExclusion]
) -> Agreement:
    """As `compare`, but events of some exclusions may be left out; `missed` is such an event then."""
    agreement = compare(control, patterns)
    if agreement.missed is None or not exclusions:
        return agreement
    try:
        within = compare(control.excluding([one.condition for one in exclusions]), patterns)
    except QueryError:  # they are no exclusions of this control
        return agreement
    return replace(within, relation="excluding", missed=agreement.missed) if within.is_complete else agreement


def _list_texts(control: Control) -> set[str]:
    return {pattern.text for pattern in control.patterns}


def _find(control: Control, patterns: Sequence[Pattern], wrong: Violation) -> Event | None:
    return _prove(control.query, tuple(patterns), wrong)


@lru_cache(maxsize=4_096)
def _prove(query: Query, patterns: tuple[Pattern, ...], wrong: Violation) -> Event | None:
    """Proven once: the accounts of an organization have mostly the same filters."""
    found = find_counterexample(query, query.condition, patterns, wrong)
    if found is None:
        return None

    def shows(event: Event) -> bool:
        matched = sum(pattern.matches(event, found.reading) for pattern in patterns)
        return wrong(query.matches(event, found.reading), matched)

    return _shrink(found.event, shows)


def _shrink(event: Event, shows: Callable[[Event], bool]) -> Event:
    """The event without the fields that it shows as much without."""
    paths = dict(list_fields(event))
    for path in reversed(paths):
        less = event_of({other: value for other, value in paths.items() if other != path})
        if shows(less):
            return _shrink(less, shows)
    return event


def list_fields(value: object, steps: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Each field of an event that holds no others, by its dotted path."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from list_fields(inner, (*steps, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from list_fields(inner, (*steps, str(index)))
    else:
        yield ".".join(steps), value


def _counts_another(query: bool, patterns: int) -> bool:
    return patterns > 0 and not query


def _counts_twice(query: bool, patterns: int) -> bool:
    return patterns > 1


def _is_met(query: bool, patterns: int) -> bool:
    return query


@dataclass(frozen=True, slots=True)
class Subject:
    """A control, and what shows before any proof that filters are meant for it."""

    control: Control
    example: Event  # that it asks for
    comparisons: frozenset[str]  # of its patterns

    def is_meant(self, patterns: Sequence[Pattern]) -> bool:
        """Whether patterns look as if they were for this control."""
        is_part = len(theirs := list_comparisons(patterns)) > 0 and theirs <= self.comparisons
        is_like = is_part or self.measure_similarity(patterns) >= SIMILAR
        return is_like or any(pattern.matches(self.example) for pattern in patterns)

    def measure_similarity(self, patterns: Sequence[Pattern]) -> float:
        """Comparisons that both have, of all that either has: 0 to 1."""
        theirs = list_comparisons(patterns)
        return len(theirs & self.comparisons) / (len(theirs | self.comparisons) or 1)


def prepare_subject(control: Control) -> Subject:
    """A control with patterns, ready to be compared."""
    example = _find(control, (), _is_met)
    return Subject(control, example or {}, list_comparisons(control.patterns))


def list_comparisons(patterns: Iterable[Pattern]) -> frozenset[str]:
    """What patterns compare, field by field; how they join it does not count."""
    return frozenset().union(*map(_list_comparisons, patterns))


@lru_cache(maxsize=4_096)
def _list_comparisons(pattern: Pattern) -> frozenset[str]:
    return frozenset(f"{one.selector} {one.operand}" for one in pattern.leaves if isinstance(one, Compare))


def find_nearest(subjects: Iterable[Subject], patterns: Sequence[Pattern]) -> Subject | None:
    """The control that patterns have most in common with; None without anything in common."""
    best = max(subjects, key=lambda one: one.measure_similarity(patterns), default=None)
    return best if best and best.measure_similarity(patterns) else None
