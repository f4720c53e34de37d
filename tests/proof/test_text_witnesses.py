"""Witnesses of text predicates: one for each way that texts come out, and the shortest."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from cis_insights.filter_patterns.globs import Glob
from cis_insights.filter_patterns.regex import Search
from cis_insights.regex.automaton import Automaton, anywhere
from cis_insights.regex.text_classes import TextAutomaton, TooComplex, find_representatives
from cis_insights.regex.tree import parse_regex

from ..support.automata import accepts

SOURCES = [
    "a",
    "^a",
    "b$",
    "^ab?$",
    "^$",
    "[^a]b",
    "a.b",
    r"\d",
    "^a|b$",
    "(?i)^A",
    "a{2}",
    "\\n$",
    "^[^ -~]",
]
SOURCES_OF_PATTERNS = ["^a{,1}b$", "[^a]b|^b", "a$|^$", r"\Wb", ".b"]
GLOBS = ["a*", "*b", "*ab*", "a*b", "b"]
CONSTANTS = [(), ("a",), ("", "ab"), ("a", "aa", "b"), ("é", "aé")]
SHORT = ["".join(letters) for size in range(4) for letters in product("abA1\n", repeat=size)] + [
    "é",
    "aé",
    "€",
]


@pytest.mark.parametrize("constants", CONSTANTS)
def test_every_way_that_texts_come_out_has_one_witness_and_the_shortest(constants: tuple[str, ...]) -> None:
    automata: dict[str, TextAutomaton] = {
        source: Automaton(anywhere(parse_regex(source))) for source in SOURCES
    }
    automata |= {f"%{source}%": Search(source) for source in SOURCES_OF_PATTERNS}
    automata |= {source: Glob(source) for source in GLOBS}
    for first, second in combinations(automata, 2):
        chosen = [automata[first], automata[second]]

        def outcome(text: str, asked: tuple[TextAutomaton, ...] = tuple(chosen)) -> tuple[object, ...]:
            return (text if text in constants else None, *(accepts(one, text) for one in asked))

        found = find_representatives(constants, chosen)
        classes = {outcome(text): text for text in found}
        assert len(classes) == len(found)
        for text in SHORT:
            assert len(classes[outcome(text)]) <= len(text), (first, second, text)


def test_without_text_patterns_constants_the_empty_text_and_a_fresh_one_are_enough() -> None:
    assert find_representatives([], []) == ["", "other"]
    assert find_representatives(["x", ""], []) == ["x", "", "other"]
    assert find_representatives(["other", "other-other"], []) == [
        "other",
        "other-other",
        "",
        "other-other-other",
    ]


def test_too_many_ways_end_in_an_error_and_fewer_do_not() -> None:
    few = [Automaton(anywhere(parse_regex(f"a.{{{size}}}b"))) for size in (2, 3)]
    assert len(find_representatives([], few)) == 4
    many = [Automaton(anywhere(parse_regex(f"a.{{{size}}}b"))) for size in range(12, 16)]
    with pytest.raises(TooComplex, match="the text patterns of one field have too many combinations"):
        find_representatives([], many)
