"""Negation in the leaves, and the walks over a tree: what they keep, change and count."""

from __future__ import annotations

import pytest

from cis_insights import parse_query
from cis_insights.errors import Span
from cis_insights.logs_insights.normal_form import (
    MAX_LEVELS,
    MAX_NODES,
    fields_of,
    is_negative,
    is_too_big,
    leaves,
    negate,
    nodes,
    normalise,
    presence,
    substitute,
)
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import (
    And,
    Comparison,
    Expression,
    Field,
    Filter,
    Not,
    Number,
    Or,
    String,
)

NORMAL = {
    "a = 1": ("a = 1", "a != 1"),
    "a != 1": ("a != 1", "a = 1"),
    "not (a = 1)": ("a != 1", "a = 1"),
    "not not (a = 1)": ("a = 1", "a != 1"),
    "a < 1": ("a < 1", "not (a < 1)"),
    "a in [1]": ("a in [1]", "a not in [1]"),
    "a not in [1]": ("a not in [1]", "a in [1]"),
    "a like /x/": ("a like /x/", "a not like /x/"),
    'a not like "x"': ('a not like "x"', 'a like "x"'),
    "ispresent(a)": ("ispresent(a)", "not ispresent(a)"),
    "a": ("a", "not a"),
    "a = 1 and b = 2": ("(a = 1) and (b = 2)", "(a != 1) or (b != 2)"),
    "a = 1 or b = 2": ("(a = 1) or (b = 2)", "(a != 1) and (b != 2)"),
    "not (a = 1 and b < 2)": ("(a != 1) or (not (b < 2))", "(a = 1) and (b < 2)"),
    "a = 1 and (b = 2 and (c = 3 and d))": (
        "(a = 1) and (b = 2) and (c = 3) and d",
        "(a != 1) or (b != 2) or (c != 3) or (not d)",
    ),
    "(a or b) or (c and d) or e": (
        "a or b or (c and d) or e",
        "(not a) and (not b) and ((not c) or (not d)) and (not e)",
    ),
    "a and not (b or c)": ("a and (not b) and (not c)", "(not a) or b or c"),
}


def condition(text: str) -> Expression:
    (stage,) = parse_query(f"filter {text}").stages
    assert isinstance(stage, Filter)
    return stage.condition


@pytest.mark.parametrize("text", NORMAL)
def test_not_goes_down_to_the_leaves_and_what_is_joined_alike_is_one_list(text: str) -> None:
    tree = condition(text)
    assert (print_expression(normalise(tree)), print_expression(negate(tree))) == NORMAL[text]
    assert normalise(Not(tree)) == negate(tree)
    assert normalise(normalise(tree)) == normalise(tree)


def test_a_normalised_node_stands_where_it_was_read() -> None:
    text = "not (a < 1 and (b = 2 and c))"
    normal = normalise(condition(text))
    assert isinstance(normal, Or)
    places = [normal.span, *(operand.span for operand in normal.operands)]
    shift = len("filter ")
    assert [text[place.start - shift : place.end - shift] for place in places] == [
        "a < 1 and (b = 2 and c",
        "a < 1",
        "b = 2",
        "c",
    ]


NEGATIVE = {
    "a = 1": False, "a != 1": True, "a < 1": False, "not (a < 1)": True, "a in [1]": False,
    "a not in [1]": True, "a like /x/": False, "a not like /x/": True, "ispresent(a)": False,
    "not ispresent(a)": False, "a": False, "not a": True, 'strcontains(a, "x")': False,
    'not strcontains(a, "x")': True, "not ispresent(a, b)": True,
}  # fmt: skip


@pytest.mark.parametrize("text", NEGATIVE)
def test_a_leaf_is_negative_if_nobody_says_what_it_is_on_an_absent_field(text: str) -> None:
    assert is_negative(normalise(condition(text))) == NEGATIVE[text]


@pytest.mark.parametrize(
    ("text", "field"),
    [("ispresent(a.b)", "a.b"), ("not ispresent(a)", None), ("ispresent(a, b)", None), ("isempty(a)", None)],
)
def test_presence_is_asked_of_one_field(text: str, field: str | None) -> None:
    assert presence(condition(text)) == field
    assert presence(condition("ispresent(tolower(a))")) is None


def test_leaves_and_fields_come_in_the_order_of_the_text() -> None:
    tree = condition("(a = b or c in [d, e]) and not (f like /x/ and g) and strlen(h) > i")
    assert [print_expression(leaf) for leaf in leaves(normalise(tree))] == [
        "a = b",
        "c in [d, e]",
        "f not like /x/",
        "not g",
        "strlen(h) > i",
    ]
    assert [field.name for field in fields_of(tree)] == list("abcdefghi")
    assert [field.name for field in fields_of((tree, condition("z")))] == [*"abcdefghi", "z"]
    assert [node.value for node in nodes(condition("a = 1 and b in [2, -(3 + 4)]"), Number)] == [1, 2, 3, 4]
    assert next(iter(nodes(tree, Comparison))) == condition("a = b")


def test_every_mention_of_a_field_is_replaced_and_nothing_else() -> None:
    tree = condition('a = "a" and b in [a, 1] and not ispresent(a) and strlen(c) > a')
    changed = substitute(tree, lambda field: String("new") if field.name == "a" else field)
    assert print_expression(changed) == (
        '("new" = "a") and (b in ["new", 1]) and (not ispresent("new")) and (strlen(c) > "new")'
    )
    assert isinstance(changed, And)
    assert changed.span == tree.span
    assert substitute(tree, lambda field: field) == tree


def nested(levels: int) -> Expression:
    tree: Expression = Field("a")
    for _ in range(levels):
        tree = Not(tree)
    return tree


def test_a_tree_has_sixty_levels_and_ten_thousand_nodes_and_no_more() -> None:
    assert (MAX_LEVELS, MAX_NODES) == (60, 10_000)
    assert not is_too_big(nested(59))
    assert is_too_big(nested(60))
    assert not is_too_big((Field("b"), And((nested(58), Field("a")))))
    assert is_too_big((Field("b"), And((nested(59), Field("a")))))
    wide = tuple(Field("a", Span(number, number + 1)) for number in range(9_999))
    assert not is_too_big(And(wide))
    assert is_too_big(Or((*wide, Field("b"))))
    assert not is_too_big((wide, Field("b")))
    assert is_too_big((wide, Field("b"), Field("c")))


def test_columns_made_of_columns_are_refused_before_they_are_too_much() -> None:
    doubled = "".join(f"| fields concat(c{n}, c{n}) as c{n + 1} " for n in range(20))
    text = f'fields a as c0 {doubled}| filter c20 = "x"'
    with pytest.raises(
        Exception, match="columns made of columns: the whole condition has too many parts"
    ) as caught:
        parse_query(text).matches({})
    assert "compare fields of the record" in str(caught.value)
    assert parse_query(text.replace("c20 =", "c5 =")).matches({"a": "x"}) is False
