"""Regular expressions run in linear time and match as RE2 does; globs and classes follow from them."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights.automaton import Automaton, anywhere, glob
from cis_insights.globs import globs_of
from cis_insights.language import TooComplex, witnesses
from cis_insights.regex import RegexError, parse_regex

ATOMS = [
    "a",
    "b",
    "[ab]",
    "[^a]",
    ".",
    r"\d",
    r"\w",
    r"\s",
    r"\.",
    "(?:a|b)",
    "(ab|b)",
    "a{2}",
    "b{1,2}",
    r"\x41",
]


def _expressions() -> st.SearchStrategy[str]:
    repeated = st.builds("{}{}".format, st.sampled_from(ATOMS[:11]), st.sampled_from(["", "", "*", "+", "?"]))
    atom = st.one_of(st.sampled_from(ATOMS), repeated)
    sequence = st.lists(atom, max_size=4).map("".join)
    anchored = st.builds("{}{}{}".format, st.sampled_from(["", "^"]), sequence, st.sampled_from(["", "$"]))
    return st.lists(anchored, min_size=1, max_size=3).map("|".join)


def _automaton(source: str) -> Automaton:
    return Automaton(anywhere(parse_regex(source)))


@settings(max_examples=300, deadline=None)
@given(_expressions(), st.lists(st.text("abA1. \n", max_size=6), max_size=20))
def test_it_finds_what_pythons_engine_finds(source: str, texts: list[str]) -> None:
    ours, theirs = _automaton(source), re.compile(source.replace("$", r"\Z"), re.ASCII)
    for text in ["", *texts]:
        assert ours.matches(text) == (theirs.search(text) is not None), (source, text)


@pytest.mark.parametrize("source", ["(?i)denied", "(?i)^ACCESS"])
def test_case_is_ignored_where_it_says_so(source: str) -> None:
    assert _automaton(source).matches("AccessDenied")
    assert not _automaton(source.removeprefix("(?i)")).matches("aCCESSdENIED")


REFUSED = {
    "(": 0, ")": 0, "[a": 0, "*a": 0, "a**": 2, "a{2,1}": 1, "a{1,9999}": 1, r"\b": 0, r"\1": 0, "(?=a)": 0,
    "(?<!a)": 0, "{2}": 0, "a|{2}": 2, "a*{2}": 2, "a(?i)*": 5, "(a{40}){40}": 7, r"[\D]": 1,
    "[[:alpha:]]": 1, "a\\": 2, "[b-a]": 1,
}  # fmt: skip


@pytest.mark.parametrize(("source", "offset"), REFUSED.items())
def test_what_is_not_common_to_both_engines_is_refused_at_its_place(source: str, offset: int) -> None:
    with pytest.raises(RegexError) as caught:
        parse_regex(source)
    assert caught.value.offset == offset


@given(st.text("ab|()[]{}*+?^$.\\d-1,", max_size=20))
def test_any_text_is_an_expression_or_refused(source: str) -> None:
    try:
        _automaton(source).matches("ab1")
    except RegexError as error:
        assert 0 <= error.offset <= len(source)


class _Steps(Automaton):
    steps = 0

    def step(self, state: frozenset[int], char: str) -> frozenset[int]:
        self.steps += 1
        return super().step(state, char)


@pytest.mark.parametrize(
    "source", ["(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*)*x", "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaa"]
)
def test_work_grows_with_the_text_and_not_beyond_it(source: str) -> None:
    for length in (100, 1_000, 10_000):
        automaton = _Steps(anywhere(parse_regex(source)))
        automaton.matches("a" * length)
        assert automaton.steps <= length


def test_repetitions_that_multiply_are_refused() -> None:
    with pytest.raises(RegexError, match="multiply to too many"):
        _automaton("((a{100}){100}){100}")


# --- globs ------------------------------------------------------------------------------

GLOBS = {
    "^Access": ("Access*",),
    "Denied$": ("*Denied",),
    "^Denied$": ("Denied",),
    "enie": ("*enie*",),
    ".*enie.*": ("*enie*",),
    "^(Create|Delete)Vpc$": ("CreateVpc", "DeleteVpc"),
    "^a|b$": ("a*", "*b"),
    r"s3\.amazonaws": ("*s3.amazonaws*",),
}
NO_GLOBS = ["^a.*b$", "a+", "[ab]c", "(?i)a", "a^b", "", "^$", r"a\*b", "x{2}y?"]


@pytest.mark.parametrize(("source", "globs"), GLOBS.items())
def test_anchored_text_is_a_glob(source: str, globs: tuple[str, ...]) -> None:
    assert globs_of(parse_regex(source)) == globs


@pytest.mark.parametrize("source", NO_GLOBS)
def test_what_a_glob_can_not_say_exactly_is_none(source: str) -> None:
    assert globs_of(parse_regex(source)) is None


@settings(max_examples=200, deadline=None)
@given(_expressions(), st.lists(st.text("abA1. \n", max_size=6), max_size=20))
def test_globs_match_what_the_expression_finds(source: str, texts: list[str]) -> None:
    found = globs_of(parse_regex(source))
    if found is not None:
        ours = [re.compile(".*".join(map(re.escape, one.split("*"))), re.DOTALL) for one in found]
        for text in texts:
            assert any(one.fullmatch(text) for one in ours) == _automaton(source).matches(text)


# --- classes ----------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text("ab", max_size=3), max_size=3, unique=True),
    st.lists(st.sampled_from(["a*", "*b", "*ab*", "a*b", "b"]), max_size=2),
    st.lists(_expressions(), max_size=2),
)
def test_every_way_that_texts_come_out_has_a_witness(
    constants: list[str], globs: list[str], regexes: list[str]
) -> None:
    automata = [*(Automaton(glob(text)) for text in globs), *map(_automaton, regexes)]
    try:
        found = witnesses(constants, automata)
    except TooComplex:
        return

    def outcome(text: str) -> tuple[object, ...]:
        return (text if text in constants else None, *(one.matches(text) for one in automata))

    classes = {outcome(text) for text in found}
    for length in range(5):
        for letters in product("ab1 ", repeat=length):
            assert outcome("".join(letters)) in classes


def test_too_many_classes_end_in_an_error() -> None:
    automata = [_automaton(f"a{'.' * number}b") for number in range(12, 22)]
    with pytest.raises(TooComplex):
        witnesses([], automata)
