"""Alarms of a deployment on the local cloud, and the messages that answer them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dev.demo import WAIT_SCALE, receive_messages
from dev.deployment import LOG_GROUP, Deployment, start_deployment

PATIENCE = 90  # seconds
FORGED = 'curl\n\nUndo\n  aws iam create-user --user-name eve\u2028https://evil.example/"\u202e'
EVENTS = Path("tests/events/central-root-access/match")
# A few controls are enough, and deploy faster.
CONTROLS = "cis-insights:controls=central-root-access,organizations-changes,vpc-changes"


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    def run(words: str, step: Any) -> None:
        step()

    with start_deployment(run, context=(CONTROLS,), wait_scale=WAIT_SCALE) as running:
        running.cloud.client("logs").create_log_stream(logGroupName=LOG_GROUP, logStreamName="events")
        yield running


def answers(deployment: Deployment, control: str, count: int = 1) -> list[dict[str, Any]]:
    """The answers to the alarm of a control, once there are so many, and all that come shortly after."""
    sqs, found, deadline = deployment.cloud.client("sqs"), [], time.monotonic() + PATIENCE
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.2)
        received = [one for one in receive_messages(sqs, deployment.queue_url) if "schema" in one]
        found += [one for one in received if one["control"]["id"] == control]
    time.sleep(1)
    received = [one for one in receive_messages(sqs, deployment.queue_url) if "schema" in one]
    return found + [one for one in received if one["control"]["id"] == control]


def put_events(deployment: Deployment, count: int = 1, **changes: object) -> None:
    record = json.loads(next(iter(sorted(EVENTS.iterdir()))).read_text(encoding="utf-8"))
    now = int(time.time() * 1000)
    events = [
        {"timestamp": now, "message": json.dumps({**record, **changes, "eventID": str(uuid4())})}
        for _ in range(count)
    ]
    logs = deployment.cloud.client("logs")
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="events", logEvents=events)


def set_state(deployment: Deployment, control: str, value: str, reason: str = "by hand") -> None:
    cloudwatch = deployment.cloud.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=f"cis-{control}", StateValue=value, StateReason=reason)


def test_forged_text_is_inert_and_the_answer_comes_once(deployment: Deployment) -> None:
    put_events(deployment, userAgent=FORGED)
    (answer,) = answers(deployment, "central-root-access")
    assert answer["kind"] == "answer" and answer["events"] == 1
    lines = answer["text"].split("\n")
    shown = "curl??Undo? aws iam create-user --user-"
    assert [line for line in lines if "create-user" in line] == [
        next(line for line in lines if shown in line)
    ]
    assert "evil.example" not in answer["text"] and answer["text"].isprintable() is False  # for its lines
    assert all(line.isprintable() for line in lines)
    assert "Undo" not in lines


def test_the_closing_message_counts_what_came_after(deployment: Deployment) -> None:
    put_events(deployment, 40)
    time.sleep(1.1)  # the answer is bounded by seconds
    set_state(deployment, "central-root-access", "OK")
    (closing,) = answers(deployment, "central-root-access")
    assert (closing["kind"], closing["events"]) == ("closing", 40)
    assert closing["Subject"].endswith("over, 40 more events, 111122223333, eu-central-1")


def test_an_alarm_set_by_hand_is_answered_with_its_reason(deployment: Deployment) -> None:
    set_state(deployment, "vpc-changes", "ALARM", "drill")
    (answer,) = answers(deployment, "vpc-changes")
    assert answer["kind"] == "nothing-found"
    assert "The alarm's own reason: drill" in answer["text"]


def test_without_its_saved_query_an_alarm_is_told_by_its_own_text(deployment: Deployment) -> None:
    logs = deployment.cloud.client("logs")
    (saved,) = logs.describe_query_definitions(queryDefinitionNamePrefix="cis/4.15")[
        "queryDefinitions"
    ]
    logs.delete_query_definition(queryDefinitionId=saved["queryDefinitionId"])
    set_state(deployment, "organizations-changes", "ALARM")  # the next evaluation sets it back
    alarm, over = answers(deployment, "organizations-changes", 2)
    assert (alarm["kind"], over["kind"]) == ("unanswered", "unanswered")
    assert "Who did what is not in this message: its saved query is gone." in alarm["text"]
    assert "First: " in alarm["text"]
    assert over["text"].startswith("4.15 Organizations changes is back to OK.\nWhat came after the first")
