"""The account of the credentials, read and verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from rich.console import Console
from rich.progress import Progress

from cis_insights import Catalogue
from cis_insights.errors import printable
from cis_insights.verification.verifier import Verification, verify

from .account import read_account
from .matcher import ask_aws, draw_judgement, judge, write_judgement
from .options import VerifyOptions


def open_session(options: VerifyOptions) -> Any:
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


def verify_here(catalogue: Catalogue, options: VerifyOptions) -> Verification:
    """Verifies the account of the credentials.

    Raises:
        click.ClickException: without a Region, valid credentials or a network.
    """
    now = datetime.now(UTC)
    with explaining():
        setup = read_account(open_session(options), now)
        return verify(setup, catalogue, options.version, now, options.only)


def ask_matcher(catalogue: Catalogue, options: VerifyOptions) -> int:
    """Asks AWS's own matcher, prints what it says, and keeps it if that is asked for.

    Returns:
        The exit status: 0 if every answer is explained by a reading.
    """
    with explaining(), Progress(console=Console(stderr=True), transient=True) as bar:
        session = open_session(options)
        task = bar.add_task("asking AWS's matcher")
        match = ask_aws(session.client("logs"))
        found = judge(catalogue, match, lambda done, total: bar.update(task, completed=done, total=total))
    click.echo(draw_judgement(found))
    if options.output:
        options.output.write_text(write_judgement(found, session.region_name), encoding="utf-8")
    return 1 if found.differences else 0
