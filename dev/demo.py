"""`make demo`: deploys everything, fires all fifteen alarms, and shows who did it.

Deploys the app to a local cloud, sends a recorded event to each control (one is a real API call),
and waits for alarm, notification and answer: what the saved query that the mail names says of it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cis_insights import Control, load_catalogue
from cis_insights.errors import printable
from cli.layout import PROSE, fold
from cli.preview.command import Place, draw_page, read_plan
from cli.preview.demo import load_event
from cli.preview.of_account import open_account
from cli.terminal import make_console

from . import ROOT
from .deployment import LOG_GROUP, REGION, DeployError, Deployment, start_deployment
from .progress import report_steps

CALLED = "security-group-changes"  # the control whose event is a real call, not a sent record
STREAM = "recorded-events"
PATIENCE = 60  # seconds, for all alarms, notifications and answers
WAIT_SCALE = 0.02  # of the answers' waits: AWS runs queries for seconds, this cloud at once
PAGE = ROOT / "build" / "demo.html"
HOURS = 3  # that the page shows
WIDE = 125  # characters; in fewer, the event is below its control


@dataclass(slots=True)
class Row:
    """The outcome for one control."""

    control: Control
    sent: str = ""
    matched: int = 0  # events that its filters counted
    state: str = ""
    mail: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)  # docs/answers.schema.json

    @property
    def is_complete(self) -> bool:
        """Whether every step from the event to the answer with a name succeeded."""
        return bool(self.sent and self.matched and self.state == "ALARM" and self.mail and self.user)

    @property
    def user(self) -> str:
        """The user in the newest row of the answer."""
        rows = self.answer.get("rows")
        return str(rows[0].get("user", "")) if rows else ""


def main() -> None:
    """Runs the demo; exit status 1 if any control falls short."""
    console = make_console()
    started = time.monotonic()
    try:
        with start_deployment(report_steps(console), wait_scale=WAIT_SCALE) as deployment:
            rows = _run(deployment, console)
            seconds = time.monotonic() - started
            report_steps(console)("the dashboards, as a page", lambda: _write_page(deployment))
    except DeployError as error:
        sys.exit(str(error))
    console.print(_build_table(rows, is_wide=console.width >= WIDE))
    complete = sum(row.is_complete for row in rows)
    console.print(f"[bold]{complete} of {len(rows)}[/] in {seconds:.0f} s\n")
    shown = next((row for row in rows if row.control.id == CALLED), rows[0])
    _print_mail(console, shown)
    _print_answer(console, shown)
    console.print(f"\npage: {escape(str(PAGE))}", soft_wrap=True)
    sys.exit(0 if all(row.is_complete for row in rows) else 1)


def _run(deployment: Deployment, console: Console) -> list[Row]:
    rows = [Row(control) for control in load_catalogue().values() if control.group == "cis"]
    progress = report_steps(console)
    start = datetime.now(UTC) - timedelta(minutes=5)
    progress("an event for each control", lambda: _send_events(deployment, rows))
    progress("alarms, notifications and answers", lambda: _wait(deployment, rows))
    progress("counts", lambda: _read_counts(deployment, rows, start))
    return rows


def _send_events(deployment: Deployment, rows: list[Row]) -> None:
    logs = deployment.cloud.client("logs")
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=STREAM)
    for row in rows:
        if row.control.id == CALLED:
            _call(deployment)
            row.sent = "ec2 create-security-group"
        else:
            record = _load_record(row.control)
            message = json.dumps(record, separators=(",", ":"))
            event = {"timestamp": int(time.time() * 1000), "message": message}
            logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=STREAM, logEvents=[event])
            row.sent = record["eventName"]


def _load_record(control: Control) -> dict[str, Any]:
    """The control's recorded event, as if it happened now."""
    return load_event(control.id) | {
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventID": str(uuid4()),
    }


def _call(deployment: Deployment) -> None:
    """Calls EC2 as a user: the trail delivers the event of the call."""
    iam = deployment.cloud.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    ec2 = deployment.cloud.client("ec2", **credentials)
    ec2.create_security_group(GroupName="open-to-all", Description="a demonstration")


