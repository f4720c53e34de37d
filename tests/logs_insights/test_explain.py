"""Why an event meets a condition or not: the leaves that decide, with the event's values."""

from __future__ import annotations

import pytest

from cis_insights import NotCompilable, parse_query
from cis_insights.logs_insights.explain import explain

EVENT = {
    "eventSource": "ec2.amazonaws.com",
    "eventName": "CreateVpc",
    "userAgent": "aws-cli\u202e",
    "requestParameters": {"vpcId": "vpc-1", "count": 5, "items": [{"port": None}]},
}


def _screen(text: str) -> str:
    return "\n".join(map(str, explain(parse_query(text, "my.cwli"), EVENT)))


def test_a_leaf_that_is_not_met_is_underlined_with_the_value_of_the_event() -> None:
    assert _screen('filter eventSource = "ec2.amazonaws.com"\n    and eventName = "CreateVPC"') == (
        'my.cwli:2:9: error: `eventName = "CreateVPC"` is not met: the event has eventName = "CreateVpc"\n'
        '        and eventName = "CreateVPC"\n'
        "            ~~~~~~~~~~~~~~~~~~~~~~^\n"
        '    hint: write "CreateVpc" for "CreateVPC": upper and lower case differ'
    )


def test_an_event_that_is_found_is_explained_by_the_leaves_that_are_met() -> None:
    assert _screen('filter eventName like /^Create/ and (errorCode = "x" or ispresent(eventSource))') == (
        'my.cwli:1:8: error: `eventName like /^Create/` is met: the event has eventName = "CreateVpc"\n'
        '    filter eventName like /^Create/ and (errorCode = "x" or ispresent(eventSource))\n'
        "           ~~~~~~~~~~~~~~~~~~~~~~~^\n"
        "my.cwli:1:57: error: `ispresent(eventSource)` is met:"
        ' the event has eventSource = "ec2.amazonaws.com"\n'
        '    filter eventName like /^Create/ and (errorCode = "x" or ispresent(eventSource))\n'
        "                                                            ~~~~~~~~~~~~~~~~~~~~~^"
    )


MESSAGES = {
    # What is not met of several alternatives: the one that comes nearest.
    'filter (eventName = "A" and a = "1") or eventName = "CreatVpc" or eventName like /^Del/': (
        '`eventName = "CreatVpc"` is not met: the event has eventName = "CreateVpc";'
        " nor are its 2 alternatives",
        'write "CreateVpc" for "CreatVpc"',
    ),
    "filter ispresent(requestParameters.vpcid)": (
        "`ispresent(requestParameters.vpcid)` is not met: the event has no requestParameters.vpcid",
        "did you mean `requestParameters.vpcId`?",
    ),
    'filter requestParameters.count = "5"': (
        '`requestParameters.count = "5"` is not met: the event has requestParameters.count = 5',
        "the event has no text here: write 5 without quotes",
    ),
    'filter not (eventName = "CreateVpc" and ispresent(eventSource))': (
        '`eventName != "CreateVpc"` is not met: the event has eventName = "CreateVpc";'
        " nor is its alternative",
        "",
    ),
    'filter requestParameters.items.0.port = 22 and eventName = "CreateVpc"': (
        "`requestParameters.items.0.port = 22` is not met:"
        " the event has requestParameters.items.0.port = null",
        "",
    ),
    'filter requestParameters.items = "x"': (
        '`requestParameters.items = "x"` is not met: the event has requestParameters.items, a list',
        "",
    ),
    'filter requestParameters = "x"': (
        '`requestParameters = "x"` is not met: the event has requestParameters, a map',
        "",
    ),
    "filter @message like /nothing/": (
        "`@message like /nothing/` is not met: the event has @message, the whole record",
        "",
    ),
    "filter eventName = eventSource": (
        "`eventName = eventSource` is not met:"
        ' the event has eventName = "CreateVpc", eventSource = "ec2.amazonaws.com"',
        "",
    ),
    'fields tolower(eventName) as name | filter name = "createVpc"': (
        '`tolower(eventName) = "createVpc"` is not met: the event has eventName = "CreateVpc"',
        "",
    ),
    "filter 1 = 2": ("`1 = 2` is not met: of any event", ""),
}


@pytest.mark.parametrize("text", MESSAGES)
def test_the_message_has_the_values_and_the_hint_what_was_meant(text: str) -> None:
    (fault,) = explain(parse_query(text), EVENT)
    assert (fault.message, fault.hint) == MESSAGES[text]


def test_what_an_attacker_writes_is_inert_and_short() -> None:
    assert "\u202e" not in _screen('filter userAgent = "x"')
    event = {"userAgent": "a" * 10_000}
    (fault,) = explain(parse_query('filter userAgent = "x"'), event)
    assert len(fault.message) < 200


def test_all_leaves_that_are_not_met_are_shown() -> None:
    faults = explain(
        parse_query('filter eventName = "A" and eventSource = "B" and userAgent like /aws/'), EVENT
    )
    assert [fault.column for fault in faults] == [8, 28]


def test_a_condition_on_a_column_that_parse_makes_is_not_explained() -> None:
    query = parse_query("parse userAgent /(?<tool>[a-z]+)/ | filter tool = 'aws'".replace("'", '"'))
    with pytest.raises(NotCompilable):
        explain(query, EVENT)
