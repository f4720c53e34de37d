"""Alarms of the single template on the local cloud, and the messages that answer them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dev.demo import WAIT_SCALE, receive_messages
from dev.deployment import REGION, create_queue
from local_cloud import LocalCloud

from ..support.by_url import put_template
from ..support.synth import single_template

PATIENCE = 90  # seconds
FORGED = 'curl\n\nUndo\n  aws iam create-user --user-name eve\u2028https://evil.example/"\u202e'
EVENTS = Path("tests/events/central-root-access/match")
CONTROLS = "central-root-access,organizations-changes,vpc-changes"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(wait_scale=WAIT_SCALE) as running:
        logs, stacks = running.client("logs"), running.client("cloudformation")
        logs.create_log_group(logGroupName="trail")
        logs.create_log_stream(logGroupName="trail", logStreamName="s")
        text = single_template(controls=CONTROLS, dashboards="off", investigations="off")
        given = {"LogGroupName": "trail", "Email": "soc@example.com"}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        url = put_template(running, text)
        stacks.create_stack(StackName="cis", TemplateURL=url, Parameters=parameters)
        stacks.get_waiter("stack_create_complete").wait(StackName="cis", WaiterConfig={"Delay": 1})
        topic = f"arn:aws:sns:{REGION}:{running.account}:cis-alarms"
        queue = create_queue(running).rsplit("/", 1)[1]
        endpoint = f"arn:aws:sqs:{REGION}:{running.account}:{queue}"
        running.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
        yield running


def answers(cloud: LocalCloud, control: str, count: int = 1) -> list[dict[str, Any]]:
    """The answers to the alarm of a control, once there are so many, and all that come shortly after."""
    sqs, found, deadline = cloud.client("sqs"), [], time.monotonic() + PATIENCE
    url = sqs.get_queue_url(QueueName="on-call")["QueueUrl"]

    def receive() -> list[dict[str, Any]]:
        received = [one for one in receive_messages(sqs, url) if "schema" in one]
        return [one for one in received if one["control"]["id"] == control]

    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.2)
        found += receive()
    time.sleep(1)
    return found + receive()


def put_events(cloud: LocalCloud, count: int = 1, **changes: object) -> None:
    record = json.loads((EVENTS / "0-demo.json").read_text(encoding="utf-8"))
    now = int(time.time() * 1000)
    events = [
        {"timestamp": now, "message": json.dumps({**record, **changes, "eventID": str(uuid4())})}
        for _ in range(count)
    ]
    cloud.client("logs").put_log_events(logGroupName="trail", logStreamName="s", logEvents=events)


def set_state(cloud: LocalCloud, control: str, value: str, reason: str = "by hand") -> None:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=f"cis-{control}", StateValue=value, StateReason=reason)


def test_forged_text_is_inert_and_the_answer_comes_once(cloud: LocalCloud) -> None:
    put_events(cloud, userAgent=FORGED)
    (answer,) = answers(cloud, "central-root-access")
    assert (answer["kind"], answer["events"]) == ("answer", 1)
    lines = answer["text"].split("\n")
    (told,) = [line for line in lines if "create-user" in line]
    assert 'client "curl??Undo? aws iam create-user --user-' in told
    assert lines.count("Undo") <= 1 and "evil.example" not in answer["text"]
    assert not [line for line in lines if line.startswith("  aws iam create-user")]
    assert all(line.isprintable() for line in lines)


def test_the_closing_message_counts_what_came_after(cloud: LocalCloud) -> None:
    put_events(cloud, 40)
    time.sleep(1.1)  # an answer is bounded by whole seconds
    set_state(cloud, "central-root-access", "OK")
    (closing,) = answers(cloud, "central-root-access")
    assert (closing["kind"], closing["events"]) == ("closing", 40)
    assert ": over, 40 more events, 111122223333, " in closing["Subject"]


def test_an_alarm_set_by_hand_is_answered_with_its_reason(cloud: LocalCloud) -> None:
    set_state(cloud, "vpc-changes", "ALARM", "drill")
    (answer,) = answers(cloud, "vpc-changes")
    assert answer["kind"] == "nothing-found"
    assert "The alarm's own reason: drill" in answer["text"]


def test_without_its_saved_query_an_alarm_is_told_by_its_own_text(cloud: LocalCloud) -> None:
    logs = cloud.client("logs")
    (saved,) = logs.describe_query_definitions(queryDefinitionNamePrefix="cis/4.15")["queryDefinitions"]
    logs.delete_query_definition(queryDefinitionId=saved["queryDefinitionId"])
    set_state(cloud, "organizations-changes", "ALARM")
    (alarm,) = answers(cloud, "organizations-changes")
    set_state(cloud, "organizations-changes", "OK")
    (over,) = answers(cloud, "organizations-changes")
    assert (alarm["kind"], over["kind"]) == ("unanswered", "unanswered")
    assert "Who did what is not in this message: its saved query is gone." in alarm["text"]
    assert "First: " in alarm["text"]
    assert "is back to OK.\nWhat came after the first message is not in this one: " in over["text"]


def test_an_execution_that_fails_raises_an_alarm_that_does_not_depend_on_it(cloud: LocalCloud) -> None:
    """The role may not publish any more."""
    iam = cloud.client("iam")
    (role,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if "AnswersRole" in one["RoleName"]]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    set_state(cloud, "vpc-changes", "ALARM", "again")
    deadline, state = time.monotonic() + PATIENCE, ""
    while state != "ALARM" and time.monotonic() < deadline:
        time.sleep(0.2)
        found = cloud.client("cloudwatch").describe_alarms(AlarmNames=["cis-answers-failed"])
        state = found["MetricAlarms"][0]["StateValue"]
    assert state == "ALARM"
