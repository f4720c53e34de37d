"""Query -> the patterns that count its events, proven to agree with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..compiler import compile_condition, compile_query, conjuncts, with_conjunct
from ..errors import PatternError
from ..filter_patterns.pattern import Pattern, parse_pattern
from ..logs_insights.normal_form import normalise
from ..logs_insights.query import Query
from ..logs_insights.syntax import Expression, In, Or, String
from ..proof.prover import Counterexample, exceeds, find_counterexample, misses, overlaps, prove

Patterns = tuple[Pattern, ...]


class Disagreement(Exception):
    """A given pattern that does not agree with the query; the message has an event that shows it."""

    def __init__(self, message: str, hint: str, key: str = "pattern") -> None:
        super().__init__(message)
        self.hint = hint
        self.key = key  # of the header line that holds the pattern


def compile_proven(query: Query) -> Patterns:
    """The patterns of a query for which no text is prescribed.

    Raises:
        NotCompilable: where no pattern can express the query, or none is provably equal.
    """
    patterns = _parse(query, compile_query(query))
    _require_equal(query, patterns)
    return patterns


def verify_prescribed(query: Query, patterns: Patterns) -> Patterns:
    """The given patterns, proven to match together exactly what the query finds.

    Raises:
        Disagreement: with an event on which they differ.
    """
    answer = prove(query, patterns)
    if isinstance(answer, Counterexample):
        hint = "mend the query or the pattern"
        if not answer.pattern_matches:
            hint += "; if the query covers more on purpose, add: # covers-more: what, and why"
        raise Disagreement(f"this pattern is not the query: {answer}", hint)
    return patterns


def extend_prescribed(query: Query, patterns: Patterns, more: str) -> Patterns:
    """The given patterns, and disjoint ones for whatever else the query covers.

    Args:
        more: names every additional value; a value that it does not name is a mistake.

    Raises:
        Disagreement: if a pattern matches an event that the query does not, or nothing is left.
    """
    excess = find_counterexample(query, query.condition, patterns, exceeds)
    if excess:
        raise Disagreement(f"this pattern is not within the query: {excess}", "mend the query or the pattern")
    rest = compile_condition(_remainder(query, patterns, more), query)
    whole = (*patterns, *_parse(query, rest))
    _require_equal(query, whole)
    return whole


def verify_cis_text(query: Query, pattern: Pattern) -> None:
    """Makes sure that a pattern in CIS's own words misses no event that the query finds.

    Raises:
        Disagreement: with an event that it misses.
    """
    missed = find_counterexample(query, query.condition, [pattern], misses)
    if missed:
        raise Disagreement(f"CIS's text misses an event: {missed}", "mend the text", "cis-pattern")


def _remainder(query: Query, patterns: Patterns, more: str) -> Expression:
    """The part of the condition that the patterns leave out: some values of one list."""
    normal = normalise(query.condition)
    for conjunct in conjuncts(normal):
        left = [
            part
            for part in _split(conjunct)
            if _is_missed(query, with_conjunct(normal, conjunct, part), patterns)
        ]
        rest = with_conjunct(normal, conjunct, _join(conjunct, left)) if left else normal
        if left and not find_counterexample(query, rest, patterns, overlaps):
            _require_named(left, more)
            return rest
    hint = "leave out `covers-more`, or name the additions in the query's list of values"
    raise Disagreement("the query covers nothing more that can be told apart from this pattern", hint)


def _require_named(parts: list[Expression], more: str) -> None:
    words = re.findall(r"[\w.:-]+", more)
    for part in parts:
        for item in part.items if isinstance(part, In) else ():
            if isinstance(item, String) and item.value not in words:
                hint = f"name `{item.value}` here, or take it out of the query"
                message = f"the query covers `{item.value}` too, which this line does not name"
                raise Disagreement(message, hint, "covers-more")


def _is_missed(query: Query, condition: Expression, patterns: Patterns) -> bool:
    return find_counterexample(query, condition, patterns, misses) is not None


def _split(conjunct: Expression) -> Sequence[Expression]:
    match conjunct:
        case In(items=items, negated=False):
            return [replace(conjunct, items=(item,)) for item in items]
        case Or(operands=operands):
            return operands
        case _:
            return []


def _join(conjunct: Expression, parts: list[Expression]) -> Expression:
    if isinstance(conjunct, In):
        return replace(
            conjunct, items=tuple(item for part in parts if isinstance(part, In) for item in part.items)
        )
    return parts[0] if len(parts) == 1 else Or(tuple(parts), conjunct.span)


def _parse(query: Query, texts: Sequence[str]) -> Patterns:
    try:
        return tuple(map(parse_pattern, texts))
    except PatternError as error:
        message = f"the pattern for this is one that CloudWatch Logs refuses: {error.faults[0].message}"
        raise query.not_compilable(query.condition.span, message, error.faults[0].hint) from None


def _require_equal(query: Query, patterns: Sequence[Pattern]) -> None:
    answer = prove(query, patterns)
    if isinstance(answer, Counterexample):
        message = f"no pattern says exactly this: {answer}"
        raise query.not_compilable(query.condition.span, message, "ask for text fields with constants")
