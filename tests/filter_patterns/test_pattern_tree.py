"""The tree of a pattern: its leaves, their places and answers, and what a hostile text costs."""

from __future__ import annotations

import pytest

from cis_insights.errors import Span
from cis_insights.filter_patterns.pattern import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    PresenceTest,
    Selector,
    compile_leaf,
    parse_pattern,
)
from cis_insights.reading import Reading


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (Compare(Selector((name,)), "=", Numeral(1)) for name in "abc")
    assert parse_pattern("{ $.a = 1 || $.b = 1 && $.c = 1 }").condition == Disjunction(
        (a, Conjunction((b, c)))
    )
    assert parse_pattern("{ ($.a = 1 || $.b = 1) && $.c = 1 }").condition == Conjunction(
        (Disjunction((a, b)), c)
    )


def test_leaves_come_in_the_order_of_the_text_with_their_places() -> None:
    text = '{ ($.a = "x" || $.b NOT EXISTS) && $.c[0].d >= 1e+3 }'
    leaves = parse_pattern(text).leaves
    assert leaves == (
        Compare(Selector(("a",)), "=", GlobText("x")),
        PresenceTest(Selector(("b",)), "NOT EXISTS"),
        Compare(Selector(("c", 0, "d")), ">=", Numeral(1000)),
    )
    places = [text[leaf.span.start : leaf.span.end] for leaf in leaves]
    assert places == ['$.a = "x"', "$.b NOT EXISTS", "$.c[0].d >= 1e+3"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("$.userIdentity.arn", "userIdentity.arn"),
        ("$.a[0].b", "a.0.b"),
        ("$.['plain']", "plain"),
        ("$.['a.b']", None),
        ("$.a.0", None),
        ("$.a[*].b", None),
        ("$.*", None),
    ],
)
def test_a_selector_has_a_dotted_name_unless_that_would_say_something_else(
    text: str, path: str | None
) -> None:
    assert parse_pattern(f"{{ {text} IS NULL }}").leaves[0].selector.path == path


def test_a_leaf_alone_answers_as_in_its_pattern() -> None:
    leaf = parse_pattern('{ $.a != "x" }').leaves[0]
    assert compile_leaf(leaf, Reading())({"a": "y"})
    assert not compile_leaf(leaf, Reading())({"a": "x"})
    assert not compile_leaf(leaf, Reading())({"a": None})
    assert compile_leaf(leaf, Reading(null_exists=True))({"a": None})


def test_a_number_beyond_double_precision_compares_as_infinite() -> None:
    pattern = parse_pattern("{ $.a > 1e308 }")
    assert pattern.matches({"a": 10**400})
    assert not pattern.matches({"a": -(10**400)})


def test_a_number_beyond_double_precision_is_below_all_where_it_is_negative() -> None:
    pattern = parse_pattern("{ $.a < -1e308 }")
    assert pattern.matches({"a": -(10**400)})
    assert not pattern.matches({"a": 10**400})


def test_a_text_of_more_than_400_characters_is_no_number_under_any_reading() -> None:
    pattern, reading = parse_pattern("{ $.a = 5 }"), Reading(numeric_text=True)
    assert pattern.matches({"a": "5".rjust(400, "0")}, reading)
    assert not pattern.matches({"a": "5".rjust(401, "0")}, reading)


def test_patterns_are_equal_if_their_texts_are_whether_they_were_asked_or_not() -> None:
    asked, fresh = parse_pattern('{ $.a = "x" }'), parse_pattern('{ $.a = "x" }')
    assert asked.matches({"a": "x"})
    assert asked == fresh
    assert hash(asked) == hash(fresh)
    assert repr(asked) == repr(fresh) == f"Pattern(text={asked.text!r}, condition={asked.condition!r})"
    assert asked != parse_pattern('{ $.a = "y" }')


def test_where_a_leaf_stands_is_no_part_of_what_it_says() -> None:
    read = parse_pattern("{  $.a = 5 && $.b IS NULL }").condition
    made, null = Compare(Selector(("a",)), "=", Numeral(5.0)), PresenceTest(Selector(("b",)), "IS NULL")
    assert read == Conjunction((made, null))
    assert repr(read) == repr(Conjunction((made, null)))
    assert made.span == null.span == Span(0, 0)


# ---- hostile text costs no more than its length ------------------------------------------------------

HOSTILE = "a" * 100_000


@pytest.mark.parametrize("operand", ["%a*a*a*a*a*a*b%", "%a+a+a+a+a+$b%", '"' + "*a" * 200 + '*b"'])
def test_a_hostile_text_is_searched_in_one_pass(operand: str) -> None:
    pattern = parse_pattern("{ $.userAgent = " + operand + " }")
    assert not pattern.matches({"userAgent": HOSTILE})


@pytest.mark.parametrize("operand", ["%a*a*a*a*a*a*b%", '"' + "*a" * 200 + '*b"'])
def test_and_it_is_found_where_it_stands_at_the_end(operand: str) -> None:
    pattern = parse_pattern("{ $.userAgent = " + operand + " }")
    assert pattern.matches({"userAgent": HOSTILE + "b"})
