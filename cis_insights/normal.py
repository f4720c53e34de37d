"""Negation normal form: `not` only in front of a leaf.

Logs Insights does not document what `not (..)` makes of an absent field, patterns have no `not`
at all: both questions go away when negation sits in the leaves.
"""

from __future__ import annotations

from dataclasses import replace

from .syntax import And, Call, Comparison, Expression, Field, In, Like, Not, Or

_COMPLEMENT = {"=": "!=", "!=": "="}


def normalise(condition: Expression) -> Expression:
    """The same condition with `not` pushed down and nested `and`/`or` flattened."""
    return _push(condition, negate=False)


def negate(condition: Expression) -> Expression:
    """The complement of `condition`, normalised."""
    return _push(condition, negate=True)


def _push(condition: Expression, *, negate: bool) -> Expression:
    match condition:
        case Not(operand=operand):
            return _push(operand, negate=not negate)
        case And(operands=operands) | Or(operands=operands):
            parts = tuple(_push(operand, negate=negate) for operand in operands)
            conjunction = isinstance(condition, And) != negate
            return _flat(parts, conjunction=conjunction)
        case Comparison(operator=operator) if negate and operator in _COMPLEMENT:
            return replace(condition, operator=_COMPLEMENT[operator])
        case In() | Like() if negate:
            return replace(condition, negated=not condition.negated)
        case _:
            return Not(condition, condition.span) if negate else condition


def _flat(parts: tuple[Expression, ...], *, conjunction: bool) -> Expression:
    kind = And if conjunction else Or
    operands: list[Expression] = []
    for part in parts:
        operands += part.operands if isinstance(part, kind) else [part]
    return kind(tuple(operands), operands[0].span.to(operands[-1].span))


def is_negative(leaf: Expression) -> bool:
    """Whether a normalised leaf is one whose answer on an absent field AWS does not document."""
    match leaf:
        case Comparison(operator="!="):
            return True
        case In(negated=negated) | Like(negated=negated):
            return negated
        case Not(operand=operand):
            return presence(operand) is None
        case _:
            return False


def presence(leaf: Expression) -> str | None:
    """The field that `ispresent(field)` tests, or None for any other expression."""
    match leaf:
        case Call(name="ispresent", arguments=(Field(name=name),)):
            return name
        case _:
            return None


def fields_of(expression: object) -> frozenset[str]:
    """Names of all fields an expression reads."""
    if isinstance(expression, Field):
        return frozenset({expression.name})
    if isinstance(expression, tuple):
        return frozenset().union(*map(fields_of, expression))
    slots = getattr(expression, "__slots__", ())
    return frozenset().union(*(fields_of(getattr(expression, slot)) for slot in slots))
