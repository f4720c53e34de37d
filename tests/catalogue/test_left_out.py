"""What an exclusion leaves out of a control is said in words, and only as far as it is proven."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cis_insights import Control, QueryError, load_catalogue, parse_query
from cis_insights.catalogue import LeftOut
from cis_insights.catalogue.left_out import MAX_EVENTS

CATALOGUE = load_catalogue()
FAILED = "ispresent(errorCode)"
PIPELINE = r"userIdentity.arn like /^arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role\/ci-/"


@pytest.mark.parametrize(
    ("control", "condition", "text"),
    [
        ("vpc-changes", 'eventName = "CreateVpc"', "every CreateVpc"),
        ("vpc-changes", 'eventName in ["DeleteVpc", "CreateVpc"]', "every CreateVpc, DeleteVpc"),
        ("iam-policy-changes", "eventName like /^Create/", "every CreatePolicy, CreatePolicyVersion"),
        # The control names the source: asking for it changes nothing.
        (
            "iam-policy-changes",
            'eventSource = "iam.amazonaws.com" and eventName = "CreatePolicy"',
            "every CreatePolicy",
        ),
        (
            "vpc-changes",
            'eventName = "CreateVpc" and userAgent = "x"',
            'of CreateVpc, calls where (eventName = "CreateVpc") and (userAgent = "x")',
        ),
        (
            "vpc-changes",
            f'eventName = "CreateVpc" or eventName = "DeleteVpc" and {FAILED}',
            "every CreateVpc; of DeleteVpc, calls where "
            '(eventName = "CreateVpc") or ((eventName = "DeleteVpc") and ispresent(errorCode))',
        ),
        ("vpc-changes", FAILED, f"of all 11 events, calls where {FAILED}"),
        ("vpc-changes", f'eventName != "CreateVpc" and ispresent(eventName) and {FAILED}', None),
        ("unauthorized-api-calls", PIPELINE, f"calls where {PIPELINE}"),
    ],
)
def test_events_are_left_out_wholly_or_where_the_condition_holds(
    control: str, condition: str, text: str | None
) -> None:
    found = CATALOGUE[control].find_left_out(condition)
    if text is None:
        assert found.untouched == ("CreateVpc",)
        assert str(found).startswith("of 10 events, calls where ")
    else:
        assert str(found) == text


@pytest.mark.parametrize(
    "condition", ['eventName = "CreateVpc"', FAILED, f'eventName = "CreateVpc" and {FAILED}']
)
def test_what_is_said_is_so_of_events(condition: str) -> None:
    control = CATALOGUE["vpc-changes"]
    narrowed, said = control.excluding((condition,)), control.find_left_out(condition)
    for name in (*said.wholly, *said.partly, *said.untouched):
        counted = {
            narrowed.query.matches({"eventName": name, **more})
            for more in ({}, {"errorCode": "AccessDenied"})
        }
        expected = {False} if name in said.wholly else {True} if name in said.untouched else {False, True}
        assert counted == expected, name


def test_a_condition_with_faults_is_refused() -> None:
    with pytest.raises(QueryError, match="no CloudTrail record"):
        CATALOGUE["vpc-changes"].find_left_out('userAgnet = "x"')


def test_of_very_many_events_the_last_are_only_said_to_be_left_out_where_the_condition_holds() -> None:
    names = [f"Made{number}" for number in range(MAX_EVENTS + 2)]
    listed = ", ".join(f'"{name}"' for name in names)
    found = _control(f"filter eventName in [{listed}]").find_left_out("eventName like /^Made/")
    assert found.partly == tuple(names[MAX_EVENTS:])
    assert len(found.wholly) == MAX_EVENTS


def test_one_event_of_a_filter_on_a_column_is_not_guessed() -> None:
    found = _control('parse userAgent "*/*" as a, b | filter a = "aws-cli"').find_left_out(FAILED)
    assert found == LeftOut((), (), (), FAILED)


def _control(text: str) -> Control:
    return replace(CATALOGUE["vpc-changes"], query=parse_query(text), patterns=())
