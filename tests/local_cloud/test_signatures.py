"""Requests need the signature of a known user."""

from __future__ import annotations

import pytest

from local_cloud import LocalCloud

from ..support.by_hand import (
    LIST,
    list_queues,
    read_code,
    refusal_code,
    send,
    sign,
)


@pytest.mark.parametrize("value", ["", "Basic YTpi", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256 x"])
def test_a_request_without_a_signature_is_refused(cloud: LocalCloud, value: str) -> None:
    assert read_code(list_queues(cloud, Authorization=value)) == (403, "MissingAuthenticationToken")


def test_half_a_signature_is_refused(cloud: LocalCloud) -> None:
    assert read_code(list_queues(cloud, Authorization="AWS4-HMAC-SHA256 Credential=x")) == (
        403,
        "IncompleteSignature",
    )


@pytest.mark.parametrize("service", ["sts", "s3", "logs", "cloudwatch"])
def test_whoever_guesses_is_refused_in_each_protocol(cloud: LocalCloud, service: str) -> None:
    operations = {
        "sts": "get_caller_identity",
        "s3": "list_buckets",
        "logs": "describe_log_groups",
        "cloudwatch": "describe_alarms",
    }
    guessing = cloud.client(service, aws_secret_access_key="x" * 40)
    assert refusal_code(getattr(guessing, operations[service])) == "SignatureDoesNotMatch"
    unknown = cloud.client(service, aws_access_key_id="test")
    assert refusal_code(getattr(unknown, operations[service])) == "InvalidClientTokenId"
    assert getattr(cloud.client(service), operations[service])()


def test_a_signature_is_of_one_body_path_and_service(cloud: LocalCloud) -> None:
    own = sign(cloud, "sqs", body=b"{}")
    other = [
        send(cloud, "sqs", b'{"QueueNamePrefix": "a"}', **{**LIST, **own}),
        send(cloud, "sqs", b"{}", "/other", **{**LIST, **own}),
        send(cloud, "sqs", b"{}", "/?a=b", **{**LIST, **own}),
        send(cloud, "sqs", b"{}", **{**LIST, **own, "X-Amz-Date": "20200101T000000Z"}),
        send(
            cloud,
            "sqs",
            b"{}",
            **{**LIST, **own, "Authorization": own["Authorization"].replace("sqs", "sns")},
        ),
    ]
    assert {answer[0] for answer in other} == {403}
    assert send(cloud, "sqs", b"{}", **{**LIST, **own})[0] == 200


def test_the_hash_that_is_signed_is_the_body_s(cloud: LocalCloud) -> None:
    wrong = {"x-amz-content-sha256": "0" * 64}
    assert read_code(list_queues(cloud, **wrong))[1] in ("XAmzContentSHA256Mismatch", "SignatureDoesNotMatch")


def test_each_local_cloud_has_a_secret_of_its_own(cloud: LocalCloud) -> None:
    secrets = {LocalCloud().keys["AWS_SECRET_ACCESS_KEY"] for _ in range(3)}
    assert len(secrets | {cloud.keys["AWS_SECRET_ACCESS_KEY"]}) == 4
    assert min(map(len, secrets)) >= 40


def test_a_user_and_a_session_sign_with_their_own_secrets(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    named = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    assert cloud.client("sts", **named).get_caller_identity()["Arn"].endswith("user/bob")
    foreign = {**named, "aws_secret_access_key": cloud.keys["AWS_SECRET_ACCESS_KEY"]}
    assert refusal_code(cloud.client("sts", **foreign).get_caller_identity) == "SignatureDoesNotMatch"
    iam.update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal_code(cloud.client("sts", **named).get_caller_identity) == "InvalidClientTokenId"


def test_a_session_needs_its_token(cloud: LocalCloud) -> None:
    cloud.client("iam").create_role(RoleName="admin", AssumeRolePolicyDocument="{}")
    role = f"arn:aws:iam::{cloud.account}:role/admin"
    keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="eve")["Credentials"]
    named = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    assert refusal_code(cloud.client("sts", **named).get_caller_identity) == "InvalidClientTokenId"
    whole = cloud.client("sts", **named, aws_session_token=keys["SessionToken"])
    assert "admin/eve" in whole.get_caller_identity()["Arn"]
