"""The local cloud as its users see it: through boto3."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

PERIOD = 300
PATTERN = '{ ($.eventName = "CreateTrail") || ($.eventName = "DeleteTrail") }'


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=f"\\({code}\\)")


def allowing(principal: Any, *actions: str, **conditions: Any) -> str:
    """A policy that allows a principal some actions on everything."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": [*actions], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": conditions}]})


class Monitored:
    """A log group whose metric filter raises an alarm, which tells a queue."""

    def __init__(self, cloud: LocalCloud, name: str, pattern: str = PATTERN, **transformation: Any) -> None:
        self.cloud, self.name = cloud, name
        self.logs, self.cloudwatch = cloud.client("logs"), cloud.client("cloudwatch")
        self.sns, self.sqs = cloud.client("sns"), cloud.client("sqs")
        self.topic = self.sns.create_topic(Name=name)["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{cloud.account}:{name}"
        self.open_queue({"Service": "sns.amazonaws.com"}, self.topic)
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self.logs.create_log_group(logGroupName=name)
        self.logs.create_log_stream(logGroupName=name, logStreamName="stream")
        self.filter(pattern, **transformation)
        self.alarm()

    def open_queue(self, principal: Any, source: str) -> None:
        """Lets some service send to the queue, on behalf of one topic."""
        policy = allowing(principal, "sqs:SendMessage", ArnEquals={"aws:SourceArn": source})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})

    def actions(self) -> list[str]:
        """What became of the actions, the newest first."""
        items = self.cloudwatch.describe_alarm_history(AlarmName=self.name, HistoryItemType="Action")
        return [item["HistorySummary"] for item in items["AlarmHistoryItems"]]

    def filter(self, pattern: str, name: str = "filter", **transformation: Any) -> None:
        metric = {"metricName": self.name, "metricNamespace": "Test", "metricValue": "1", **transformation}
        self.logs.put_metric_filter(
            logGroupName=self.name, filterName=name, filterPattern=pattern, metricTransformations=[metric]
        )

    def alarm(self, **properties: Any) -> None:
        alarm = {
            "AlarmName": self.name,
            "AlarmDescription": "what happened",
            "Namespace": "Test",
            "MetricName": self.name,
            "Statistic": "Sum",
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [self.topic],
        }
        self.cloudwatch.put_metric_alarm(**(alarm | properties))

    def send(self, *events: Any, ago: float = 0) -> None:
        now = int((time.time() - ago) * 1000)
        messages = [event if isinstance(event, str) else json.dumps(event) for event in events]
        self.logs.put_log_events(
            logGroupName=self.name,
            logStreamName="stream",
            logEvents=[{"timestamp": now, "message": message} for message in messages],
        )

    @property
    def described(self) -> dict[str, Any]:
        alarms: list[dict[str, Any]] = self.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return alarms[0]

    @property
    def state(self) -> str:
        return str(self.described["StateValue"])

    def notifications(self) -> list[dict[str, Any]]:
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in received]

    def datapoints(self, ago: float = 0) -> list[dict[str, Any]]:
        now = time.time() - ago
        found: list[dict[str, Any]] = self.cloudwatch.get_metric_statistics(
            Namespace="Test",
            MetricName=self.name,
            StartTime=now - 120,
            EndTime=now + 60,
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        return found


class TestAlarms:
    def test_a_matching_event_raises_the_alarm_and_the_message_arrives(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "matching")
        monitored.send({"eventName": "CreateTrail"})
        assert monitored.state == "ALARM"
        [envelope] = monitored.notifications()
        assert envelope["Subject"] == 'ALARM: "matching" in US East (N. Virginia)'
        message = json.loads(envelope["Message"])
        for time_ in ("StateChangeTime", "AlarmConfigurationUpdatedTimestamp"):
            assert time.strptime(message.pop(time_)[:19], "%Y-%m-%dT%H:%M:%S")
        reason = message.pop("NewStateReason")
        assert reason.startswith("Threshold Crossed: 1 out of the last 1 datapoints [1.0 (")
        assert reason.endswith(
            " was greater than or equal to the threshold (1.0) "
            "(minimum 1 datapoint for OK -> ALARM transition)."
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

    def test_other_events_raise_nothing(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "other", defaultValue=0)
        monitored.send({"eventName": "LookupEvents"}, {"eventName": "createtrail"}, "CreateTrail", "[]")
        assert monitored.state == "OK"
        assert monitored.notifications() == []

    def test_it_returns_to_ok_once_the_period_has_passed(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "passing")
        monitored.alarm(OKActions=[monitored.topic])
        monitored.send({"eventName": "CreateTrail"})
        cloud.evaluate_alarms(time.time() + PERIOD - 5)
        assert monitored.state == "ALARM"
        cloud.evaluate_alarms(time.time() + PERIOD + 5)
        assert monitored.described["StateReason"] == (
            "Threshold Crossed: no datapoints were received for 1 period "
            "and 1 missing datapoint was treated as [NonBreaching]."
        )
        states = [json.loads(envelope["Message"])["NewStateValue"] for envelope in monitored.notifications()]
        assert states == ["ALARM", "OK"]

    def test_it_says_so_once_while_it_lasts(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "lasting")
        monitored.send({"eventName": "CreateTrail"})
        monitored.send({"eventName": "DeleteTrail"})
        assert len(monitored.notifications()) == 1

    @pytest.mark.parametrize(("events", "state"), [(2, "OK"), (3, "ALARM")])
    def test_events_add_up_to_the_threshold(self, cloud: LocalCloud, events: int, state: str) -> None:
        monitored = Monitored(cloud, f"threshold-{events}")
        monitored.alarm(Threshold=3)
        for _ in range(events):
            monitored.send({"eventName": "CreateTrail"})
        assert monitored.state == state

    def test_an_event_before_the_period_is_not_counted(self, cloud: LocalCloud) -> None:
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
    def test_silence_is_what_the_alarm_takes_it_for(
        self, cloud: LocalCloud, treatment: str, state: str
    ) -> None:
        monitored = Monitored(cloud, f"silence-{treatment}")
        monitored.cloudwatch.delete_alarms(AlarmNames=[monitored.name])
        monitored.alarm(TreatMissingData=treatment)
        assert monitored.state == state

    def test_m_out_of_n_periods_are_enough(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "m-of-n")
        monitored.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
        monitored.send({"eventName": "CreateTrail"}, ago=2 * PERIOD + 30)
        assert monitored.state == "OK"
        monitored.send({"eventName": "CreateTrail"})
        assert monitored.state == "ALARM"

    def test_without_actions_enabled_nobody_is_told(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "muted")
        monitored.alarm(ActionsEnabled=False)
        monitored.send({"eventName": "CreateTrail"})
        assert monitored.state == "ALARM"
        assert monitored.notifications() == []

    @pytest.mark.parametrize(("name", "arrive"), [("source-*", 1), ("audit-*", 0)])
    def test_a_topic_takes_the_alarms_that_its_policy_names(
        self, cloud: LocalCloud, name: str, arrive: int
    ) -> None:
        monitored = Monitored(cloud, f"source-{arrive}")
        source = f"arn:aws:cloudwatch:us-east-1:{cloud.account}:alarm:{name}"
        policy = allowing(CLOUDWATCH, "sns:Publish", ArnLike={"aws:SourceArn": source})
        monitored.sns.set_topic_attributes(
            TopicArn=monitored.topic, AttributeName="Policy", AttributeValue=policy
        )
        monitored.send({"eventName": "CreateTrail"})
        assert monitored.state == "ALARM"
        assert len(monitored.notifications()) == arrive
        [action] = monitored.actions()
        alarm = f"arn:aws:cloudwatch:us-east-1:{cloud.account}:alarm:{monitored.name}"
        refused = (
            f"Resource: {alarm} is not authorized to perform: SNS:Publish on resource: {monitored.topic}"
        )
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
        self, cloud: LocalCloud, service: str, actions: list[str], arrive: int
    ) -> None:
        monitored = Monitored(cloud, f"key-for-{service}-{len(actions)}-{actions[0][4:7]}")
        policy = allowing({"Service": f"{service}.amazonaws.com"}, *actions)
        key = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        monitored.sns.set_topic_attributes(
            TopicArn=monitored.topic, AttributeName="KmsMasterKeyId", AttributeValue=key
        )
        monitored.send({"eventName": "CreateTrail"})
        assert len(monitored.notifications()) == arrive
        assert (
            "does not have authorization to access the SNS topic encryption key" in monitored.actions()[0]
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
        self, cloud: LocalCloud, principal: Any, topic: str, arrive: int
    ) -> None:
        monitored = Monitored(cloud, f"queue-{next(iter(principal.values()))[:3]}-{topic}-{arrive}")
        source = monitored.topic if topic == "own" else f"{monitored.topic}2"
        monitored.open_queue(principal, source)
        monitored.send({"eventName": "CreateTrail"})
        assert len(monitored.notifications()) == arrive

    @pytest.mark.parametrize(("service", "arrive"), [("sns", 1), ("cloudwatch", 0)])
    def test_an_encrypted_queue_needs_a_key_that_sns_may_use(
        self, cloud: LocalCloud, service: str, arrive: int
    ) -> None:
        monitored = Monitored(cloud, f"queue-key-{service}")
        policy = allowing({"Service": f"{service}.amazonaws.com"}, "kms:Decrypt", "kms:GenerateDataKey")
        key = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
        monitored.sqs.set_queue_attributes(QueueUrl=monitored.queue, Attributes={"KmsMasterKeyId": key})
        monitored.send({"eventName": "CreateTrail"})
        assert len(monitored.notifications()) == arrive


class TestMetricFilters:
    def test_the_default_is_reported_where_nothing_matches(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "default", defaultValue=0)
        monitored.send({"eventName": "LookupEvents"})
        assert [point["Sum"] for point in monitored.datapoints()] == [0.0]

    def test_without_a_default_nothing_is_reported(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "no-default")
        monitored.send({"eventName": "LookupEvents"})
        assert monitored.datapoints() == []

    def test_the_value_may_come_from_the_event(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "value", metricValue="$.size")
        monitored.send(
            {"eventName": "CreateTrail", "size": 2},
            {"eventName": "CreateTrail", "size": 3},
            {"eventName": "CreateTrail", "size": "large"},
            {"eventName": "CreateTrail"},
        )
        assert sum(point["Sum"] for point in monitored.datapoints()) == 5.0

    def test_two_filters_add_to_one_metric(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "two")
        monitored.filter('{ $.eventName = "StopLogging" }', name="second")
        monitored.send({"eventName": "CreateTrail"}, {"eventName": "StopLogging"})
        assert sum(point["Sum"] for point in monitored.datapoints()) == 2.0

    def test_events_before_the_filter_are_not_counted(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "retroactive", pattern='{ $.eventName = "Other" }')
        monitored.send({"eventName": "CreateTrail"})
        monitored.filter(PATTERN)
        assert monitored.datapoints() == []

    def test_a_wrong_pattern_is_refused(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "wrong")
        with refused("InvalidParameterException"):
            monitored.filter("{ $.eventName == CreateTrail }", name="other")
        described = monitored.logs.describe_metric_filters(logGroupName="wrong")["metricFilters"]
        assert [item["filterName"] for item in described] == ["filter"]

    def test_a_hundred_filters_are_the_most(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "many")
        for number in range(99):
            monitored.filter(PATTERN, name=str(number))
        monitored.filter(PATTERN, name="98")  # a replacement is no further filter
        with refused("LimitExceededException"):
            monitored.filter(PATTERN, name="99")

    def test_five_filters_with_a_regex_are_the_most(self, cloud: LocalCloud) -> None:
        monitored = Monitored(cloud, "regexes")
        for number in range(5):
            monitored.filter("{ $.eventName = %Trail$% }", name=str(number))
        with refused("LimitExceededException"):
            monitored.filter("{ $.eventName = %Trail$% }", name="5")

    def test_an_unknown_log_group_is_an_error(self, cloud: LocalCloud) -> None:
        with refused("ResourceNotFoundException"):
            cloud.client("logs").put_log_events(
                logGroupName="none",
                logStreamName="stream",
                logEvents=[{"timestamp": 0, "message": "{}"}],
            )

    def test_messages_are_tested_against_a_pattern(self, cloud: LocalCloud) -> None:
        messages = [json.dumps({"eventName": name}) for name in ("LookupEvents", "DeleteTrail")]
        found = cloud.client("logs").test_metric_filter(filterPattern=PATTERN, logEventMessages=messages)
        assert found["matches"] == [
            {
                "eventNumber": 2,
                "eventMessage": '{"eventName": "DeleteTrail"}',
                "extractedValues": {"$.eventName": "DeleteTrail"},
            }
        ]

    def test_a_wrong_pattern_is_refused_with_the_fault_underlined(self, cloud: LocalCloud) -> None:
        with pytest.raises(ClientError) as error:
            cloud.client("logs").test_metric_filter(filterPattern="{ $.a EXISTS }", logEventMessages=["{}"])
        assert error.value.response["Error"]["Code"] == "InvalidParameterException"
        assert "{ $.a EXISTS }\n" in error.value.response["Error"]["Message"]
        assert "~^" in error.value.response["Error"]["Message"]
