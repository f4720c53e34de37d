"""The new trail: what is synthesized for `cis-insights:trail=new`, and nothing of it otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from cis_insights import Control
from cis_insights.filter_patterns.pattern import Compare
from stacks.settings import SettingsError
from stacks.stack import CisStack
from stacks.trail import INDEXED

from ..support.linting import find_faults
from ..support.synth import Resources, built_in, of_type, resources, settings, stack

NEW: dict[str, object] = {"trail": "new", "log_group_name": ""}
TRAIL_ARN = ["arn:", {"Ref": "AWS::Partition"}, ":cloudtrail:", {"Ref": "AWS::Region"}, ":"]
TRAIL_ARN += [{"Ref": "AWS::AccountId"}, ":trail/cis-cloudtrail"]
SOURCE = {"aws:SourceArn": {"Fn::Join": ["", TRAIL_ARN]}}


@pytest.fixture(scope="module")
def new() -> Resources:
    return resources(stack(**NEW))


def _statements(policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Statements by the service or the account that they are for."""
    return {
        json.dumps(next(iter(statement["Principal"].values()))): statement
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
    }


def _named(found: Resources, part: str) -> dict[str, Any]:
    return dict(found[_logical_id(found, part)]["Properties"])


def test_the_trail_records_all_management_events_of_all_regions(new: Resources) -> None:
    (trail,) = of_type(new, "CloudTrail::Trail")
    assert trail["TrailName"] == "cis-cloudtrail"
    for switch in (
        "IsLogging",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "EnableLogFileValidation",
    ):
        assert trail[switch] is True
    assert trail["EventSelectors"] == [{"IncludeManagementEvents": True, "ReadWriteType": "All"}]
    assert trail["KMSKeyId"] == {"Fn::GetAtt": [_logical_id(new, "TrailKey"), "Arn"]}
    assert trail["CloudWatchLogsLogGroupArn"] == {"Fn::GetAtt": [_logical_id(new, "TrailLogGroup"), "Arn"]}


def _logical_id(found: Resources, part: str) -> str:
    (name,) = [name for name in found if name.startswith(part) and "Alias" not in name]
    return name


def test_every_filter_reads_the_log_group_that_the_trail_feeds(new: Resources) -> None:
    group = {"Ref": _logical_id(new, "TrailLogGroup")}
    filters = of_type(new, "Logs::MetricFilter")
    assert len(filters) == len(of_type(resources(stack()), "Logs::MetricFilter"))
    assert all(one["LogGroupName"] == group for one in filters)


def test_the_log_group_is_encrypted_indexed_and_kept_for_a_year(new: Resources) -> None:
    (group,) = of_type(new, "Logs::LogGroup")
    assert (group["LogGroupName"], group["RetentionInDays"]) == ("cis-cloudtrail", 365)
    assert group["KmsKeyId"] == {"Fn::GetAtt": [_logical_id(new, "TrailKey"), "Arn"]}
    assert group["FieldIndexPolicies"] == [{"Fields": list(INDEXED)}]
    assert "LogGroupClass" not in group  # of class STANDARD: the other has no metric filters


def _compared(control: Control) -> set[str]:
    """Fields that every filter pattern of a control compares for equality with a text."""
    texts = [leaf for pattern in control.patterns for leaf in pattern.leaves if isinstance(leaf, Compare)]
    return {str(leaf.selector.path) for leaf in texts if leaf.operator == "="}


def test_every_control_compares_a_field_that_is_indexed() -> None:
    assert len(INDEXED) <= 20
    unindexed = [one.id for one in built_in().values() if one.patterns and not _compared(one) & set(INDEXED)]
    assert unindexed == []


