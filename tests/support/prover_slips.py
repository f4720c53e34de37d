"""Slips planted in the prover, its automata and its values, one at a time; a second engine must notice."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from cis_insights.events.field_paths import ABSENT
from cis_insights.filter_patterns import pattern
from cis_insights.filter_patterns.syntax import PatternLeaf, PresenceTest, PresenceTestKind
from cis_insights.logs_insights import normal_form
from cis_insights.logs_insights.syntax import And, Not, Or
from cis_insights.proof import search as terms
from cis_insights.proof import witnesses
from cis_insights.reading import ALL_READINGS, Reading

# `cis_insights.proof.prover` is the function, which hides the module of its name.
prover: Any = importlib.import_module("cis_insights.proof.prover")

Patch = pytest.MonkeyPatch
Slip = Callable[[Patch], None]

SLIPS: list[Slip] = []


def slip(function: Slip) -> Slip:
    """Adds a slip to the table."""
    SLIPS.append(function)
    return function


# --- numbers ------------------------------------------------------------------------


@slip
def no_number_between_constants(patch: Patch) -> None:
    patch.setattr(witnesses, "_numbers", lambda constants: [*constants])


@slip
def neighbours_are_one_away(patch: Patch) -> None:
    def numbers(constants: list[float]) -> list[float]:
        gaps = [(low + high) / 2 for low, high in pairwise(constants)]
        return [*constants, *gaps, constants[0] - 1, constants[-1] + 1]

    patch.setattr(witnesses, "_numbers", numbers)


@slip
def no_number_is_a_constant(patch: Patch) -> None:
    numbers = witnesses._numbers
    patch.setattr(
        witnesses, "_numbers", lambda constants: [n for n in numbers(constants) if n not in constants]
    )


@slip
def numbers_of_the_query_alone(patch: Patch) -> None:
    pattern_traits = witnesses.pattern_traits

    def traits(leaf: Any) -> Any:
        field, found = pattern_traits(leaf)
        return field, witnesses.Traits(found.texts, frozenset(), found.automata, found.presence)

    patch.setattr(prover, "pattern_traits", traits)


# --- kinds of values ----------------------------------------------------------------


def _without(patch: Patch, left_out: Callable[[object], bool]) -> None:
    values_of = witnesses.values_of
    patch.setattr(prover, "values_of", lambda traits: [v for v in values_of(traits) if not left_out(v)])


@slip
def null_is_not_tried(patch: Patch) -> None:
    _without(patch, lambda value: value is None)


@slip
def absence_is_not_tried(patch: Patch) -> None:
    _without(patch, lambda value: value is ABSENT)


@slip
def true_is_not_tried(patch: Patch) -> None:
    _without(patch, lambda value: value is True)


@slip
def false_is_not_tried(patch: Patch) -> None:
    _without(patch, lambda value: value is False)


@slip
def the_empty_text_is_not_tried(patch: Patch) -> None:
    _without(patch, lambda value: value == "")


@slip
def no_text_is_tried_beside_numbers(patch: Patch) -> None:
    values_of = witnesses.values_of

    def values(traits: witnesses.Traits) -> list[Any]:
        return [value for value in values_of(traits) if not (traits.numbers and isinstance(value, str))]

    patch.setattr(prover, "values_of", values)


@slip
def is_true_and_is_false_are_swapped_in_the_proof(patch: Patch) -> None:
    compile_leaf = pattern.compile_leaf
    other: dict[str, PresenceTestKind] = {"IS TRUE": "IS FALSE", "IS FALSE": "IS TRUE"}

    def swapped(leaf: PatternLeaf, reading: Reading) -> pattern.Predicate:
        if isinstance(leaf, PresenceTest) and leaf.test in other:
            leaf = replace(leaf, test=other[leaf.test])
        return compile_leaf(leaf, reading)

    patch.setattr(prover, "compile_leaf", swapped)


# --- readings -----------------------------------------------------------------------


def _readings(patch: Patch, kept: Callable[[Reading], bool]) -> None:
    patch.setattr(prover, "ALL_READINGS", tuple(filter(kept, ALL_READINGS)))


@slip
def one_reading_only(patch: Patch) -> None:
    _readings(patch, lambda reading: reading == Reading())


@slip
def an_absent_field_never_differs(patch: Patch) -> None:
    _readings(patch, lambda reading: not reading.absent_differs)


@slip
def null_never_exists(patch: Patch) -> None:
    _readings(patch, lambda reading: not reading.null_exists)


@slip
def null_always_exists(patch: Patch) -> None:
    _readings(patch, lambda reading: reading.null_exists)


@slip
def texts_never_compare_as_numbers(patch: Patch) -> None:
    _readings(patch, lambda reading: not reading.numeric_text)


# --- the search -----------------------------------------------------------------------


@slip
def only_the_first_field_is_searched(patch: Patch) -> None:
    search = terms.find_assignment

    def first(found: Any, tables: Any, wrong: Any) -> Any:
        return search(found, [table[: 1 if number else None] for number, table in enumerate(tables)], wrong)

    patch.setattr(prover, "find_assignment", first)


@slip
def what_is_left_of_a_term_is_its_first_part(patch: Patch) -> None:
    assign = terms.assign

    def forgetful(term: Any, answers: Any) -> Any:
        found = assign(term, answers)
        return found.parts[0] if isinstance(found, terms.Junction) else found

    patch.setattr(terms, "assign", forgetful)


@slip
def not_does_not_turn_and_into_or(patch: Patch) -> None:
    def push(node: Any, *, negate: bool) -> Any:
        match node:
            case Not(operand=operand):
                return push(operand, negate=not negate)
            case And(operands=operands) | Or(operands=operands):
                return type(node)(tuple(push(operand, negate=negate) for operand in operands))
            case _:
                return normal_form.normalise(Not(node)) if negate else node

    patch.setattr(prover, "normalise", lambda node: push(node, negate=False))
