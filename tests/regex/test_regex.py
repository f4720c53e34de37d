"""Regular expressions run in linear time and match as RE2 does."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights.regex.automaton import MAX_SIZE, Automaton, anywhere, literal
from cis_insights.regex.tree import RegexError, parse_regex

from ..support.automata import SHORT_TEXTS, compile_expression, expressions


@settings(max_examples=300, deadline=None)
@given(expressions(), st.lists(st.text("abA1. \n", max_size=6), max_size=20))
def test_it_finds_what_pythons_engine_finds(source: str, texts: list[str]) -> None:
    ours, theirs = compile_expression(source), re.compile(source.replace("$", r"\Z"), re.ASCII)
    for text in ["", *texts]:
        assert ours.matches(text) == (theirs.search(text) is not None), (source, text)


ALL = [chr(code) for code in range(0x180)]
WORD = set(string.ascii_letters + string.digits + "_")
WHITE = set("\t\n\f\r ")
CLASSES: dict[str, set[str]] = {
    ".": set(ALL) - {"\n"}, r"\d": set(string.digits), r"\D": set(ALL) - set(string.digits), r"\w": WORD,
    r"\W": set(ALL) - WORD, r"\s": WHITE, r"\S": set(ALL) - WHITE, "[a-c]": set("abc"),
    "[^a-c]": set(ALL) - set("abc"), "[a-]": set("a-"), "[-a]": set("-a"), "[]a]": set("]a"),
    "[a^]": set("a^"), "[^]]": set(ALL) - {"]"}, r"[\da-]": {*string.digits, "a", "-"},
    r"[\w\s]": WORD | WHITE, "[a-a]": {"a"}, r"[\x41-C]": set("ABC"), r"[\n-\r]": set("\n\v\f\r"),
    "[.$*(|]": set(".$*(|"), "[a[]": set("a["), "[à-é]": set("àáâãäåæçèé"), "[þ-ÿ]": set("þÿ"), r"\n": {"\n"},
    r"\r": {"\r"}, r"\t": {"\t"}, r"\f": {"\f"}, r"\v": {"\v"}, r"\a": {"\a"}, r"\x41": {"A"}, r"\x7e": {"~"},
    r"\xE9": {"é"}, r"\.": {"."}, r"\\": {"\\"}, r"\/": {"/"}, r"\-": {"-"}, r"\_": {"_"}, "é": {"é"},
    "-": {"-"}, "]": {"]"}, "}": {"}"}, "(?i)a": set("aA"), "(?i)[a-c]": set("abcABC"),
    "(?i)[^a]": set(ALL) - set("aA"), "(?i)é": set("éÉ"), "(?i)ß": {"ß"}, r"(?i)\x41": set("aA"),
    "(?i)1": {"1"}, "(?:[ab])": set("ab"), "(b)": {"b"},
    "(?<name>b)": {"b"}, "(?P<name>b)": {"b"}, "a|b": set("ab"), "(a|)b|c": set("bc"), "b{1}": {"b"},
}  # fmt: skip


@pytest.mark.parametrize("source", CLASSES)
def test_one_character_is_found_or_not(source: str) -> None:
    alone = Automaton(parse_regex(source))
    assert set(filter(alone.matches, ALL)) == CLASSES[source]


CASED = {
    "(?i)denied": (["AccessDenied", "DENIED"], ["deni"]),
    "denied": (["denied"], ["Denied"]),
    "(?i)^ACCESS": (["accessDenied"], ["denied access"]),
    "a(?i)b": (["ab", "aB"], ["AB"]),
    "(a(?i)b)c": (["abc", "aBc"], ["aBC", "Abc"]),
    "(?:x(?i)|y)b": (["xb", "yb", "Yb"], ["yB", "Xb"]),
    "(?i)(a)b": (["AB", "ab"], ["a"]),
}


@pytest.mark.parametrize("source", CASED)
def test_case_is_ignored_where_it_says_so(source: str) -> None:
    found, missed = CASED[source]
    automaton = compile_expression(source)
    assert [text for text in (*found, *missed) if automaton.matches(text)] == found


NOTHING = "this repeats nothing"
MULTIPLY = "the repetitions of this regular expression multiply to too many"
EARLY = "the regular expression ends too early"
OPEN, OPEN_SET, TWICE = "this `(` is never closed", "this `[` is never closed", "a repetition of a repetition"
AROUND = "look-around is not part of RE2"
ONLY = "only (?:..), (?<name>..) and (?i) are supported"
MANY, BOUNDS = "more than 100 repetitions", "the bounds are the wrong way round"
NAMED = "named classes are not supported: write \\d, \\w or \\s"
WITHIN, RANGE = "a negated class within a set", "not a range of characters"
REFUSED = {
    "(": (OPEN, 0), "b(a": (OPEN, 1), "((a)": (OPEN, 0), "(?:a": (OPEN, 0), "(?<n>": (OPEN, 0),
    ")": ("this `)` closes nothing", 0), "a)": ("this `)` closes nothing", 1), "[a": (OPEN_SET, 0),
    "b[": (OPEN_SET, 1), "[]": (OPEN_SET, 0), "[^]": (OPEN_SET, 0), "[a-": (OPEN_SET, 0),
    "*a": (NOTHING, 0), "+a": (NOTHING, 0), "?a": (NOTHING, 0),
    "a|*": (NOTHING, 2), "(*a)": (NOTHING, 1), "a**": (TWICE, 2),
    "a*+": (TWICE, 2), "a*??": (TWICE, 3), "a{2}*": (TWICE, 4), "a{2}{3}": (TWICE, 4), "a+?{3}": (TWICE, 3),
    "{2}": (NOTHING, 0), "a|{2}": (NOTHING, 2), "a(?i)*": (NOTHING, 5), "a*{2}": (TWICE, 2),
    "(a{40}){40}": (MULTIPLY, 7), "(a{50}){21}": (MULTIPLY, 7), "(a?){100}{11}": (TWICE, 9),
    "a{2,1}": (BOUNDS, 1), "a{101}": (MANY, 1), "a{1,101}": (MANY, 1), "a{101,}": (MANY, 1),
    "a{1,9999}": (MANY, 1), "a{99999}": (MANY, 1), "a{1,99999}": (MANY, 1),
    r"\b": (r"the escape \b is not supported", 0), r"a\1": (r"the escape \1 is not supported", 1),
    r"\q": (r"the escape \q is not supported", 0), r"\xg0": (r"the escape \x is not supported", 0),
    r"\x0g": (r"the escape \x is not supported", 0), r"[\q]": (r"the escape \q is not supported", 1),
    r"\x1": (EARLY, 3), r"\x": (EARLY, 2), "a\\": (EARLY, 2), "[a\\": (EARLY, 3), "(?<n": (EARLY, 4),
    "(?P<n": (EARLY, 5), "(?<!a)": (AROUND, 0), "(?<=a)": (AROUND, 0), "b(?<!a)": (AROUND, 1),
    "(?=a)": (ONLY, 0), "(?!a)": (ONLY, 0), "(?P=n)": (ONLY, 0), "(?s)a": (ONLY, 0), "(?i": (ONLY, 0),
    "b(?-i)": (ONLY, 1), r"[\D]": (WITHIN, 1), r"[a\W]": (WITHIN, 2), "[[:alpha:]]": (NAMED, 1),
    "a[b[:": (NAMED, 3), "[b-a]": (RANGE, 1), r"[\d-z]": (RANGE, 1), r"[a-\d]": (RANGE, 1),
    "[é-a]": (RANGE, 1), "[a-€]": (RANGE, 1), r"[!-\d]": (RANGE, 1), "[xa-A]": (RANGE, 2),
    "x" * 1_025: ("a regular expression of more than 1024 characters", 1_024),
    "(" * 41 + "a" + ")" * 41: ("groups nested more than 40 deep", 41),
}  # fmt: skip


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: source[:20])
def test_what_is_not_common_to_both_engines_is_refused_at_its_place(source: str) -> None:
    with pytest.raises(RegexError) as caught:
        parse_regex(source)
    assert (str(caught.value), caught.value.offset) == REFUSED[source]


@pytest.mark.parametrize(
    "source", ["x" * 1_024, "(" * 40 + "x" + ")" * 40, "x{100}", "x{0,100}", "x{100,}", "x{0100}"]
)
def test_what_is_just_within_the_bounds_is_read(source: str) -> None:
    assert compile_expression(source).matches("x" * 1_024)


@given(st.text("ab|()[]{}*+?^$.\\d-1,", max_size=20))
def test_any_text_is_an_expression_or_refused(source: str) -> None:
    try:
        compile_expression(source).matches("ab1")
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
    with pytest.raises(RegexError, match=MULTIPLY) as caught:
        compile_expression("b(a{40}){40}")
    assert caught.value.offset == 8
    assert compile_expression("(a{10}){40}").matches("a") is False


def test_an_automaton_has_ten_thousand_positions_and_no_more() -> None:
    at_most = literal("x" * (MAX_SIZE - 1))
    assert Automaton(at_most).matches("x" * 9_999)
    with pytest.raises(RegexError):
        Automaton(literal("x" * MAX_SIZE))


def test_what_is_kept_of_a_search_is_bounded_and_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*SHORT_TEXTS, *(f"a{char}b" for char in ALL)]
    free = compile_expression("a.b|(a|b)*c")
    answers = list(map(free.matches, texts))
    assert len(free._steps) > 100
    monkeypatch.setattr("cis_insights.regex.automaton.MAX_CACHED", 10)
    tight = compile_expression("a.b|(a|b)*c")
    for text, answer in zip(texts, answers, strict=True):
        assert tight.matches(text) == answer
        assert len(tight._steps) <= 10
