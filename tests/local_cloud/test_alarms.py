"""Alarms change their state and notify, as on CloudWatch."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.monitored import PERIOD, Monitored, allow

CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def test_a_matching_event_raises_the_alarm_and_the_message_arrives(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "matching")
    monitored.send({"eventName": "CreateTrail"})
    assert monitored.state == "ALARM"
    [envelope] = monitored.receive()
    assert envelope["Subject"] == 'ALARM: "matching" in US East (N. Virginia)'
    message = json.loads(envelope["Message"])
    for time_ in ("StateChangeTime", "AlarmConfigurationUpdatedTimestamp"):
        assert time.strptime(message.pop(time_)[:19], "%Y-%m-%dT%H:%M:%S")
    reason = message.pop("NewStateReason")
    assert reason.startswith("Threshold Crossed: 1 out of the last 1 datapoints [1.0 (")
    assert reason.endswith(
        " was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert message == {
        "AlarmName": "matching",
        "AlarmDescription": "what happened",
        "AWSAccountId": cloud.account,
        "NewStateValue": "ALARM",
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{cloud.account}:alarm:matching",
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": [monitored.topic],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "matching",
            "Namespace": "Test",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [],
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1.0,
            "TreatMissingData": "notBreaching",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_other_events_raise_nothing(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "other", defaultValue=0)
    monitored.send({"eventName": "LookupEvents"}, {"eventName": "createtrail"}, "CreateTrail", "[]")
    assert monitored.state == "OK"
    assert monitored.receive() == []


def test_it_returns_to_ok_once_the_period_has_passed(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "passing")
    monitored.put_alarm(OKActions=[monitored.topic])
    monitored.send({"eventName": "CreateTrail"})
    cloud.evaluate_alarms(time.time() + PERIOD - 5)
    assert monitored.state == "ALARM"
    cloud.evaluate_alarms(time.time() + PERIOD + 5)
    assert monitored.described["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period "
        "and 1 missing datapoint was treated as [NonBreaching]."
    )
    states = [json.loads(envelope["Message"])["NewStateValue"] for envelope in monitored.receive()]
    assert states == ["ALARM", "OK"]


def test_it_says_so_once_while_it_lasts(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "lasting")
    monitored.send({"eventName": "CreateTrail"})
    monitored.send({"eventName": "DeleteTrail"})
    assert len(monitored.receive()) == 1


@pytest.mark.parametrize(("events", "state"), [(2, "OK"), (3, "ALARM")])
def test_events_add_up_to_the_threshold(cloud: LocalCloud, events: int, state: str) -> None:
    monitored = Monitored(cloud, f"threshold-{events}")
    monitored.put_alarm(Threshold=3)
    for _ in range(events):
        monitored.send({"eventName": "CreateTrail"})
    assert monitored.state == state


def test_an_event_before_the_period_is_not_counted(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "late")
    monitored.send({"eventName": "CreateTrail"}, ago=PERIOD + 60)
    assert monitored.state == "OK"


@pytest.mark.parametrize(
    ("treatment", "state"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
        ("ignore", "INSUFFICIENT_DATA"),
    ],
)
def test_silence_is_what_the_alarm_takes_it_for(cloud: LocalCloud, treatment: str, state: str) -> None:
    monitored = Monitored(cloud, f"silence-{treatment}")
    monitored.cloudwatch.delete_alarms(AlarmNames=[monitored.name])
    monitored.put_alarm(TreatMissingData=treatment)
    assert monitored.state == state


def test_m_out_of_n_periods_are_enough(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "m-of-n")
    monitored.put_alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    monitored.send({"eventName": "CreateTrail"}, ago=2 * PERIOD + 30)
    assert monitored.state == "OK"
    monitored.send({"eventName": "CreateTrail"})
    assert monitored.state == "ALARM"


def test_without_actions_enabled_nobody_is_told(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "muted")
    monitored.put_alarm(ActionsEnabled=False)
    monitored.send({"eventName": "CreateTrail"})
    assert monitored.state == "ALARM"
    assert monitored.receive() == []


@pytest.mark.parametrize(("name", "arrive"), [("source-*", 1), ("audit-*", 0)])
def test_a_topic_takes_the_alarms_that_its_policy_names(cloud: LocalCloud, name: str, arrive: int) -> None:
    monitored = Monitored(cloud, f"source-{arrive}")
    source = f"arn:aws:cloudwatch:us-east-1:{cloud.account}:alarm:{name}"
    policy = allow(CLOUDWATCH, "sns:Publish", ArnLike={"aws:SourceArn": source})
    monitored.sns.set_topic_attributes(
        TopicArn=monitored.topic, AttributeName="Policy", AttributeValue=policy
    )
    monitored.send({"eventName": "CreateTrail"})
    assert monitored.state == "ALARM"
    assert len(monitored.receive()) == arrive
    [action] = monitored.read_actions()
    alarm = f"arn:aws:cloudwatch:us-east-1:{cloud.account}:alarm:{monitored.name}"
    refused = f"Resource: {alarm} is not authorized to perform: SNS:Publish on resource: {monitored.topic}"
    assert action == (
        f"Successfully executed action {monitored.topic}"
        if arrive
        else f'Failed to execute action {monitored.topic}. Received error: "{refused}"'
    )


@pytest.mark.parametrize(
    ("service", "actions", "arrive"),
    [
        ("cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey*"], 1),
        ("cloudwatch", ["kms:GenerateDataKey*"], 0),
        ("cloudwatch", ["kms:Decrypt"], 0),
        ("events", ["kms:Decrypt", "kms:GenerateDataKey*"], 0),
    ],
)
def test_a_topic_with_a_key_needs_one_that_cloudwatch_may_use(
    cloud: LocalCloud, service: str, actions: list[str], arrive: int
) -> None:
    monitored = Monitored(cloud, f"key-for-{service}-{len(actions)}-{actions[0][4:7]}")
    policy = allow({"Service": f"{service}.amazonaws.com"}, *actions)
    key = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    monitored.sns.set_topic_attributes(
        TopicArn=monitored.topic, AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    monitored.send({"eventName": "CreateTrail"})
    assert len(monitored.receive()) == arrive
    assert (
        "does not have authorization to access the SNS topic encryption key" in monitored.read_actions()[0]
    ) is (not arrive)


@pytest.mark.parametrize(
    ("principal", "topic", "arrive"),
    [
        ({"Service": "sns.amazonaws.com"}, "own", 1),
        ({"Service": "sns.amazonaws.com"}, "other", 0),
        ({"Service": "events.amazonaws.com"}, "own", 0),
        ({"AWS": "arn:aws:iam::111122223333:root"}, "own", 0),
    ],
)
def test_a_queue_takes_what_its_policy_lets_sns_send(
    cloud: LocalCloud, principal: Any, topic: str, arrive: int
) -> None:
    monitored = Monitored(cloud, f"queue-{next(iter(principal.values()))[:3]}-{topic}-{arrive}")
    source = monitored.topic if topic == "own" else f"{monitored.topic}2"
    monitored.open_queue(principal, source)
    monitored.send({"eventName": "CreateTrail"})
    assert len(monitored.receive()) == arrive


@pytest.mark.parametrize(("service", "arrive"), [("sns", 1), ("cloudwatch", 0)])
def test_an_encrypted_queue_needs_a_key_that_sns_may_use(
    cloud: LocalCloud, service: str, arrive: int
) -> None:
    monitored = Monitored(cloud, f"queue-key-{service}")
    policy = allow({"Service": f"{service}.amazonaws.com"}, "kms:Decrypt", "kms:GenerateDataKey")
    key = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    monitored.sqs.set_queue_attributes(QueueUrl=monitored.queue, Attributes={"KmsMasterKeyId": key})
    monitored.send({"eventName": "CreateTrail"})
    assert len(monitored.receive()) == arrive
