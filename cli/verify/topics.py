"""A topic, its key and its subscriptions, as the account has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.verification.model import Key, Subscription, Topic
from cis_insights.verification.trails import Answer, Unanswered

from ..doctor.trails import ask


def read_topic(client: Callable[[str], Any], arn: str) -> Topic | None:
    """A topic by its ARN; None if there is none.

    Args:
        client: of boto3, by the name of a service.

    Raises:
        botocore.exceptions.ClientError: if its attributes are refused.
    """
    sns = client("sns")
    try:
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFound":
            return None
        raise
    key = attributes.get("KmsMasterKeyId")
    return Topic(
        arn=arn,
        policy=attributes.get("Policy"),
        key=ask(lambda: _read_key(client("kms"), key)) if key else None,
        subscriptions=ask(lambda: _read_subscriptions(sns, arn)),
    )


def _read_key(kms: Any, id: str) -> Key:
    """A key by its id, ARN or alias; the policy of one of AWS's own names no service."""
    found = kms.describe_key(KeyId=id)["KeyMetadata"]
    policy: str | Unanswered | None = None
    if found.get("KeyManager") != "AWS":
        name = {"KeyId": found["KeyId"], "PolicyName": "default"}
        policy = ask(lambda: kms.get_key_policy(**name)["Policy"])
    is_kept = found.get("KeyState") not in ("PendingDeletion", "PendingReplicaDeletion")
    is_enabled = bool(found.get("Enabled", True))
    return Key(id=found["Arn"], policy=policy, is_enabled=is_enabled, is_kept=is_kept)


def _read_subscriptions(sns: Any, topic: str) -> tuple[Subscription, ...]:
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = (_read_subscription(sns, one) for page in pages for one in page["Subscriptions"])
    return tuple(sorted(found, key=str))


def _read_subscription(sns: Any, one: Answer) -> Subscription:
    arn, authenticated = one["SubscriptionArn"], None
    if arn.startswith("arn:") and one["Protocol"] == "email":
        answer = ask(lambda: sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])
        if not isinstance(answer, Unanswered):
            authenticated = answer.get("ConfirmationWasAuthenticated") == "true"
    return Subscription(
        protocol=one["Protocol"], endpoint=one["Endpoint"], arn=arn, is_authenticated=authenticated
    )
