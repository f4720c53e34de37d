"""The commands of the catalogue are ones that the AWS CLI has, and records fill them in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session  # type: ignore[import-untyped]  # botocore has no types
import pytest
from botocore import xform_name

from cis_insights import Control, load_catalogue
from cis_insights.catalogue.cloudtrail_fields import is_field
from cis_insights.catalogue.commands import Command
from cis_insights.reading import Event
from dev.cross_check import CORPUS, read_records
from stacks.answers.questions import name_record_fields

EVENTS = Path(__file__).parents[1] / "events"
ALARMS = [control for control in load_catalogue().values() if control.is_alarm]
EACH = [(control, command) for control in ALARMS for command in control.commands]
COLUMNS = {"account", "region", "target", "user"}
# Names of the AWS CLI that differ from the SDK's.
# https://docs.aws.amazon.com/cli/latest/reference/configservice/
SERVICES = {"configservice": "config", "s3api": "s3"}
# Calls after which there is nothing to undo, or only from what was there before.
WITHOUT_UNDO = {
    "config-recorder-deletion",
    "console-authentication-failures",
    "iam-guardrail-changes",
    "unauthorized-api-calls",
}

every_command = pytest.mark.parametrize(
    ("control", "command"), EACH, ids=[f"{control.id}-{command.text}" for control, command in EACH]
)


@cache
def operations(service: str) -> dict[str, Any]:
    """The input shapes of a service's operations, by their names in the AWS CLI."""
    model = botocore.session.get_session().get_service_model(SERVICES.get(service, service))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    return {command: model.operation_model(name).input_shape for command, name in names.items()}


def faults(text: str) -> Iterator[str]:
    """What the AWS CLI would refuse."""
    _, service, operation, *words = text.split(" ")
    if operation not in operations(service):
        yield f"{service} has no {operation}"
        return
    shape = operations(service)[operation]
    members = {f"--{xform_name(name, '-')}": name for name in (shape.members if shape else {})}
    given = [word for word in words if word.startswith("--")]
    yield from (f"no option {word}" for word in given if word not in {*members, "--region"})
    for option, name in members.items():
        needed = name in shape.required_members and not shape.members[name].metadata.get("idempotencyToken")
        if needed and option not in given:
            yield f"{option} is missing"


@every_command
def test_the_aws_cli_has_it(control: Control, command: Command) -> None:
    assert list(faults(command.text)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("aws ec2 delete-vpcs --vpc-id {target}", "ec2 has no delete-vpcs"),
        ("aws ec2 delete-vpc --vpc-ids {target}", "no option --vpc-ids"),
        ("aws iam delete-user", "--user-name is missing"),
    ],
)
def test_a_command_that_the_aws_cli_does_not_have_is_found(text: str, fault: str) -> None:
    assert fault in faults(text)


@pytest.mark.parametrize("control", ALARMS, ids=lambda control: control.id)
def test_a_built_in_control_can_be_looked_at_and_what_can_be_undone_is(control: Control) -> None:
    if control.group == "cis" or control.default:
        purposes = {command.purpose for command in control.commands}
        assert "still-open" in purposes
        assert ("undo" in purposes) != (control.id in WITHOUT_UNDO)


@pytest.mark.parametrize("control", ALARMS, ids=lambda control: control.id)
def test_an_answer_has_room_for_the_fields_that_a_control_s_commands_name(control: Control) -> None:
    named = {name for command in control.commands for name in command.names}
    assert named <= {*COLUMNS, *name_record_fields(control.commands)}


@cache
def done(control_id: str) -> tuple[Event, ...]:
    """The events that a control's folder says it matches, without those that were refused."""
    paths = sorted((EVENTS / control_id / "match").glob("*.json"))
    own = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return tuple(event for event in own if not event.get("errorCode"))


def value_of(event: Event, name: str) -> object:
    """The value of a field of a record, such as `requestParameters.accountIds.0`."""
    value: Any = event
    for step in name.split("."):
        match value:
            case dict():
                value = value.get(step)
            case list() if step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            case _:
                return None
    return value


def fills(event: Event, command: Command) -> bool:
    """Whether a record has a plain value for each field; columns of the query are always there."""
    fields = [name for name in command.names if "." in name and is_field(name)]
    return all(re.fullmatch(r"[\w.:/@+-]+", str(value_of(event, name) or "")) for name in fields)


@every_command
def test_an_event_of_its_call_fills_it_in(control: Control, command: Command) -> None:
    of_call = [event for event in done(control.id) if event["eventName"] in command.events]
    assert not of_call or any(fills(event, command) for event in of_call)


@pytest.mark.skipif(not CORPUS.is_file(), reason="the recorded events are not at hand")
def test_recorded_events_fill_the_commands_in() -> None:
    events, _ = read_records([str(CORPUS)])
    never = [
        f"{control.id}: {command.text}"
        for control, command in EACH
        if (of_call := _recorded(events, control, command))
        and not any(fills(event, command) for event in of_call)
    ]
    assert never == []


def _recorded(events: list[Event], control: Control, command: Command) -> list[Event]:
    named = [event for event in events if event.get("eventName") in command.events]
    return [event for event in named if not event.get("errorCode") and control.query.matches(event)]
