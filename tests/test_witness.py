"""What leaves ask of a field, and the values that stand for all its values."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from cis_insights import parse_pattern, parse_query
from cis_insights.automaton import Automaton, anywhere, glob
from cis_insights.language import TooComplex, witnesses
from cis_insights.matcher import Leaf
from cis_insights.normal import normalise
from cis_insights.records import ABSENT
from cis_insights.regex import parse_regex
from cis_insights.syntax import Expression, Filter
from cis_insights.witness import NoWitness, Traits, pattern_traits, query_traits, values_of

# field, texts, numbers, whether it is about presence, and texts that its automaton takes and refuses
Asked = tuple[str, set[str], set[float], bool, list[str], list[str]]
OF_QUERIES: dict[str, Asked] = {
    'a.b = "x"': ("a.b", {"x"}, set(), False, [], []),
    'a != "x"': ("a", {"x"}, set(), False, [], []),
    'not (a = "x")': ("a", {"x"}, set(), False, [], []),
    "a = 5": ("a", set(), {5}, False, [], []),
    "a > -5": ("a", set(), {-5}, False, [], []),
    "a <= -(-5)": ("a", set(), {5}, False, [], []),
    "not (a < 5)": ("a", set(), {5}, False, [], []),
    'a in ["x", 5, -2, "y"]': ("a", {"x", "y"}, {5, -2}, False, [], []),
    'a not in ["x"]': ("a", {"x"}, set(), False, [], []),
    'a like "b*"': ("a", set(), set(), False, ["b*", "ab*c"], ["b", "ab"]),
    "a not like /^b.?$/": ("a", set(), set(), False, ["b", "bc"], ["", "ab", "bcd", "b\n"]),
    "ispresent(a)": ("a", set(), set(), True, [], []),
    "not ispresent(a)": ("a", set(), set(), False, [], []),
}
OF_PATTERNS: dict[str, Asked] = {
    '$.a[0].b = "x"': ("a.0.b", {"x"}, set(), False, [], []),
    '$.a != "x"': ("a", {"x"}, set(), False, [], []),
    "$.a = x": ("a", {"x"}, set(), False, [], []),
    "$.a >= -5": ("a", set(), {-5}, False, [], []),
    "$.a != 5": ("a", set(), {5}, False, [], []),
    '$.a = "*"': ("a", set(), set(), True, [], []),
    '$.a != "*"': ("a", set(), set(), True, [], []),
    '$.a = "x*y"': ("a", set(), set(), False, ["xy", "x\ny"], ["x", "axy", "xyb"]),
    "$.a = %^b{,2}$%": ("a", set(), set(), False, ["", "b", "bb"], ["bbb", "b{,2}"]),
    "$.a != %b{1,2}c%": ("a", set(), set(), False, ["bc", "abbcd"], ["c", "b"]),
    "$.a NOT EXISTS": ("a", set(), set(), False, [], []),
    "$.a IS TRUE": ("a", set(), set(), False, [], []),
    "$.a IS NULL": ("a", set(), set(), False, [], []),
}
NONE_OF_QUERIES = [
    'a > "x"', 'a <= "x"', "a = b", 'tolower(a) = "x"', "a in [b]", 'strlen(a) in ["x"]', "a like {{p}}",
    "a like /(/", 'tolower(a) like "x"', 'strcontains(a, "x")', "not strlen(a)", "a", "not a", "a = -(b)",
    "ispresent(a, b)", 'a in ["x", tolower("y")]', "5 = a",
]  # fmt: skip
NONE_OF_PATTERNS = ["$.a[*] = 1", "$.* = 1", "$.['a.b'] = 1", "$.a = 5*", "$.a.0 NOT EXISTS"]


def leaf_of(text: str) -> Expression:
    (stage,) = parse_query(f"filter {text}").stages
    assert isinstance(stage, Filter)
    return normalise(stage.condition)


def leaf_in(text: str) -> Leaf:
    (leaf,) = parse_pattern(f"{{ {text} }}").leaves
    return leaf


def check(found: tuple[str, Traits], asked: Asked) -> None:
    field, traits = found
    name, texts, numbers, presence, taken, refused = asked
    assert (field, traits.texts, traits.numbers, traits.presence) == (name, texts, numbers, presence)
    assert len(traits.automata) == bool(taken)
    for automaton in traits.automata:
        assert [text for text in (*taken, *refused) if automaton.matches(text)] == taken


@pytest.mark.parametrize("text", OF_QUERIES)
def test_a_leaf_of_a_query_asks_this_of_its_field(text: str) -> None:
    check(query_traits(leaf_of(text)), OF_QUERIES[text])


@pytest.mark.parametrize("text", OF_PATTERNS)
def test_a_leaf_of_a_pattern_asks_this_of_its_field(text: str) -> None:
    check(pattern_traits(leaf_in(text)), OF_PATTERNS[text])


@pytest.mark.parametrize("text", NONE_OF_QUERIES)
def test_a_leaf_of_a_query_that_asks_more_has_no_witness(text: str) -> None:
    with pytest.raises(NoWitness, match="no comparison of single fields with constants can not be proven"):
        query_traits(leaf_of(text))


@pytest.mark.parametrize("text", NONE_OF_PATTERNS)
def test_a_leaf_of_a_pattern_that_asks_more_has_no_witness(text: str) -> None:
    with pytest.raises(NoWitness):
        pattern_traits(leaf_in(text))


OTHERS = [ABSENT, None, True, False]


def kinds(values: list[object]) -> list[str]:
    """Values with their types: 1 is not True here."""
    return sorted(map(repr, values))


@pytest.mark.parametrize(
    ("traits", "values"),
    [
        (Traits(), ["", "other", 7, {}]),
        (Traits(presence=True), ["", "other", 7]),
        (Traits(texts=frozenset({"x", "other"})), ["x", "other", "", "other-other", 7, {}]),
        (Traits(texts=frozenset({""})), ["", "other", 7, {}]),
        (
            Traits(numbers=frozenset({5, 6})),
            ["", "other", 5, 6, 5.5, 4, 7, "5.0", "6.0", "5.5", "4.0", "7.0", {}],
        ),
        (
            Traits(texts=frozenset({"5.0", "5.00"}), numbers=frozenset({5.0})),
            ["", "other", "5.0", "5.00", "5.000", 5.0, 4.0, "4.0", 6.0, "6.0", {}],
        ),
        (Traits(automata=(Automaton(glob("x*")),)), ["", "x", 7, {}]),
        (Traits(texts=frozenset({"x"}), automata=(Automaton(glob("x*")),)), ["", "x", "xa", 7, {}]),
    ],
)
def test_values_stand_for_every_kind_that_the_leaves_tell_apart(traits: Traits, values: list[object]) -> None:
    assert kinds(values_of(traits)) == kinds([*values, *OTHERS])


def test_numbers_and_text_patterns_of_one_field_are_not_told_apart() -> None:
    automaton = Automaton(glob("5*"))
    with pytest.raises(NoWitness):
        values_of(Traits(numbers=frozenset({5}), automata=(automaton,)))
    assert values_of(Traits(texts=frozenset({"5"}), automata=(automaton,)))


def test_traits_of_two_leaves_add_up() -> None:
    one, other = Automaton(glob("x*")), Automaton(glob("*y"))
    left = Traits(frozenset({"a"}), frozenset({1}), (one,), presence=True)
    right = Traits(frozenset({"b"}), frozenset({2}), (other,))
    assert left | right == Traits(frozenset({"a", "b"}), frozenset({1, 2}), (one, other), presence=True)
    assert right | left == Traits(frozenset({"a", "b"}), frozenset({1, 2}), (other, one), presence=True)
    assert not (right | right).presence


# --- texts ------------------------------------------------------------------------------

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
GLOBS = ["a*", "*b", "*ab*", "a*b", "b"]
CONSTANTS = [(), ("a",), ("", "ab"), ("a", "aa", "b"), ("é", "aé")]
SHORT = ["".join(letters) for size in range(4) for letters in product("abA1\n", repeat=size)] + [
    "é",
    "aé",
    "€",
]


@pytest.mark.parametrize("constants", CONSTANTS)
def test_every_way_that_texts_come_out_has_one_witness_and_the_shortest(constants: tuple[str, ...]) -> None:
    automata = {source: Automaton(anywhere(parse_regex(source))) for source in SOURCES}
    automata |= {source: Automaton(glob(source)) for source in GLOBS}
    for first, second in combinations(automata, 2):
        chosen = [automata[first], automata[second]]

        def outcome(text: str, asked: tuple[Automaton, ...] = tuple(chosen)) -> tuple[object, ...]:
            return (text if text in constants else None, *(one.matches(text) for one in asked))

        found = witnesses(constants, chosen)
        classes = {outcome(text): text for text in found}
        assert len(classes) == len(found)
        for text in SHORT:
            assert len(classes[outcome(text)]) <= len(text), (first, second, text)


def test_without_text_patterns_constants_the_empty_text_and_a_fresh_one_are_enough() -> None:
    assert witnesses([], []) == ["", "other"]
    assert witnesses(["x", ""], []) == ["x", "", "other"]
    assert witnesses(["other", "other-other"], []) == ["other", "other-other", "", "other-other-other"]


def test_too_many_ways_end_in_an_error_and_fewer_do_not() -> None:
    few = [Automaton(anywhere(parse_regex(f"a.{{{size}}}b"))) for size in (2, 3)]
    assert len(witnesses([], few)) == 4
    many = [Automaton(anywhere(parse_regex(f"a.{{{size}}}b"))) for size in range(12, 16)]
    with pytest.raises(TooComplex, match="the text patterns of one field have too many combinations"):
        witnesses([], many)
