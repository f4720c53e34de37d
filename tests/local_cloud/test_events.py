"""Rules of EventBridge: what they match, and whom they reach."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.machines import make_machine, make_role
from ..support.monitored import allow
from ..support.rules import EVENTS, Rule
from ..support.trails import Trail

EVENT = {"Source": "mine", "DetailType": "Change", "Detail": json.dumps({"name": "cis-1", "count": 2})}


def put(cloud: LocalCloud, **entry: Any) -> None:
    cloud.client("events").put_events(Entries=[{**EVENT, **entry}])


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["mine"]}, True),
        ({"source": ["other"]}, False),
        ({"detail": {"name": [{"prefix": "cis-"}]}}, True),
        ({"detail": {"name": [{"prefix": "sic-"}]}}, False),
        ({"detail": {"name": [{"anything-but": {"prefix": "cis-"}}]}}, False),
        ({"detail": {"name": [{"anything-but": ["cis-2"]}]}}, True),
        ({"detail": {"other": [{"exists": False}]}}, True),
        ({"detail": {"name": [{"exists": False}]}}, False),
        ({"detail": {"count": [{"numeric": [">", 1]}]}}, True),
        ({"detail-type": ["Change", "Removal"], "detail": {"name": ["cis-1", "cis-3"]}}, True),
    ],
)
def test_a_pattern_matches_as_documented(cloud: LocalCloud, pattern: dict[str, Any], matches: bool) -> None:
    found = cloud.client("events").test_event_pattern(
        EventPattern=json.dumps(pattern),
        Event=json.dumps(
            {
                "id": "a",
                "source": "mine",
                "detail-type": "Change",
                "account": cloud.account,
                "time": "2026-11-25T00:00:00Z",
                "region": "us-east-1",
                "resources": [],
                "detail": {"name": "cis-1", "count": 2},
            }
        ),
    )
    assert found["Result"] is matches


def test_an_event_reaches_the_queue_of_its_rule(cloud: LocalCloud) -> None:
    rule = Rule(cloud, "whole", {"source": ["mine"], "detail": {"name": [{"prefix": "cis-"}]}})
    put(cloud)
    put(cloud, Detail=json.dumps({"name": "other"}))
    [event] = rule.receive()
    assert (event["source"], event["detail"]) == ("mine", {"name": "cis-1", "count": 2})
    rule.events.disable_rule(Name="whole")
    put(cloud)
    assert rule.receive() == []


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("part", {"InputPath": "$.detail.name"}, "cis-1"),
        ("fixed", {"Input": '{"a": 1}'}, {"a": 1}),
        (
            "text",
            {"InputTransformer": {"InputPathsMap": {"n": "$.detail.name"}, "InputTemplate": '"it was <n>"'}},
            "it was cis-1",
        ),
        (
            "json",
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.name", "c": "$.detail.count"},
                    "InputTemplate": '{"name": <n>, "count": <c>}',
                }
            },
            {"name": "cis-1", "count": 2},
        ),
    ],
)
def test_a_target_gets_the_input_that_it_asks_for(
    cloud: LocalCloud, name: str, target: dict[str, Any], expected: object
) -> None:
    rule = Rule(cloud, name, {"source": ["mine"]}, **target)
    put(cloud)
    assert rule.receive() == [expected]


@pytest.mark.parametrize(
    ("name", "topic", "key", "arrive"),
    [
        ("open", EVENTS, None, 1),
        ("closed", {"Service": "cloudwatch.amazonaws.com"}, None, 0),
        ("key", EVENTS, EVENTS, 1),
        ("no-key", EVENTS, {"Service": "cloudwatch.amazonaws.com"}, 0),
    ],
)
def test_a_topic_takes_events_if_its_policy_and_its_key_allow_them(
    cloud: LocalCloud, name: str, topic: dict[str, str], key: dict[str, str] | None, arrive: int
) -> None:
    """The subscribed queue stands for a mail; a failed delivery goes to the target's dead-letter queue."""
    sns, sqs, name = cloud.client("sns"), cloud.client("sqs"), f"topic-{name}"
    arn = sns.create_topic(Name=name, Attributes={"Policy": allow(topic, "sns:Publish")})["TopicArn"]
    if key:
        policy = allow(key, "kms:Decrypt", "kms:GenerateDataKey*")
        made = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=made)
    policy = allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    mails = sqs.create_queue(QueueName=f"{name}-mails", Attributes={"Policy": policy})["QueueUrl"]
    subscribed = f"arn:aws:sqs:us-east-1:{cloud.account}:{name}-mails"
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=subscribed)
    rule = Rule(cloud, name, {"source": ["mine"]})
    rule.events.remove_targets(Rule=name, Ids=["queue"])
    rule.add(Id="topic", Arn=arn, DeadLetterConfig={"Arn": rule.queue})
    put(cloud)
    assert len(sqs.receive_message(QueueUrl=mails).get("Messages", [])) == arrive
    assert len(rule.receive()) == rule.count_failures() == 1 - arrive


