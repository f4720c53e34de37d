"""`--upload s3://bucket/key`: the template where CloudFormation and its tools read it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 has no types
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ProfileNotFound,
)

from cis_insights.errors import printable

from .destination import Destination
from .error_handling import CommandError
from .terminal import show_progress

_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}  # of host names, by partition
_FORBIDDEN, _MISSING = ("403", "AccessDenied"), ("404", "NoSuchBucket")


@dataclass(frozen=True, slots=True)
class Upload:
    """An object of a bucket that is there, its URL, and the session of boto3 that writes it."""

    place: Destination
    session: Any
    url: str  # as CloudFormation's `TemplateURL` takes it

    def put(self, text: str) -> None:
        """Writes it, encrypted as the bucket says.

        Raises:
            CommandError: if S3 refuses, or nobody answers.
        """
        with _explaining(self.place), show_progress(f"uploading to {self.place}"):
            self.session.client("s3").put_object(
                Bucket=self.place.bucket,
                Key=self.place.key,
                Body=text.encode(),
                ContentType="application/json",
            )


def locate(place: Destination, *, profile: str | None, region: str | None) -> Upload:
    """Finds the bucket; nothing is written.

    Args:
        profile: of the credentials; None for the usual ones.
        region: in whose partition they are good; None for the usual one.

    Raises:
        CommandError: if there is no such bucket, or nobody answers.
    """
    with _explaining(place), show_progress(f"looking for the bucket {place.bucket}"):
        session = boto3.session.Session(profile_name=profile, region_name=region)
        return Upload(place, session, _build_url(place, _find_region(place.bucket, session), session))


def _build_url(place: Destination, region: str, session: Any) -> str:
    host = f"s3.{region}.{_SUFFIXES.get(session.get_partition_for_region(region), 'amazonaws.com')}"
    # A bucket with a dot in its name has no host whose certificate is right.
    if "." in place.bucket:
        return f"https://{host}/{place.bucket}/{place.key}"
    return f"https://{place.bucket}.{host}/{place.key}"


def _find_region(bucket: str, session: Any) -> str:
    """A bucket's Region, which S3 says also to those who may only write there.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    try:
        answer = session.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _FORBIDDEN:
            raise
        answer = error.response
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return str(headers.get("x-amz-bucket-region") or session.region_name or "us-east-1")


@contextmanager
def _explaining(place: Destination) -> Iterator[None]:
    """What AWS refuses, in a sentence with what to do."""
    try:
        yield
    except ProfileNotFound as error:
        raise _make_refusal(place, str(error), "aws configure list-profiles") from None
    except NoCredentialsError:
        raise _make_refusal(place, "there are no credentials", "log in, or write --profile NAME") from None
    except ClientError as error:
        raise _make_refusal(place, *_explain(place, error)) from None
    except BotoCoreError as error:
        raise _make_refusal(place, str(error), "look at --region and at the network") from None


def _explain(place: Destination, error: ClientError) -> tuple[str, str]:
    """What S3 answered, and what to do."""
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _MISSING:
        return f"there is no bucket {place.bucket}", f"aws s3 mb s3://{place.bucket}, or name another"
    if code in _FORBIDDEN:
        hint = (
            f"s3:PutObject is needed for {place.bucket}/{place.key}, and kms:GenerateDataKey where a key"
            " encrypts the bucket"
        )
        return f"access denied: {text}", hint
    return f"{code}: {text}", "look at --profile and --region"


def _make_refusal(place: Destination, message: str, hint: str) -> CommandError:
    return CommandError(f"{place}: error: {printable(message)}\n    hint: {printable(hint)}")
