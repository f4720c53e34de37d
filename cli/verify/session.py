"""The account of the credentials, read and verified."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights import Catalogue
from cis_insights.errors import printable
from cis_insights.verification.verifier import Verification, verify

from ..error_handling import HintedError
from ..terminal import show_progress
from .account import read_account
from .document import Evidence, build_document
from .drill_file import Drill, NoDrill, read_drill
from .matcher import ask_aws, draw_judgement, judge, write_judgement
from .options import VerifyOptions
from .organization import AccountVerdict, Sessions, draw_accounts, verify_organization
from .record_reader import read_records
from .records import Records


class Credentials(Protocol):
    """Options that say whose credentials are used, and in which Region."""

    @property
    def profile(self) -> str | None: ...

    @property
    def region(self) -> str | None: ...


def open_session(options: Credentials) -> Any:
    """A session of boto3 with a Region.

    Raises:
        click.UsageError: without one.
    """
    session = boto3.session.Session(profile_name=options.profile, region_name=options.region)
    if not session.region_name:
        raise click.UsageError("no Region: pass --region, or set AWS_REGION")
    return session


@contextmanager
def explaining() -> Iterator[None]:
    """What AWS or the network refuse, as the last word of a command."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None


def collect_here(catalogue: Catalogue, options: VerifyOptions) -> Evidence:
    """Verifies the account of the credentials; what is on record is read for a page or a document only.

    Raises:
        click.ClickException: without a Region, valid credentials or a network, or with another's drill.
    """
    now = datetime.now(UTC)
    with explaining(), show_progress("reading and verifying the account") as update:
        session = open_session(options)
        found = verify(read_account(session, now), catalogue, options.version, now, options.only)
        drill = _read_drill(options.drill, found, now) if options.drill else None
        update(description="reading what is on record")
        records = read_records(session, found, now) if options.is_evidence else Records()
        return Evidence(found=found, now=now, records=records, drill=drill)


def _read_drill(path: Path, found: Verification, now: datetime) -> Drill:
    fed = (one.trail.feeds for one in found.trails)
    places = dict.fromkeys(one for one in (found.setup.place, *fed) if one)
    try:
        return read_drill(path, list(places), now)
    except NoDrill as error:
        raise HintedError(f"{path}: {error}", error.hint) from None


def ask_matcher(catalogue: Catalogue, options: VerifyOptions) -> int:
    """Asks AWS's own matcher, prints what it says, and keeps it if that is asked for.

    Returns:
        The exit status: 0 if every answer is explained by a reading.
    """
    with explaining(), show_progress("asking AWS's matcher", total=1) as update:
        session = open_session(options)
        match = ask_aws(session.client("logs"))
        found = judge(catalogue, match, lambda done, total: update(completed=done, total=total))
    click.echo(draw_judgement(found))
    if options.output:
        options.output.write_text(write_judgement(found, session.region_name), encoding="utf-8")
    return 1 if found.differences else 0


def verify_all(catalogue: Catalogue, options: VerifyOptions) -> int:
    """Verifies every account of the organization, and prints them as one table, or a line of JSON each.

    Returns:
        The exit status: 0 if the monitoring of each holds, or its events are watched elsewhere.
    """
    now = datetime.now(UTC)

    def verify_one(session: Any) -> Verification:
        return verify(read_account(session, now), catalogue, options.version, now, options.only)

    with explaining(), show_progress("verifying the accounts", total=1) as update:
        sessions = Sessions(open_session(options), options.role)
        found = verify_organization(
            sessions, verify_one, lambda done, total: update(completed=done, total=total)
        )
    lines = (_write_line(one, now) for one in found)
    click.echo("\n".join(lines) if options.form == "json" else draw_accounts(found))
    return 0 if all(one.is_well for one in found) else 1


def _write_line(one: AccountVerdict, now: datetime) -> str:
    head = {"account": one.account.id, "name": one.account.name, "state": one.state}
    more = {"covered_by": one.covered_by or None, "reason": one.reason or None}
    found = build_document(Evidence(found=one.found, now=now)) if one.found else {}
    found.pop("schema", None)  # a line has the keys above besides
    return json.dumps({**head, **more, **found})


def confirm(options: VerifyOptions) -> int:
    """Confirms a subscription such that only AWS credentials can end it.

    https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
    """
    token, topic = read_confirmation(options.confirm or "", options.topic)
    with explaining():
        session = open_session(replace(options, region=topic.split(":")[3]))
        answer = session.client("sns").confirm_subscription(
            TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true"
        )
    click.echo(f"confirmed: {printable(answer['SubscriptionArn'])}")
    return 0


def read_confirmation(given: str, topic: str | None) -> tuple[str, str]:
    """Token and topic, from the options or from the address in the mail.

    Raises:
        click.UsageError: if either is missing, or the topic has no ARN.
    """
    query = parse_qs(urlsplit(given).query) if "://" in given else {}
    token = query.get("Token", [given])[0]
    arn = topic or query.get("TopicArn", [""])[0]
    if not re.fullmatch(r"arn:[^:]+:sns:[^:]+:\d{12}:[^:]+", arn):
        raise click.UsageError("--confirm needs --topic-arn, or the whole address that is in the mail")
    return token, arn
