"""The value of `--upload`: an object of S3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import click

from cis_insights.errors import printable

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
# Characters that a URL holds as they are.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_KEY = r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*"
_PLACE = re.compile(rf"s3://(?P<bucket>{_BUCKET})/(?P<key>{_KEY})")
_MAX_KEY = 1_024  # bytes


@dataclass(frozen=True, slots=True)
class Destination:
    """A bucket, and a key in it."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class DestinationType(click.ParamType[Destination]):
    """`s3://bucket/key`."""

    name = "s3"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Destination:
        """Says what does not fit before anything is made."""
        found = _PLACE.fullmatch(str(value))
        if not found or len(found["key"]) > _MAX_KEY:
            form = "s3://BUCKET/KEY, the key of letters, digits and . _ - /"
            self.fail(f"{printable(str(value))!r} does not fit: write {form}", param, ctx)
        return Destination(found["bucket"], found["key"])


upload_option = click.option(
    "--upload", type=DestinationType(), metavar="S3-URI", help="Put the template there: s3://bucket/key."
)
