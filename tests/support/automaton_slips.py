"""Slips planted in the automata of both languages, and in the walk through them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from typing import Any

from cis_insights.filter_patterns import globs
from cis_insights.filter_patterns import regex as matcher_regex
from cis_insights.filter_patterns.syntax import Compare, RegexText
from cis_insights.proof import witnesses
from cis_insights.regex import automaton, text_classes, tree
from cis_insights.regex.tree import Begin, Chars, End

from .prover_slips import Patch, Slip

# `cis_insights.proof.prover` is the function, which hides the module of its name.
prover: Any = importlib.import_module("cis_insights.proof.prover")

SLIPS: list[Slip] = []


def slip(function: Slip) -> Slip:
    """Adds a slip to the table."""
    SLIPS.append(function)
    return function


# --- texts --------------------------------------------------------------------------


def _keep_chars(patch: Patch, is_kept: Callable[[str], bool]) -> None:
    divide = text_classes._divide_alphabet

    def divide_kept(*given: Any) -> list[list[str]]:
        kept = ([char for char in kind if is_kept(char)] for kind in divide(*given))
        return [kind for kind in kept if kind]

    patch.setattr(text_classes, "_divide_alphabet", divide_kept)


@slip
def the_alphabet_is_ascii(patch: Patch) -> None:
    _keep_chars(patch, str.isascii)


@slip
def the_alphabet_has_only_letters_and_digits(patch: Patch) -> None:
    _keep_chars(patch, str.isalnum)


def _keep_steps(patch: Patch, is_kept: Callable[[Any, int, tuple[int, str, int]], bool]) -> None:
    list_steps = text_classes._Walk.list_steps

    def list_kept(self: Any, node: int) -> list[tuple[int, str, int]]:
        return [step for step in list_steps(self, node) if is_kept(self, node, step)]

    patch.setattr(text_classes._Walk, "list_steps", list_kept)


@slip
def only_the_first_character_of_a_kind_is_tried(patch: Patch) -> None:
    _keep_steps(patch, lambda walk, node, step: step[1] == walk.kinds[step[0]][0])


@slip
def only_constants_are_followed(patch: Patch) -> None:
    _keep_steps(patch, lambda walk, node, step: step[2] >= 0 or not walk.children[node])


@slip
def the_walk_ends_after_one_character(patch: Patch) -> None:
    successors = text_classes._Walk.successors

    def short(self: Any, state: Any, text: str, seen: Any) -> Any:
        return iter(()) if text else successors(self, state, text, seen)

    patch.setattr(text_classes._Walk, "successors", short)


@slip
def named_texts_are_forgotten_in_the_walk(patch: Patch) -> None:
    walk = text_classes._Walk
    patch.setattr(text_classes, "_Walk", lambda constants, automata: walk((), automata))


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
    patch.setattr(tree, "_NOT_NEWLINE", tree.ANY)


@slip
def the_query_takes_none_to_n(patch: Patch) -> None:
    braces = tree._Parser.braces

    def more(self: Any) -> tuple[int, int | None] | None:
        found = re.compile(r"\{,([0-9]+)\}").match(self.source, self.position)
        if not found:
            return braces(self)
        self.position = found.end()
        return 0, int(found[1])

    patch.setattr(tree._Parser, "braces", more)


@slip
def a_negated_set_of_the_query_ends_at_ascii(patch: Patch) -> None:
    def contains(self: Chars, char: str) -> bool:
        return (char in self.members) != (self.negated and char < "\x80")

    patch.setattr(Chars, "__contains__", contains)


@slip
def a_repetition_of_the_query_has_no_end(patch: Patch) -> None:
    repeat = automaton.Automaton._repeat

    def endless(self: Any, node: Any, at: int) -> int:
        return repeat(self, tree.Repeat(node.part, node.minimum, None), at)

    patch.setattr(automaton.Automaton, "_repeat", endless)


@slip
def white_space_of_the_query_has_no_form_feed(patch: Patch) -> None:
    patch.setitem(tree._CLASSES, "s", Chars(frozenset("\t\n\r ")))


# --- the pattern's automata -----------------------------------------------------------


@slip
def the_pattern_is_read_by_the_querys_reader(patch: Patch) -> None:
    pattern_traits = witnesses.pattern_traits

    def traits(leaf: Any) -> Any:
        match leaf:
            case Compare(operand=RegexText(source=source)):
                built = witnesses._build(lambda: automaton.compile_search(source.replace("{,", "{0,")))
                return leaf.selector.path, witnesses.Traits(automata=(built,))
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
    glob = globs.Glob
    patch.setattr(witnesses, "Glob", lambda text: glob(text + "*"))


@slip
def stars_of_a_glob_take_a_character(patch: Patch) -> None:
    patch.setattr(globs.Glob, "accepts", lambda self, state, empty=False: state == 1 << len(self.text))
