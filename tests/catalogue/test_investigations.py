"""What the investigations answer, with their defaults and with a value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from cis_insights import Control, Reading, load_catalogue, parse_query
from cis_insights.logs_insights.evaluate import compile_predicate
from cis_insights.logs_insights.syntax import Call, Expression, String

from ..support.investigations import fill
from ..support.walk import named_in, nodes

CATALOGUE = load_catalogue()
ALARMS = [control for control in CATALOGUE.values() if control.is_alarm]
INVESTIGATIONS = [control for control in CATALOGUE.values() if not control.is_alarm]
EVENTS = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[1] / "events").rglob("*.json"))
]
SOURCES = sorted({str(event.get("eventSource")) for event in EVENTS})

# Investigation, a value of its parameter, and the key of the record where the value must stand.
NARROWED = [
    ("principal-activity", "carol", "userIdentity"),
    ("access-key-activity", "AKIAI44QH8DHBEXAMPLE", "userIdentity"),
    ("address-activity", "192.0.2.44/32", "sourceIPAddress"),
    ("account-activity", "444455556666", "recipientAccountId"),
    ("session-activity", "/erin@example.com", "userIdentity"),
    ("resource-activity", "cgw-0abcdef1234567890", "requestParameters"),
    ("role-assumptions", ":role/app", "requestParameters"),
]
ASKED_AS_THEY_ARE = (
    "changes-by-control changes-undone denied-calls-ranked failed-sign-ins iam-writes new-credentials"
    " opened-to-the-internet root-timeline sign-ins-by-address sign-ins-without-mfa"
).split()

every_investigation = pytest.mark.parametrize("control", INVESTIGATIONS, ids=lambda control: control.id)


@every_investigation
def test_an_investigation_runs_with_its_defaults(control: Control) -> None:
    query = parse_query(fill(control))
    assert "{{" not in query.text
    assert not all(query.matches(event) for event in EVENTS)


@pytest.mark.parametrize("slug", ASKED_AS_THEY_ARE)
def test_an_investigation_without_parameters_finds_something(slug: str) -> None:
    assert any(CATALOGUE[slug].query.matches(event) for event in EVENTS)


@pytest.mark.parametrize(("slug", "value", "key"), NARROWED)
def test_a_parameter_narrows_an_investigation(slug: str, value: str, key: str) -> None:
    control = CATALOGUE[slug]
    narrow = parse_query(control.query_text.replace("{{" + control.parameters[0].name + "}}", value))
    wide = parse_query(fill(control))
    found = [event for event in EVENTS if narrow.matches(event)]
    assert 0 < len(found) < sum(wide.matches(event) for event in EVENTS)
    wanted = value.removesuffix("/32")
    assert all(wanted in json.dumps([event[key], event["responseElements"]]) for event in found)


def branches(control: Control) -> tuple[list[tuple[Expression, str]], str]:
    """The conditions and labels of `coalesce(case(..), label)`, and the label of all else."""
    (named,) = [n for n in nodes(control.query.stages) if isinstance(n, Call) and n.name == "coalesce"]
    case, otherwise = named.arguments
    assert isinstance(case, Call)
    assert isinstance(otherwise, String)
    labels = [label.value for label in case.arguments[1::2] if isinstance(label, String)]
    return list(zip(case.arguments[::2], labels, strict=True)), otherwise.value


BY_CONTROL = CATALOGUE["changes-by-control"]
BRANCHES, OTHERWISE = branches(BY_CONTROL)
LABELS = {int(label.split()[0]): label for label in (*(label for _, label in BRANCHES), OTHERWISE)}
CHANGES = [control for control in ALARMS if control.number in LABELS and control.group == "cis"]


def spoilt_events() -> Iterator[dict[str, Any]]:
    """Each event name of the controls from each source, spoilt ones from those of its control."""
    for control in CHANGES:
        names, own = named_in(control, "eventName"), named_in(control, "eventSource")
        spoilt = [form for name in names for form in (f"{name}s", f"Batch{name}")]
        for name, source in (*product(names, SOURCES), *product(spoilt, own or SOURCES)):
            yield {"eventSource": source, "eventName": name}


def test_changes_by_control_counts_what_the_controls_about_changes_match() -> None:
    differ = [
        event
        for event in (*EVENTS, *spoilt_events())
        if BY_CONTROL.query.matches(event) != any(control.query.matches(event) for control in CHANGES)
    ]
    assert differ == []


@pytest.mark.parametrize("control", CHANGES, ids=lambda control: control.id)
def test_changes_by_control_names_the_control_that_matches(control: Control) -> None:
    for event in (event for event in EVENTS if control.query.matches(event)):
        holding = (label for test, label in BRANCHES if compile_predicate(test, Reading())(event))
        assert next(holding, OTHERWISE) == LABELS[control.number or 0]
