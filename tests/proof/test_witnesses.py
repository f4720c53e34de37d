"""What leaves ask of a field, and the values that stand for all its values."""

from __future__ import annotations

import math
from itertools import product

import pytest

from cis_insights import Reading, parse_pattern, parse_query
from cis_insights.events.field_paths import ABSENT
from cis_insights.filter_patterns.globs import Glob
from cis_insights.filter_patterns.leaf_tests import _number
from cis_insights.filter_patterns.pattern import PatternLeaf, compile_leaf
from cis_insights.filter_patterns.regex import RegexFault, Search
from cis_insights.logs_insights.evaluate import compile_predicate
from cis_insights.logs_insights.functions import number_of
from cis_insights.logs_insights.normal_form import normalise
from cis_insights.logs_insights.syntax import Expression, Filter
from cis_insights.proof.witnesses import Traits, Undecidable, pattern_traits, query_traits, values_of

from ..support.automata import accepts

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


def leaf_in(text: str) -> PatternLeaf:
    (leaf,) = parse_pattern(f"{{ {text} }}").leaves
    return leaf


def check(found: tuple[str, Traits], asked: Asked) -> None:
    field, traits = found
    name, texts, numbers, presence, taken, refused = asked
    assert (field, traits.texts, traits.numbers, traits.presence) == (name, texts, numbers, presence)
    assert len(traits.automata) == bool(taken)
    for automaton in traits.automata:
        assert [text for text in (*taken, *refused) if accepts(automaton, text)] == taken


@pytest.mark.parametrize("text", OF_QUERIES)
def test_a_leaf_of_a_query_asks_this_of_its_field(text: str) -> None:
    check(query_traits(leaf_of(text)), OF_QUERIES[text])


@pytest.mark.parametrize("text", OF_PATTERNS)
def test_a_leaf_of_a_pattern_asks_this_of_its_field(text: str) -> None:
    check(pattern_traits(leaf_in(text)), OF_PATTERNS[text])


@pytest.mark.parametrize("text", NONE_OF_QUERIES)
def test_a_leaf_of_a_query_that_asks_more_has_no_witness(text: str) -> None:
    with pytest.raises(Undecidable, match="single fields with constants cannot be proven"):
        query_traits(leaf_of(text))


@pytest.mark.parametrize("text", NONE_OF_PATTERNS)
def test_a_leaf_of_a_pattern_that_asks_more_has_no_witness(text: str) -> None:
    with pytest.raises(Undecidable):
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
        (Traits(automata=(Glob("x*"),)), ["", "x", 7, {}]),
        (Traits(texts=frozenset({"x"}), automata=(Glob("x*"),)), ["", "x", "xa", 7, {}]),
    ],
)
def test_values_stand_for_every_kind_that_the_leaves_tell_apart(traits: Traits, values: list[object]) -> None:
    assert kinds(values_of(traits)) == kinds([*values, *OTHERS])


LARGEST = 1.7976931348623157e308
WHOLE = 9007199254740992.0  # 2^53: above it, not every whole number is a double
EDGES = [
    {5.0}, {5.0, 6.0}, {-5.5, 0.25}, {0.0}, {-0.0, 1.0}, {5e-324}, {-5e-324, 5e-324}, {WHOLE}, {-WHOLE},
    {WHOLE - 1, WHOLE + 2}, {2.0**31}, {1e300, math.nextafter(1e300, 2e300)}, {1.5e308}, {-1.5e308, 1.5e308},
    {LARGEST}, {-LARGEST}, {-LARGEST, LARGEST}, {0.1, 0.2, 0.30000000000000004},
]  # fmt: skip


def numbers_near(constants: set[float]) -> set[float]:
    """The constants, their neighbours, and numbers far from all."""
    beside = {math.nextafter(number, to) for number in constants for to in (-math.inf, math.inf)}
    return {*constants, *beside, 0.0, 5e-324, -5e-324, 1.0, 1e308, -1e308, LARGEST, -LARGEST}


