"""Commands in a control's header: only such as are safe to paste once they are filled in."""

from __future__ import annotations

import pytest

from cis_insights import load_catalogue
from cis_insights.catalogue.commands import MAX_COMMAND, MAX_COMMANDS, Command, parse_command

from ..support.control_files import HEADER, Write, screen_of

QUERY = (
    'filter eventName in ["CreateTrail", "StopLogging"]\n'
    "| fields @timestamp, requestParameters.name as target, awsRegion as region\n"
)
LINE = "aws cloudtrail get-trail-status --region {region} --name {target}"


PLACE = "queries/own/1-some-control.cwli"


def test_commands_are_read_in_their_order(write: Write) -> None:
    header = (
        f"{HEADER}# still-open: {LINE}\n# undo: StopLogging: aws cloudtrail start-logging --name {{target}}\n"
    )
    control = load_catalogue(write(QUERY, header=header))["some-control"]
    assert control.commands == (
        Command("still-open", LINE),
        Command("undo", "aws cloudtrail start-logging --name {target}", ("StopLogging",)),
    )
    assert control.commands[0].names == ("region", "target")


def test_a_command_may_name_a_field_of_the_record_and_several_events(write: Write) -> None:
    line = "StopLogging, CreateTrail: aws x y --id {responseElements.trailARN}"
    control = load_catalogue(write(QUERY, header=f"{HEADER}# undo: {line}\n"))["some-control"]
    command = Command("undo", "aws x y --id {responseElements.trailARN}", ("StopLogging", "CreateTrail"))
    assert control.commands == (command,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aws",
        "aws ec2",
        "rm -rf /",
        "aws ec2 x; rm",
        "aws ec2 x $(id)",
        "aws ec2 x `id`",
        "aws ec2 x | sh",
        "aws ec2 x > f",
        "aws ec2 x 'y'",
        'aws ec2 x "y"',
        "aws ec2 x & y",
        "aws ec2 x *",
        "aws ec2 x {}",
        "aws ec2 x {a",
        "aws ec2 x {{a}}",
        "aws ec2 x {a b}",
        "aws  ec2 x",
        "stopLogging: aws ec2 x",
        f"aws ec2 {'x' * MAX_COMMAND}",
    ],
)
def test_what_a_shell_would_read_as_more_than_words_is_no_command(text: str) -> None:
    assert parse_command("undo", text) is None


def test_it_is_refused_with_the_form_and_an_example(write: Write) -> None:
    line = "# undo: aws cloudtrail start-logging --name {target}; id"
    assert screen_of(write(QUERY, header=f"{HEADER}{line}\n")).splitlines()[1:] == [
        f"    {line}",
        f"    {' ' * 8}{'~' * (len(line) - 9)}^",
        "    hint: write: # undo: CreateUser: aws iam delete-user --user-name {target}",
    ]


def test_columns_and_events_that_the_query_does_not_have_are_marked_together(write: Write) -> None:
    header = (
        f"{HEADER}# still-open: aws x y {{targt}} {{requestParameters}}\n"
        "# undo: DeleteTrail: aws x y {user}\n"
    )
    screen = screen_of(write(QUERY, header=header))
    assert [line.strip() for line in screen.splitlines() if "error" in line or "hint" in line] == [
        f"{PLACE}:6:15: error: `targt` is neither a column of this query nor a field of a record",
        "hint: did you mean `target`?",
        f"{PLACE}:6:15: error: `requestParameters` is neither a column of this query nor a field of a record",
        "hint: one of: region, target",
        f"{PLACE}:7:9: error: `user` is neither a column of this query nor a field of a record",
        "hint: one of: region, target",
        f"{PLACE}:7:9: error: this query does not watch the event `DeleteTrail`",
        "hint: did you mean `CreateTrail`?",
    ]


def test_a_control_takes_a_number_of_commands(write: Write) -> None:
    lines = f"# undo: {LINE}\n" * MAX_COMMANDS
    assert len(load_catalogue(write(QUERY, header=HEADER + lines))["some-control"].commands) == MAX_COMMANDS
    assert "at most 12 commands" in screen_of(write(QUERY, header=f"{HEADER}{lines}# still-open: {LINE}\n"))


def test_an_investigation_has_none(write: Write) -> None:
    header = f"# title: T\n# why: W.\n# undo: {LINE}\n"
    folder = write(QUERY, "investigate/some.cwli", header=header)
    assert "`undo` is not a header of this kind of file" in screen_of(folder)
