"""Sets off the chain: calls that fail, forged records, states of alarms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name  # type: ignore[import-untyped]  # botocore has no types
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from .calls import CALLS, DENIED
from .cleanup import Cleanup, remove_stream, restore_alarm
from .clients import Clients
from .forged import Unforgeable, forge_record, write_record
from .marks import Marks
from .trial import Trial


def call(trial: Trial, clients: Clients, marks: Marks) -> None:
    """Makes the harmless call of a control, as often as its alarm takes."""
    harmless = CALLS[trial.target.control.id]
    trial.started = time.monotonic()
    for _ in range(trial.count):
        try:
            getattr(clients(harmless.service), xform_name(harmless.operation))(**harmless.fill(marks))
            trial.failure = f"{harmless} did not fail, although what it names cannot exist"
            return
        except ClientError as error:
            code = error.response["Error"]["Code"]
            known = code in DENIED or code in harmless.errors
            trial.what = f"{harmless}: {code}{'' if known else ', which was not expected'}"
        except BotoCoreError as error:
            trial.failure = f"{harmless} could not be made: {error}"
            return
    trial.see("called", trial.started)


def send(trials: Sequence[Trial], clients: Clients, marks: Marks, cleanup: Cleanup, where: str) -> None:
    """Puts a forged record of each control into a stream of the drill's own."""
    for group in {one.target.log_group.name for one in trials}:
        here = [one for one in trials if one.target.log_group.name == group]
        try:
            with cleanup.promise(remove_stream(clients, group, marks.id, where)):
                clients("logs").create_log_stream(logGroupName=group, logStreamName=marks.id)
        except ClientError as error:
            for one in here:
                one.failure = str(error)
            continue
        for one in here:
            _send_one(one, clients, marks)


def _send_one(trial: Trial, clients: Clients, marks: Marks) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    try:
        events, names = _forge_events(trial, marks)
        trial.started = time.monotonic()
        clients("logs").put_log_events(
            logGroupName=trial.target.log_group.name, logStreamName=marks.id, logEvents=events
        )
    except (ClientError, Unforgeable) as error:
        trial.failure = str(error)
        return
    trial.what, trial.record = f"forged record {names[0]}", ("", names[0])
    trial.see("sent", trial.started)


def _forge_events(trial: Trial, marks: Marks) -> tuple[list[dict[str, Any]], list[str]]:
    """As many records as the alarm takes, and their ids."""
    now = datetime.now(UTC)
    records = [forge_record(trial.target.control, marks, now) for _ in range(trial.count)]
    at = int(now.timestamp() * 1_000)
    return [{"timestamp": at, "message": write_record(one)} for one in records], [
        str(one["eventID"]) for one in records
    ]


def set_state(trial: Trial, clients: Clients, marks: Marks, cleanup: Cleanup, where: str) -> None:
    """Sets an alarm; its reason has the state that it had.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
    """
    alarm, former = trial.target.alarm.name, trial.target.alarm.state or "OK"
    reason = f"{marks.id}: a drill, and no event; was {former}"
    trial.started = time.monotonic()
    try:
        with cleanup.promise(restore_alarm(clients, alarm, former, marks.id, where)):
            clients("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason=reason)
    except ClientError as error:
        trial.failure = str(error)
        return
    trial.what = "SetAlarmState"
    trial.see("set", trial.started)
