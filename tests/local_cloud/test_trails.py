"""Which calls a trail delivers, and what it keeps of its configuration."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

from ..support.monitored import allow
from ..support.trails import ROLE, Trail, create_vpc


@pytest.fixture(scope="module")
def trail(cloud: LocalCloud) -> Trail:
    return Trail(cloud, "all", IsMultiRegionTrail=True)


def test_it_comes_back_as_it_was_made(cloud: LocalCloud) -> None:
    policy = allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey", "kms:DescribeKey")
    key = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    trail = Trail(
        cloud,
        "kept",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        KmsKeyId=key,
        TagsList=[{"Key": "owner", "Value": "security"}],
    )
    [described] = trail.cloudtrail.describe_trails(trailNameList=["kept"])["trailList"]
    arn = described["TrailARN"]
    assert described == {
        "Name": "kept",
        "S3BucketName": "records",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "HomeRegion": "us-east-1",
        "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/kept",
        "LogFileValidationEnabled": True,
        "CloudWatchLogsLogGroupArn": trail.group,
        "CloudWatchLogsRoleArn": ROLE,
        "KmsKeyId": key,
        "HasCustomEventSelectors": False,
        "HasInsightSelectors": False,
        "IsOrganizationTrail": False,
    } | {key: value for key, value in described.items() if key == "RecursiveLogging"}
    tags = trail.cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
    assert tags == [{"Key": "owner", "Value": "security"}]


def test_its_status_tells_the_latest_delivery(cloud: LocalCloud) -> None:
    trail = Trail(cloud, "status", logging=False)
    status = trail.cloudtrail.get_trail_status(Name="status")
    assert status["IsLogging"] is False
    assert "LatestCloudWatchLogsDeliveryTime" not in status
    trail.cloudtrail.start_logging(Name="status")
    status = trail.cloudtrail.get_trail_status(Name="status")
    assert status["IsLogging"] is True
    assert status["LatestCloudWatchLogsDeliveryTime"] >= status["StartLoggingTime"]


def test_the_call_that_stops_it_is_the_last_it_delivers(cloud: LocalCloud) -> None:
    trail = Trail(cloud, "stopped")
    trail.cloudtrail.stop_logging(Name="stopped")
    cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert len(trail.records("StopLogging")) == 1
    assert trail.records("CreateVpc") == []


def test_the_call_that_deletes_it_is_the_last_it_delivers(cloud: LocalCloud) -> None:
    trail = Trail(cloud, "deleted")
    trail.cloudtrail.delete_trail(Name="deleted")
    cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert len(trail.records("DeleteTrail")) == 1
    assert trail.records("CreateVpc") == []


def test_a_trail_of_one_region_takes_no_other(cloud: LocalCloud) -> None:
    trail = Trail(cloud, "regional")
    cloud.client("ec2", "eu-west-1").create_route_table(VpcId=create_vpc(cloud, "eu-west-1"))
    assert trail.records("CreateRouteTable") == []
    cloud.client("ec2").create_route_table(VpcId=create_vpc(cloud, "us-east-1"))
    assert trail.record("CreateRouteTable")["awsRegion"] == "us-east-1"


def test_without_global_services_it_takes_nothing_of_iam(cloud: LocalCloud) -> None:
    trail = Trail(cloud, "local-services", IncludeGlobalServiceEvents=False)
    cloud.client("iam").create_group(GroupName="group")
    assert trail.records("CreateGroup") == []


def test_global_services_are_recorded_in_us_east_1(cloud: LocalCloud, trail: Trail) -> None:
    cloud.client("iam", "eu-west-1").create_instance_profile(InstanceProfileName="profile")
    assert trail.record("CreateInstanceProfile")["awsRegion"] == "us-east-1"


def test_another_account_is_not_its_business(cloud: LocalCloud, trail: Trail) -> None:
    cloud.client("kms", account="444455556666").create_key(Description="elsewhere")
    parameters = [record["requestParameters"] for record in trail.records("CreateKey")]
    assert {"description": "elsewhere"} not in parameters


@pytest.mark.parametrize(
    ("name", "selector", "expected"),
    [
        ("writes", {"ReadWriteType": "WriteOnly"}, ["CreateKey", "CreateVpc"]),
        ("reads", {"ReadWriteType": "ReadOnly"}, ["ListKeys"]),
        ("no-kms", {"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, ["CreateVpc"]),
        ("data-only", {"IncludeManagementEvents": False}, []),
    ],
)
def test_selectors_choose(
    cloud: LocalCloud, name: str, selector: dict[str, Any], expected: list[str]
) -> None:
    trail = Trail(cloud, name)
    trail.cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[selector])
    _calls(cloud)
    assert _names(trail) == expected


def test_advanced_selectors_choose(cloud: LocalCloud) -> None:
    trail = Trail(cloud, "advanced")
    fields = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "readOnly", "Equals": ["false"]},
        {"Field": "eventSource", "NotEquals": ["ec2.amazonaws.com"]},
    ]
    trail.cloudtrail.put_event_selectors(
        TrailName="advanced", AdvancedEventSelectors=[{"FieldSelectors": fields}]
    )
    _calls(cloud)
    assert _names(trail) == ["CreateKey"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:none:*"}, "Role"),
        (
            {
                "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:none:*",
                "CloudWatchLogsRoleArn": ROLE,
            },
            "LogGroup",
        ),
    ],
)
def test_a_log_group_must_be_there_and_have_a_role(
    cloud: LocalCloud, options: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidCloudWatchLogs{code}ArnException"):
        cloud.client("cloudtrail").create_trail(Name="wrong", S3BucketName="records", **options)


def _calls(cloud: LocalCloud) -> None:
    cloud.client("kms").create_key()
    cloud.client("kms").list_keys()
    create_vpc(cloud, "us-east-1")


def _names(trail: Trail) -> list[str]:
    return [record["eventName"] for record in trail.records("CreateKey", "ListKeys", "CreateVpc")]


def test_a_real_call_raises_the_alarm_that_watches_for_it(cloud: LocalCloud, trail: Trail) -> None:
    cloudwatch = cloud.client("cloudwatch")
    trail.logs.put_metric_filter(
        logGroupName="all",
        filterName="nacl",
        filterPattern="{($.eventName=CreateNetworkAcl)}",
        metricTransformations=[{"metricName": "Nacl", "metricNamespace": "Test", "metricValue": "1"}],
    )
    cloudwatch.put_metric_alarm(
        AlarmName="nacl",
        Namespace="Test",
        MetricName="Nacl",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    vpc = create_vpc(cloud, "us-east-1")
    assert cloudwatch.describe_alarms(AlarmNames=["nacl"])["MetricAlarms"][0]["StateValue"] == "OK"
    cloud.client("ec2").create_network_acl(VpcId=vpc)
    assert cloudwatch.describe_alarms(AlarmNames=["nacl"])["MetricAlarms"][0]["StateValue"] == "ALARM"
