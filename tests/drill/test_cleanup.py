"""What was promised to be removed is, in reverse, whatever happens; and only what a drill made."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from cis_insights.verification.model import Subscription
from cli.drill.cleanup import (
    Cleanup,
    Removal,
    remove_queue,
    remove_stream,
    remove_subscription,
    restore_alarm,
)
from cli.drill.leftovers import find_leftovers

from ..support.drills import MARKS
from ..support.fake_aws import FakeAws, refuse
from ..support.set_ups import MAIL, TOPIC, topic

WHERE = " --region eu-west-1"
QUEUE = f"arn:aws:sqs:eu-west-1:111122223333:{MARKS.id}"


def removal(name: str, done: list[str], error: BaseException | None = None) -> Removal:
    def remove() -> None:
        if error:
            raise error
        done.append(name)

    return Removal(f"the {name}", f"aws remove {name}", remove)


def test_it_removes_in_reverse_and_what_aws_refused_to_make_not_at_all() -> None:
    done: list[str] = []
    with Cleanup() as cleanup:
        for name in ("queue", "subscription"):
            with cleanup.promise(removal(name, done)):
                pass
        with pytest.raises(ClientError), cleanup.promise(removal("stream", done)):
            raise refuse("AccessDenied")
        assert done == []
    assert done == ["subscription", "queue"]
    assert cleanup.left == []


def test_what_was_being_made_when_ctrl_c_came_is_removed() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), Cleanup() as cleanup, cleanup.promise(removal("queue", done)):
        raise KeyboardInterrupt
    assert done == ["queue"]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (refuse("AccessDenied"), "An error occurred (AccessDenied) when calling the Call operation: not you"),
        (KeyboardInterrupt(), "interrupted"),
        (OSError("no network"), "no network"),
    ],
)
def test_a_removal_that_fails_is_said_with_its_command_and_the_others_go_on(
    error: BaseException, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    queue, stream = removal("queue", done), removal("stream", done, error)
    with Cleanup() as cleanup, cleanup.promise(queue), cleanup.promise(stream):
        assert done == []
    assert done == ["queue"]
    assert cleanup.left == ["aws remove stream"]
    assert capsys.readouterr().err == f"left: the stream: {why}\n    aws remove stream\n"


@pytest.mark.parametrize(
    "code", ["AWS.SimpleQueueService.NonExistentQueue", "NotFound", "ResourceNotFoundException"]
)
def test_what_is_gone_already_is_not_left(code: str) -> None:
    cleanup = Cleanup()
    cleanup.finish(removal("queue", [], refuse(code)))
    assert cleanup.left == []


def test_ctrl_c_while_leftovers_are_removed_ends_the_drill() -> None:
    with pytest.raises(KeyboardInterrupt):
        Cleanup().finish(removal("queue", [], KeyboardInterrupt()))


def test_commands_are_what_somebody_can_type() -> None:
    aws = FakeAws()
    assert remove_queue(aws, MARKS.id, WHERE).command == (
        'aws sqs delete-queue --region eu-west-1 --queue-url "$(aws sqs get-queue-url --region eu-west-1'
        f' --queue-name {MARKS.id} --query QueueUrl --output text)"'
    )
    assert remove_subscription(aws, TOPIC, QUEUE, WHERE).command == (
        'aws sns unsubscribe --region eu-west-1 --subscription-arn "$(aws sns list-subscriptions-by-topic'
        f" --region eu-west-1 --topic-arn {TOPIC} --query"
        f""" "Subscriptions[?Endpoint=='{QUEUE}'].SubscriptionArn" --output text)\""""
    )
    assert remove_stream(aws, "a group", MARKS.id, WHERE).command == (
        "aws logs delete-log-stream --region eu-west-1 --log-group-name 'a group'"
        f" --log-stream-name {MARKS.id}"
    )
    assert restore_alarm(aws, "it's; rm -rf /", "OK", MARKS.id, WHERE).command == (
        "aws cloudwatch set-alarm-state --region eu-west-1 --alarm-name 'it'\"'\"'s; rm -rf /'"
        " --state-value OK --state-reason 'a drill is over'"
    )


@pytest.mark.parametrize(
    ("reason", "calls"),
    [
        (f"{MARKS.id}: a drill, and no event; was OK", ["describe_alarms", "set_alarm_state"]),
        ("Threshold Crossed: 1 datapoint", ["describe_alarms"]),
    ],
)
def test_a_state_is_restored_only_where_it_is_the_drill_s(reason: str, calls: list[str]) -> None:
    aws = FakeAws(describe_alarms={"MetricAlarms": [{"StateReason": reason}]})
    restore_alarm(aws, "cis-vpc-changes", "OK", MARKS.id, WHERE).remove()
    assert [name for name, _ in aws.calls] == calls


def test_a_subscription_is_looked_up_until_its_arn_is_known() -> None:
    found = {"SubscriptionArn": "arn:1", "Endpoint": QUEUE}
    other = {"SubscriptionArn": "arn:2", "Endpoint": "soc@example.com"}
    aws = FakeAws(list_subscriptions_by_topic={"Subscriptions": [other, found]})
    remove_subscription(aws, TOPIC, QUEUE, WHERE).remove()
    remove_subscription(aws, TOPIC, QUEUE, WHERE, ["arn:3"]).remove()
    assert [given for name, given in aws.calls if name == "unsubscribe"] == [
        {"SubscriptionArn": "arn:1"},
        {"SubscriptionArn": "arn:3"},
    ]


def test_only_whole_names_of_drills_are_leftovers() -> None:
    other = "cis-insights-drill-queue-of-somebody"
    alarm = {"AlarmName": "cis-vpc-changes", "StateReason": f"{MARKS.id}: a drill, and no event; was OK"}
    aws = FakeAws(
        list_queues={"QueueUrls": [f"https://sqs/{MARKS.id}", f"https://sqs/{other}"]},
        describe_log_streams={"logStreams": [{"logStreamName": MARKS.id}, {"logStreamName": other}]},
        describe_alarms={"MetricAlarms": [alarm, {"AlarmName": "a", "StateReason": "a drill; was OK"}]},
    )
    ours = Subscription(protocol="sqs", endpoint=QUEUE, arn="arn:1")
    theirs = Subscription(protocol="sqs", endpoint=QUEUE.replace(MARKS.id, other), arn="arn:2")
    topics = [topic(subscriptions=(MAIL, ours, theirs))]
    assert [one.name for one in find_leftovers(aws, topics, ["cloudtrail"], WHERE)] == [
        f"the queue {MARKS.id}",
        f"the subscription of {QUEUE} to {TOPIC}",
        f"the log stream {MARKS.id} of cloudtrail",
        "the state of the alarm cis-vpc-changes",
    ]


def test_what_may_not_be_listed_is_not_found() -> None:
    denied = refuse("AccessDenied")
    aws = FakeAws(list_queues=denied, describe_log_streams=denied, describe_alarms=denied)
    assert find_leftovers(aws, [], ["cloudtrail"], WHERE) == []
