"""Alarms that would never fire, or always, although every part of their query is well formed.

The prover decides for each control whether it counts any event, and for each exclusion whether it
leaves out any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ..errors import Fault, NotCompilable, Span
from ..logs_insights.normal_form import compared_texts, fields_of, leaves, normalise
from ..logs_insights.printer import print_expression
from ..logs_insights.query import Query
from ..logs_insights.syntax import And, Expression, Filter, In, Not, String
from .coverage import find_dead_parts, is_impossible

_ONE_VALUE = "a field has one value at a time: join alternatives with `or`, or list them with `in`"


@dataclass(frozen=True, slots=True)
class ExcludedCondition:
    """A condition that is left out of a control, and its complement."""

    query: Query
    complement: Expression


def filter_faults(query: Query) -> Iterator[Fault]:
    """Filters that no CloudTrail record meets or that every one does, and parts that none meets."""
    try:
        condition = query.condition
    except NotCompilable:  # the filter reads columns of `parse`: undecided
        return
    if place := _find_impossible_filter(query):
        yield Fault(
            "no event can meet this: the alarm would never fire", place, query.text, _ONE_VALUE, query.path
        )
    elif is_impossible(query, Not(condition)):
        message = "every event meets this: the alarm would fire all the time"
        hint = 'name what is watched: eventName = ".."'
        yield Fault(message, next(query.early_filters()).condition.span, query.text, hint, query.path)
    else:
        for part in find_dead_parts(query, normalise(condition), lambda whole: whole):
            message = f"{_show(part)} can never be met here: no event is counted because of it"
            yield Fault(
                message, part.span, query.text, "take it out, or mend what contradicts it", query.path
            )


def _find_impossible_filter(query: Query) -> Span | None:
    """The first filter after which no event is left, if there is one."""
    if not is_impossible(query, query.condition):
        return None
    for at, stage in enumerate(query.stages):
        if isinstance(stage, Filter):
            begun = replace(query, stages=query.stages[: at + 1])
            if is_impossible(begun, begun.condition):
                return stage.span
    return query.span


def exclusion_faults(name: str, query: Query, exclusions: Sequence[ExcludedCondition]) -> list[Fault]:
    """Exclusions that leave out nothing of a control, or all of it.

    Args:
        name: of the control.
        query: of the control, without the exclusions.
        exclusions: in their order; each applies to the events that the earlier ones leave.
    """
    try:
        left = query.condition
    except NotCompilable:
        return []
    faults: list[Fault] = []
    for exclusion in exclusions:
        faults += _find_useless(name, query, left, exclusion)
        left = And((left, exclusion.complement))
        if not faults and is_impossible(query, left):
            hint = f"leave out less; if {name} is not wanted at all, turn the control off"
            faults.append(
                _make_fault(exclusion, exclusion.query.condition.span, _silence_message(name), hint)
            )
    return faults


def _silence_message(name: str) -> str:
    return f"no event would be left: the alarm of {name} could never fire"


def _find_useless(name: str, query: Query, left: Expression, exclusion: ExcludedCondition) -> Iterator[Fault]:
    condition = exclusion.query.condition
    if not is_impossible(query, And((left, condition))):
        for part in find_dead_parts(query, normalise(condition), lambda part: And((left, part))):
            message = f"{_show(part)} leaves out nothing: {name} counts no such event"
            yield _make_fault(exclusion, part.span, message, _hint_nearest(query, part))
    elif is_impossible(query, And((query.condition, condition))):
        message = f"this leaves out nothing: {name} counts no such event"
        yield _make_fault(exclusion, condition.span, message, _hint_nearest(query, normalise(condition)))
    else:
        message = "this leaves out nothing that the exclusions before it do not"
        yield _make_fault(exclusion, condition.span, message, "take it out")


def _hint_nearest(query: Query, condition: Expression) -> str:
    """A hint with the value of the control that is most similar to one of the exclusion."""
    for leaf in leaves(condition):
        for field in {name.name for name in fields_of(leaf)}:
            counted = [
                text.value
                for one in leaves(normalise(query.condition))
                for text in compared_texts(one, field)
            ]
            written = compared_texts(leaf, field)
            if counted and written:
                near = max(counted, key=lambda value: _likeness(value, written[0].value))
                return f'the nearest {field} that it counts is "{near}"'
    return "compare it with the filter of the control"


def _likeness(value: str, other: str) -> float:
    return SequenceMatcher(None, value.lower(), other.lower()).ratio()


def _show(part: Expression) -> str:
    match part:
        case In(items=(String() as item,)):
            return print_expression(item)
        case _:
            return f"`{print_expression(part)}`"


def _make_fault(exclusion: ExcludedCondition, span: Span, message: str, hint: str) -> Fault:
    return Fault(message, span, exclusion.query.text, hint, exclusion.query.path)