def test_the_key_is_open_to_this_trail_and_this_log_group_only(new: Resources) -> None:
    key = _named(new, "TrailKey")
    assert key["EnableKeyRotation"] is True
    _, encrypts, decrypts, logs = key["KeyPolicy"]["Statement"]
    for statement in (encrypts, decrypts):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == SOURCE
    assert encrypts["Action"] == "kms:GenerateDataKey*"
    assert list(encrypts["Condition"]["StringLike"]) == ["kms:EncryptionContext:aws:cloudtrail:arn"]
    assert decrypts["Action"] == ["kms:Decrypt", "kms:DescribeKey"]
    suffix = ["logs.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]
    assert logs["Principal"] == {"Service": {"Fn::Join": ["", suffix]}}
    (context,) = logs["Condition"]["ArnEquals"].items()
    assert context[0] == "kms:EncryptionContext:aws:logs:arn"
    assert context[1]["Fn::Join"][1][-1] == ":log-group:cis-cloudtrail"


def test_both_buckets_are_private_versioned_and_have_a_lifecycle(new: Resources) -> None:
    buckets = of_type(new, "S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets:
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert bucket["LifecycleConfiguration"]["Rules"]


def test_records_are_encrypted_by_the_key_are_never_deleted_and_who_reads_them_is_logged(
    new: Resources,
) -> None:
    records = _named(new, "TrailBucketRecords9")
    (rule,) = records["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (lifecycle,) = records["LifecycleConfiguration"]["Rules"]
    assert "ExpirationInDays" not in lifecycle
    logs = _logical_id(new, "TrailBucketAccessLogs0")
    assert records["LoggingConfiguration"] == {"DestinationBucketName": {"Ref": logs}}


def test_only_this_trail_writes_to_its_bucket_and_nobody_without_tls(new: Resources) -> None:
    statements = _named(new, "TrailBucketRecordsPolicy")["PolicyDocument"]["Statement"]
    deny, look, write = statements
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (look["Action"], look["Condition"]) == ("s3:GetBucketAcl", {"StringEquals": SOURCE})
    assert write["Action"] == "s3:PutObject"
    assert write["Condition"] == {"StringEquals": {**SOURCE, "s3:x-amz-acl": "bucket-owner-full-control"}}
    assert write["Resource"]["Fn::Join"][1][1:] == ["/AWSLogs/", {"Ref": "AWS::AccountId"}, "/*"]


def test_the_role_writes_to_the_streams_of_this_trail_only(new: Resources) -> None:
    (statement,) = _named(new, "TrailRoleDefaultPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert "".join(part for part in statement["Resource"]["Fn::Join"][1] if isinstance(part, str)) == (
        "arn::logs:::log-group:cis-cloudtrail:log-stream:_CloudTrail_*"
    )
    (trust,) = _named(new, "TrailRoleF")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "cloudtrail.amazonaws.com"}


def test_all_of_it_stays_when_the_stack_goes_and_nothing_when_the_first_deploy_fails(new: Resources) -> None:
    trail = {name: one for name, one in new.items() if name.startswith("Trail")}
    assert len(trail) == 10
    for resource in trail.values():
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_trail_changes_no_logical_id_of_the_rest(new: Resources) -> None:
    existing = resources(stack())
    assert set(existing) == {name for name in new if not name.startswith("Trail")}
    assert not [name for name in existing if name.startswith("Trail")]


def test_a_prefix_of_its_own_makes_a_second_trail_beside_the_first() -> None:
    (trail,) = of_type(resources(stack(**NEW, prefix="audit")), "CloudTrail::Trail")
    assert trail["TrailName"] == "audit-cloudtrail"


@pytest.mark.parametrize("prefix", ["-a", "a-", "a__b", "_"])
def test_a_prefix_that_makes_no_name_of_a_trail_is_refused(prefix: str) -> None:
    with pytest.raises(SettingsError, match="is not a name that a trail can have"):
        settings(**NEW, prefix=prefix)


def _synthesized(folder: Path, *, nag: bool = False) -> list[str]:
    app = App(outdir=str(folder))
    CisStack(app, "CisInsights", settings=settings(**NEW), catalogue=built_in())
    if nag:
        Validations.of(app).add_plugins(AwsSolutionsChecks(verbose=True))
    app.synth()
    return [path.read_text() for path in sorted(folder.glob("*.template.json"))]


def test_cfn_lint_finds_nothing_in_any_partition(tmp_path: Path) -> None:
    assert [fault for template in _synthesized(tmp_path) for fault in find_faults(template)] == []


def test_cdk_nag_finds_nothing_that_is_not_answered(tmp_path: Path) -> None:
    _synthesized(tmp_path, nag=True)  # raises ValidationFailed otherwise


def test_two_syntheses_are_the_same_byte_by_byte(tmp_path: Path) -> None:
    assert _synthesized(tmp_path / "a") == _synthesized(tmp_path / "b")
