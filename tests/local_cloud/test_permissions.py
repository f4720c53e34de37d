"""A trail that CloudTrail could not deliver is refused in the local cloud, as it is on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

from ..support.monitored import allow

CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
BUCKET, NAME = "records", "all"
ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
SOURCE = {"StringEquals": {"aws:SourceArn": ARN}}
WRITTEN = {"StringEquals": {"aws:SourceArn": ARN, "s3:x-amz-acl": "bucket-owner-full-control"}}
CONTEXT = {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/all"}
STREAMS = "arn:aws:logs:us-east-1:111122223333:log-group:all:log-stream:111122223333_CloudTrail_us-east-1*"


def _statements(*policies: str) -> str:
    """Policies as one."""
    return json.dumps({"Statement": [one for policy in policies for one in json.loads(policy)["Statement"]]})


def _on(resource: str, policy: str) -> str:
    (statement,) = json.loads(policy)["Statement"]
    return json.dumps({"Statement": [{**statement, "Resource": resource}]})


LOOK = _on(f"arn:aws:s3:::{BUCKET}", allow(CLOUDTRAIL, "s3:GetBucketAcl", **SOURCE))
WRITE = _on(f"arn:aws:s3:::{BUCKET}/AWSLogs/111122223333/*", allow(CLOUDTRAIL, "s3:PutObject", **WRITTEN))
ENCRYPT = allow(CLOUDTRAIL, "kms:GenerateDataKey*", **SOURCE, StringLike=CONTEXT)
DESCRIBE = allow(CLOUDTRAIL, "kms:DescribeKey", **SOURCE)
DECRYPT = allow(CLOUDTRAIL, "kms:Decrypt", **SOURCE)
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": CLOUDTRAIL, "Action": "sts:AssumeRole"}]})


def _own(*actions: str, resource: str = STREAMS) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": resource}]})


@dataclass(frozen=True, slots=True)
class Policies:
    """What somebody wrote for a trail."""

    bucket: str = _statements(LOOK, WRITE)
    key: str = _statements(ENCRYPT, DESCRIBE, DECRYPT)
    trust: str = TRUST
    role: str = _own("logs:CreateLogStream", "logs:PutLogEvents")
    has_bucket_key: bool = True


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("s3").create_bucket(Bucket=BUCKET)
        running.client("logs").create_log_group(logGroupName=NAME)
        yield running


def _request(cloud: LocalCloud, policies: Policies) -> dict[str, Any]:
    s3, iam = cloud.client("s3"), cloud.client("iam")
    key = cloud.client("kms").create_key(Policy=policies.key)["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": policies.has_bucket_key}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policies.bucket)
    role = iam.create_role(RoleName="delivery", AssumeRolePolicyDocument=policies.trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="delivery", PolicyName="own", PolicyDocument=policies.role)
    group = f"arn:aws:logs:us-east-1:{cloud.account}:log-group:{NAME}:*"
    logs = {"CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": role}
    return {"Name": NAME, "S3BucketName": BUCKET, "KmsKeyId": key, **logs}


FINE: Mapping[str, Policies] = {
    "all of it": Policies(),
    "no decryption without a bucket key": Policies(key=_statements(ENCRYPT, DESCRIBE), has_bucket_key=False),
}
BUCKET_WRONG, KEY_WRONG = "InsufficientS3BucketPolicyException", "InsufficientEncryptionPolicyException"
TRUST_WRONG = "InvalidCloudWatchLogsRoleArnException"
ROLE_WRONG = "InvalidCloudWatchLogsLogGroupArnException"
WRONG: Mapping[str, tuple[Policies, str]] = {
    "cannot look at the bucket": (Policies(bucket=WRITE), BUCKET_WRONG),
    "cannot write": (Policies(bucket=LOOK), BUCKET_WRONG),
    "writes to another place": (
        Policies(bucket=_statements(LOOK, WRITE.replace("AWSLogs/", "Logs/"))),
        BUCKET_WRONG,
    ),
    "bucket of another trail": (
        Policies(bucket=_statements(LOOK, WRITE).replace("trail/all", "trail/other")),
        BUCKET_WRONG,
    ),
    "no decryption with a bucket key": (Policies(key=_statements(ENCRYPT, DESCRIBE)), KEY_WRONG),
    "cannot describe the key": (Policies(key=_statements(ENCRYPT, DECRYPT)), KEY_WRONG),
    "cannot encrypt": (Policies(key=_statements(DESCRIBE, DECRYPT)), KEY_WRONG),
    "key of another trail": (
        Policies(key=_statements(ENCRYPT.replace(":trail/all", ":trail/b"), DESCRIBE, DECRYPT)),
        KEY_WRONG,
    ),
    "role of somebody else": (Policies(trust=TRUST.replace("cloudtrail", "ec2")), TRUST_WRONG),
    "role that cannot write": (Policies(role=_own("logs:CreateLogStream")), ROLE_WRONG),
    "role of another log group": (
        Policies(role=Policies().role.replace("log-group:all", "log-group:b")),
        ROLE_WRONG,
    ),
}


@pytest.mark.parametrize("policies", FINE.values(), ids=FINE)
def test_a_trail_that_can_be_delivered_is_made(cloud: LocalCloud, policies: Policies) -> None:
    cloudtrail = cloud.client("cloudtrail")
    assert cloudtrail.create_trail(**_request(cloud, policies))["TrailARN"] == ARN
    cloudtrail.update_trail(Name=NAME, IsMultiRegionTrail=True)


@pytest.mark.parametrize(("policies", "code"), WRONG.values(), ids=WRONG)
def test_another_is_refused_with_the_code_of_aws(cloud: LocalCloud, policies: Policies, code: str) -> None:
    cloudtrail, request = cloud.client("cloudtrail"), _request(cloud, policies)
    with pytest.raises(ClientError, match=rf"\({code}\)"):
        cloudtrail.create_trail(**request)
    assert cloudtrail.describe_trails()["trailList"] == []


def test_so_is_a_change_to_one(cloud: LocalCloud) -> None:
    cloudtrail = cloud.client("cloudtrail")
    cloudtrail.create_trail(**_request(cloud, Policies()))
    cloud.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=LOOK)
    with pytest.raises(ClientError, match=BUCKET_WRONG):
        cloudtrail.update_trail(Name=NAME, IsMultiRegionTrail=True)


def test_a_key_that_is_not_there_is_not_found(cloud: LocalCloud) -> None:
    request = {**_request(cloud, Policies()), "KmsKeyId": f"arn:aws:kms:us-east-1:{cloud.account}:key/none"}
    with pytest.raises(ClientError, match=r"\(KmsKeyNotFoundException\)"):
        cloud.client("cloudtrail").create_trail(**request)


def test_a_bucket_and_a_role_of_another_account_are_not_asked(cloud: LocalCloud) -> None:
    request = _request(cloud, replace(Policies(), bucket=LOOK, trust=TRUST.replace("cloudtrail", "ec2")))
    del request["KmsKeyId"]
    elsewhere = {
        "S3BucketName": "log-archive",
        "CloudWatchLogsRoleArn": "arn:aws:iam::999999999999:role/other",
    }
    assert cloud.client("cloudtrail").create_trail(**{**request, **elsewhere})["TrailARN"] == ARN
