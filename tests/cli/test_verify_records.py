"""What is on record is read with whatever rights there are: a call that is refused is a note, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.verify.record_reader import read_records
from cli.verify.stacks import Stacks

from ..support.evidence import ALARM, DECLARED
from ..support.set_ups import MAIL, NOW, REGION, sound, verified

CALLER = "arn:aws:sts::111122223333:assumed-role/Auditor/anna"
EVENT = {
    "EventTime": NOW,
    "CloudTrailEvent": f'{{"responseElements": {{"subscriptionArn": "{MAIL.arn}"}}}}',
}
FIRED = [
    {
        "Timestamp": NOW,
        "HistoryItemType": "StateUpdate",
        "HistoryData": '{"newState": {"stateValue": "ALARM"}}',
    }
]


def refuse(operation: str) -> Callable[..., Any]:
    def call(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": f"no {operation}"}}, operation)

    return call


class _Aws:
    """A session that answers what is read of records, each list on one page."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.answers = {
            "get_caller_identity": lambda **_: {"Arn": CALLER},
            "list_account_aliases": lambda **_: {"AccountAliases": ["acme-prod"]},
            "describe_alarm_history": lambda **_: {"AlarmHistoryItems": FIRED},
            "lookup_events": lambda **_: {"Events": [EVENT]},
            **answers,
        }

    def client(self, service: str, region_name: str | None = None, **_: Any) -> _Aws:
        self.asked.append((service, region_name))
        return self

    def __getattr__(self, name: str) -> Any:
        return self.answers[name]

    def get_paginator(self, name: str) -> _Pages:
        return _Pages(self.answers[name])


class _Pages:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def paginate(self, **given: Any) -> Any:
        return (self._call(**given) for _ in range(1))


def test_everything_is_read_where_the_alarms_and_topics_are() -> None:
    aws = _Aws()
    found = read_records(aws, verified(sound()), NOW)
    assert (found.caller, found.alias, found.notes) == (CALLER, "acme-prod", ())
    assert found.fired[ALARM].time == NOW
    assert len(found.fired) == 15
    assert (found.confirmed, found.looked_up) == ({MAIL.arn: NOW}, {REGION})
    assert {region for service, region in aws.asked if service in ("cloudwatch", "cloudtrail")} == {REGION}


@pytest.mark.parametrize(
    "operation", ["get_caller_identity", "list_account_aliases", "describe_alarm_history", "lookup_events"]
)
def test_a_call_that_is_refused_is_one_note_and_the_rest_is_read(operation: str) -> None:
    found = read_records(_Aws(**{operation: refuse(operation)}), verified(sound()), NOW)
    assert found.notes == (f"{operation} was refused: no {operation}",)
    assert bool(found.caller) == (operation != "get_caller_identity")
    assert bool(found.alias) == (operation != "list_account_aliases")
    assert bool(found.fired) == (operation != "describe_alarm_history")
    assert bool(found.looked_up) == (operation != "lookup_events")


def test_an_endpoint_that_is_not_reached_is_a_note() -> None:
    def call(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/")

    found = read_records(_Aws(list_account_aliases=call), verified(sound()), NOW)
    (note,) = found.notes
    assert 'Could not connect to the endpoint URL: "https://iam.amazonaws.com/"' in note


METADATA = {
    "cis-insights:exclusions": [
        {"condition": DECLARED.condition, "why": DECLARED.why, "owner": "SecOps", "until": "2027-03-31"}
    ]
}


def test_the_exclusions_of_an_alarm_are_in_the_template_of_its_stack_which_is_read_once() -> None:
    kind = {"ResourceType": "AWS::CloudWatch::Alarm", "PhysicalResourceId": "vpc", "LogicalResourceId": "Vpc"}
    read: list[str] = []

    def get_template(StackName: str, **_: Any) -> Any:  # noqa: N803  # the name of the parameter
        read.append(StackName)
        return {"TemplateBody": {"Resources": {"Vpc": {"Metadata": METADATA}, "Other": {}}}}

    other = {**kind, "PhysicalResourceId": "other", "LogicalResourceId": "Other"}
    aws = _Aws(
        describe_stack_resources=lambda **_: {"StackResources": [{"StackName": "Cis"}]},
        list_stack_resources=lambda **_: {"StackResourceSummaries": [kind, other]},
        get_template=get_template,
    )
    place = sound().place
    assert place
    stacks = Stacks(aws, place)
    assert stacks.owner("vpc") == "Cis"
    assert stacks.find_exclusions("vpc") == (DECLARED,)
    assert stacks.find_exclusions("other") == stacks.find_exclusions("elsewhere") == ()
    assert read == ["Cis"]
