"""Whether a condition is satisfiable: whether any record that CloudTrail writes meets it.

First an event is guessed; if it meets the condition there is nothing to prove. Otherwise the prover
decides. A part that it cannot decide is left out, which only weakens the condition: "no event" is
never claimed without proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from ..errors import NotCompilable, QueryError
from ..events.field_paths import event_of
from ..logs_insights.evaluate import compile_predicate
from ..logs_insights.normal_form import fields_of, normalise, presence
from ..logs_insights.query import Query
from ..logs_insights.syntax import (
    And,
    Comparison,
    Expression,
    Field,
    In,
    Like,
    Not,
    Number,
    Or,
    Regex,
    String,
)
from ..proof.prover import find_counterexample
from ..reading import Event, Reading
from .cloudtrail_fields import ALWAYS_PRESENT

_LIKELY = Reading()
# Ours: the number of parts of a condition that the prover decides; each may take a while.
MAX_PROOFS = 20
_Put = Callable[[Expression], Expression]


def is_impossible(query: Query, condition: Expression) -> bool:
    """Whether it is proven that no record of CloudTrail meets a condition.

    Args:
        query: whose text the condition is part of.
        condition: over fields of the record; a record has what AWS documents as always present.
    """
    normal = normalise(condition)
    return not _is_met(normal, _make_example(normal)) and _is_proven_unmet(query, normal)


def find_dead_parts(query: Query, condition: Expression, put: _Put) -> Iterator[Expression]:
    """The alternatives of a normalised condition that contribute nothing: no event meets them.

    Args:
        query: whose text the condition is part of.
        condition: the condition, or a part of a greater one.
        put: the greater one with that part replaced.
    """
    is_met, proofs = _compile(normalise(put(condition))), count()

    def is_dead(part: Expression, whole: Expression) -> bool:
        # An event that meets both the part and the whole shows that the part contributes.
        events = map(_make_example, (And((part, whole)), whole))
        if any(is_met(event) and _is_met(part, event) for event in events):
            return False
        return next(proofs) < MAX_PROOFS and _is_proven_unmet(query, whole)

    def walk(node: Expression, put: _Put) -> Iterator[Expression]:
        """The dead parts of a node; `put` puts another node in its place in the whole."""
        match node:
            case And(operands=operands):
                for at, operand in enumerate(operands):
                    yield from walk(operand, _put_within(node, at, put))
            case Or() | In(negated=False):
                for part in _split_alternatives(node):
                    if is_dead(part, normalise(put(part))):
                        yield part
                    elif isinstance(node, Or):
                        yield from walk(part, put)
            case _:
                pass

    return walk(condition, put)


def _put_within(node: And, at: int, put: _Put) -> _Put:
    before, after = node.operands[:at], node.operands[at + 1 :]
    return lambda part: put(And((*before, part, *after), node.span))


def _split_alternatives(node: Or | In) -> Iterator[Expression]:
    """The alternatives; a test that a field is absent is only a guard."""
    if isinstance(node, Or):
        yield from (part for part in node.operands if not (isinstance(part, Not) and presence(part.operand)))
    else:
        yield from (replace(node, items=(item,), span=item.span) for item in node.items)


def _is_proven_unmet(query: Query, condition: Expression) -> bool:
    """Tries the whole condition, then the decidable part of it, last without what all records share."""
    whole = _add_what_records_have(condition)
    try:
        return _is_unmet(query, whole)
    except NotCompilable:
        pass
    for one in (whole, condition):
        try:
            part = _weaken_to_decidable(query, one)
            return part is not None and _is_unmet(query, part)
        except NotCompilable:
            continue
    return False


def _is_unmet(query: Query, condition: Expression) -> bool:
    return find_counterexample(query, condition, (), _is_true) is None


def _add_what_records_have(condition: Expression) -> Expression:
    """The condition, and the regular expressions that its fields match in every record."""
    names = dict.fromkeys(field.name for field in fields_of(condition))
    shapes = ((Field(name), Regex(ALWAYS_PRESENT[name][0])) for name in names if name in ALWAYS_PRESENT)
    return And((condition, *(Like(field, shape) for field, shape in shapes)))


def _make_example(condition: Expression) -> Event:
    """A record that probably meets a normalised condition."""
    taken: dict[str, object] = {}
    _guess(condition, taken)
    examples = {name: example for name, (_, example) in ALWAYS_PRESENT.items()}
    for name, (shape, _) in ALWAYS_PRESENT.items():
        if name in taken and not re.search(shape, str(taken[name])):
            del taken[name]
    return event_of(examples | taken)


def _is_met(condition: Expression, event: Event) -> bool:
    return _compile(condition)(event)


def _compile(condition: Expression) -> Callable[[Event], bool]:
    try:
        return compile_predicate(condition, _LIKELY)
    except QueryError:
        return lambda event: False


def _guess(node: Expression, taken: dict[str, object]) -> None:
    """Chooses a value for each field of the first alternatives: the first one it is compared with."""
    match node:
        case And(operands=operands):
            for operand in operands:
                _guess(operand, taken)
        case Or(operands=(first, *_)):
            _guess(first, taken)
        case Comparison(operator="=", left=Field(name=name), right=String(value=value) | Number(value=value)):
            taken.setdefault(name, value)
        case In(operand=Field(name=name), items=(String(value=value), *_), negated=False):
            taken.setdefault(name, value)
        case Like(operand=Field(name=name), pattern=String(value=value), negated=False):
            taken.setdefault(name, value)
        case Like(operand=Field(name=name), pattern=Regex(source=source), negated=False):
            taken.setdefault(name, re.sub(r"\\(.)|[\^$]", r"\1", source))
        case _ if (present := presence(node)) and present not in ALWAYS_PRESENT:
            taken.setdefault(present, "-")
        case _:
            pass


def _is_true(query: bool, patterns: int) -> bool:
    return query


def _weaken_to_decidable(query: Query, node: Expression) -> Expression | None:
    """A weaker condition of leaves that the prover can decide; None if there is not one."""
    match node:
        case And(operands=operands):
            parts = [part for operand in operands if (part := _weaken_to_decidable(query, operand))]
            return And(tuple(parts), node.span) if parts else None
        case Or(operands=operands):
            sides = [_weaken_to_decidable(query, operand) for operand in operands]
            return Or(tuple(side for side in sides if side), node.span) if all(sides) else None
        case _:
            try:
                _is_unmet(query, node)
            except NotCompilable:
                return None
            return node
