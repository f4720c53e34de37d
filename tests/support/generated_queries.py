"""Strategies for all that can be written in a query, whatever it means."""

from __future__ import annotations

from hypothesis import strategies as st

from cis_insights.logs_insights.parser import find_misplaced
from cis_insights.logs_insights.query import Query
from cis_insights.logs_insights.syntax import (
    And,
    Arithmetic,
    Call,
    Column,
    Comparison,
    Dedup,
    Display,
    Duration,
    Expression,
    Field,
    Fields,
    Filter,
    In,
    Like,
    Limit,
    Negative,
    Not,
    Number,
    Or,
    Parameter,
    Parse,
    Regex,
    Sort,
    SortKey,
    Star,
    Stats,
    String,
)

from .generated import SIGNS, Strategy

_NAMES = ("a", "e.0.f", "@message", "a b", "x-y", "and", "7a", "a.in", "Not", "a.b-c.d")
_TEXT = st.text(alphabet="x\"'\\*/|#{} é\t", max_size=4)
_REGEXES = ("x", "a/b", "[/]", r"\.", r"\\/", "(?<n>x)|y", " ", "#", '"')
_NUMBERS = ("0", "5", "-5", "2.50", "1e9", "1E-3", "-0.1")
_NAME = st.sampled_from(_NAMES)


def _some(strategy: Strategy) -> Strategy:
    return st.lists(strategy, min_size=1, max_size=4).map(tuple)


def expressions() -> Strategy:
    """Values and conditions in each other, as the grammar lets them."""
    values = (
        st.builds(Field, _NAME)
        | st.builds(String, _TEXT)
        | st.builds(Number, st.sampled_from(_NUMBERS))
        | st.builds(Parameter, st.sampled_from(("p", "P_1")))
    )
    return st.recursive(values, _around, max_leaves=8)


def _around(inner: Strategy) -> Strategy:
    operands = st.lists(inner, min_size=2, max_size=3).map(tuple)
    texts = st.builds(String, _TEXT) | st.builds(Regex, st.sampled_from(_REGEXES))
    arguments = st.lists(inner | st.builds(Regex, st.sampled_from(_REGEXES)), max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, operands),
        st.builds(Or, operands),
        st.builds(Not, inner),
        st.builds(Comparison, st.sampled_from(SIGNS), inner, inner),
        st.builds(In, inner, _some(inner), st.booleans()),
        st.builds(Like, inner, texts | st.builds(Parameter, st.just("p")), st.booleans()),
        st.builds(Arithmetic, st.sampled_from("+-*/^%"), inner, inner),
        st.builds(Negative, inner.filter(_is_no_positive_number)),
        st.builds(Call, st.sampled_from(("coalesce", "if", "ispresent")), arguments),
    )


def _is_no_positive_number(node: Expression) -> bool:
    """`-5` is a number itself."""
    return not isinstance(node, Number) or node.text.startswith("-")


def queries() -> Strategy:
    """Some stages, one after the other."""
    expression = expressions()
    column = st.builds(Column, expression, st.none() | _NAME.filter(lambda name: "." not in name))
    columns = st.lists(column, min_size=1, max_size=2).map(tuple)
    counts = st.just(Column(Call("count", (Star(),)), "n"))
    bins = st.builds(lambda n, unit: Column(Call("bin", (Duration(n, unit),))), st.integers(1, 99), _UNIT)
    stage = st.one_of(
        st.builds(Fields, columns),
        st.builds(Display, columns),
        st.builds(Filter, expression),
        st.builds(Stats, st.tuples(counts), st.tuples(bins) | columns | st.just(())),
        st.builds(Sort, _some(st.builds(SortKey, expression, st.sampled_from(("asc", "desc"))))),
        st.builds(Limit, st.integers(1, 100_000) | st.builds(Parameter, st.just("p"))),
        st.builds(Dedup, _some(expression)),
        st.builds(Parse, st.builds(Field, _NAME), st.just(Regex("(?<n>x)/y")), st.just(("n",))),
        st.builds(Parse, st.builds(Field, _NAME), st.just(Regex("(x)(y)")), st.tuples(_ALIAS, _ALIAS)),
        st.builds(Parse, st.builds(Field, _NAME), st.just(String('*="*"')), st.tuples(_ALIAS, _ALIAS)),
    )
    stages = st.lists(stage, min_size=1, max_size=4).filter(lambda stages: not list(find_misplaced(stages)))
    return st.builds(Query, stages.map(tuple))


_UNIT = st.sampled_from(("s", "m", "h", "days"))
_ALIAS = st.sampled_from(("n", "user name", "by"))