def double(value: float) -> float:
    """A number as both languages read it; one that is too large is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def place(number: float, constants: set[float]) -> list[tuple[bool, bool]]:
    """All that comparisons with constants can tell of a number."""
    return [(number < constant, number == constant) for constant in sorted(constants)]


@pytest.mark.parametrize("constants", EDGES, ids=lambda constants: str(sorted(constants)))
def test_a_number_stands_in_for_every_other_at_its_place_among_the_constants(constants: set[float]) -> None:
    values = values_of(Traits(numbers=frozenset(constants)))
    found = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    numbers = [double(value) for value in found]
    numerals = [float(value) for value in values if isinstance(value, str) and value not in ("", "other")]
    for number in numbers_near(constants):
        assert place(number, constants) in [place(witness, constants) for witness in numbers]
        assert place(number, constants) in [place(witness, constants) for witness in numerals]


def test_numbers_come_in_every_way_that_json_can_write_them() -> None:
    values = values_of(Traits(numbers=frozenset({5.0})))
    found = set(map(repr, values))
    assert {"0.0", "-0.0", "5e-324", "-5e-324", "9007199254740993", repr(LARGEST), repr(-LARGEST)} <= found
    assert {10**309, -(10**309)} <= {value for value in values if isinstance(value, int)}


def test_a_text_that_reads_as_a_number_is_none_of_the_constants() -> None:
    values = values_of(Traits(texts=frozenset({"5.0", "05.0"}), numbers=frozenset({5.0, -5.0})))
    texts = [value for value in values if isinstance(value, str)]
    assert {"5.0", "05.0", "005.0", "-5.0"} <= set(texts)
    assert len(texts) == len(set(texts))


def test_numbers_are_readable_where_they_can_be() -> None:
    values = values_of(Traits(numbers=frozenset({5.0, 6.0})))
    assert [value for value in values if isinstance(value, float)][:5] == [5.0, 6.0, 4.0, 5.5, 7.0]


@pytest.mark.parametrize(
    "text",
    [
        "5", "05", "+5", "-5", "5.", ".5", "5e0", "5E+0", "5e-324", "1e999", "1e-999", "0" * 400, "-0", "",
        "0" * 401, " 5", "5 ", "5\n", "1_0", "0x5", "inf", "nan", "Infinity", ".", "e5", "5e", "--5",
        "\u0665", "5,0",
    ],
)  # fmt: skip
def test_both_readers_take_the_same_texts_for_the_same_numbers(text: str) -> None:
    assert number_of(text) == _number(text, Reading(numeric_text=True))


TEXTS = ["".join(letters) for size in range(5) for letters in product("a{,b}", repeat=size)]
TEXTS += ["a*b", "aé", "é", "éb", "a\n", "\n", "a\\", "1", "a1", "ab\nab", "a{,2}b", "aaab", "\x7f", "\x80"]
EXPRESSIONS = [
    "a{,2}", "^a{,1}b$", "a{2,}", "a{,b", "[{,]", r"\{,", r"a\{,b$", "^$", "^", "$", "a|^b|$", "[^a]",
    "[^é-ü]", "a$b", "b^a", r"\W", r"\x61{2}", "a.b", "^.$", "[]a]", "[^]]b", "a??b", ",{1,2}", "}",
    "^[{}]+$",
]  # fmt: skip


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_an_automaton_accepts_what_its_own_side_finds(source: str) -> None:
    """Each side's expression in the proof is the one that this side's evaluator runs."""
    if is_read_by_patterns(source):
        leaf = leaf_in(f"$.a = %{source}%")
        (automaton,) = pattern_traits(leaf)[1].automata
        found = [text for text in TEXTS if compile_leaf(leaf, Reading())({"a": text})]
        assert [text for text in TEXTS if accepts(automaton, text)] == found
    condition = leaf_of(f"a like /{source}/")
    (automaton,) = query_traits(condition)[1].automata
    found = [text for text in TEXTS if compile_predicate(condition, Reading())({"a": text})]
    assert [text for text in TEXTS if accepts(automaton, text)] == found


def is_read_by_patterns(source: str) -> bool:
    try:
        Search(source)
    except RegexFault:
        return False
    return True


@pytest.mark.parametrize(
    "glob", ["*", "a*", "*b", "a*b", "*a*b*", "a**b", "a*a", "*é", "{*}", "*,*,*", "aa*a"]
)
def test_a_glob_in_the_proof_accepts_what_the_pattern_matches(glob: str) -> None:
    leaf = leaf_in(f'$.a = "{glob}"')
    found = [text for text in TEXTS if compile_leaf(leaf, Reading())({"a": text})]
    assert [text for text in TEXTS if accepts(Glob(glob), text)] == found


def test_numbers_and_text_patterns_of_one_field_are_not_told_apart() -> None:
    automaton = Glob("5*")
    with pytest.raises(Undecidable):
        values_of(Traits(numbers=frozenset({5}), automata=(automaton,)))
    assert values_of(Traits(texts=frozenset({"5"}), automata=(automaton,)))


def test_traits_of_two_leaves_add_up() -> None:
    one, other = Glob("x*"), Glob("*y")
    left = Traits(frozenset({"a"}), frozenset({1}), (one,), presence=True)
    right = Traits(frozenset({"b"}), frozenset({2}), (other,))
    assert left | right == Traits(frozenset({"a", "b"}), frozenset({1, 2}), (one, other), presence=True)
    assert right | left == Traits(frozenset({"a", "b"}), frozenset({1, 2}), (other, one), presence=True)
    assert not (right | right).presence
