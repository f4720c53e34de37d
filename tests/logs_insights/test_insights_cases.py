"""Logs Insights as AWS documents it: each case of the tables, by the evaluator and by the SQL."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cis_insights import QueryError, Reading, parse_query
from cis_insights.logs_insights.commands import COMMANDS, PARSE_MODES
from cis_insights.logs_insights.evaluate import ARITHMETIC, ORDER
from cis_insights.logs_insights.function_names import FUNCTION_NAMES, SCALARS
from cis_insights.logs_insights.functions import FUNCTIONS, text_of
from cis_insights.logs_insights.normal_form import nodes
from cis_insights.logs_insights.parser import UNSUPPORTED
from cis_insights.logs_insights.printer import print_query
from cis_insights.logs_insights.syntax import And, Arithmetic, Comparison, In, Like, Not, Or, Regex, String
from cis_insights.sql import run_query
from cis_insights.sql.aggregates import AGGREGATES

from ..support.insights import FILES, Case, cases

LIKELY = Reading()
CASES = list(cases())


def of(*kinds: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES if case.kind in kinds]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case.place)


def answers(case: Case, condition: str) -> set[bool]:
    """What the evaluator says of the event under each reading of the case."""
    query = parse_query(f"filter {condition}")
    return {query.matches(case.event, reading) for reading in case.readings()}


def rows(case: Case, query: str) -> list[dict[str, str]]:
    """What the SQL answers over the events, without pointers to them."""
    found = run_query(query, case.log)
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in found]


def in_sql(case: Case) -> bool:
    """Whether the SQL is to say the same; it knows only the likely reading, and not every function."""
    return case.where != "evaluator" and LIKELY in case.readings()


@of("match", "nomatch")
def test_a_condition_holds_of_an_event_or_does_not(case: Case) -> None:
    assert answers(case, case.text) == {case.kind == "match"}
    if in_sql(case):
        assert len(rows(case, f"filter {case.text}")) == (case.kind == "match")


@of("value")
def test_an_expression_has_its_value(case: Case) -> None:
    expression, _, value = case.text.rpartition(" => ")
    expected = None if value == "absent" else json.loads(value)
    literal = json.dumps("absent" if expected is None else expected)
    assert answers(case, f'coalesce({expression}, "absent") = {literal}') == {True}
    if in_sql(case):
        shown = text_of(float(expected) if isinstance(expected, int) else expected)
        assert rows(case, f"fields {expression} as value") == [{"value": shown} if shown is not None else {}]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.where == "evaluator"], ids=lambda case: case.place
)
def test_what_only_the_evaluator_can_say_is_refused_by_the_sql(case: Case) -> None:
    with pytest.raises(QueryError):
        rows(case, f"fields {case.text.rpartition(' => ')[0] or case.text}")


@of("query")
def test_a_query_answers_its_rows(case: Case) -> None:
    expected = [] if case.results == ("none",) else [json.loads(result) for result in case.results]
    assert case.results
    assert rows(case, case.text) == expected


@of("match", "nomatch", "parses", "query")
def test_what_is_read_prints_back_to_the_same_tree(case: Case) -> None:
    text = f"filter {case.text}" if case.kind in ("match", "nomatch") else case.text
    query = parse_query(text)
    assert parse_query(print_query(query)) == query


@of("refused")
def test_what_cannot_be_run_is_refused_at_its_place_with_its_message_and_hint(case: Case) -> None:
    text = case.text.replace("«", "").replace("»", "")
    with pytest.raises(QueryError) as caught:
        run_query(text, case.log)
    fault = caught.value.faults[0]
    start, end = fault.span.start, fault.span.end
    assert f"{text[:start]}«{text[start:end]}»{text[end:]}" == case.text
    assert (fault.message, *filter(None, [fault.hint])) == case.results


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_has_cases(path: Path) -> None:
    assert len([case for case in CASES if case.place.startswith(f"{path.stem}:")]) > 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_every_case_names_the_page_that_says_so_or_that_none_does(case: Case) -> None:
    assert re.match(r"https://docs\.aws\.amazon\.com/Amazon(CloudWatch|RDS)/|AWS is silent: \S", case.source)


TEXTS = "\n| ".join(case.text.lower() for case in CASES).translate(dict.fromkeys(map(ord, "«»")))


def test_every_function_of_one_event_is_written_in_python() -> None:
    assert FUNCTIONS.keys() == SCALARS


@pytest.mark.parametrize("name", sorted({*FUNCTION_NAMES, *AGGREGATES}))
def test_every_function_has_a_case(name: str) -> None:
    assert re.search(rf"\b{name} ?\(", TEXTS)


@pytest.mark.parametrize("name", sorted({*COMMANDS, *UNSUPPORTED}))
def test_every_command_has_a_case(name: str) -> None:
    assert re.search(rf"\| {name}\b", TEXTS)


@pytest.mark.parametrize("name", PARSE_MODES)
def test_every_way_to_parse_has_a_case(name: str) -> None:
    assert re.search(rf"\| parse .*\b{name}\b", TEXTS)


def test_every_operator_has_a_case_that_holds_and_one_that_does_not() -> None:
    for kind in ("match", "nomatch"):
        trees = [parse_query(f"filter {case.text}").stages for case in CASES if case.kind == kind]
        assert {node.operator for tree in trees for node in nodes(tree, Comparison)} == {"=", "!=", *ORDER}
        found = {type(node) for tree in trees for node in nodes(tree, object) if node is not None}
        assert {And, Or, Not, In, Like, Regex, String} <= found
        assert {node.negated for tree in trees for node in nodes(tree, In | Like)} == {True, False}
    values = [case.text.rpartition(" => ")[0] for case in CASES if case.kind == "value"]
    trees = [parse_query(f"fields {value}").stages for value in values]
    assert {node.operator for tree in trees for node in nodes(tree, Arithmetic)} == ARITHMETIC.keys()
