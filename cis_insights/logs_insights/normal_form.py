"""Negation normal form: `not` only in front of a leaf.

Logs Insights does not document what `not (..)` makes of an absent field, patterns have no `not`
at all: neither matters once negation is in the leaves only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from ..errors import Span
from .syntax import And, Call, Comparison, Expression, Field, In, Like, Not, Or, String

Tree = TypeVar("Tree")
Kind = TypeVar("Kind")

_ATOMS = {"str", "str | None", "bool", "Span"}  # as the nodes annotate them
_PARTS: dict[type, tuple[str, ...]] = {}  # by kind of node
_COMPLEMENT = {"=": "!=", "!=": "="}

# Ours: each pass is recursive, and must run out of neither stack nor time.
MAX_LEVELS = 60
MAX_NODES = 10_000


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
            return _flatten(parts, condition.span, conjunction=conjunction)
        case Comparison(operator=operator) if negate and operator in _COMPLEMENT:
            return replace(condition, operator=_COMPLEMENT[operator])
        case In() | Like() if negate:
            return replace(condition, negated=not condition.negated)
        case _:
            return Not(condition, condition.span) if negate else condition


def _flatten(parts: tuple[Expression, ...], span: Span, *, conjunction: bool) -> Expression:
    kind = And if conjunction else Or
    operands: list[Expression] = []
    for part in parts:
        operands += part.operands if isinstance(part, kind) else [part]
    return kind(tuple(operands), span)


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


def compared_texts(leaf: Expression, field: str) -> list[String]:
    """The literals that a leaf compares a whole field with."""
    match leaf:
        case Comparison(operator="=" | "!=", left=Field(name=name), right=String() as literal):
            return [literal] if name == field else []
        case In(operand=Field(name=name), items=items) if name == field:
            return [item for item in items if isinstance(item, String)]
        case _:
            return []


def pinned_values(node: Expression, field: str) -> list[str]:
    """The only values that a field can have where a normalised condition is true; empty if unlimited."""
    match node:
        case And(operands=operands):
            return next(filter(None, (pinned_values(operand, field) for operand in operands)), [])
        case Or(operands=operands):
            values = [pinned_values(operand, field) for operand in operands]
            return [value for each in values for value in each] if all(values) else []
        case Comparison(operator="=") | In(negated=False):
            return [literal.value for literal in compared_texts(node, field)]
        case _:
            return []


def leaves(condition: Expression) -> Iterator[Expression]:
    """The leaves of a normalised condition, in the order of the text."""
    if isinstance(condition, And | Or):
        for operand in condition.operands:
            yield from leaves(operand)
    else:
        yield condition


def nodes(tree: object, kind: type[Kind]) -> Iterator[Kind]:
    """Every node of a kind, in the order of the text."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, kind):
            yield node
        if isinstance(node, tuple):
            waiting += reversed(node)
        else:
            waiting += [getattr(node, name) for name in reversed(_name_parts(node))]


def _name_parts(node: object) -> tuple[str, ...]:
    """The attributes that hold parts of a node of the tree: neither texts nor its place."""
    if type(node) not in _PARTS:
        slots = fields(node) if is_dataclass(node) else ()
        _PARTS[type(node)] = tuple(slot.name for slot in slots if slot.type not in _ATOMS)
    return _PARTS[type(node)]


def is_too_big(tree: object) -> bool:
    """Whether a tree has more levels or nodes than passes can go through; found without recursion.

    Columns defined by columns share their parts: few lines of text can be a tree of any size.
    """
    waiting, count = [(tree, 0)], 0
    while waiting and count <= MAX_NODES:
        node, level = waiting.pop()
        if isinstance(node, tuple):
            waiting += [(part, level) for part in node]
        elif is_dataclass(node):
            if level >= MAX_LEVELS:
                return True
            waiting += [(getattr(node, name), level + 1) for name in _name_parts(node)]
            count += 1
    return count > MAX_NODES


def fields_of(tree: object) -> Iterator[Field]:
    """Every mention of a field, in the order of the text."""
    return nodes(tree, Field)


def substitute(tree: Tree, new: Callable[[Field], Expression]) -> Tree:
    """`tree` with every field replaced by what `new` makes of it."""
    if isinstance(tree, Field):
        return cast(Tree, new(tree))
    if isinstance(tree, tuple):
        return cast(Tree, tuple(substitute(part, new) for part in tree))
    if is_dataclass(tree) and not isinstance(tree, type):
        return replace(
            tree, **{slot.name: substitute(getattr(tree, slot.name), new) for slot in fields(tree)}
        )
    return tree
