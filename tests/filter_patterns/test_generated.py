"""Metric filter patterns: what holds of any pattern, event and text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cis_insights.errors import PatternError
from cis_insights.filter_patterns.pattern import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    PatternCondition,
    PresenceTest,
    RegexText,
    Selector,
    Wildcard,
    compile_leaf,
    parse_pattern,
    print_pattern,
)
from cis_insights.filter_patterns.syntax import NumericOperator
from cis_insights.reading import ALL_READINGS, Reading

from .test_pattern import TRUTHS

names = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
keys = st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]), min_size=1, max_size=4)
regexes = st.sampled_from(["^a", "a|b$", r"\d{1,2}", "[^a-c]+", "%".replace("%", "x")])
numerals = st.floats(allow_nan=False, allow_infinity=False).map(Numeral)
texts = st.builds(GlobText, st.text(max_size=4)) | st.builds(
    GlobText, st.sampled_from(["4*", "*4", "123.123.*", "-1*"]), st.just(True)
)


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    first = draw(names | keys)
    return Selector((first, *draw(st.lists(names | keys | st.integers(0, 99), max_size=2))))


equalities = st.builds(Compare, selectors(), st.sampled_from(["=", "!="]), texts | numerals)
orders = st.builds(Compare, selectors(), st.sampled_from(["<", "<=", ">", ">="]), numerals)
tests = st.builds(
    PresenceTest, selectors(), st.sampled_from(["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"])
)
searches = st.builds(
    Compare, st.just(Selector(("a", Wildcard.ELEMENT))), st.just("="), regexes.map(RegexText)
)
conditions: st.SearchStrategy[PatternCondition] = st.recursive(
    equalities | orders | tests,
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda operands: st.sampled_from([Conjunction(tuple(operands)), Disjunction(tuple(operands))])
    ),
    max_leaves=6,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(conditions, searches)
def test_any_tree_survives_printing_and_parsing(condition: PatternCondition, search: Compare) -> None:
    tree = Conjunction((condition, search))
    assert parse_pattern(print_pattern(tree)).condition == tree


OPPOSITE: dict[NumericOperator, NumericOperator] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}


@given(equalities | orders, values, st.sampled_from(ALL_READINGS))
def test_a_comparison_and_its_opposite_never_hold_together(
    leaf: Compare, value: object, reading: Reading
) -> None:
    event: object = value
    for step in reversed(leaf.selector.steps):
        event = [None] * step + [event] if isinstance(step, int) else {step: event}
    twin = Compare(leaf.selector, OPPOSITE[leaf.operator], leaf.operand)
    assert isinstance(event, dict)
    assert not (compile_leaf(leaf, reading)(event) and compile_leaf(twin, reading)(event))


@given(st.text(max_size=30) | st.text("{}()$.[]*'\"%=!<>&|\\ aNOTEXISTUL01-+e", max_size=30))
def test_any_text_is_a_pattern_or_a_pattern_error(text: str) -> None:
    for candidate in (text, "{" + text + "}", "{ $.a = " + text + " }", "{ $.a = %" + text + "% }"):
        try:
            parse_pattern(candidate).matches({"a": "x"})
        except PatternError as error:
            assert str(error).startswith("<pattern>:")


@given(st.sampled_from([case.pattern for case in TRUTHS]), st.data())
def test_any_mutation_of_a_pattern_is_a_pattern_or_a_pattern_error(pattern: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(pattern)))
    end = data.draw(st.integers(start, min(len(pattern), start + 3)))
    text = pattern[:start] + data.draw(st.text(max_size=2)) + pattern[end:]
    try:
        parse_pattern(text).matches({"a": "x"})
    except PatternError as error:
        assert str(error).startswith("<pattern>:")
