"""Queries are read as documented, and refused with the place, the line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from cis_insights import QueryError, parse_query
from cis_insights.logs_insights.parser import UNSUPPORTED, parse_filter
from cis_insights.logs_insights.printer import print_query
from cis_insights.logs_insights.syntax import (
    And,
    Call,
    Comparison,
    Dedup,
    Display,
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
    Parse,
    Regex,
    Sort,
    Stats,
    String,
)

A, B, C = (Comparison("=", Field(name), Number("1")) for name in "abc")


def _condition(text: str) -> Expression:
    (stage,) = parse_filter(text).stages
    assert isinstance(stage, Filter)
    return stage.condition


CONDITIONS: dict[str, Expression] = {
    "a = 1": A,
    "(a = 1)": A,
    "a = 1 and b = 1 or c = 1": Or((And((A, B)), C)),
    "a = 1 or b = 1 and c = 1": Or((A, And((B, C)))),
    "not a = 1 and b = 1": And((Not(A), B)),
    "not (a = 1 and b = 1)": Not(And((A, B))),
    "a = 1 AND NOT b = 1": And((A, Not(B))),
    'a != "x"': Comparison("!=", Field("a"), String("x")),
    "a >= -1.5e3": Comparison(">=", Field("a"), _condition("a = -1.5e3").right),  # type: ignore[union-attr]
    "a in [1, \"x\"]": In(Field("a"), (Number("1"), String("x"))),
    "a not in ['x']": In(Field("a"), (String("x"),), negated=True),
    'a like "x"': Like(Field("a"), String("x")),
    r"a like /x\/y$/": Like(Field("a"), Regex("x/y$")),
    "a not like /x/": Like(Field("a"), Regex("x"), negated=True),
    "a =~ /x/": Like(Field("a"), Regex("x")),
    "ispresent(a.b)": Call("ispresent", (Field("a.b"),)),
    "!ispresent(a)": Not(Call("ispresent", (Field("a"),))),
    'isPresent(`a b`.c)': Call("ispresent", (Field("a b.c"),)),
    r'a = "say \"x\" \\ "': Comparison("=", Field("a"), String('say "x" \\ ')),
    "@message like 'x'": Like(Field("@message"), String("x")),
    "a = -(5)": Comparison("=", Field("a"), Number("-5")),
    "a = -(-5)": Comparison("=", Field("a"), Negative(Number("-5"))),
    "a = -(-(b))": Comparison("=", Field("a"), Negative(Negative(Field("b")))),
}  # fmt: skip


@pytest.mark.parametrize(("text", "tree"), CONDITIONS.items())
def test_a_condition_is_read(text: str, tree: Expression) -> None:
    assert _condition(text) == tree


STAGES = {
    "fields a, b as c": Fields,
    "display a": Display,
    "filter a = 1": Filter,
    "where a = 1": Filter,
    "stats count(*) as n, max(a) by b, bin(5m)": Stats,
    "sort a desc, b": Sort,
    "limit 5": Limit,
    "limit {{rows}}": Limit,
    "limit any {{ rows }}": Limit,
    "dedup a, b": Dedup,
    'parse a "x * y *" as b, c': Parse,
    r"parse @message /(?<b>\d+)/": Parse,
    "FIELDS a AS b": Fields,
}


@pytest.mark.parametrize(("text", "kind"), STAGES.items())
def test_a_stage_is_read_and_prints_back_to_itself(text: str, kind: type) -> None:
    query = parse_query(text)
    assert isinstance(query.stages[0], kind)
    assert parse_query(print_query(query)) == query


@pytest.mark.parametrize("path", sorted(Path("queries").rglob("*.cwli")), ids=lambda path: path.stem)
def test_every_query_of_the_catalogue_prints_back_to_itself(path: Path) -> None:
    query = parse_query(path.read_text())
    assert parse_query(print_query(query)) == query


@pytest.mark.parametrize("command", sorted(UNSUPPORTED))
def test_a_command_that_answers_no_question_here_is_refused_by_name(command: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(f"fields a\n| {command} a")
    (fault,) = caught.value.faults
    assert command in fault.message.lower()
    assert (fault.line, fault.column) == (2, 3)


def test_faults_of_all_stages_come_out_of_one_run_each_under_its_line() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query('fields a b\n| filter c == "x"\n| srot d\n| limit 5', "q.cwli")
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(1, 10), (2, 12), (3, 3)]
    assert "did you mean" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["filter", "filter a =", "filter (a = 1", "filter a = 1)", "filter a in []", "filter a in [1",
     'filter a = "x', "filter a like", "filter a like b", "filter = 1", "fields", "stats", "sort", "limit",
     "limit x", "| filter a = 1", "filter a = 1 |", "filter a = 1 b = 2", "parse a as b",
     'parse a "x*" as b, c', "parse a /x/", "filter a && b",
     "filter a = 1 limit 5"],
)  # fmt: skip
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert all(fault.message for fault in caught.value.faults)


def test_a_fault_is_drawn_under_its_line() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query('fields eventName\n| filter eventName == "CreateTrail"', "q.cwli")
    first, line, underline, *_ = str(caught.value).splitlines()
    assert first.startswith("q.cwli:2:20: error: ")
    assert line == '    | filter eventName == "CreateTrail"'
    assert underline.strip("~^ ") == ""
    assert underline.index("~" if "~" in underline else "^") == 4 + 19


def test_comments_are_whole_lines_or_remembered() -> None:
    query = parse_query("# one\nfields a # two\n# three\n| limit 1")
    assert len(query.stages) == 2
    assert [query.text[span.start : span.end] for span in query.comments] == ["# one", "# two", "# three"]
