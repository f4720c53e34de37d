"""No regular expression takes more than linear time on a text that an attacker chooses; steps are counted.

Backtracking engines take exponential time on most of these. https://swtch.com/~rsc/regexp/regexp1.html
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import duckdb
import pytest

from cis_insights.filter_patterns import regex
from cis_insights.filter_patterns.regex import MAX_CACHE, MAX_CELLS, RegexFault, Search
from cis_insights.regex import automaton
from cis_insights.regex.automaton import MAX_CACHED, MAX_SIZE, Automaton, compile_search
from cis_insights.regex.tree import RegexError
from cis_insights.sql import LogEvent, run_query

# A text is the first part, repeated, and the second.
OF_QUERIES = {
    "(a+)+$": ("a", "!"),
    "(a|a)*b": ("a", "!"),
    "(a|aa)*b": ("a", "!"),
    "(.*)*x": ("a", ""),
    "(.*a){10}b": ("a", ""),
    "^(([a-z])+.)+[A-Z]([a-z])+$": ("a", ""),
    "(a?){30}a{30}$": ("a", "!"),
    "(x+x+)+y": ("x", ""),
    "^(a|b|ab)*c": ("ab", ""),
    "(?i)^(a+)*$": ("aA", "!"),
    "a.*a.*a.*a.*b": ("a", ""),
    "(a|b)*a(a|b){60}$": ("ab", "c"),
}
OF_PATTERNS = {
    "a*a*a*a*a*b": ("a", ""),
    "^a?a?a?a?a?a?a?a?aaaaaaaa$": ("a", "!"),
    "[ab]*a[ab]{60}$": ("ab", "c"),
    "x+x+x+y": ("x", ""),
    "^[a-z]*[A-Z]*[a-z]*$": ("a", "!"),
    ".*.*.*=.*": ("x", ""),
    "a{1,300}$": ("a", "!"),
}
LENGTHS = (250, 500, 1_000, 2_000)


def _steps(module: Any, run: Callable[[], object]) -> int:
    """How many lines of a module run, each turn of a loop among them."""
    count = 0

    def local(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def entered(frame: FrameType, event: str, argument: object) -> Any:
        return local if frame.f_code.co_filename == module.__file__ else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def _growth(steps: list[int]) -> list[float]:
    """How much more work each doubling of the text is."""
    return [after / before for before, after in pairwise(steps)]


def _text(parts: tuple[str, str], length: int) -> str:
    return parts[0] * (length // len(parts[0])) + parts[1]


@pytest.mark.parametrize(("source", "parts"), OF_QUERIES.items())
def test_a_query_s_expression_takes_twice_the_steps_on_twice_the_text(
    source: str, parts: tuple[str, str]
) -> None:
    steps = [_steps(automaton, lambda n=n: compile_search(source).matches(_text(parts, n))) for n in LENGTHS]
    assert max(_growth(steps)) <= 2.1, steps
    assert steps[-1] >= LENGTHS[-1]  # they have been counted


@pytest.mark.parametrize(("source", "parts"), OF_PATTERNS.items())
def test_a_pattern_s_expression_takes_twice_the_steps_on_twice_the_text(
    source: str, parts: tuple[str, str]
) -> None:
    steps = [_steps(regex, lambda n=n: Search(source)(_text(parts, n))) for n in LENGTHS]
    assert max(_growth(steps)) <= 2.1, steps
    assert steps[-1] >= LENGTHS[-1]


def test_what_takes_more_than_linear_time_is_seen_to() -> None:
    def pairs(text: str) -> bool:
        return any(text[first] == "!" for first in range(len(text)) for _ in range(first))

    steps = [_steps(sys.modules[__name__], lambda n=n: pairs("a" * n)) for n in (50, 100, 200)]
    assert min(_growth(steps)) > 3.5


def test_a_text_on_which_no_transition_is_ever_met_again_costs_no_more_a_character_than_the_bound() -> None:
    """(a|b)*a(a|b){60} has 2**60 states; a text that never repeats itself meets ever new ones."""
    found = compile_search("^(a|b)*a(a|b){60}$")
    text = bin(3**1_300)[2:].replace("0", "a").replace("1", "b")
    steps = [
        _steps(automaton, lambda n=n: compile_search("^(a|b)*a(a|b){60}$").matches(text[:n])) for n in LENGTHS
    ]
    assert max(_growth(steps)) <= 2.3, steps
    assert steps[-1] / LENGTHS[-1] < 10 * found._size


# --- bounds -----------------------------------------------------------------------------


def test_no_text_makes_the_memory_of_an_automaton_grow_beyond_its_bound() -> None:
    found = compile_search("(a|b)*a(a|b){60}x")
    text = bin(3**20_000)[2:].replace("0", "a").replace("1", "b")
    most = 0
    for start in range(0, len(text), 500):
        found.matches(text[start : start + 500])
        most = max(most, sum(1 + len(state) for state in found._steps.values()))
    largest = max(len(state) for state in found._steps.values())
    assert MAX_CACHED / 2 < most <= MAX_CACHED + 500 + largest


def test_no_text_makes_the_memory_of_a_search_grow_beyond_its_bound() -> None:
    found = Search("^[ab]*a[ab]{60}x")
    text = bin(3**20_000)[2:].replace("0", "a").replace("1", "b")
    assert not found(text)
    assert MAX_CACHE / 2 < len(found.cache) <= MAX_CACHE


OVERSIZED = {
    "((a{100}){100}){100}": "multiply to too many",
    "(a{40}){40}": "multiply to too many",
    "((a{6,}){13}){13}": "multiply to too many",
    "((a|b)?){100}" * 50: "multiply to too many",
    f"({'|' * 900}){{100}}": "multiply to too many",
    "a{101}": "more than 100 repetitions",
    "a" * 1_025: "more than 1024 characters",
    "(" * 41 + ")" * 41: "more than 40 deep",
}


@pytest.mark.parametrize(("source", "message"), OVERSIZED.items(), ids=range(len(OVERSIZED)))
def test_what_would_be_too_large_an_automaton_is_refused(source: str, message: str) -> None:
    with pytest.raises(RegexError, match=message):
        compile_search(source)


@pytest.mark.parametrize(
    "source", ["(a{10}){100}", "((a{10}){10}){10}", "(a+){100}", "a" * 1_024, "(" * 40 + ")" * 40]
)
def test_what_is_just_small_enough_is_not(source: str) -> None:
    assert compile_search(source)._size <= MAX_SIZE


def test_the_cells_of_a_search_are_bounded() -> None:
    assert len(Search("a{1000}").cells) <= MAX_CELLS + 1
    with pytest.raises(RegexFault, match="more than 1,000 repetitions"):
        Search("a{1000}b")


def test_an_automaton_of_a_text_alone_is_bounded() -> None:
    with pytest.raises(RegexError):
        Automaton(automaton.literal("a" * MAX_SIZE))


# --- SQL --------------------------------------------------------------------------------


def test_expressions_that_would_never_end_in_a_backtracking_engine_end_in_sql() -> None:
    """On a hundred thousand characters, where (a|aa)*b has more ways than there are atoms."""
    texts = {source: _text(parts, 100_000) for source, parts in OF_QUERIES.items()}
    log = [LogEvent(0, f'{{"a": "{text}"}}') for text in set(texts.values())]
    columns = ", ".join(f"a like /{source}/ as c{number}" for number, source in enumerate(OF_QUERIES))
    rows = run_query(f"fields {columns}, substr(a, 0, 2) as begin", log)
    assert {row["begin"] for row in rows} == {"aa", "xx", "ab", "aA"}
    for row in rows:
        text = log[int(row["@ptr"])].message[7:-2]
        found = [row[f"c{number}"] == "1" for number in range(len(texts))]
        assert found == [compile_search(source).matches(text) for source in texts]


@pytest.mark.parametrize("source", [r"(a)\1", "(?=a)b", "(?<=a)b", "(?>a)b", "(?!a)b"])
def test_duckdb_is_an_engine_that_cannot_backtrack(source: str) -> None:
    """RE2 has nothing that needs it: https://github.com/google/re2/wiki/WhyRE2."""
    with duckdb.connect() as database, pytest.raises(duckdb.InvalidInputException):
        database.execute("SELECT regexp_matches('ab', ?)", [source])
    with pytest.raises(RegexError):
        compile_search(source)


def test_python_s_own_engine_knows_them_all() -> None:
    """The expressions above are none that are refused everywhere."""
    assert all(re.compile(source) for source in (*OF_QUERIES, *OF_PATTERNS))
