"""Which part of a control an exclusion leaves out, in words.

Only what is proven is claimed: an event is named as left out wholly if no call of it still counts, and
is not named if the exclusion meets none. Of all others it is said that calls which meet the condition
are left out, which is so by definition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import NotCompilable
from ..logs_insights.normal_form import compared_texts, normalise, pinned_values
from ..logs_insights.printer import print_expression
from ..logs_insights.query import Query
from ..logs_insights.syntax import And, Comparison, Expression, Field, In, Or, String
from .alarm_rules import ExcludedCondition
from .coverage import is_impossible

_NAMED = 3  # of the events that are left out in part
MAX_EVENTS = 60  # ours: of which it is proven; of those beyond it is not claimed that all calls are left out


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What does not count any more, by the events that a control names; without names it is some calls."""

    wholly: tuple[str, ...]  # no call of these counts
    partly: tuple[str, ...]  # of these, calls that meet the condition do not count
    untouched: tuple[str, ...]  # all calls of these count
    condition: str

    def __str__(self) -> str:
        if not (self.wholly or self.partly):
            return f"calls where {self.condition}"
        parts = [f"every {_join(self.wholly)}"] if self.wholly else []
        if self.partly:
            others = _join(self.partly) if len(self.partly) <= _NAMED else f"{len(self.partly)} events"
            kind = "all " if len(self.partly) > _NAMED and not (self.wholly or self.untouched) else ""
            parts.append(f"of {kind}{others}, calls where {self.condition}")
        return "; ".join(parts)


def describe_left_out(query: Query, exclusion: ExcludedCondition) -> LeftOut:
    """The part of a control's events that an exclusion leaves out.

    Args:
        query: of the control, without exclusions.
        exclusion: one of them.
    """
    condition = exclusion.query.condition
    text = " ".join(print_expression(condition).split())
    found: dict[str, list[str]] = {"wholly": [], "partly": [], "untouched": []}
    try:
        counted = normalise(query.condition)
    except NotCompilable:  # the filter reads columns of `parse`
        return LeftOut((), (), (), text)
    names = _list_events(counted)
    found["partly"] += names[MAX_EVENTS:]
    for name in names[:MAX_EVENTS]:
        calls = And((_narrow(counted, name), Comparison("=", Field("eventName"), String(name))))
        found[_judge(query, calls, condition, exclusion.complement)].append(name)
    return LeftOut(**{kind: tuple(names) for kind, names in found.items()}, condition=text)


def _list_events(counted: Expression) -> list[str]:
    """The only events that a control counts, if it names them."""
    return list(dict.fromkeys(pinned_values(counted, "eventName")))


def _narrow(node: Expression, name: str) -> Expression:
    """The same condition for this event, each list of names that has it shortened to it: quicker to prove."""
    match node:
        case And(operands=operands) | Or(operands=operands):
            return replace(node, operands=tuple(_narrow(operand, name) for operand in operands))
        case In(negated=False) if name in (text.value for text in compared_texts(node, "eventName")):
            return replace(node, items=(String(name),))
        case _:
            return node


def _judge(query: Query, calls: Expression, condition: Expression, complement: Expression) -> str:
    if is_impossible(query, And((calls, condition))):
        return "untouched"
    return "wholly" if is_impossible(query, And((calls, complement))) else "partly"


def _join(names: tuple[str, ...]) -> str:
    return ", ".join(names)
