"""Membership constraints: texts that belong to some regular languages and not to others.

Z3 often does not terminate on several memberships of one text, but decides at once whether an
intersection is empty. So the main solver sees each membership as a Boolean; its assignment is checked
here on a single intersection, which gives a text or a lemma (lazy SMT).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import z3

from .char_sets import Undecidable
from .languages import make_constant
from .values import FieldUse, FieldValue, find_text_value

# The Boolean of a membership, the language, and whether the text belongs to it.
Literal = tuple[Any, Any, bool]

_TEXT = z3.String("a text")


class Clock:
    """The time limit of one question."""

    def __init__(self, milliseconds: int) -> None:
        self.end = time.monotonic() + milliseconds / 1_000

    def check(self, solver: Any) -> bool:
        """Whether the solver's assertions can be satisfied.

        Raises:
            Undecidable: if the solver does not answer in time.
        """
        left = int((self.end - time.monotonic()) * 1_000)
        solver.set("timeout", max(1, left))
        answer = solver.check() if left > 0 else z3.unknown
        if answer == z3.unknown:
            raise Undecidable("out of time")
        return bool(answer == z3.sat)


def find_text(value: FieldValue, asked: FieldUse, model: Any, clock: Clock) -> tuple[str | None, Any]:
    """A text with the memberships of a model, or a lemma that excludes them.

    Raises:
        Undecidable: if neither is found in time.
    """
    literals = list(_list_literals(asked, model))
    named = find_text_value(value.text, model)
    if named in asked.texts:
        lemma = _learn_named_lemma(value, named, literals, clock)
        return (named, None) if lemma is None else (None, lemma)
    found = _find_member(literals, asked.texts, clock)
    if found is not None:
        return found, None
    return None, _learn_lemma(value, literals, asked.texts, clock)


def _list_literals(asked: FieldUse, model: Any) -> Iterable[Literal]:
    """The memberships that a model decides; open ones do not matter."""
    for name, language in asked.parts.items():
        truth = model.eval(z3.Bool(name))
        if z3.is_true(truth) or z3.is_false(truth):
            yield z3.Bool(name), language, z3.is_true(truth)


def _learn_named_lemma(value: FieldValue, text: str, literals: Sequence[Literal], clock: Clock) -> Any:
    """A lemma with the true memberships of a named text, if the model has any of them wrong."""
    wrong = [
        membership == (not belongs)
        for membership, language, belongs in literals
        if _belongs(text, language, clock) != belongs
    ]
    return z3.Implies(value.text == make_constant(text), z3.And(wrong)) if wrong else None


def _belongs(text: str, language: Any, clock: Clock) -> bool:
    answer = z3.simplify(z3.InRe(make_constant(text), language))
    if z3.is_true(answer) or z3.is_false(answer):
        return bool(z3.is_true(answer))
    solver = z3.SimpleSolver()
    solver.add(answer)
    return clock.check(solver)


def _find_member(literals: Sequence[Literal], excluded: Iterable[str], clock: Clock) -> str | None:
    """A text with all of these memberships, other than the excluded ones."""
    parts = [language if belongs else z3.Complement(language) for _, language, belongs in literals]
    parts += [z3.Complement(z3.Re(make_constant(text))) for text in sorted(excluded)]
    solver = z3.SimpleSolver()
    if parts:
        solver.add(z3.InRe(_TEXT, z3.Intersect(*parts) if len(parts) > 1 else parts[0]))
    return find_text_value(_TEXT, solver.model()) if clock.check(solver) else None


def _learn_lemma(value: FieldValue, literals: list[Literal], names: set[str], clock: Clock) -> Any:
    """A lemma from a minimal unsatisfiable set of memberships; only a named text may have them all."""
    excluded = set() if _find_member(literals, (), clock) is None else names
    for literal in [*literals]:
        rest = [other for other in literals if other is not literal]
        if _find_member(rest, excluded, clock) is None:
            literals = rest
    otherwise = [membership != belongs for membership, _, belongs in literals]
    return z3.Or([*otherwise, *(value.text == make_constant(text) for text in sorted(excluded))])
