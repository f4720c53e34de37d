"""The prover finds every difference, and only real ones."""

from __future__ import annotations

import math
from importlib import import_module
from itertools import product

import pytest

from cis_insights import (
    ALL_READINGS,
    Counterexample,
    Equivalent,
    NotCompilable,
    Reading,
    parse_pattern,
    parse_query,
    prove,
)
from cis_insights.filter_patterns.pattern import Pattern
from cis_insights.logs_insights.query import Query
from cis_insights.logs_insights.syntax import And, Comparison, Field, Filter, String
from cis_insights.proof import search
from cis_insights.proof.prover import Violation, differs, exceeds, find_counterexample, misses, overlaps

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
    ('a.b = "x" and ab = "y"', '{ $.a.b = "x" && $.ab = "y" }'),
    ('a = "q"', '{ ($.a = "q") || ($.a = %^q{1,1}$%) }'),
    (r"a like /^(|a|aa)$/", "{ $.a = %^a{,2}$% }"),
    (r"a like /^a\{,2}$/", "{ $.a = %^a[{],2}$% }"),
    ('a like "{,b"', r"{ $.a = %\{,b% }"),
    ("a like /^[^a]$/", "{ $.a = %^[^a]$% }"),
    ("a > 0.29999999999999993 and a < 0.3", '{ $.a = "x" && $.a = "y" }'),
    ("a > 0", "{ $.a >= 5e-324 || $.a IS TRUE }"),
    ("a >= 9007199254740992", "{ $.a > 9007199254740991 }"),
    ("a >= 9007199254740993", "{ $.a >= 9007199254740992 }"),
    ("a > 1.7976931348623157e308", "{ $.a >= 1.7976931348623157e308 && $.a != 1.7976931348623157e308 }"),
    ("a = -0.0", "{ $.a = 0 || $.a IS FALSE }"),
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
    ('a = "q"', r'{ ($.a = "q") || ($.a = %^a\{,b$%) }', {"a": "a{,b"}),
    ('a = "q"', '{ ($.a = "q") || ($.a = %^[{,]$%) }', {"a": ","}),
    ("a like /^a{,1}$/", "{ $.a = %^a{,1}$% }", {"a": ""}),
    ("a like /^[^a]/", "{ $.a = %^[^ab]% }", {"a": "b"}),
    ("a >= 9007199254740992", "{ $.a = 9007199254740992 }", {"a": 9007199254740994.0}),
    ("a <= -9007199254740992", "{ $.a = -9007199254740992 }", {"a": -9007199254740994.0}),
    ("a >= 1e300", "{ $.a = 1e300 }", {"a": math.nextafter(1e300, math.inf)}),
    ("a > 0", "{ $.a > 5e-324 || $.a IS TRUE }", {"a": 5e-324}),
    ("a > 0.3", "{ $.a > 0.30000000000000004 || $.a IS TRUE }", {"a": 0.30000000000000004}),
    ("a > 0.29999999999999993 and a < 0.30000000000000004", '{ $.a = "x" && $.a = "y" }', {"a": 0.3}),
    ("a = 1.5e308", "{ $.a <= 1.5e308 }", {"a": 0.0}),
    ("a = 1152921504606846976", "{ $.a <= 1152921504606846976 }", {"a": 0.0}),
    ("a > 1.7976931348623157e308", "{ $.a > 1.7976931348623157e308 && $.a < 1 }", {"a": 10**309}),
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
    for query, count, text in [
        (True, 0, 'the query matches {"a": "x"}, but no pattern does'),
        (False, 1, 'the query does not match {"a": "x"}, but the pattern does'),
        (True, 2, 'the query matches {"a": "x"}, and 2 patterns do'),
        (True, 1, 'the query matches {"a": "x"}, and the pattern does'),
        (False, 0, 'the query does not match {"a": "x"}, and no pattern does'),
    ]:
        answer = Counterexample({"a": "x"}, query, count, Reading())
        assert str(answer) == text
        assert answer.pattern_matches == (count > 0)
    assert str(Equivalent()) == "equivalent"
    answer = prove(parse_query('filter a = "\\u001b" or a = "x"'), [parse_pattern('{ $.a = "x" }')])
    assert "\x1b" not in str(answer)


@pytest.mark.parametrize(
    ("wrong", "table"),
    [
        (differs, [False, True, True, True, False, True]),
        (exceeds, [False, True, True, False, False, True]),
        (misses, [False, False, False, True, False, False]),
        (overlaps, [False, False, False, False, True, True]),
    ],
)
def test_each_relation_says_what_goes_together_badly(wrong: Violation, table: list[bool]) -> None:
    assert [wrong(query, patterns) for query, patterns in product((False, True), (0, 1, 2))] == table


def test_a_relation_is_looked_for_under_every_reading_and_the_event_shows_it() -> None:
    query = parse_query('filter a in ["x", "y"]')
    one, more = parse_pattern('{ $.a = "x" }'), parse_pattern('{ $.a = "x" || $.a = "y" || $.b NOT EXISTS }')
    for wrong, patterns, event in [
        (exceeds, [one], None),
        (exceeds, [more], {"a": ""}),
        (misses, [one], {"a": "y"}),
        (misses, [more], None),
        (overlaps, [one], {"a": "x"}),
        (overlaps, [parse_pattern('{ $.a = "z" }')], None),
    ]:
        found = find_counterexample(query, query.condition, patterns, wrong)
        assert (found and found.event) == event
        assert found is None or wrong(query.matches(found.event, found.reading), found.count)
    bare = parse_query('filter a != "x"')
    found = find_counterexample(bare, bare.condition, [parse_pattern('{ $.a != "x" }')], differs)
    assert found
    assert found.reading.absent_differs


