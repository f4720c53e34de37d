"""A name that a query gives twice is refused, with both places."""

from __future__ import annotations

import pytest

from cis_insights.catalogue.lint import query_faults
from cis_insights.logs_insights.parser import parse_query


def _redefined(query: str) -> list[str]:
    return [str(fault) for fault in query_faults(parse_query(query)) if "is defined twice" in fault.message]


def test_both_places_are_named() -> None:
    query = 'fields awsRegion, errorCode\n| fields coalesce(errorMessage, "-") as errorCode'
    assert _redefined(query) == [
        "<query>:2:41: error: `errorCode` is defined twice, first at 1:19: AWS refuses the query\n"
        '    | fields coalesce(errorMessage, "-") as errorCode\n'
        "                                            ~~~~~~~~^\n"
        "    hint: give it a name of its own, such as errorCode_2"
    ]


TWICE = {
    'fields awsRegion, errorCode | fields if(ispresent(errorCode), errorCode, "none") as errorCode': "1:19",
    'fields coalesce(errorCode, "-") as errorCode': "1:17",
    "fields eventName as a, awsRegion as a": "1:21",
    "fields errorCode, eventName as errorCode": "1:8",
    "fields eventName as a | display awsRegion as a": "1:21",
    'parse userAgent "* *" as a, a': "1:1",
    "parse userAgent /(?<a>x)/ | fields eventName as a": "1:1",
    "parse userAgent /(?<a>x)/ | parse userAgent /(?<a>y)/": "1:1",
    "parse errorCode /(?<errorCode>x)/": "1:7",
    "fields a | parse userAgent /(?<a>x)/": "1:8",
    "stats count(*) as n, max(eventTime) as n": "1:19",
    "stats count(*) as eventName by eventName": "1:32",
    "stats count(*) as n by eventName | fields n * 2 as n": "1:19",
}


@pytest.mark.parametrize(("query", "first"), TWICE.items())
def test_a_name_that_is_given_twice_is_refused(query: str, first: str) -> None:
    (fault,) = _redefined(query)
    assert f"first at {first}" in fault


ONCE = [
    "fields errorCode | fields errorCode, eventName | display errorCode",
    "fields eventName as a, awsRegion as b | display a, b",
    "fields userIdentity.userName as userName | stats count(*) by userName",
    'filter errorCode = "x" | fields userIdentity.arn as arn | stats max(eventTime) as eventTime by arn',
    "fields eventName as n | stats count(*) as n",
    "parse userAgent /(?<a>x)/ | fields a, coalesce(a, eventName) as b",
    "stats count(*) as n by eventName | stats max(n) as most",
]


@pytest.mark.parametrize("query", ONCE)
def test_a_name_that_is_used_again_is_fine(query: str) -> None:
    assert not _redefined(query)