def _wait(deployment: Deployment, rows: list[Row]) -> None:
    """Waits until every alarm has fired and both messages of each are there, for PATIENCE seconds at most."""
    cloudwatch, sqs = deployment.cloud.client("cloudwatch"), deployment.cloud.client("sqs")
    deadline = time.monotonic() + PATIENCE
    messages: dict[tuple[str, bool], Mapping[str, Any]] = {}
    while time.monotonic() < deadline and not all(map(_is_told, rows)):
        states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in _read_states(cloudwatch)}
        messages |= {_identify(one): one for one in receive_messages(sqs, deployment.queue_url)}
        for row in rows:
            name = _find_alarm_name(row.control)
            row.state = states.get(name, "missing")
            row.mail, row.answer = messages.get((name, False), {}), messages.get((name, True), {})
        time.sleep(0.2)


def _is_told(row: Row) -> bool:
    return bool(row.state == "ALARM" and row.mail and row.answer)


def _identify(message: Mapping[str, Any]) -> tuple[str, bool]:
    """The alarm that a message is about, and whether it is the answer."""
    is_answer = "schema" in message
    return message["alarm"]["name"] if is_answer else message["AlarmName"], is_answer


def _read_states(cloudwatch: Any) -> Iterator[dict[str, Any]]:
    for page in cloudwatch.get_paginator("describe_alarms").paginate():
        yield from page["MetricAlarms"]


def receive_messages(sqs: Any, queue_url: str) -> Iterator[dict[str, Any]]:
    """The messages that are in a queue of notifications, each with its subject."""
    while messages := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            notification = json.loads(message["Body"])
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(notification["Message"]) | {"Subject": notification.get("Subject", "")}


def _find_alarm_name(control: Control) -> str:
    return f"cis-{control.id}"


def _read_counts(deployment: Deployment, rows: list[Row], start: datetime) -> None:
    cloudwatch, end = deployment.cloud.client("cloudwatch"), datetime.now(UTC) + timedelta(minutes=5)
    for row in rows:
        statistics = cloudwatch.get_metric_statistics(
            Namespace="LogMetrics",
            MetricName=_find_alarm_name(row.control),
            StartTime=start,
            EndTime=end,
            Period=300,
            Statistics=["Sum"],
        )
        row.matched = int(sum(point["Sum"] for point in statistics["Datapoints"]))


def _write_page(deployment: Deployment) -> None:
    """The page of the dashboards as they are deployed, with what just happened."""
    plan = read_plan((), (f"log-group-name={LOG_GROUP}", f"subscribers={deployment.queue_arn}"))
    values, dashboards = open_account(plan, deployment.cloud, hours=HOURS)
    place = Place(account=deployment.cloud.account, region=REGION, source="the demo, just now")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(draw_page(plan, dashboards, values, place), encoding="utf-8")


def _build_table(rows: list[Row], *, is_wide: bool = True) -> Table:
    """A line for each control, or two and no counts where the terminal is narrow: no id or user is cut."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    first = ("control", "event") if is_wide else ("control, its event",)
    counts = ("counted", "events") if is_wide else ("", "")
    for name in filter(None, (*first, counts[0], "alarm", "mail", "answer", counts[1])):
        table.add_column(name, no_wrap=True)
    table.add_column("user", overflow="fold")
    for row in rows:
        number = row.control.cis.get("5.0.0", "")
        control, event = f"{number:5}{row.control.id}", printable(row.sent)
        cells = [
            *((control, event) if is_wide else (f"{control}\n     {event}",)),
            *([str(row.matched)] if is_wide else []),
            row.state,
            "arrived" if row.mail else "none",
            _describe_answer(row),
            *([str(row.answer.get("events", 0))] if is_wide else []),
            printable(row.user),
        ]
        table.add_row(*map(escape, cells), style="" if row.is_complete else "red")
    return table


def _describe_answer(row: Row) -> str:
    kind = row.answer.get("kind", "none")
    return "arrived" if kind == "answer" else str(kind)


def _print_mail(console: Console, row: Row) -> None:
    if row.mail:
        console.print("[bold]The mail[/]")
        for line in (f"Subject: {row.mail['Subject']}", *row.mail["AlarmDescription"].splitlines()):
            _print_line(console, line)
        console.print()


def _print_answer(console: Console, row: Row) -> None:
    console.print("[bold]The mail that answers[/]")
    for line in (f"Subject: {row.answer['Subject']}", *row.answer["text"].splitlines()) if row.answer else ():
        _print_line(console, line)


def _print_line(console: Console, line: str) -> None:
    """A line of a mail: links and commands are in one piece."""
    console.print(escape(fold(f"  {printable(line)}", min(PROSE, console.width))), soft_wrap=True)


if __name__ == "__main__":
    main()
