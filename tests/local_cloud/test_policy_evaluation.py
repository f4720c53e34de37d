"""A policy is read as IAM reads it, and what is not evaluated is not passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud.protocol.policies import Request, UnknownPolicy, allows

from ..support.stack_values import ACCOUNT

PUBLISH = Request(
    "cloudwatch.amazonaws.com",
    "sns:Publish",
    "arn:aws:sns:us-east-1:111122223333:t",
    {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:cis-a", "aws:SourceAccount": ACCOUNT},
)
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": "*",
}


def _with(**elements: Any) -> dict[str, Any]:
    return {"Statement": [{**ALLOW, **elements}]}


def _source(operator: str, value: Any) -> dict[str, Any]:
    return _with(Condition={operator: {"AWS:sourcearn": value}})


ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, False),
        ("", False),
        ("{", False),
        ("[]", False),
        ({"Statement": []}, False),
        ({"Statement": [ALLOW]}, True),
        ({"Statement": ALLOW}, True),
        ({"Statement": [ALLOW, {**ALLOW, "Effect": "Deny"}]}, False),
        (_with(Action=["sns:publish", "sns:Subscribe"]), True),
        (_with(Action="SNS:*"), True),
        (_with(Action="sns:Subscribe"), False),
        (_with(Resource="arn:aws:sns:us-east-1:111122223333:?"), True),
        (_with(Resource="arn:aws:sns:us-east-1:111122223333:T"), False),
        (_with(Principal="*"), True),
        (_with(Principal={"AWS": "*"}), True),
        (_with(Principal={"AWS": "arn:aws:iam::111122223333:root"}), False),
        (_with(Principal={"Service": ["a.amazonaws.com", "cloudwatch.amazonaws.com"]}), True),
        (_with(Principal={"Service": "a.amazonaws.com"}), False),
        (_source("ArnLike", f"{ARN}:cis-*"), True),
        (_source("ArnEquals", [f"{ARN}:x", f"{ARN}:cis-*"]), True),
        (_source("ArnLike", "arn:aws:cloudwatch:*:111122223333:*"), True),
        (_source("ArnLike", "arn:aws:cloudwatch:*:cis-a"), False),
        (_source("ArnLike", "arn:*"), False),
        (_source("StringLike", "arn:*"), True),
        (_source("StringEquals", "arn:*"), False),
        (_with(Condition={"Bool": {"aws:SecureTransport": "true"}}), True),
        (_with(Condition={"Bool": {"aws:SecureTransport": False}}), False),
        (_with(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}}), False),
    ],
)
def test_a_policy_is_read_as_iam_reads_it(policy: Any, expected: bool) -> None:
    assert allows(policy, PUBLISH) is expected
    if isinstance(policy, dict):
        assert allows(json.dumps(policy), PUBLISH) is expected


@pytest.mark.parametrize(
    "policy",
    [
        _with(NotAction="sns:Subscribe"),
        _with(NotPrincipal="*"),
        _with(Principal={"Federated": "a"}),
        _with(Condition={"StringNotEquals": {"aws:SourceAccount": "1"}}),
        _with(Condition={"StringEqualsIfExists": {"aws:SourceAccount": "1"}}),
    ],
)
def test_what_is_not_evaluated_is_not_passed_over(policy: Any) -> None:
    with pytest.raises(UnknownPolicy, match="is not evaluated here"):
        allows(policy, PUBLISH)
