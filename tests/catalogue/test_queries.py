"""What every file of the catalogue keeps to, beyond what the loader checks."""

from __future__ import annotations

import re

import boto3
import pytest

from cis_insights import Control, load_catalogue, parse_query
from cis_insights.catalogue import built_in
from cis_insights.logs_insights.syntax import Call, Column, Fields, Sort

from ..support.walk import named_in, nodes

CATALOGUE = load_catalogue()
CONTROLS = list(CATALOGUE.values())
ALARMS = [control for control in CONTROLS if control.is_alarm]
COLUMNS = "@timestamp eventName user userType account region sourceIPAddress userAgent target".split()


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
RENAMED_BY_S3 = {
    "PutBucketObjectLockConfiguration",
    *(f"{verb}{scope}PublicAccessBlock" for verb in ("Put", "Delete") for scope in ("Bucket", "Account")),
}
BOTO3 = set(boto3.Session().get_available_services())

every_control = pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
every_alarm = pytest.mark.parametrize("control", ALARMS, ids=lambda control: control.id)


def file_of(control: Control) -> str:
    number = f"{control.number:02}-" if control.number else ""
    return (built_in() / control.group / f"{number}{control.id}.cwli").read_text(encoding="utf-8")


def columns(control: Control) -> list[Column]:
    return [column for stage in control.query.stages if isinstance(stage, Fields) for column in stage.columns]


def shown_as(column: Column) -> str:
    return column.alias or str(getattr(column.expression, "name", ""))


@every_control
def test_a_file_is_printable_text(control: Control) -> None:
    text = file_of(control)
    lines = text.splitlines()
    assert text == "\n".join(lines) + "\n"
    assert all(line.isascii() and line.isprintable() and line == line.rstrip() for line in lines)


@every_control
def test_what_is_pasted_into_the_console_has_no_comment_and_means_the_same(control: Control) -> None:
    pasted = parse_query(control.query_text)
    assert pasted.comments == ()
    assert pasted.stages == parse_query(file_of(control)).stages


@every_control
def test_why_and_respond_are_one_sentence_each(control: Control) -> None:
    for sentence in (control.why, control.respond)[: 2 if control.is_alarm else 1]:
        assert re.fullmatch(r"[A-Z].*[^.]\.", sentence)
        assert not re.search(r"[.!?] ", sentence)


def test_titles_are_unique() -> None:
    titles = [control.title for control in CONTROLS]
    assert len(set(titles)) == len(titles)


@every_alarm
def test_an_alarm_takes_no_parameters(control: Control) -> None:
    assert "{{" not in control.query_text
    assert control.parameters == ()


@every_alarm
def test_the_columns_of_an_alarm_answer_who_where_and_what_newest_first(control: Control) -> None:
    shown = [shown_as(column) for column in columns(control)]
    assert shown[: len(COLUMNS)] == COLUMNS
    assert {"errorCode", "errorMessage"} & set(shown)
    last = control.query.stages[-1]
    assert isinstance(last, Sort)
    assert [(key.expression, key.direction) for key in last.keys] == [
        (columns(control)[0].expression, "desc")
    ]


@every_alarm
def test_the_user_is_the_same_person_or_session_in_every_alarm(control: Control) -> None:
    user = {shown_as(column): column.expression for column in columns(control)}["user"]
    assert user == {shown_as(column): column.expression for column in columns(ALARMS[0])}["user"]


def test_the_watch_over_the_monitoring_is_on_unless_it_is_turned_off() -> None:
    assert CATALOGUE["monitoring-tampering"].default


def test_other_controls_beyond_cis_are_off_until_they_are_turned_on() -> None:
    assert not CATALOGUE["vpn-changes"].default


@every_control
def test_a_case_has_no_more_branches_than_logs_insights_takes(control: Control) -> None:
    cases = [n for n in nodes(control.query.stages) if isinstance(n, Call) and n.name == "case"]
    assert all(len(case.arguments) <= 20 for case in cases)


def services(control: Control) -> set[str]:
    """The names in boto3 of the services that a control's event sources stand for."""
    names = {source.removesuffix(".amazonaws.com") for source in named_in(control, "eventSource")}
    return {"cloudwatch" if name == "monitoring" else name for name in names}


@pytest.mark.parametrize(
    "control",
    [control for control in ALARMS if services(control) and services(control) <= BOTO3],
    ids=lambda control: control.id,
)
def test_event_names_are_calls_that_the_service_has(control: Control) -> None:
    clients = [boto3.client(name, region_name="us-east-1") for name in services(control)]
    known = RENAMED_BY_S3.union(*(client.meta.service_model.operation_names for client in clients))
    assert sorted(named_in(control, "eventName") - known) == []
