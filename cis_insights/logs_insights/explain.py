"""Why an event meets a condition, or does not: the leaves that decide, and what the event has there.

For whoever writes a control: the evaluator says that it is not met, this says where and by which value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from ..errors import Fault
from ..events.field_paths import lookup
from ..reading import Event, Reading
from .evaluate import compile_predicate
from .normal_form import fields_of, normalise
from .printer import print_expression
from .query import Query
from .syntax import And, Comparison, Expression, Field, In, Or, String

_LIKELY = Reading()
# Ours: characters of a leaf and of a value, fields that are compared, and how similar a misspelling is.
MAX_SHOWN = 60
_MAX_PATHS = 1_000
_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class _Reason:
    leaf: Expression
    others: int = 0  # alternatives that are not met either


def explain(query: Query, event: Event, reading: Reading = _LIKELY) -> tuple[Fault, ...]:
    """The leaves because of which an event is found or not, each drawn in the text of the query.

    Where no alternative of an `or` is met, the one is shown that comes nearest.

    Raises:
        NotCompilable: if the condition cannot be decided on one event.
    """
    explainer = _Explainer(query, event, reading)
    condition = normalise(query.condition)
    holds = explainer.is_met(condition)
    reasons = explainer.met(condition) if holds else explainer.unmet(condition)
    return tuple(explainer.draw(reason, holds=holds) for reason in reasons)


class _Explainer:
    def __init__(self, query: Query, event: Event, reading: Reading) -> None:
        self.query, self.event, self.reading = query, event, reading

    def is_met(self, node: Expression) -> bool:
        return compile_predicate(node, self.reading, self.query.text, self.query.path)(self.event)

    def met(self, node: Expression) -> Iterator[_Reason]:
        """All leaves of a conjunction, of an `or` those of the first alternative that is met."""
        match node:
            case And(operands=operands):
                for operand in operands:
                    yield from self.met(operand)
            case Or(operands=operands):
                yield from self.met(next(filter(self.is_met, operands)))
            case _:
                yield _Reason(node)

    def unmet(self, node: Expression) -> list[_Reason]:
        """The leaves that are not met; of an `or` those of its nearest alternative."""
        match node:
            case And(operands=operands):
                unmet = [operand for operand in operands if not self.is_met(operand)]
                return [reason for operand in unmet for reason in self.unmet(operand)]
            case Or(operands=operands):
                nearest = min(map(self.unmet, operands), key=self.distance)
                others = len(operands) - 1
                return [_Reason(reason.leaf, reason.others + others) for reason in nearest]
            case _:
                return [_Reason(node)]

    def distance(self, reasons: list[_Reason]) -> tuple[int, int]:
        """How far an alternative is from being met: fewest leaves first, then those with a misspelling."""
        return len(reasons), -sum(bool(_hint(reason.leaf, self.event)) for reason in reasons)

    def draw(self, reason: _Reason, *, holds: bool) -> Fault:
        leaf, query = reason.leaf, self.query
        is_met = "is met" if holds else "is not met"
        message = f"`{_cut(print_expression(leaf))}` {is_met}: {_describe(leaf, self.event)}"
        message += {0: "", 1: "; nor is its alternative"}.get(
            reason.others, f"; nor are its {reason.others} alternatives"
        )
        return Fault(message, leaf.span, query.text, "" if holds else _hint(leaf, self.event), query.path)


def _describe(leaf: Expression, event: Event) -> str:
    """What the event has in the fields of a leaf."""
    names = dict.fromkeys(field.name for field in fields_of(leaf))
    return f"the event has {', '.join(_show(name, event) for name in names)}" if names else "of any event"


def _show(name: str, event: Event) -> str:
    if name == "@message":
        return "@message, the whole record"
    exists, value = lookup(event, tuple(name.split(".")))
    if not exists:
        return f"no {name}"
    match value:
        case Mapping():
            return f"{name}, a map"
        case list():
            return f"{name}, a list"
        case _:
            return f"{name} = {_cut(json.dumps(value, ensure_ascii=False))}"


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_SHOWN else f"{flat[:MAX_SHOWN]}.."


def _hint(leaf: Expression, event: Event) -> str:
    """What was probably meant: another field of the event, or the value that it has."""
    for field in fields_of(leaf):
        exists, value = lookup(event, tuple(field.name.split(".")))
        near = None if exists else _nearest(field.name, list(islice(_paths(event), _MAX_PATHS)))
        if near:
            return f"did you mean `{near}`?"
        if exists and (hint := _value_hint(value, _texts(leaf))):
            return hint
    return ""


def _value_hint(value: object, texts: list[str]) -> str:
    if isinstance(value, str) and (near := _nearest(value, texts)):
        case = ": upper and lower case differ" if near.lower() == value.lower() else ""
        return f'write "{value}" for "{near}"{case}'
    if not isinstance(value, str) and str(value) in texts:
        return f"the event has no text here: write {json.dumps(value)} without quotes"
    return ""


def _texts(leaf: Expression) -> list[str]:
    """The constants that a field as it is may be equal to."""
    match leaf:
        case Comparison(operator="=", left=Field(), right=right):
            items: tuple[Expression, ...] = (right,)
        case In(operand=Field(), items=items, negated=False):
            pass
        case _:
            items = ()
    return [item.value for item in items if isinstance(item, String)]


def _nearest(word: str, words: list[str]) -> str | None:
    by_case = {one.lower(): one for one in words}
    if word.lower() in by_case:
        return by_case[word.lower()]
    return next(iter(get_close_matches(word, words, 1, _NEAR)), None)


def _paths(event: Event) -> Iterator[str]:
    """The dotted paths of all values, without recursion: a record may be nested deep."""
    waiting: list[tuple[str, object]] = [("", event)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{path}.{key}" if path else str(key), one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}.{number}", one) for number, one in enumerate(value)]
        else:
            yield path
