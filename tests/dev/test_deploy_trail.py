"""`cis-insights:trail=new` in an account without a trail: deployed by the CDK CLI, read back, and at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cis_insights import load_catalogue
from dev.deployment import NEW_TRAIL, Deployment, start_deployment

NAME = "cis-cloudtrail"


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with start_deployment(lambda words, step: step() and None, context=NEW_TRAIL) as running:
        yield running


def _trail(deployment: Deployment) -> dict[str, Any]:
    (trail,) = deployment.cloud.client("cloudtrail").describe_trails()["trailList"]
    return dict(trail)


def _log_group(deployment: Deployment) -> dict[str, Any]:
    (group,) = deployment.cloud.client("logs").describe_log_groups()["logGroups"]
    return dict(group)


def test_one_trail_logs_all_regions_encrypted_and_validated(deployment: Deployment) -> None:
    trail = _trail(deployment)
    assert trail["Name"] == NAME
    for switch in ("IsMultiRegionTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled"):
        assert trail[switch] is True
    assert deployment.cloud.client("cloudtrail").get_trail_status(Name=NAME)["IsLogging"] is True
    assert trail["KmsKeyId"] == _log_group(deployment)["kmsKeyId"]


def test_it_feeds_the_one_log_group_that_the_filters_read(deployment: Deployment) -> None:
    group = _log_group(deployment)
    assert _trail(deployment)["CloudWatchLogsLogGroupArn"] == f"{group['logGroupArn']}:*"
    assert (group["retentionInDays"], group["logGroupClass"]) == (365, "STANDARD")
    controls = [control for control in load_catalogue().values() if control.is_alarm and control.default]
    assert group["metricFilterCount"] == sum(len(control.patterns) for control in controls)
    (policy,) = deployment.cloud.client("logs").describe_index_policies(logGroupIdentifiers=[NAME])[
        "indexPolicies"
    ]
    assert "eventName" in json.loads(policy["policyDocument"])["Fields"]


def test_its_bucket_is_private_encrypted_versioned_and_logs_who_reads_it(deployment: Deployment) -> None:
    s3, bucket = deployment.cloud.client("s3"), _trail(deployment)["S3BucketName"]
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _trail(deployment)["KmsKeyId"]}
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetBucket"] != bucket
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    tls = [one for one in policy["Statement"] if one["Effect"] == "Deny"]
    assert [one["Condition"] for one in tls] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_what_somebody_does_goes_through_the_trail_to_a_mail(deployment: Deployment) -> None:
    deployment.cloud.client("ec2").create_security_group(GroupName="a", Description="b")
    sqs = deployment.cloud.client("sqs")
    asked = {"QueueUrl": deployment.queue_url, "WaitTimeSeconds": 5, "MaxNumberOfMessages": 10}
    subjects = [json.loads(one["Body"])["Subject"] for one in sqs.receive_message(**asked)["Messages"]]
    assert any(one.startswith('ALARM: "cis-security-group-changes"') for one in subjects)


def test_nothing_is_heard_when_the_trail_is_stopped(deployment: Deployment) -> None:
    """The twin: it was the trail that brought the event."""
    trails, logs = deployment.cloud.client("cloudtrail"), deployment.cloud.client("logs")
    trails.stop_logging(Name=NAME)
    before = len(logs.filter_log_events(logGroupName=NAME)["events"])
    deployment.cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert len(logs.filter_log_events(logGroupName=NAME)["events"]) == before
    trails.start_logging(Name=NAME)
    deployment.cloud.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    assert len(logs.filter_log_events(logGroupName=NAME)["events"]) > before