@pytest.mark.parametrize(
    ("name", "service", "actions", "started"),
    [
        ("right", "events", ["states:StartExecution"], 1),
        ("without-trust", "states", ["states:StartExecution"], 0),
        ("without-policy", "events", ["states:StopExecution"], 0),
    ],
)
def test_a_state_machine_starts_by_the_role_of_its_target(
    cloud: LocalCloud, name: str, service: str, actions: list[str], started: int
) -> None:
    name = f"machine-{name}"
    machine = make_machine(
        cloud, name, {"Done": {"Type": "Succeed"}}, make_role(cloud, f"{name}-own", "states")
    )
    rule = Rule(cloud, name, {"source": ["mine"]})
    rule.add(Id="machine", Arn=machine, RoleArn=make_role(cloud, f"{name}-rule", service, *actions))
    put(cloud)
    client = cloud.client("stepfunctions")
    executions = client.list_executions(stateMachineArn=machine)["executions"]
    assert len(executions) == started
    assert rule.count_failures() == 1 - started
    for execution in executions:
        given = client.describe_execution(executionArn=execution["executionArn"])["input"]
        assert json.loads(given) == rule.receive()[0]


def test_nobody_sends_events_of_aws(cloud: LocalCloud) -> None:
    rule = Rule(cloud, "forged", {"source": ["aws.cloudwatch"]})
    entry = {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Detail": "{}"}
    reply = cloud.client("events").put_events(Entries=[entry])
    assert reply["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert rule.receive() == []


def test_a_recorded_call_is_an_event_while_a_trail_logs(cloud: LocalCloud) -> None:
    rule = Rule(
        cloud,
        "calls",
        {
            "source": ["aws.monitoring"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {"eventName": ["DeleteAlarms"]},
        },
    )
    alarms = cloud.client("cloudwatch")
    alarms.delete_alarms(AlarmNames=["none"])
    assert rule.receive() == []
    trail = Trail(cloud, "events")
    alarms.delete_alarms(AlarmNames=["none"])
    [event] = rule.receive()
    assert event["detail"] == trail.record("DeleteAlarms")
    trail.cloudtrail.stop_logging(Name="events")
    alarms.delete_alarms(AlarmNames=["none"])
    assert rule.receive() == []


def test_reads_are_events_for_rules_of_all_management_events(cloud: LocalCloud) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html"""
    rule = Rule(cloud, "reads", {"source": ["aws.kms"], "detail": {"eventName": ["ListKeys"]}})
    trail = Trail(cloud, "read-events")
    cloud.client("kms").list_keys()
    assert rule.receive() == []
    rule.events.put_rule(
        Name="reads",
        EventPattern='{"source": ["aws.kms"]}',
        State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    )
    cloud.client("kms").list_keys()
    assert [event["detail"]["eventName"] for event in rule.receive()] == ["ListKeys"]
    trail.cloudtrail.stop_logging(Name="read-events")