UNPROVEN = "a condition that does not compare single fields with constants cannot be proven"
NEVER = "{ $.z = 5 && $.z = 6 }"
# condition, pattern -> what is said and what to do
REFUSED = {
    ("strlen(a) > 5", '{ $.a = "x" }'): (UNPROVEN, "simplify it"),
    ("a = b", '{ $.a = "x" }'): (UNPROVEN, "simplify it"),
    ('tolower(a) = "x"', '{ $.a = "x" }'): (UNPROVEN, "simplify it"),
    ('a > "x"', '{ $.a = "x" }'): (UNPROVEN, "simplify it"),
    ('a = "x"', '{ $.a[*] = "x" }'): (UNPROVEN, "simplify it"),
    ('a = "x"', "{ $.a = 5* }"): (UNPROVEN, "simplify it"),
    ("a = 5", '{ $.a = "5*" }'): (UNPROVEN, "simplify it"),
    ('a.1000 = "x"', '{ $.a[1000] = "x" }'): (
        "`a.1000` is so far down a list that no event can be made to show it",
        "name a lower index",
    ),
    ('b = "x"', '{ $.a.b[5000].c = "x" }'): (
        "`a.b.5000.c` is so far down a list that no event can be made to show it",
        "name a lower index",
    ),
    ('a = "x" and a.b = "y"', NEVER): (
        "`a.b` is part of `a`: what depends on each other cannot be proven",
        "compare leaves of the record",
    ),
    ('ispresent(a) and a.b = "x"', '{ $.a = "*" && $.a.b = "x" }'): (
        "`a.b` is part of `a`: what depends on each other cannot be proven",
        "compare leaves of the record",
    ),
    ('a = "x"', '{ $.a = "x" || $.a[0].b IS NULL }'): (
        "`a.0.b` is part of `a`: what depends on each other cannot be proven",
        "compare leaves of the record",
    ),
    ('a.0 = "x" and a.b = "y"', NEVER): (
        "the fields of this condition depend on each other: nothing can be proven",
        "compare leaves of the record",
    ),
    (r'a = "x" or @message like /^\{"b"/', '{ $.a = "x" }'): (
        "`@message` is not a value of the record: no pattern sees it",
        "compare a field of CloudTrail",
    ),
    ("ispresent(@timestamp)", '{ $.a = "x" }'): (
        "`@timestamp` is not a value of the record: no pattern sees it",
        "compare a field of CloudTrail",
    ),
    ("a like /a.{12}b/ or a like /a.{13}c/ or a like /b.{14}c/", '{ $.a = "x" }'): (
        "the text patterns of one field have too many combinations to be proven",
        "simplify it",
    ),
}


def refusal(query: Query, patterns: list[Pattern]) -> tuple[str, str]:
    with pytest.raises(NotCompilable) as caught:
        prove(query, patterns)
    (fault,) = caught.value.faults
    assert fault.span == query.condition.span
    return fault.message, fault.hint


@pytest.mark.parametrize(("condition", "pattern"), REFUSED)
def test_what_cannot_be_reasoned_about_is_no_proof(condition: str, pattern: str) -> None:
    query = parse_query(f"filter {condition}")
    assert refusal(query, [parse_pattern(pattern)]) == REFUSED[condition, pattern]


def test_an_index_of_up_to_999_is_shown_by_an_event() -> None:
    answer = prove(parse_query('filter a.999 = "x"'), [parse_pattern(NEVER)])
    assert isinstance(answer, Counterexample)
    assert answer.event["a"] == [*[None] * 999, "x"]


def of_fields(count: int) -> Query:
    return Query((Filter(And(tuple(Comparison("=", Field(f"f{n}"), String("x")) for n in range(count)))),))


def test_a_condition_has_two_hundred_fields_as_an_event_and_no_more() -> None:
    texts = [
        "{ " + " && ".join(f'$.f{n} = "x"' for n in range(part, part + 50)) + " }"
        for part in (0, 50, 100, 150)
    ]
    assert isinstance(prove(of_fields(200), [parse_pattern(text) for text in texts]), Counterexample)
    with pytest.raises(NotCompilable, match="a condition on more than 200 fields cannot be proven"):
        prove(of_fields(201), [parse_pattern(text) for text in texts])


def test_the_work_of_a_proof_is_bounded_by_answers_and_by_remainders(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("cis_insights.proof.prover")
    query, patterns = parse_query('filter a in ["x", "y"]'), [parse_pattern('{ $.a = "x" || $.a = "y" }')]
    values = 2 + len(["", "other", "absent", "null", "number", "true", "false", "map"])
    monkeypatch.setattr(module, "MAX_ANSWERS", values * 3)
    assert prove(query, patterns) == Equivalent()
    monkeypatch.setattr(module, "MAX_ANSWERS", values * 3 - 1)
    assert refusal(query, patterns) == ("too many values of `a` to be proven", "shorten the lists of values")
    monkeypatch.undo()
    monkeypatch.setattr(search, "MAX_REMAINDERS", 1)
    assert prove(query, patterns) == Equivalent()
    query = parse_query('filter a = "x" and b = "y"')
    patterns = [parse_pattern('{ $.a = "x" && $.b = "y" }')]
    with pytest.raises(
        NotCompilable, match="the fields of this condition have too many combinations to be proven"
    ):
        prove(query, patterns)
    monkeypatch.setattr(search, "MAX_REMAINDERS", 2)
    assert prove(query, patterns) == Equivalent()


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
