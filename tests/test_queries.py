"""What every file of the catalogue keeps to, beyond what the loader checks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from cis_insights import Control, load_catalogue, parse_query
from cis_insights.catalogue import built_in
from cis_insights.evaluate import predicate
from cis_insights.reading import Reading
from cis_insights.syntax import Call, Column, Expression, Fields, In, Sort, String

CATALOGUE = load_catalogue()
CONTROLS = list(CATALOGUE.values())
ALARMS = [control for control in CONTROLS if control.is_alarm]
INVESTIGATIONS = [control for control in CONTROLS if not control.is_alarm]
EVENTS = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "events").rglob("*.json"))
]
COLUMNS = "@timestamp eventName user userType account region sourceIPAddress userAgent target".split()

# Controls about changes, as against sign-ins and denials.
CHANGES = [control for control in ALARMS if control.group == "cis" and control.number not in (1, 2, 3, 6)]
SOURCES = sorted({str(event.get("eventSource")) for event in EVENTS})

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
RENAMED_BY_S3 = {
    f"{verb}{scope}PublicAccessBlock" for verb in ("Put", "Delete") for scope in ("Bucket", "Account")
}
SERVICES = "ec2 iam kms s3 config cloudtrail cloudwatch logs sns organizations sts".split()

every_control = pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
every_alarm = pytest.mark.parametrize("control", ALARMS, ids=lambda control: control.id)
every_investigation = pytest.mark.parametrize("control", INVESTIGATIONS, ids=lambda control: control.id)


def file_of(control: Control) -> str:
    number = f"{control.number:02}-" if control.number else ""
    return (built_in() / control.group / f"{number}{control.id}.cwli").read_text(encoding="utf-8")


def nodes(tree: object) -> Iterator[object]:
    """A tree's nodes, outermost first."""
    yield tree
    children = (
        tree if isinstance(tree, tuple) else [getattr(tree, slot) for slot in getattr(tree, "__slots__", ())]
    )
    for child in children:
        if isinstance(child, tuple) or hasattr(child, "__slots__"):
            yield from nodes(child)


def columns(control: Control) -> list[Column]:
    return [column for stage in control.query.stages if isinstance(stage, Fields) for column in stage.columns]


def shown_as(column: Column) -> str:
    return column.alias or str(getattr(column.expression, "name", ""))


def with_defaults(control: Control) -> str:
    text = control.query_text
    for parameter in control.parameters:
        text = text.replace("{{" + parameter.name + "}}", parameter.default)
    return text


@every_control
def test_a_file_is_printable_text_in_short_lines(control: Control) -> None:
    text = file_of(control)
    lines = text.splitlines()
    assert text == "\n".join(lines) + "\n"
    assert all(line.isascii() and line.isprintable() and line == line.rstrip() for line in lines)
    assert [line for line in lines if len(line) > 110 and not line.startswith("#")] == []


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


def test_of_the_extended_controls_only_the_watch_over_the_monitoring_is_on() -> None:
    extended = [control for control in ALARMS if control.group == "extended"]
    assert [control.id for control in extended if control.default] == ["monitoring-tampering"]
    assert [control.id for control in extended if control.cis or control.security_hub] == []


@every_investigation
def test_an_investigation_answers_something_with_its_defaults(control: Control) -> None:
    query = parse_query(with_defaults(control))
    assert "{{" not in query.text
    found = sum(query.matches(event) for event in EVENTS)
    assert 0 < found < len(EVENTS)


@pytest.mark.parametrize(
    ("slug", "value", "field"),
    [
        ("principal-activity", "carol", "userIdentity"),
        ("access-key-activity", "AKIAI44QH8DHBEXAMPLE", "userIdentity"),
        ("address-activity", "192.0.2.44/32", "sourceIPAddress"),
        ("account-activity", "444455556666", "recipientAccountId"),
        ("session-activity", "/erin@example.com", "userIdentity"),
        ("resource-activity", "cgw-0abcdef1234567890", "requestParameters"),
        ("role-assumptions", ":role/app", "requestParameters"),
    ],
)
def test_a_parameter_narrows_an_investigation(slug: str, value: str, field: str) -> None:
    control = CATALOGUE[slug]
    narrow = parse_query(control.query_text.replace("{{" + control.parameters[0].name + "}}", value))
    wide = parse_query(with_defaults(control))
    found = [event for event in EVENTS if narrow.matches(event)]
    assert 0 < len(found) < sum(wide.matches(event) for event in EVENTS)
    wanted = value.removesuffix("/32")
    assert all(wanted in json.dumps([event[field], event["responseElements"]]) for event in found)


def test_every_investigation_with_a_parameter_has_a_case_above() -> None:
    marks = test_a_parameter_narrows_an_investigation.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == {c.id for c in INVESTIGATIONS if c.parameters}


@every_control
def test_a_case_has_no_more_branches_than_logs_insights_takes(control: Control) -> None:
    cases = [n for n in nodes(control.query.stages) if isinstance(n, Call) and n.name == "case"]
    assert all(len(case.arguments) <= 20 for case in cases)


def change_events() -> list[dict[str, Any]]:
    """The recorded events, and each event name of the controls from each source, whole and spoilt."""
    names = {name for control in CHANGES for name in event_names(control)}
    spoilt = {f"{name}s" for name in names} | {f"Batch{name}" for name in names}
    made = [{"eventSource": source, "eventName": name} for source in SOURCES for name in names | spoilt]
    return [*EVENTS, *made]


def test_changes_by_control_counts_what_the_controls_about_changes_match() -> None:
    query = CATALOGUE["changes-by-control"].query
    differ = [
        (event.get("eventSource"), event.get("eventName"))
        for event in change_events()
        if query.matches(event) != any(control.query.matches(event) for control in CHANGES)
    ]
    assert differ == []


def test_changes_by_control_names_the_control_that_matches() -> None:
    query = CATALOGUE["changes-by-control"].query
    (named,) = [n for n in nodes(query.stages) if isinstance(n, Call) and n.name == "coalesce"]
    case, otherwise = named.arguments
    assert isinstance(case, Call)
    branches = list(zip(case.arguments[::2], case.arguments[1::2], strict=True))
    for control in CHANGES:
        for event in (event for event in EVENTS if control.query.matches(event)):
            label = next((value for test, value in branches if holds(test, event)), otherwise)
            assert isinstance(label, String)
            assert label.value.split()[0] == f"{control.number:02}"


def holds(condition: Expression, event: dict[str, Any]) -> bool:
    return predicate(condition, Reading())(event)


def event_names(control: Control) -> list[str]:
    lists = [n for n in nodes(control.query.condition) if isinstance(n, In) and is_event_name(n)]
    return [item.value for found in lists for item in found.items if isinstance(item, String)]


def is_event_name(node: In) -> bool:
    return getattr(node.operand, "name", "") == "eventName"


def test_event_names_are_calls_that_aws_has() -> None:
    models = [boto3.client(name, region_name="us-east-1").meta.service_model for name in SERVICES]
    known = RENAMED_BY_S3.union(*(model.operation_names for model in models))
    named = {name for control in ALARMS for name in event_names(control)}
    assert len(named) > 150
    assert sorted(named - known) == []
