"""How each step is seen, and what is made of refusals and of messages that say otherwise."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cli.drill import mailbox
from cli.drill.answers import Answering, read_answering
from cli.drill.cleanup import Cleanup
from cli.drill.mailbox import Mailbox
from cli.drill.trial import Trial
from cli.drill.watch import Watch, wait

from ..support.drills import MARKS, plan
from ..support.fake_aws import FakeAws, refuse
from ..support.set_ups import NOW, TOPIC, alarm, with_alarm

ARN = alarm("vpc-changes").arn
ALARM = {"AlarmArn": ARN, "NewStateValue": "ALARM"}
ANSWER = {"schema": "cis-insights/answer/1", "kind": "answer", "alarm": {"arn": ARN}}
SEEN = {"called", "recorded", "counted", "alarmed", "notified", "answered"}


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "_SETTLES", 0)


def answers(*messages: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """AWS in which a call of DeleteVpc goes all the way to these messages."""
    record = {"eventSource": "ec2.amazonaws.com", "eventName": "DeleteVpc", "userAgent": MARKS.id}
    bodies = iter(
        [[{"Body": json.dumps({"Message": json.dumps(one)}), "ReceiptHandle": "h"}] for one in messages]
    )
    sums = iter([[0.0, 2.0], [0.0, 3.0]])
    update = {"AlarmName": "vpc-changes", "HistoryData": '{"newState": {"stateValue": "ALARM"}}'}
    usual = {
        "create_queue": {"QueueUrl": "https://sqs/q"},
        "subscribe": {"SubscriptionArn": "arn:1"},
        "filter_log_events": {"events": [{"message": json.dumps(record)}]},
        "get_metric_data": lambda **_: {"MetricDataResults": [{"Id": "m0", "Values": next(sums)}]},
        "describe_alarm_history": {"AlarmHistoryItems": [update]},
        "receive_message": lambda **_: {"Messages": next(bodies, [])},
    }
    return {**usual, **others}


def look(aws: FakeAws, trial: Trial) -> Trial:
    """One look, a second after the call."""
    box = Mailbox(aws, MARKS, Cleanup(), "")
    box.open((TOPIC,))
    watch = Watch(aws, MARKS, box, [trial], NOW)
    trial.started = time.monotonic() - 1
    trial.see("called", trial.started)
    watch.look()
    return trial


def trial(**values: Any) -> Trial:
    (found,) = plan("vpc-changes", **values).trials
    return found


def test_every_step_is_seen() -> None:
    aws = FakeAws(**answers(ALARM, ANSWER))
    found = look(aws, trial())
    assert set(found.seconds) == SEEN and found.is_complete
    assert found.seconds["called"] == 0 and found.seconds["recorded"] >= 1
    asked = dict(aws.calls)
    assert asked["filter_log_events"]["filterPattern"] == f'{{ $.userAgent = "*{MARKS.id}*" }}'
    assert asked["describe_alarm_history"]["HistoryItemType"] == "StateUpdate"
    queue = asked["create_queue"]["Attributes"]
    (statement,) = json.loads(queue["Policy"])["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": [TOPIC]}}
    assert (statement["Principal"], queue["SqsManagedSseEnabled"]) == (
        {"Service": "sns.amazonaws.com"},
        "true",
    )
    assert asked["subscribe"] == {
        "TopicArn": TOPIC,
        "Protocol": "sqs",
        "Endpoint": f"arn:aws:sqs:eu-west-1:111122223333:{MARKS.id}",
    }


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        ("recorded", {"filter_log_events": {"events": []}}),
        ("recorded", {"filter_log_events": {"events": [{"message": '{"eventName": "DeleteVpc"}'}]}}),
        ("counted", {"get_metric_data": {"MetricDataResults": [{"Id": "m0", "Values": [2.0]}]}}),
        ("alarmed", {"describe_alarm_history": {"AlarmHistoryItems": []}}),
        (
            "alarmed",
            {"describe_alarm_history": {"AlarmHistoryItems": [{"AlarmName": "a", "HistoryData": "x"}]}},
        ),
    ],
)
def test_a_step_that_did_not_happen_is_not_seen(step: str, changes: dict[str, Any]) -> None:
    found = look(FakeAws(**answers(**changes)), trial())
    assert step in found.missing and not found.is_done
    assert set(found.seconds) == SEEN - {step, "notified", "answered"}


@pytest.mark.parametrize(
    "message",
    [
        {**ALARM, "NewStateValue": "OK"},
        {**ALARM, "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:other"},
        {**ANSWER, "kind": "closing"},
        {**ANSWER, "alarm": {"arn": "other"}},
        {**ANSWER, "schema": "other/1"},
        {**ANSWER, "alarm": "text"},
        {"text": "of a chat"},
    ],
)
def test_messages_about_something_else_count_for_nothing(message: dict[str, Any]) -> None:
    found = look(FakeAws(**answers(message)), trial())
    assert found.missing == ("notified", "answered") and not found.failure


@pytest.mark.parametrize(
    "body", ["no json", "{}", '{"Message": "text"}', '{"Message": "[1]"}', '{"Message": 3}']
)
def test_messages_that_are_not_objects_are_left_out(body: str) -> None:
    bodies = iter([[{"Body": body, "ReceiptHandle": "h"}], []])
    found = look(FakeAws(**answers(receive_message=lambda **_: {"Messages": next(bodies)})), trial())
    assert found.missing == ("notified", "answered")


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("nothing-found", "the answer says nothing (nothing-found)"),
        ("unanswered", "the answer says nothing (unanswered: its saved query is gone)"),
    ],
)
def test_an_answer_that_says_nothing_is_not_one(kind: str, failure: str) -> None:
    problem = {"problem": {"cause": "its saved query is gone"}} if kind == "unanswered" else {}
    found = look(FakeAws(**answers(ALARM, {**ANSWER, "kind": kind, **problem})), trial())
    assert (found.failure, found.is_done, found.is_complete) == (failure, True, False)


def test_an_alarm_that_was_set_is_answered_by_nothing_found() -> None:
    (found,) = plan("vpc-changes", modes=("notify",)).trials
    look(FakeAws(**answers(ALARM, {**ANSWER, "kind": "nothing-found"})), found)
    assert "answered" in found.seconds


@pytest.mark.parametrize(
    ("method", "steps"),
    [
        ("filter_log_events", {"recorded"}),
        ("get_metric_data", {"counted"}),
        ("describe_alarm_history", {"alarmed"}),
        ("receive_message", {"notified", "answered"}),
        ("create_queue", {"notified", "answered"}),
        ("subscribe", {"notified", "answered"}),
    ],
)
def test_who_may_not_look_does_not_wait_for_it(method: str, steps: set[str]) -> None:
    found = look(FakeAws(**answers(**{method: refuse("AccessDenied")})), trial())
    assert set(found.unseen) == steps
    assert all("AccessDenied" in why for why in found.unseen.values())


OFFLINE = EndpointConnectionError(endpoint_url="https://logs")


@pytest.mark.parametrize("error", [refuse("ThrottlingException"), OFFLINE])
@pytest.mark.parametrize(
    ("method", "step"), [("filter_log_events", "recorded"), ("receive_message", "notified")]
)
def test_a_call_that_fails_for_another_reason_is_tried_again(
    method: str, step: str, error: Exception
) -> None:
    found = look(FakeAws(**answers(**{method: error})), trial())
    assert step in found.missing and not found.unseen


def test_an_alarm_without_a_topic_has_no_message_to_wait_for() -> None:
    found = look(FakeAws(**answers()), trial(setup=with_alarm("vpc-changes", actions=())))
    assert found.unseen["notified"] == "its alarm notifies no topic" and not found.is_complete


def test_it_waits_until_all_is_there_and_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, looks = [0.0], [0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    found = trial()

    def look_in_vain() -> None:
        looks[0] += 1

    wait([found], look_in_vain, 1_200)
    assert clock[0] == pytest.approx(1_200)
    assert 240 <= looks[0] <= 300  # every five seconds, at first more often
    found.failure = "over"
    wait([found], look_in_vain, 1_200)
    assert clock[0] == pytest.approx(1_200)


PATTERN = {
    "source": ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm State Change"],
    "detail": {"alarmName": [{"prefix": "cis-"}]},
}
RULE = {"Name": "cis-ask", "State": "ENABLED", "EventPattern": json.dumps(PATTERN)}
MACHINE = {"Targets": [{"Arn": "arn:aws:states:eu-west-1:1:stateMachine:cis-answers"}]}
DEFINITION = json.dumps({"topics": {"high": [TOPIC], "low": [TOPIC]}, "schema": "cis-insights/answer/1"})


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, Answering(("cis-",), (TOPIC,))),
        ({"list_rules": {"Rules": []}}, Answering()),
        ({"list_rules": {"Rules": [{**RULE, "State": "DISABLED"}]}}, Answering()),
        ({"list_rules": {"Rules": [{**RULE, "EventPattern": "{}"}]}}, Answering()),
        ({"list_targets_by_rule": {"Targets": [{"Arn": "arn:aws:sns:eu-west-1:1:t"}]}}, Answering()),
        ({"describe_state_machine": {"definition": "{}"}}, Answering()),
        ({"describe_state_machine": refuse("AccessDenied")}, Answering()),
    ],
)
def test_answers_are_found_by_the_rule_and_the_machine(answers: dict[str, Any], found: Answering) -> None:
    usual: dict[str, Any] = {
        "list_rules": {"Rules": [RULE]},
        "list_targets_by_rule": MACHINE,
        "describe_state_machine": {"definition": DEFINITION},
    }
    assert read_answering(FakeAws(**{**usual, **answers})) == found


def test_only_alarms_of_the_rule_are_answered() -> None:
    answering = Answering(("cis-",), (TOPIC,))
    assert answering.answers("cis-vpc-changes") and not answering.answers("vpc-changes")
    assert not Answering().answers("vpc-changes")
