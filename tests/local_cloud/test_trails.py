"""Calls that are made in the local cloud, as trails deliver them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

from .test_local_cloud import allowing

ROLE = "arn:aws:iam::111122223333:role/delivery"
BUCKET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::evidence/*"}
    ],
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


class Trail:
    """A trail with a log group of its own."""

    def __init__(self, cloud: LocalCloud, name: str, *, logging: bool = True, **options: Any) -> None:
        self.name, self.logs, self.cloudtrail = name, cloud.client("logs"), cloud.client("cloudtrail")
        self.logs.create_log_group(logGroupName=name)
        self.group = self.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]
        self.created = self.cloudtrail.create_trail(
            Name=name,
            S3BucketName="records",
            CloudWatchLogsLogGroupArn=self.group,
            CloudWatchLogsRoleArn=ROLE,
            **options,
        )
        if logging:
            self.cloudtrail.start_logging(Name=name)

    def records(self, *names: str) -> list[dict[str, Any]]:
        events = self.logs.filter_log_events(logGroupName=self.name)["events"]
        found = [json.loads(event["message"]) for event in events]
        return [record for record in found if record["eventName"] in names]

    def record(self, name: str) -> dict[str, Any]:
        [record] = self.records(name)
        return record


@pytest.fixture(scope="module")
def trail(cloud: LocalCloud) -> Trail:
    return Trail(cloud, "all", IsMultiRegionTrail=True)


class TestRecords:
    def test_a_call_becomes_a_whole_record(self, cloud: LocalCloud, trail: Trail) -> None:
        group = cloud.client("ec2").create_security_group(GroupName="web", Description="of the web servers")
        record = trail.record("CreateSecurityGroup")
        for name in ("requestID", "eventID"):
            assert len(record.pop(name)) == 36
        assert record.pop("eventTime").endswith("Z")
        assert record.pop("userAgent").startswith("Boto3/")
        assert record.pop("responseElements")["groupId"] == group["GroupId"]
        assert record == {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": "AIDALOCALCLOUDUSER00",
                "arn": "arn:aws:iam::111122223333:user/local",
                "accountId": "111122223333",
                "accessKeyId": "111122223333",
                "userName": "local",
            },
            "eventSource": "ec2.amazonaws.com",
            "eventName": "CreateSecurityGroup",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "127.0.0.1",
            "requestParameters": {"groupName": "web", "groupDescription": "of the web servers"},
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management",
        }

    def test_nested_parameters_of_ec2_are_sets_of_items(self, cloud: LocalCloud, trail: Trail) -> None:
        ec2 = cloud.client("ec2")
        group = ec2.create_security_group(GroupName="nested", Description="d")["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        record = trail.record("AuthorizeSecurityGroupIngress")
        item = {
            "ipProtocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
        }
        assert record["requestParameters"] == {"groupId": group, "ipPermissions": {"items": [item]}}
        assert record["responseElements"]["_return"] is True

    def test_a_read_is_marked_as_one_and_keeps_no_response(self, cloud: LocalCloud, trail: Trail) -> None:
        cloud.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
        record = trail.record("DescribeVpcs")
        assert (record["readOnly"], record["responseElements"]) == (True, None)
        items = [{"name": "is-default", "valueSet": {"items": ["true"]}}]
        assert record["requestParameters"] == {"filterSet": {"items": items}}

    def test_a_failure_has_its_code_and_message(self, cloud: LocalCloud, trail: Trail) -> None:
        with pytest.raises(ClientError):
            cloud.client("ec2").delete_network_acl(NetworkAclId="acl-00000000000000000")
        record = trail.record("DeleteNetworkAcl")
        assert record["errorCode"] == "Client.InvalidNetworkAclID.NotFound"
        assert "acl-00000000000000000" in record["errorMessage"]
        assert record["responseElements"] is None

    def test_the_key_of_a_user_names_the_user(self, cloud: LocalCloud, trail: Trail) -> None:
        iam = cloud.client("iam")
        iam.create_user(UserName="alice")
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        assert trail.record("CreateAccessKey")["responseElements"]["accessKey"]["secretAccessKey"] == (
            "HIDDEN_DUE_TO_SECURITY_REASONS"
        )
        alice = cloud.client(
            "kms", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )
        alice.schedule_key_deletion(KeyId=alice.create_key()["KeyMetadata"]["KeyId"], PendingWindowInDays=7)
        record = trail.record("ScheduleKeyDeletion")
        assert record["userIdentity"]["arn"] == "arn:aws:iam::111122223333:user/alice"
        assert record["requestParameters"]["pendingWindowInDays"] == 7

    def test_a_session_of_a_role_names_both(self, cloud: LocalCloud, trail: Trail) -> None:
        cloud.client("iam").create_role(RoleName="admin", AssumeRolePolicyDocument="{}")
        role = "arn:aws:iam::111122223333:role/admin"
        keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="bob")["Credentials"]
        bob = cloud.client(
            "ec2",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        bob.create_internet_gateway()
        identity = trail.record("CreateInternetGateway")["userIdentity"]
        assert identity["type"] == "AssumedRole"
        assert identity["arn"] == "arn:aws:sts::111122223333:assumed-role/admin/bob"
        assert identity["sessionContext"]["sessionIssuer"]["userName"] == "admin"

    def test_s3_has_names_of_its_own_and_objects_are_no_management(
        self, cloud: LocalCloud, trail: Trail
    ) -> None:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="evidence")
        s3.put_bucket_policy(Bucket="evidence", Policy=json.dumps(BUCKET_POLICY))
        s3.put_public_access_block(
            Bucket="evidence", PublicAccessBlockConfiguration={"BlockPublicAcls": True}
        )
        s3.put_object(Bucket="evidence", Key="key", Body=b"text")
        parameters = trail.record("PutBucketPolicy")["requestParameters"]
        assert parameters.pop("Host") == cloud.endpoint.removeprefix("http://")
        assert parameters == {"bucketName": "evidence", "policy": "", "bucketPolicy": BUCKET_POLICY}
        assert trail.record("PutBucketPublicAccessBlock")
        assert trail.records("PutObject", "PutPublicAccessBlock") == []

    def test_deliveries_and_log_events_are_not_recorded(self, cloud: LocalCloud, trail: Trail) -> None:
        cloud.client("logs").filter_log_events(logGroupName="all")
        assert trail.records("PutLogEvents", "FilterLogEvents", "CreateLogStream") == []

    def test_the_records_can_be_looked_up(self, cloud: LocalCloud, trail: Trail) -> None:
        cloud.client("ec2").create_customer_gateway(Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000)
        attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateCustomerGateway"}
        [event] = trail.cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
        assert json.loads(event["CloudTrailEvent"]) == trail.record("CreateCustomerGateway")


class TestTrails:
    def test_it_comes_back_as_it_was_made(self, cloud: LocalCloud) -> None:
        policy = allowing({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey", "kms:DescribeKey")
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

    def test_its_status_tells_the_latest_delivery(self, cloud: LocalCloud) -> None:
        trail = Trail(cloud, "status", logging=False)
        status = trail.cloudtrail.get_trail_status(Name="status")
        assert status["IsLogging"] is False
        assert "LatestCloudWatchLogsDeliveryTime" not in status
        trail.cloudtrail.start_logging(Name="status")
        status = trail.cloudtrail.get_trail_status(Name="status")
        assert status["IsLogging"] is True
        assert status["LatestCloudWatchLogsDeliveryTime"] >= status["StartLoggingTime"]

    def test_the_call_that_stops_it_is_the_last_it_delivers(self, cloud: LocalCloud) -> None:
        trail = Trail(cloud, "stopped")
        trail.cloudtrail.stop_logging(Name="stopped")
        cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        assert len(trail.records("StopLogging")) == 1
        assert trail.records("CreateVpc") == []

    def test_the_call_that_deletes_it_is_the_last_it_delivers(self, cloud: LocalCloud) -> None:
        trail = Trail(cloud, "deleted")
        trail.cloudtrail.delete_trail(Name="deleted")
        cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        assert len(trail.records("DeleteTrail")) == 1
        assert trail.records("CreateVpc") == []

    def test_a_trail_of_one_region_takes_no_other(self, cloud: LocalCloud) -> None:
        trail = Trail(cloud, "regional")
        cloud.client("ec2", "eu-west-1").create_route_table(VpcId=_vpc(cloud, "eu-west-1"))
        assert trail.records("CreateRouteTable") == []
        cloud.client("ec2").create_route_table(VpcId=_vpc(cloud, "us-east-1"))
        assert trail.record("CreateRouteTable")["awsRegion"] == "us-east-1"

    def test_without_global_services_it_takes_nothing_of_iam(self, cloud: LocalCloud) -> None:
        trail = Trail(cloud, "local-services", IncludeGlobalServiceEvents=False)
        cloud.client("iam").create_group(GroupName="group")
        assert trail.records("CreateGroup") == []

    def test_global_services_are_recorded_in_us_east_1(self, cloud: LocalCloud, trail: Trail) -> None:
        cloud.client("iam", "eu-west-1").create_instance_profile(InstanceProfileName="profile")
        assert trail.record("CreateInstanceProfile")["awsRegion"] == "us-east-1"

    def test_another_account_is_not_its_business(self, cloud: LocalCloud, trail: Trail) -> None:
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
        self, cloud: LocalCloud, name: str, selector: dict[str, Any], expected: list[str]
    ) -> None:
        trail = Trail(cloud, name)
        trail.cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[selector])
        _calls(cloud)
        assert _names(trail) == expected

    def test_advanced_selectors_choose(self, cloud: LocalCloud) -> None:
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
        self, cloud: LocalCloud, options: dict[str, str], code: str
    ) -> None:
        with pytest.raises(ClientError, match=f"InvalidCloudWatchLogs{code}ArnException"):
            cloud.client("cloudtrail").create_trail(Name="wrong", S3BucketName="records", **options)


def _vpc(cloud: LocalCloud, region: str) -> str:
    return str(cloud.client("ec2", region).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def _calls(cloud: LocalCloud) -> None:
    cloud.client("kms").create_key()
    cloud.client("kms").list_keys()
    _vpc(cloud, "us-east-1")


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
    vpc = _vpc(cloud, "us-east-1")
    assert cloudwatch.describe_alarms(AlarmNames=["nacl"])["MetricAlarms"][0]["StateValue"] == "OK"
    cloud.client("ec2").create_network_acl(VpcId=vpc)
    assert cloudwatch.describe_alarms(AlarmNames=["nacl"])["MetricAlarms"][0]["StateValue"] == "ALARM"
