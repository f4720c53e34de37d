"""The account of the credentials, read and verified."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights import Catalogue
from cis_insights.errors import printable
from cis_insights.verification.verifier import Verification, verify

from .account import read_account
from .options import VerifyOptions


def verify_here(catalogue: Catalogue, options: VerifyOptions) -> Verification:
    """Verifies the account of the credentials.

    Raises:
        click.ClickException: without a Region, valid credentials or a network.
    """
    now = datetime.now(UTC)
    try:
        session = boto3.session.Session(profile_name=options.profile, region_name=options.region)
        if not session.region_name:
            raise click.UsageError("no Region: pass --region, or set AWS_REGION")
        return verify(read_account(session, now), catalogue, options.version, now, options.only)
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None
