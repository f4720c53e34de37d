"""Slips planted in the prover, its automata and its values, one at a time; a second engine must notice."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from cis_insights import (
    automaton,
    language,
    matcher,
    matcher_globs,
    matcher_regex,
    normal,
    regex,
    terms,
    witness,
)
from cis_insights.matcher_syntax import Compare, PatternLeaf, PresenceTest, PresenceTestKind, RegexText
from cis_insights.reading import ALL_READINGS, Reading
from cis_insights.records import ABSENT
from cis_insights.regex import Begin, Chars, End
from cis_insights.syntax import And, Not, Or

# `cis_insights.prove` is the function, which hides the module of its name.
prover: Any = importlib.import_module("cis_insights.prove")

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
    patch.setattr(witness, "_numbers", lambda constants: [*constants])


@slip
def neighbours_are_one_away(patch: Patch) -> None:
    def numbers(constants: list[float]) -> list[float]:
        gaps = [(low + high) / 2 for low, high in pairwise(constants)]
        return [*constants, *gaps, constants[0] - 1, constants[-1] + 1]

    patch.setattr(witness, "_numbers", numbers)


@slip
def no_number_is_a_constant(patch: Patch) -> None:
    numbers = witness._numbers
    patch.setattr(
        witness, "_numbers", lambda constants: [n for n in numbers(constants) if n not in constants]
    )


@slip
def numbers_of_the_query_alone(patch: Patch) -> None:
    pattern_traits = witness.pattern_traits

    def traits(leaf: Any) -> Any:
        field, found = pattern_traits(leaf)
        return field, witness.Traits(found.texts, frozenset(), found.automata, found.presence)

    patch.setattr(prover, "pattern_traits", traits)


# --- kinds of values ----------------------------------------------------------------


def _without(patch: Patch, left_out: Callable[[object], bool]) -> None:
    values_of = witness.values_of
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
    values_of = witness.values_of

    def values(traits: witness.Traits) -> list[Any]:
        return [value for value in values_of(traits) if not (traits.numbers and isinstance(value, str))]

    patch.setattr(prover, "values_of", values)


@slip
def is_true_and_is_false_are_swapped_in_the_proof(patch: Patch) -> None:
    leaf_matches = matcher.leaf_matches
    other: dict[str, PresenceTestKind] = {"IS TRUE": "IS FALSE", "IS FALSE": "IS TRUE"}

    def swapped(leaf: PatternLeaf, event: Any, reading: Reading) -> bool:
        if isinstance(leaf, PresenceTest) and leaf.test in other:
            leaf = replace(leaf, test=other[leaf.test])
        return leaf_matches(leaf, event, reading)

    patch.setattr(prover, "leaf_matches", swapped)


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


# --- texts --------------------------------------------------------------------------


@slip
def the_alphabet_is_ascii(patch: Patch) -> None:
    alphabet = language._alphabet
    patch.setattr(language, "_alphabet", lambda *given: [char for char in alphabet(*given) if char.isascii()])


@slip
def the_alphabet_has_only_letters_and_digits(patch: Patch) -> None:
    alphabet = language._alphabet
    patch.setattr(language, "_alphabet", lambda *given: [char for char in alphabet(*given) if char.isalnum()])


@slip
def the_walk_ends_after_one_character(patch: Patch) -> None:
    successors = language._Walk.successors

    def short(self: Any, state: Any, text: str, seen: Any) -> Any:
        return iter(()) if text else successors(self, state, text, seen)

    patch.setattr(language._Walk, "successors", short)


@slip
def named_texts_are_forgotten_in_the_walk(patch: Patch) -> None:
    walk = language._Walk
    patch.setattr(language, "_Walk", lambda constants, automata: walk((), automata))


# --- the query's automaton ------------------------------------------------------------


def _jumps(patch: Patch, changed: Callable[[set[Any]], set[Any]]) -> None:
    closure = automaton.Automaton._closure

    def jumped(self: Any, positions: Iterable[int], allowed: set[Any]) -> Any:
        return closure(self, positions, changed(allowed))

    patch.setattr(automaton.Automaton, "_closure", jumped)


@slip
def the_query_ignores_the_beginning(patch: Patch) -> None:
    _jumps(patch, lambda allowed: allowed | {Begin})


@slip
def the_query_ignores_the_end(patch: Patch) -> None:
    _jumps(patch, lambda allowed: allowed | {End})


@slip
def the_query_never_sees_the_end(patch: Patch) -> None:
    _jumps(patch, lambda allowed: allowed - {End})


@slip
def a_dot_of_the_query_takes_a_line_feed(patch: Patch) -> None:
    patch.setattr(regex, "_NOT_NEWLINE", regex.ANY)


@slip
def the_query_takes_none_to_n(patch: Patch) -> None:
    braces = regex._Parser.braces

    def more(self: Any) -> tuple[int, int | None] | None:
        found = re.compile(r"\{,([0-9]+)\}").match(self.source, self.position)
        if not found:
            return braces(self)
        self.position = found.end()
        return 0, int(found[1])

    patch.setattr(regex._Parser, "braces", more)


@slip
def a_negated_set_of_the_query_ends_at_ascii(patch: Patch) -> None:
    def contains(self: Chars, char: str) -> bool:
        return (char in self.members) != (self.negated and char < "\x80")

    patch.setattr(Chars, "__contains__", contains)


@slip
def a_repetition_of_the_query_has_no_end(patch: Patch) -> None:
    repeat = automaton.Automaton._repeat

    def endless(self: Any, node: Any, at: int) -> int:
        return repeat(self, regex.Repeat(node.part, node.minimum, None), at)

    patch.setattr(automaton.Automaton, "_repeat", endless)


@slip
def white_space_of_the_query_has_no_form_feed(patch: Patch) -> None:
    patch.setitem(regex._CLASSES, "s", Chars(frozenset("\t\n\r ")))


# --- the pattern's automata -----------------------------------------------------------


@slip
def the_pattern_is_read_by_the_querys_reader(patch: Patch) -> None:
    pattern_traits = witness.pattern_traits

    def traits(leaf: Any) -> Any:
        match leaf:
            case Compare(operand=RegexText(source=source)):
                built = witness._build(lambda: automaton.compile_search(source.replace("{,", "{0,")))
                return leaf.selector.path, witness.Traits(automata=(built,))
            case _:
                return pattern_traits(leaf)

    patch.setattr(prover, "pattern_traits", traits)


def _reach(patch: Patch, **ends: bool) -> None:
    reach = matcher_regex.Search.reach

    def reached(self: Any, state: int, *, begin: bool = False, end: bool = False) -> int:
        return reach(self, state, **{"begin": begin, "end": end, **ends})

    patch.setattr(matcher_regex.Search, "reach", reached)


@slip
def the_pattern_ignores_the_beginning(patch: Patch) -> None:
    _reach(patch, begin=True)


@slip
def the_pattern_ignores_the_end(patch: Patch) -> None:
    _reach(patch, end=True)


@slip
def the_pattern_never_sees_the_end(patch: Patch) -> None:
    _reach(patch, end=False)


@slip
def none_to_n_of_the_pattern_is_one_to_n(patch: Patch) -> None:
    bounds = matcher_regex._Parser.bounds

    def one(self: Any, found: re.Match[str]) -> tuple[int, int | None]:
        low, high = bounds(self, found)
        return (max(low, 1) if found["comma"] and high and not found["low"] else low), high

    patch.setattr(matcher_regex._Parser, "bounds", one)


@slip
def no_digit_is_within_ascii_only(patch: Patch) -> None:
    patch.setitem(matcher_regex.CLASSES, "D", matcher_regex.CLASSES["D"] - {matcher_regex.OTHER})


@slip
def a_word_has_letters_beyond_ascii(patch: Patch) -> None:
    patch.setitem(matcher_regex.CLASSES, "w", matcher_regex.CLASSES["w"] | {matcher_regex.OTHER})


@slip
def a_glob_has_no_end(patch: Patch) -> None:
    glob = matcher_globs.Glob
    patch.setattr(witness, "Glob", lambda text: glob(text + "*"))


@slip
def stars_of_a_glob_take_a_character(patch: Patch) -> None:
    patch.setattr(
        matcher_globs.Glob, "accepts", lambda self, state, empty=False: state == 1 << len(self.text)
    )


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
                return normal.normalise(Not(node)) if negate else node

    patch.setattr(prover, "normalise", lambda node: push(node, negate=False))
