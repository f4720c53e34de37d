"""What a condition becomes as a filter pattern, and what is refused."""

from __future__ import annotations

import pytest

from cis_insights import Equivalent, NotCompilable, parse_pattern, parse_query, prove
from cis_insights.pattern import MAX_PATTERN, compile_query

TEXTS = [
    ('a = "x"', '{ $.a = "x" }'),
    ('a in ["x", "y", "x"]', '{ ($.a = "x") || ($.a = "y") }'),
    ('not ispresent(a) or a not in ["x", "y"]', '{ ($.a NOT EXISTS) || (($.a != "x") && ($.a != "y")) }'),
    ('ispresent(a) and a != "x"', '{ ($.a = "*") && ($.a != "x") }'),
    ("a like /^x/", '{ $.a = "x*" }'),
    ("a like /^(Create|Delete)Vpc$/", '{ ($.a = "CreateVpc") || ($.a = "DeleteVpc") }'),
    ("a like /.*x.*/", '{ $.a = "*x*" }'),
    ('a like "x"', '{ $.a = "*x*" }'),
    ("a like /^x.*y$/", "{ $.a = %^x.*y$% }"),
    ("a = 1", "{ ($.a = 1) || ($.a IS TRUE) }"),
    ("a = 404", "{ $.a = 404 }"),
    ("a < 2", "{ ($.a < 2) || ($.a IS TRUE) || ($.a IS FALSE) }"),
    ("a = -3", "{ $.a = -3 }"),
    ('a.0.b = "say \\"x\\""', '{ $.a[0].b = "say \\"x\\"" }'),
    ('not (a = "x" or not ispresent(a))', '{ ($.a != "x") && ($.a = "*") }'),
]

REFUSED = {
    "strlen(a) > 5": "a pattern compares one field with constants and nothing else",
    "a = b": "a pattern compares with constants only",
    '"x" = a': "the field stands on the right",
    'a > "x"': "a pattern has no `>` for text",
    "a = 1.5": "a pattern compares with whole numbers",
    "ispresent(a) and a != 1": "a pattern can not tell this from true and false",
    "not (a < 5) and ispresent(a)": "a pattern can not negate this",
    "a like /(?i)x/": "this is beyond the regular expressions of patterns",
    "a like /^x y.*z$/": "this is beyond the regular expressions of patterns",
    'a = "é"': "this text can not be written in a pattern",
    '@message like "x"': "`@message` is no property of the event's JSON",
    "a like /^x.*y$/ or a like /^y.*x$/ or a like /^z.*x$/": "more than 2 regular expressions in a pattern",
}


@pytest.mark.parametrize(("condition", "text"), TEXTS)
def test_a_condition_becomes_a_pattern_that_is_proven_equal(condition: str, text: str) -> None:
    query = parse_query(f"filter {condition}")
    assert compile_query(query) == (text,)
    assert prove(query, [parse_pattern(text)]) == Equivalent()


@pytest.mark.parametrize(("condition", "message"), REFUSED.items())
def test_what_no_pattern_says_is_refused_and_not_approximated(condition: str, message: str) -> None:
    with pytest.raises(NotCompilable) as caught:
        compile_query(parse_query(f"filter {condition}"))
    assert [fault.message for fault in caught.value.faults] == [message]


def test_the_refusal_points_at_the_part_that_can_not_be_said() -> None:
    with pytest.raises(NotCompilable) as caught:
        compile_query(parse_query('filter a = "x"\n    and tolower(b) = "y"', "q.cwli"))
    assert str(caught.value) == (
        "q.cwli:2:9: error: a pattern compares one field with constants and nothing else\n"
        '        and tolower(b) = "y"\n'
        "            ~~~~~~~~~~~~~~~^\n"
        "    hint: a list of values, an anchored regular expression or `ispresent` can be said in a pattern"
    )


def test_a_long_list_is_split_into_patterns_that_no_event_matches_twice() -> None:
    names = [f"ChangeOfSomethingWithALongName{number:03}" for number in range(80)]
    query = parse_query(f'filter eventSource = "x" and eventName in {names!r}'.replace("'", '"'))
    texts = compile_query(query)
    assert len(texts) > 1
    assert all(len(text) <= MAX_PATTERN for text in texts)
    patterns = [parse_pattern(text) for text in texts]
    assert prove(query, patterns) == Equivalent()
    assert prove(query, patterns[1:]) != Equivalent()


def test_a_long_pattern_without_a_list_is_refused() -> None:
    condition = " or ".join(f'field{number}.with.a.long.path = "and a long value"' for number in range(40))
    with pytest.raises(NotCompilable, match="longer than 1024 characters"):
        compile_query(parse_query(f"filter {condition}"))


@pytest.mark.parametrize(
    "query",
    [
        "stats count(*) as n by user | filter n > 5",
        'filter a = "x" | limit 5 | filter b = "y"',
        'parse a "x*" as b | filter b = "y"',
    ],
)
def test_a_filter_that_looks_at_more_than_one_event_is_left_to_a_log_alarm(query: str) -> None:
    with pytest.raises(NotCompilable):
        compile_query(parse_query(query))


def test_columns_of_earlier_stages_are_replaced_by_what_they_stand_for() -> None:
    query = parse_query('fields userIdentity.type as kind | filter kind = "Root"')
    assert compile_query(query) == ('{ $.userIdentity.type = "Root" }',)
    assert query.matches({"userIdentity": {"type": "Root"}})
    assert not query.matches({"kind": "Root"})
