"""The command: reads, verifies and prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights import Catalogue
from cis_insights.errors import printable
from cis_insights.verification.verifier import Verification
from cis_insights.verification.verifier import verify as verify_setup

from .account import read_account
from .document import document
from .options import VerifyOptions
from .screen import screen


def verify(catalogue: Catalogue, options: VerifyOptions) -> int:
    """Prints what it finds.

    Returns:
        The exit status: 0 if everything holds.
    """
    _check_version(catalogue, options.version)
    found = verify_account(catalogue, options)
    click.echo(json.dumps(document(found), indent=2) if options.form == "json" else screen(found))
    return 0 if found.holds else 1


def _check_version(catalogue: Catalogue, version: str) -> None:
    versions = sorted({known for control in catalogue.values() for known in control.cis})
    if version not in versions:
        message = f"{printable(version)!r} is not a version of the benchmark: {', '.join(versions)}"
        raise click.BadParameter(message, param_hint="--benchmark-version")


def verify_account(catalogue: Catalogue, options: VerifyOptions) -> Verification:
    """Verifies the account of the credentials.

    Raises:
        click.ClickException: without a Region, valid credentials or a network.
    """
    now = datetime.now(UTC)
    try:
        session = boto3.session.Session(profile_name=options.profile, region_name=options.region)
        if not session.region_name:
            raise click.UsageError("no Region: pass --region, or set AWS_REGION")
        return verify_setup(read_account(session, now), catalogue, options.version, now)
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None
