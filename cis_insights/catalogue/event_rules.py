"""Event names and sources of a condition, checked against those that AWS has.

A misspelt name is an error: an alarm on an event that never happens stays silent for ever. A name that
is similar to no other may be newer than the table, and is a warning.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from ..errors import Fault, FaultLevel
from ..logs_insights.normal_form import compared_texts, normalise, pinned_values
from ..logs_insights.query import Query
from ..logs_insights.syntax import And, Expression, Not, Or, String
from .event_names import is_known_event, is_known_source, nearest_event, nearest_source, sources_of

_SHOWN = 3
MAX_NAMES = 50


def name_faults(query: Query) -> Iterator[Fault]:
    """Unknown names in a query's filters: misspelt ones as errors, the others as warnings.

    At most MAX_NAMES, since each is compared with all known names.
    """
    filters = tuple(stage.condition for stage in query.early_filters())
    yield from islice(_check(query, normalise(And(filters)), ()), MAX_NAMES)


def _check(query: Query, node: Expression, sources: Sequence[str]) -> Iterator[Fault]:
    """Walks down with the sources that an event must have here."""
    match node:
        case And(operands=operands) | Or(operands=operands):
            if isinstance(node, And):
                sources = pinned_values(node, "eventSource") or sources
            for operand in operands:
                yield from _check(query, operand, sources)
        case Not(operand=operand):
            yield from _check(query, operand, sources)
        case _:
            yield from _check_leaf(query, node, sources)


def _check_leaf(query: Query, leaf: Expression, sources: Sequence[str]) -> Iterator[Fault]:
    for literal in compared_texts(leaf, "eventSource"):
        if not is_known_source(literal.value):
            yield _make_fault(query, literal, *_describe_source(literal.value))
    for literal in compared_texts(leaf, "eventName"):
        if not is_known_event(literal.value, sources):
            yield _make_fault(query, literal, *_describe_event(literal.value, sources))


def _describe_source(name: str) -> tuple[str, str, FaultLevel]:
    message = f"no known service has the event source `{name}`"
    if near := nearest_source(name):
        return message, f'did you mean "{near}"?', "error"
    return message, 'look it up in an event of it: "eventSource"', "warning"


def _describe_event(name: str, sources: Sequence[str]) -> tuple[str, str, FaultLevel]:
    near, elsewhere = nearest_event(name, sources), sources_of(name)
    if elsewhere and near == name:
        message = f"`{name}` is not an event of {' or '.join(sources)}"
        return message, f"it is one of {_list_sources(elsewhere)}", "warning"
    message = f"no known service has an event `{name}`"
    if near:
        return message, f'did you mean "{near}"? If it is new: eventName like /^{name}$/', "error"
    return message, 'look it up in an event of it: "eventName"', "warning"


def _list_sources(sources: Sequence[str]) -> str:
    more = f" and {len(sources) - _SHOWN} more" if len(sources) > _SHOWN else ""
    return ", ".join(sources[:_SHOWN]) + more


def _make_fault(query: Query, literal: String, message: str, hint: str, severity: FaultLevel) -> Fault:
    return Fault(message, literal.span, query.text, hint, query.path, severity)
