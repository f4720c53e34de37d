"""The outcome of a drill: whole screens, and a document that keeps to its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from cfnlint.jsonschema import StandardValidator

from cli.drill.plan import DrillPlan
from cli.drill.report import build_document, draw_report
from cli.drill.trial import FIRST, MODES, Trial

from ..support.drills import MARKS, outcome, plan
from ..support.set_ups import with_alarm

SCHEMA = json.loads(Path("docs/drill.schema.json").read_text(encoding="utf-8"))
PAGE = Path("docs/drill.md").read_text(encoding="utf-8")
SHOWN = {
    "security-group-changes": (143, 144, 181, 181, 199),
    "route-table-changes": (143, 144, 186, 187, 204),
    "vpc-changes": (143, 144, 191),
}


def see(trial: Trial, *seconds: float) -> None:
    """The first steps of a trial, in their order."""
    trial.started = 100.0
    for step, after in zip(trial.expected, (0.0, *seconds), strict=False):
        trial.see(step, 100.0 + after)


def drawn() -> DrillPlan:
    """The drill of the page: the actions of one alarm are off."""
    found = plan(*SHOWN, setup=with_alarm("vpc-changes", actions_enabled=False))
    for trial in found.trials:
        see(trial, *SHOWN[trial.target.control.id])
        trial.what = f"{trial.what}: DryRunOperation"
    return found


def faults(document: Any) -> list[str]:
    """To this validator of CloudFormation null is absent; a schema that allows null allows 0 like it."""
    assert SCHEMA["definitions"]["seconds"]["type"] == ["number", "null"]
    text = json.dumps(document).replace(": null", ": 0")
    return [error.message for error in StandardValidator(schema=SCHEMA).iter_errors(json.loads(text))]


def test_the_screen_of_the_page() -> None:
    screen = click.unstyle(draw_report(outcome(drawn())))
    head, _, rest = screen.partition("\n\n")
    assert head == f"{MARKS.id} in account 111122223333, eu-west-1"
    assert f"```text\n{rest}\n```" in PAGE


def test_a_drill_that_went_well() -> None:
    found = plan("vpc-changes")
    (trial,) = found.trials
    see(trial, 0.1, 0.2, 3, 3.5, 120)
    text = click.unstyle(draw_report(outcome(found)))
    assert text.split("\n\n")[1:] == [
        "       control           recorded  counted  alarm  message  answer\n"
        "ok     4.14 vpc-changes     0.1 s    0.2 s  3.0 s    3.5 s   120 s",
        "1 of 1 controls went through every step, in 1200 s",
    ]
    assert outcome(found).is_complete
    assert not outcome(found, left=("aws sqs delete-queue",)).is_complete
    assert not outcome(plan("root-account-usage")).is_complete


def test_what_cannot_be_seen_is_said_and_spoils_only_the_message() -> None:
    found = plan("vpc-changes", "route-table-changes", answered=False)
    seen, blind = found.trials
    for trial in found.trials:
        see(trial, 1, 2, 3, 4)
    seen.unseen["counted"] = "not allowed"
    del seen.seconds["counted"]
    blind.unseen["notified"] = "not allowed"
    del blind.seconds["notified"]
    assert (seen.is_complete, blind.is_complete) == (True, False)
    parts = click.unstyle(draw_report(outcome(found))).split("\n\n")
    assert parts[1:] == [
        "       control                   recorded  counted  alarm  message  answer\n"
        "ok     4.13 route-table-changes     1.0 s        ?  3.0 s    4.0 s       -\n"
        "error  4.14 vpc-changes             1.0 s    2.0 s  3.0 s        ?       -",
        "4.13 route-table-changes (ec2 DeleteRouteTable)\n  counted cannot be seen: not allowed",
        "4.14 vpc-changes (ec2 DeleteVpc)\n  notified cannot be seen: not allowed",
        "1 of 2 controls went through every step, in 1200 s",
    ]


def test_what_is_the_same_of_several_is_said_once_and_is_inert() -> None:
    setup = with_alarm("vpc-changes", state="ALARM")
    found = plan("vpc-changes", "root-account-usage", setup=setup)
    (trial,) = found.trials
    see(trial, 1)
    trial.what = "ec2 DeleteVpc: \x1b[31mevil"
    text = click.unstyle(draw_report(outcome(found, left=("aws sqs delete-queue --queue-url Q",))))
    assert "\x1b" not in text
    assert text.split("\n\n")[2:] == [
        "4.14 vpc-changes (ec2 DeleteVpc: \ufffd[31mevil)\n"
        "  the filter did not count it; cis-insights verify says what is wrong; its alarm\n"
        "    was in ALARM already: no message follows until it was OK again",
        "not drilled\n"
        "  root-account-usage: it takes the root user's own sign-in or access key, which\n"
        "    a drill must not need\n"
        "  --notify sets the alarm of a control, --events forges a record of it",
        "left behind; this removes it:\n  aws sqs delete-queue --queue-url Q",
        "0 of 1 controls went through every step, in 1200 s",
    ]


@pytest.mark.parametrize("mode", MODES)
def test_the_document_keeps_to_the_schema(mode: Any) -> None:
    found = plan(modes=(mode,))
    for trial in found.trials[:3]:
        see(trial, 1.26, 2, 3, 4, 5)
    document = build_document(outcome(found, modes=(mode,), left=("aws",)))
    assert faults(document) == []
    assert faults(build_document(outcome(found, modes=MODES))) == []
    first = document["controls"][0]
    assert list(first["steps"])[:2] == [FIRST[mode], "recorded"]
    assert (first["complete"], first["steps"][FIRST[mode]]) == (True, 0.0)
    assert first["steps"]["recorded"] == (None if mode == "notify" else 1.3)
    assert document["controls"][-1]["complete"] is False


def test_the_schema_notices_what_is_not_a_drill() -> None:
    document = build_document(outcome(drawn()))
    control = document["controls"][0]
    assert faults({**document, "version": 2})
    assert faults({**document, "mode": "calls+calls"})
    assert faults({**document, "id": "cis-insights-drill-1"})
    assert faults({**document, "more": 1})
    steps = {**control["steps"], "sent": 0}
    assert faults({**document, "controls": [{**control, "steps": steps}]})
    assert faults({**document, "controls": [{**control, "mode": "other"}]})
    steps = {step: seconds for step, seconds in control["steps"].items() if step != "notified"}
    assert faults({**document, "controls": [{**control, "steps": steps}]})
