"""A month of made-up records, always the same: noise of a CI role, some people, one attacker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy/ci-deploy"
# The path of an IAM user is free text: a pattern for sessions of the role must not match it.
ATTACKER = f"arn:aws:iam::{ACCOUNT}:user/assumed-role/ci-deploy/mallory"
ATTACK = datetime(2026, 10, 17, 2, 10, tzinfo=UTC)
START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30


def month() -> list[Record]:
    """All records, in no particular order."""
    generator = random.Random(20_261_001)  # noqa: S311
    records = [*_noise(generator), *_people(generator), *_root(generator), *_attack()]
    for number, record in enumerate(records):
        record["eventID"] = f"00000000-0000-4000-8000-{number:012}"
    generator.shuffle(records)
    return records


def _record(time: datetime, identity: Record, event: str, address: str, **more: object) -> Record:
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "s3.amazonaws.com",
        "eventName": event,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": address,
        "recipientAccountId": ACCOUNT,
        "eventType": "AwsApiCall",
        **more,
    }


def _session(role: str, session: str) -> Record:
    name = role.rpartition("/")[2]
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role, "userName": name}},
    }


def _user(arn: str) -> Record:
    return {"type": "IAMUser", "arn": arn, "accountId": ACCOUNT, "userName": arn.rpartition("/")[2]}


def _noise(generator: random.Random) -> Iterator[Record]:
    """Four pipelines a day, each of a session of its own, that look at buckets they may not see."""
    for number in range(4 * DAYS):
        begin = START + timedelta(days=number // 4, hours=8 + 3 * (number % 4))
        for _ in range(generator.randrange(10, 25)):
            time = begin + timedelta(seconds=generator.randrange(2_400))
            event = generator.choice(["HeadBucket", "HeadBucket", "GetBucketTagging"])
            denied = {"errorCode": "AccessDenied"} if generator.random() < 0.8 else {}
            yield _record(time, _session(ROLE, f"pipeline-{number}"), event, f"192.0.2.{number}", **denied)


def _people(generator: random.Random) -> Iterator[Record]:
    """Two people of Identity Center and an IAM user, at work: mostly allowed, now and then not."""
    reserved = (
        f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
    )
    people = [_session(reserved, "alice@example.com"), _session(reserved, "bob@example.com")]
    people.append(_user(f"arn:aws:iam::{ACCOUNT}:user/carol"))
    for number in range(20 * DAYS):
        time = START + timedelta(days=number // 20, hours=9, seconds=generator.randrange(8 * 3_600))
        error = {"errorCode": "Client.UnauthorizedOperation"} if generator.random() < 0.05 else {}
        event = generator.choice(["DescribeInstances", "RunInstances", "GetObject"])
        yield _record(time, generator.choice(people), event, "198.51.100.7", **error)


def _root(generator: random.Random) -> Iterator[Record]:
    """Root signs in on two days; a service that acts for root is no usage."""
    identity = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    for day in (5, 21):
        for minute in (0, 1, 9, 50):
            time = START + timedelta(days=day, hours=7, minutes=minute, seconds=generator.randrange(60))
            yield _record(time, identity, "GetAccountSummary", "203.0.113.9")
            yield _record(time, {**identity, "invokedBy": "support.amazonaws.com"}, "Describe", "203.0.113.9")


def _attack() -> Iterator[Record]:
    """Somebody with keys of a user and of the role looks for what they may do, in twelve minutes."""
    stolen = _session(ROLE, "pipeline-64")
    for minute, event in enumerate(
        ("ListUsers", "ListRoles", "GetAccountAuthorizationDetails", "CreateUser")
    ):
        time = ATTACK + timedelta(minutes=3 * minute)
        for identity in (_user(ATTACKER), stolen):
            yield _record(time, identity, event, "203.0.113.66", errorCode="AccessDenied")
