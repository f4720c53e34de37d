"""A condition in fewer characters asks for the same events."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights import parse_query
from cis_insights.logs_insights.normal_form import normalise
from cis_insights.logs_insights.printer import print_short
from cis_insights.logs_insights.query import Query
from cis_insights.logs_insights.shortening import shorten, unite, write_alternatives
from cis_insights.proof.prover import differs, find_counterexample

from ..support.planned import shipped

SHIPPED = {one.id: one for one in shipped().values() if one.is_alarm and one.patterns}
NAMES = st.lists(
    st.sampled_from(["Create", "Delete", "Vpc", "VPC", "Vp", "s", "A", "AWS", "2", "x9"]),
    min_size=1,
    max_size=4,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.sets(NAMES, min_size=1, max_size=8), st.lists(NAMES, max_size=8))
def test_alternatives_match_exactly_the_names_they_are_made_of(names: set[str], others: list[str]) -> None:
    pattern = re.compile(write_alternatives(names))
    for name in (*names, *others, *(name[:-1] for name in names), *(f"{name}s" for name in names)):
        assert bool(pattern.fullmatch(name)) == (name in names), (pattern.pattern, name)


def read(*conditions: str) -> list[Query]:
    return [parse_query(f"filter {one}") for one in conditions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'eventName in ["DisableKey", "ScheduleKeyDeletion"]',
            'eventName in ["DisableKey", "ScheduleKeyDeletion"]',
        ),
        (
            'eventName in ["CreateNetworkAcl", "DeleteNetworkAcl", "CreateNetworkAclEntry"]',
            "eventName like /^(?:CreateNetworkAcl(?:Entry)?|DeleteNetworkAcl)$/",
        ),
        (
            'not (eventName not in ["AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy"])',
            "eventName like /^(?:Attach|Detach|Put)RolePolicy$/",
        ),
        (
            '(eventSource = "a" and eventName = "X") or (eventSource = "a" and eventName = "Y") or a = "b"',
            '(eventSource = "a" and eventName in ["X", "Y"]) or a = "b"',
        ),
        ('a in ["1", "2", "3", "10", "20", "30"]', 'a in ["1", "2", "3", "10", "20", "30"]'),
        ('a in ["x.y", "x.z", "x.yy", "x.zz"]', 'a in ["x.y", "x.z", "x.yy", "x.zz"]'),
        ('a = "b" and not ispresent(c)', 'a = "b" and (not ispresent(c))'),
    ],
)
def test_lists_share_words_and_what_is_no_name_stays_as_it_is(text: str, expected: str) -> None:
    (query,) = read(text)
    assert print_short(shorten(query.condition)) == expected
    assert parse_query(f"filter {expected}").condition == shorten(query.condition)


def test_the_lists_of_one_source_are_united_and_those_of_another_are_not() -> None:
    queries = read(
        'eventSource = "a" and eventName in ["X", "Y"]',
        'eventSource = "b" and eventName = "X"',
        'eventSource = "a" and eventName = "Z"',
        'eventName = "X" and eventName = "Y"',
    )
    assert print_short(unite([one.condition for one in queries])) == (
        '(eventSource = "a" and eventName in ["X", "Y", "Z"]) or (eventSource = "b" and eventName = "X")'
        ' or (eventName = "X" and eventName = "Y")'
    )


@pytest.mark.parametrize("id", SHIPPED)
def test_a_shipped_control_in_fewer_characters_is_proven_equal_to_its_patterns(id: str) -> None:
    control = SHIPPED[id]
    text = print_short(shorten(control.query.condition))
    query = parse_query(f"filter {text}")
    assert find_counterexample(query, query.condition, control.patterns, differs) is None
    assert len(text) <= len(print_short(normalise(control.query.condition)))


def test_a_name_too_few_is_noticed_by_that_proof() -> None:
    control = SHIPPED["vpc-changes"]
    text = print_short(shorten(control.query.condition))
    wrong = parse_query(f"filter {text.replace('Accept|', '')}")
    found = find_counterexample(wrong, wrong.condition, control.patterns, differs)
    assert found and found.event["eventName"] == "AcceptVpcPeeringConnection"


@pytest.mark.parametrize("which", ["default", "all"])
def test_the_union_of_shipped_controls_is_proven_equal_to_all_their_patterns(which: str) -> None:
    controls = [one for one in SHIPPED.values() if one.default or which == "all"]
    union = parse_query(f"filter {print_short(unite([one.query.condition for one in controls]))}")
    patterns = [pattern for one in controls for pattern in one.patterns]
    assert find_counterexample(union, union.condition, patterns, _is_in_one_only) is None
    fewer = find_counterexample(union, union.condition, patterns[1:], _is_in_one_only)
    assert fewer and fewer.query_matches


def _is_in_one_only(query: bool, patterns: int) -> bool:
    """An event may be in several controls."""
    return query != (patterns > 0)
