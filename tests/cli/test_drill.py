"""`cis-insights drill` on a local cloud: it goes all the way, may be interrupted, and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from cis_insights.verification.trails import Place
from cli.drill import command, mailbox
from cli.main import main
from cli.verify.drill_file import parse_drill
from local_cloud import LocalCloud

from ..support.drilled_cloud import DEAF, GROUP, PREFIX, REGION, find_left, leave, set_up
from ..support.metric_alarms import put_alarm
from ..support.set_ups import catalogue

CONTROLS = [
    "route-table-changes",
    "root-account-usage",
    "security-group-changes",
    "iam-policy-changes",
    DEAF,
    "config-changes",
    "vpc-changes",
]
PAGES = {name: Path(f"docs/{name}.md").read_text(encoding="utf-8") for name in ("drill", "verify")}
PATIENCE = 30  # seconds


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        set_up(running, CONTROLS)
        yield running


@pytest.fixture(scope="module")
def session(cloud: LocalCloud) -> Any:
    """One for all: each of its own would read all models again."""
    return boto3.session.Session(region_name=REGION)


@pytest.fixture
def environment(cloud: LocalCloud, session: Any, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    monkeypatch.setattr(command, "open_session", lambda _: session)
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())
    monkeypatch.setattr(command, "MINUTE", 1.5)
    monkeypatch.setattr(mailbox, "_SETTLES", 0)
    for name, value in cloud.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return cloud


def watch_calls(monkeypatch: pytest.MonkeyPatch, refuse: Callable[[str], str | None]) -> list[str]:
    """The calls that are made, by their names in a policy; `refuse` gives the code of an error."""
    names: list[str] = []
    make = BaseClient._make_api_call
    services = {"monitoring": "cloudwatch"}

    def make_and_note(self: Any, operation: str, parameters: Any) -> Any:
        service = self.meta.service_model.endpoint_prefix
        names.append(f"{services.get(service, service)}:{operation}")
        if code := refuse(names[-1]):
            raise ClientError({"Error": {"Code": code, "Message": "not you"}}, operation)
        return make(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", make_and_note)
    return names


def drill(*arguments: str, answer: str = "") -> Result:
    result = CliRunner().invoke(main, ["drill", *arguments], input=answer)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def records(cloud: LocalCloud, name: str) -> list[dict[str, Any]]:
    """The records of the drills' calls of an event name."""
    events = cloud.client("logs").filter_log_events(
        logGroupName=GROUP, filterPattern=f'{{ $.userAgent = "*{PREFIX}*" }}'
    )["events"]
    found = [json.loads(one["message"]) for one in events]
    return [one for one in found if one["eventName"] == name]


def read_states(cloud: LocalCloud) -> dict[str, str]:
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {one["AlarmName"]: one["StateValue"] for one in alarms}


def test_a_call_that_fails_goes_all_the_way(environment: LocalCloud, tmp_path: Path) -> None:
    kept = tmp_path / "drill.json"
    result = drill("--yes", "--control", "4.13", "--control", "4.3", "--json", "-o", str(kept))
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found == json.loads(kept.read_text())
    cited = parse_drill(kept.read_bytes(), [Place(environment.account, REGION)], datetime.now(UTC))
    assert [one.is_complete for one in cited.find("route-table-changes")] == [True]
    (control,) = found["controls"]
    assert (control["id"], control["complete"]) == ("route-table-changes", True)
    assert control["what"] == "ec2 DeleteRouteTable: DryRunOperation"
    steps = control["steps"]
    assert steps.pop("answered") is None  # none are deployed
    assert all(0 <= seconds < PATIENCE for seconds in steps.values())
    assert [one["id"] for one in found["undrilled"]] == ["root-account-usage"]
    (record,) = records(environment, "DeleteRouteTable")
    assert record["userAgent"].endswith(f" {found['id']}")
    assert record["errorCode"] == "Client.DryRunOperation"
    assert "1 alarm will go off, and page:\n  alarms: sqs arn:aws:sqs:" in result.stderr
    assert find_left(environment) == []


def test_nothing_is_called_unless_somebody_says_yes(environment: LocalCloud) -> None:
    result = drill("--control", "vpc-changes", answer="n\n")
    assert result.exit_code == 1
    assert result.stderr.endswith("Page them? [y/N]: n\nError: nothing was called, nobody is paged\n")
    assert records(environment, "DeleteVpc") == []
    assert drill("--control", "vpc-changes", answer="y\n").exit_code == 0
    assert len(records(environment, "DeleteVpc")) == 1


def test_what_cannot_be_called_is_not_drilled_by_calls(environment: LocalCloud) -> None:
    result = drill("--yes", "--control", "root-account-usage")
    assert result.exit_code == 1
    assert result.output == (
        "nothing can be drilled like that; cis-insights verify says what is deployed\n"
        "  root-account-usage: it takes the root user's own sign-in or access key, which a drill must not"
        " need\n  --notify sets the alarm of a control, --events forges a record of it\n"
    )
    hinted = drill("--control", "vpc-change")
    assert (hinted.exit_code, hinted.output.splitlines()[-1]) == (2, "    hint: did you mean vpc-changes?")


