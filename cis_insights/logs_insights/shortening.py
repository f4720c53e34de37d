"""The same condition in fewer characters: a query takes 10,000, and many controls have to fit in one.

Lists of names become regular expressions that share words, lists of the same source are united. What
comes out is equivalent: `(s = "x" and n in A) or (s = "x" and n in B)` is `s = "x" and n in A+B`, and a list
of texts is the regular expression that matches each of them, anchored at both ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from .normal_form import normalise
from .printer import print_short
from .syntax import And, Comparison, Expression, Field, In, Like, Or, Regex, String

# What a regular expression says as it is, and what is not a number, which a list may compare as one.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WORD = re.compile(r"[A-Z][a-z0-9]+|[A-Z]+(?![a-z])|.")

Words = tuple[str, ...]


def shorten(condition: Expression) -> Expression:
    """An equivalent condition in negation normal form, as short as this module knows."""
    return _shorten(normalise(condition))


def unite(conditions: Sequence[Expression]) -> Expression:
    """A condition that is true where any of `conditions` is."""
    disjuncts = [one for condition in conditions for one in _list_disjuncts(normalise(condition))]
    merged = [_shorten(one) for one in _merge_names(disjuncts)]
    return merged[0] if len(merged) == 1 else Or(tuple(merged))


def write_alternatives(names: Iterable[str]) -> str:
    """A regular expression, not anchored, that matches exactly these names of letters and digits."""
    return _factor([tuple(_WORD.findall(name)) for name in names])


def _shorten(node: Expression) -> Expression:
    match node:
        case And(operands=operands):
            return And(tuple(map(_shorten, operands)))
        case Or(operands=operands):
            merged = tuple(map(_shorten, _merge_names(operands)))
            return merged[0] if len(merged) == 1 else Or(merged)
        case In(operand=Field() as operand, items=items, negated=negated):
            names = [item.value for item in items if isinstance(item, String)]
            if len(names) < len(items) or not all(map(_NAME.fullmatch, names)):
                return node
            pattern = Like(operand, Regex(f"^{write_alternatives(names)}$"), negated)
            return pattern if len(print_short(pattern)) < len(print_short(node)) else node
        case _:
            return node


def _list_disjuncts(node: Expression) -> Sequence[Expression]:
    return node.operands if isinstance(node, Or) else (node,)


def _merge_names(disjuncts: Sequence[Expression]) -> list[Expression]:
    """Disjuncts that differ in the list of their event names only become one."""
    lists: dict[Words, tuple[Words, tuple[Expression, ...], list[Expression]]] = {}
    merged: list[Expression] = []
    for one in disjuncts:
        parts = one.operands if isinstance(one, And) else (one,)
        named = [part for part in parts if _list_names(part)]
        others = tuple(part for part in parts if part not in named)
        if len(named) != 1:
            merged.append(one)
            continue
        key = tuple(map(print_short, others))
        lists.setdefault(key, (key, others, []))[2].extend(_list_names(named[0]))
    return [*(_join(others, names) for _, others, names in lists.values()), *merged]


def _list_names(node: Expression) -> Sequence[Expression]:
    """The only names of an event that a leaf is true of; empty for any other leaf."""
    match node:
        case Comparison(operator="=", left=Field(name="eventName"), right=String() as name):
            return (name,)
        case In(operand=Field(name="eventName"), items=items, negated=False):
            return items
        case _:
            return ()


def _join(others: tuple[Expression, ...], names: Sequence[Expression]) -> Expression:
    chosen, event_name = tuple(dict.fromkeys(names)), Field("eventName")
    named = Comparison("=", event_name, chosen[0]) if len(chosen) == 1 else In(event_name, chosen)
    return And((*others, named)) if others else named


def _factor(names: Sequence[Words]) -> str:
    """Alternatives of words: what they begin and end with alike is said once."""
    names = sorted(set(names))
    if len(names) == 1:
        return "".join(names[0])
    start = _share_start(names)
    rest = [name[len(start) :] for name in names]
    end = _share_start([name[::-1] for name in rest])[::-1]
    rest = [name[: len(name) - len(end)] for name in rest]
    optional = "?" if () in rest else ""
    return f"{''.join(start)}(?:{'|'.join(_list_alternatives(rest))}){optional}{''.join(end)}"


def _list_alternatives(names: Sequence[Words]) -> list[str]:
    """First words with what may follow them; those that the same may follow are together."""
    tails: dict[str, list[Words]] = {}
    for name in filter(None, names):
        tails.setdefault(name[0], []).append(name[1:])
    heads: dict[tuple[Words, ...], list[str]] = {}
    for head, rest in tails.items():
        heads.setdefault(tuple(rest), []).append(head)
    alternatives: list[str] = []
    for following, words in heads.items():
        if following == ((),):
            alternatives += words
        else:
            alternatives.append(_factor([(word,) for word in words]) + _factor(following))
    return alternatives


def _share_start(names: Sequence[Words]) -> Words:
    """The words that all names begin with."""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False))
    return tuple(column[0] for column in columns)
