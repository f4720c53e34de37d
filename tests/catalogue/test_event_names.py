"""Names of events and sources: slips are errors, what may be new is a warning, what AWS has is neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cis_insights.catalogue.event_names import is_known_event, is_known_source, nearest_event, nearest_source
from cis_insights.catalogue.event_rules import name_faults
from cis_insights.logs_insights.parser import parse_query
from dev import event_names
from dev.cross_check import CORPUS, read_records

RECORDED = sorted(Path("tests/events").rglob("match/*.json"))


def _faults(query: str) -> list[str]:
    return [str(fault) for fault in name_faults(parse_query(query))]


def test_a_misspelt_event_is_an_error_with_the_one_that_was_meant() -> None:
    assert _faults('filter eventName = "CreateKeyPiar"') == [
        "<query>:1:20: error: no known service has an event `CreateKeyPiar`\n"
        '    filter eventName = "CreateKeyPiar"\n'
        "                       ~~~~~~~~~~~~~~^\n"
        '    hint: did you mean "CreateKeyPair"? If it is new: eventName like /^CreateKeyPiar$/'
    ]


def test_an_event_like_no_other_is_a_warning() -> None:
    assert _faults('filter eventName = "DoSomethingNew"') == [
        "<query>:1:20: warning: no known service has an event `DoSomethingNew`\n"
        '    filter eventName = "DoSomethingNew"\n'
        "                       ~~~~~~~~~~~~~~~^\n"
        '    hint: look it up in an event of it: "eventName"'
    ]


def test_a_misspelt_source_is_an_error_and_one_like_no_other_a_warning() -> None:
    assert _faults('filter eventSource in ["ec2.amazonaw.com", "newthing.amazonaws.com"]') == [
        "<query>:1:24: error: no known service has the event source `ec2.amazonaw.com`\n"
        '    filter eventSource in ["ec2.amazonaw.com", "newthing.amazonaws.com"]\n'
        "                           ~~~~~~~~~~~~~~~~~^\n"
        '    hint: did you mean "ec2.amazonaws.com"?',
        "<query>:1:44: warning: no known service has the event source `newthing.amazonaws.com`\n"
        '    filter eventSource in ["ec2.amazonaw.com", "newthing.amazonaws.com"]\n'
        "                                               ~~~~~~~~~~~~~~~~~~~~~~~^\n"
        '    hint: look it up in an event of it: "eventSource"',
    ]


def test_an_event_of_another_service_is_a_warning_that_names_it() -> None:
    assert _faults('filter eventSource = "ec2.amazonaws.com" | filter eventName = "PutBucketPolicy"') == [
        "<query>:1:63: warning: `PutBucketPolicy` is not an event of ec2.amazonaws.com\n"
        '    filter eventSource = "ec2.amazonaws.com" | filter eventName = "PutBucketPolicy"\n'
        "                                                                  ~~~~~~~~~~~~~~~~^\n"
        "    hint: it is one of s3-control.amazonaws.com, s3.amazonaws.com, s3express.amazonaws.com"
    ]


SLIPS = {
    'eventName = "CreateVPC"': "CreateVpc",
    'eventName in ["runInstances"]': "RunInstances",
    'eventName = "StopLoging"': "StopLogging",
    'eventName != "CreateSubnets"': "CreateSubnet",
    'eventSource = "cloudtrail.amazonaws.com" and eventName = "CreateTrial"': "CreateTrail",
    'eventSource = "cloudtrial.amazonaws.com"': "cloudtrail.amazonaws.com",
    'eventSource = "ec2"': "ec2.amazonaws.com",
    'eventSource = "EC2.amazonaws.com"': "ec2.amazonaws.com",
    'eventSource = "s3.amazonaws.org"': "s3.amazonaws.com",
}


@pytest.mark.parametrize(("condition", "near"), SLIPS.items())
def test_a_slip_of_the_pen_is_an_error(condition: str, near: str) -> None:
    (fault,) = _faults(f"filter {condition}")
    assert ": error: " in fault
    assert f'did you mean "{near}"' in fault


FINE = [
    'eventName = "CreateVpc"',
    'eventSource = "monitoring.amazonaws.com" and eventName = "DeleteAlarms"',
    '(eventSource = "ec2.amazonaws.com" or eventSource = "iam.amazonaws.com") and eventName = "CreateUser"',
    'eventSource = "s3.amazonaws.com" and eventName in ["PutBucketLifecycle", "PutBucketPublicAccessBlock"]',
    'eventSource = "lambda.amazonaws.com" and eventName = "AddPermission20150331v2"',
    'eventSource = "signin.amazonaws.com" and eventName in ["ConsoleLogin", "SwitchRole", "CheckMfa"]',
    'eventSource = "kms.amazonaws.com" and eventName = "RotateKey"',
    'eventSource = "amazonmq.amazonaws.com" and eventName = "CreateBroker"',
    'eventSource = "console.amazonaws.com" and eventName = "CreateUser"',
    "eventName like /^Creat/ and eventName not like /Piar/",
    'requestParameters.eventName = "CreateKeyPiar"',
]


@pytest.mark.parametrize("condition", FINE)
def test_what_aws_has_and_what_is_no_whole_name_is_neither(condition: str) -> None:
    assert not _faults(f"filter {condition}")


def test_a_new_version_of_a_known_event_is_no_slip() -> None:
    assert nearest_event("CreateVpcEndpointV2") is None
    assert nearest_event("CreateVpcEndpoints") == "CreateVpcEndpoint"
    assert nearest_source("newthing.amazonaws.com") is None


@pytest.mark.parametrize("path", RECORDED, ids=str)
def test_every_recorded_event_is_known_by_its_name_and_source(path: Path) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    if "eventName" in event and "eventSource" in event:
        assert is_known_source(event["eventSource"])
        assert is_known_event(event["eventName"], [event["eventSource"]])


def test_every_event_of_the_recorded_collection_is_known() -> None:
    if not CORPUS.exists():
        pytest.skip("no recorded events at ../shared/corpus")
    events, broken = read_records([str(CORPUS)])
    names = {(str(event["eventName"]), str(event["eventSource"])) for event in events}
    assert (len(names) > 500, broken) == (True, [])
    assert not [
        pair for pair in names if not is_known_event(pair[0], [pair[1]]) or not is_known_source(pair[1])
    ]


def _names(line: str) -> set[str]:
    return set(line.replace(":", "").split())


def test_the_table_is_that_of_the_botocore_that_is_installed() -> None:
    """`make docs` writes it anew; a look at each of 440 models would take many seconds."""
    text = event_names.TABLE.read_text(encoding="utf-8").splitlines()
    assert text[0] == event_names.write_title()
    for line in event_names.list_lines(["cloudtrail", "config", "iam", "kms", "logs", "organizations"]):
        assert any(_names(line) <= _names(written) for written in text), line
    assert len(text) > 350
