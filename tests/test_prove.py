"""The prover finds every difference, and only real ones."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights import (
    ALL_READINGS,
    Counterexample,
    Equivalent,
    NotCompilable,
    parse_pattern,
    parse_query,
    prove,
)

SAME = [
    ('a = "x"', '{ $.a = "x" }'),
    ('a in ["x", "y"]', '{ ($.a = "y") || ($.a = "x") }'),
    ("a like /^x/", '{ $.a = "x*" }'),
    ("a like /x$/", '{ $.a = "*x" }'),
    ('a like "x"', '{ $.a = "*x*" }'),
    ("a like /^(x|y)z$/", '{ ($.a = "xz") || ($.a = "yz") }'),
    ("a like /^x.*y$/", "{ $.a = %^x.*y$% }"),
    ('ispresent(a) and a != "x"', '{ $.a != "x" }'),
    ('not ispresent(a) or a != "x"', '{ ($.a NOT EXISTS) || ($.a != "x") }'),
    ('not (a = "x") and ispresent(a)', '{ $.a = "*" && $.a != "x" }'),
    ("not ispresent(a)", "{ $.a NOT EXISTS }"),
    ("ispresent(a)", '{ $.a = "*" }'),
    ("a > 5", "{ $.a > 5 }"),
    ("a = 1", "{ $.a = 1 || $.a IS TRUE }"),
    ('a = "x" and (b = "y" or c = "z")', '{ ($.a = "x" && $.b = "y") || ($.a = "x" && $.c = "z") }'),
    ('a.0.b = "x"', '{ $.a[0].b = "x" }'),
]

DIFFERENT = [
    ('a = "x"', '{ $.a = "X" }', {"a": "X"}),
    ('a in ["x", "y"]', '{ $.a = "x" }', {"a": "y"}),
    ('a = "x"', '{ ($.a = "x") || ($.a = "y") }', {"a": "y"}),
    ("a like /^x/", '{ $.a = "x" }', {"a": "xa"}),
    ("a like /^x.*y$/", '{ $.a = "x*y" }', {"a": "x\ny"}),
    ('not ispresent(a) or a != "x"', '{ $.a != "x" }', {}),
    ('ispresent(a) and a != "x"', '{ ($.a NOT EXISTS) || ($.a != "x") }', {}),
    ("a > 5", "{ $.a >= 5 }", {"a": 5.0}),
    ("a = 1", "{ $.a = 1 }", {"a": True}),
    ('a = "x" and b = "y"', '{ $.a = "x" || $.b = "y" }', {"a": "x", "b": ""}),
    ('a = "x" or b = "y" and c = "z"', '{ ($.a = "x" || $.b = "y") && $.c = "z" }', None),
]


@pytest.mark.parametrize(("condition", "pattern"), SAME)
def test_equal_conditions_are_proven_equal(condition: str, pattern: str) -> None:
    assert prove(parse_query(f"filter {condition}"), [parse_pattern(pattern)]) == Equivalent()


@pytest.mark.parametrize(("condition", "pattern", "event"), DIFFERENT)
def test_a_difference_is_shown_by_an_event(
    condition: str, pattern: str, event: dict[str, object] | None
) -> None:
    query, parsed = parse_query(f"filter {condition}"), parse_pattern(pattern)
    answer = prove(query, [parsed])
    assert isinstance(answer, Counterexample)
    assert event is None or answer.event == event
    assert query.matches(answer.event, answer.reading) == answer.query_matches
    assert parsed.matches(answer.event, answer.reading) == answer.pattern_matches
    assert answer.query_matches != answer.pattern_matches


def test_a_bare_negative_depends_on_the_reading_and_is_not_equal_to_any_pattern() -> None:
    for pattern in ('{ $.a != "x" }', '{ ($.a NOT EXISTS) || ($.a != "x") }'):
        answer = prove(parse_query('filter a != "x"'), [parse_pattern(pattern)])
        assert isinstance(answer, Counterexample)
        assert answer.event == {}


def test_two_patterns_that_count_one_event_twice_are_refused() -> None:
    query = parse_query('filter a in ["x", "y"]')
    overlapping = [parse_pattern('{ $.a = "x" }'), parse_pattern('{ ($.a = "x") || ($.a = "y") }')]
    answer = prove(query, overlapping)
    assert isinstance(answer, Counterexample)
    assert (answer.event, answer.count) == ({"a": "x"}, 2)
    assert str(answer) == 'the query matches {"a": "x"}, and 2 patterns do'
    assert prove(query, [parse_pattern('{ $.a = "x" }'), parse_pattern('{ $.a = "y" }')]) == Equivalent()


def test_a_counterexample_reads_as_a_sentence() -> None:
    answer = prove(parse_query('filter a = "\\u001b" or a = "x"'), [parse_pattern('{ $.a = "x" }')])
    assert "the query matches" in str(answer)
    assert str(answer).endswith("but no pattern does")
    assert "\x1b" not in str(answer)


@pytest.mark.parametrize("condition", ["strlen(a) > 5", "a = b", 'tolower(a) = "x"', 'a > "x"'])
def test_what_can_not_be_reasoned_about_is_no_proof(condition: str) -> None:
    with pytest.raises(NotCompilable):
        prove(parse_query(f"filter {condition}"), [parse_pattern('{ $.a = "x" }')])


@pytest.mark.parametrize(("condition", "pattern"), SAME)
@pytest.mark.parametrize("text", ["", "x", "xz", "x\ny", "7", "other"])
def test_no_reading_is_about_a_text_that_is_compared_with_texts(
    condition: str, pattern: str, text: str
) -> None:
    """The prover asks a text under one reading only."""
    if any(char.isdigit() for char in pattern.replace("[0]", "")):
        return
    query, parsed = parse_query(f"filter {condition}"), parse_pattern(pattern)
    event = dict.fromkeys("abc", text)
    assert len({query.matches(event, reading) for reading in ALL_READINGS}) == 1
    assert len({parsed.matches(event, reading) for reading in ALL_READINGS}) == 1


# --- against brute force ----------------------------------------------------------------

_VALUES = ["x", "y", "xy", "", 1, 0, 5, True, False, None]
_QUERY_LEAVES = [
    'a = "x"',
    'a in ["x", "y"]',
    "a like /^x/",
    "ispresent(a)",
    "b = 1",
    "b < 5",
    'b in [5, "x"]',
]
_PATTERN_LEAVES = [
    '$.a = "x"',
    '$.a = "x*"',
    '$.a != "y"',
    "$.a NOT EXISTS",
    '$.b = "*"',
    "$.b = 1",
    "$.b >= 5",
]


def _trees(leaves: list[str], joiners: tuple[str, str]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(leaves),
        lambda tree: st.builds("({}) {} ({})".format, tree, st.sampled_from(joiners), tree),
        max_leaves=6,
    )


def _events() -> list[dict[str, object]]:
    options: list[object] = [..., *_VALUES]
    pairs = product(options, options)
    return [
        {name: value for name, value in zip("ab", pair, strict=True) if value is not ...} for pair in pairs
    ]


@settings(max_examples=150, deadline=None)
@given(_trees(_QUERY_LEAVES, ("and", "or")), _trees(_PATTERN_LEAVES, ("&&", "||")))
def test_the_prover_agrees_with_brute_force(condition: str, pattern: str) -> None:
    query, parsed = parse_query(f"filter {condition}"), parse_pattern(f"{{ {pattern} }}")
    differs = any(
        query.matches(event, reading) != parsed.matches(event, reading)
        for event in _events()
        for reading in ALL_READINGS
    )
    answer = prove(query, [parsed])
    if differs:
        assert isinstance(answer, Counterexample)
    if isinstance(answer, Counterexample):
        assert query.matches(answer.event, answer.reading) != parsed.matches(answer.event, answer.reading)