def test_a_forged_record_and_a_state_that_is_set_leave_nothing(environment: LocalCloud) -> None:
    put_alarm(environment, "security-group-changes", Threshold=100, AlarmActions=topics(environment))
    before = read_states(environment)
    result = drill("--yes", "--events", "--notify", "--control", "4.3", "--control", "4.10")
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith("ok")]
    assert [row[1:3] for row in rows] == [["4.3", "root-account-usage"], ["4.10", "security-group-changes"]]
    assert result.stdout.splitlines()[-1].startswith("2 of 2 controls went through every step, in ")
    assert find_left(environment) == []
    after = read_states(environment)
    assert (after["root-account-usage"], after["security-group-changes"]) == (
        "ALARM",  # it was counted
        before["security-group-changes"],
    )


def topics(cloud: LocalCloud) -> list[str]:
    return [one["TopicArn"] for one in cloud.client("sns").list_topics()["Topics"]]


def test_a_step_that_does_not_happen_is_named(environment: LocalCloud) -> None:
    result = drill("--yes", "--timeout", "1", "--control", DEAF)
    assert result.exit_code == 1
    known = "  network-acl-changes: the alarm network-acl-changes never fires: Sum >= 1, and\n"
    assert known in result.stderr
    lines = result.stdout.splitlines()
    assert lines[3].split()[:3] == ["error", "4.11", "network-acl-changes"]
    assert lines[3].split()[-4:] == ["none", "none", "none", "-"]
    assert lines[5] == "4.11 network-acl-changes (ec2 DeleteNetworkAcl: DryRunOperation)"
    assert lines[6].startswith("  the filter did not count it; ")
    assert find_left(environment) == []


def test_who_may_not_look_sees_what_could_not_be_seen(
    environment: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ("sqs:CreateQueue", "logs:FilterLogEvents", "events:ListRules", "sqs:ListQueues")
    names = watch_calls(monkeypatch, lambda name: "AccessDenied" if name in refused else None)
    result = drill("--yes", "--json", "--control", "config-changes")
    (control,) = json.loads(result.stdout)["controls"]
    assert result.exit_code == 1 and not control["complete"]
    assert control["steps"]["recorded"] is control["steps"]["notified"] is None
    assert control["steps"]["alarmed"] is not None
    assert [part.partition(":")[0] for part in control["reason"].split("; ")] == [
        "notified cannot be seen",
        "recorded cannot be seen",
    ]
    assert "sqs:DeleteQueue" not in names and "sns:Subscribe" not in names
    assert json.loads(result.stdout)["left"] == []


def wait_until_made(cloud: LocalCloud) -> None:
    """Until a drill has made its queue, subscription and log stream."""
    deadline = time.monotonic() + PATIENCE
    while len(find_left(cloud)) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(find_left(cloud)) == 3


def test_interrupted_half_way_it_leaves_nothing(environment: LocalCloud) -> None:
    words = [sys.executable, "-m", "cli.main", "drill", "--yes", "--events", "--control", DEAF]
    with subprocess.Popen(  # noqa: S603  # our own command
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        wait_until_made(environment)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=PATIENCE)
    assert (running.returncode, out) == (130, "")
    assert err.endswith("interrupted: all of it is removed\n")
    assert find_left(environment) == []


def test_a_job_that_is_cancelled_leaves_nothing(
    environment: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MINUTE", PATIENCE)
    before = signal.getsignal(signal.SIGTERM)

    def cancel() -> None:
        wait_until_made(environment)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = Thread(target=cancel)
    thread.start()
    result = drill("--yes", "--events", "--control", DEAF)
    thread.join()
    assert (result.exit_code, result.stdout) == (130, "")
    assert find_left(environment) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_a_drill_that_was_killed_left_is_removed_by_the_next(environment: LocalCloud) -> None:
    name = leave(environment, *topics(environment))
    assert len(find_left(environment)) == 3
    result = drill("--control", DEAF, answer="n\n")
    head = "left by a drill that was killed, or of one that runs now; removed first:\n"
    said = result.stderr.partition(head)[2].splitlines()[:3]
    kinds = [line.split()[1:3] for line in said]
    assert kinds == [["queue", name], ["subscription", "of"], ["log", "stream"]]
    assert name in said[1] and name in said[2]
    assert len(find_left(environment)) == 3  # nobody said yes
    drill("--yes", "--timeout", "1", "--control", DEAF)
    assert find_left(environment) == []


def test_the_page_names_every_permission_and_no_other(
    environment: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alarm(environment, "iam-policy-changes", Threshold=100, AlarmActions=topics(environment))
    names = watch_calls(monkeypatch, lambda name: None)
    drill("--yes", "--events", "--notify", "--timeout", "1", "--control", "4.4", "--control", "4.11")
    policy = json.loads(PAGES["drill"].partition("<!-- policy -->\n```json")[2].partition("```")[0])
    allowed = {
        action
        for statement in policy["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    own = {name for name in names if name.partition(":")[2] not in PAGES["verify"]}
    # No answers are deployed here, and CreateQueue is what tags.
    assert own <= allowed
    assert allowed - set(names) == {
        "events:ListTargetsByRule",
        "states:DescribeStateMachine",
        "sqs:TagQueue",
    }
