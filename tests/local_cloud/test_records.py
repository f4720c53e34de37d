"""The records of calls to the local cloud, as trails deliver them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

from ..support.trails import Trail

BUCKET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::evidence/*"}
    ],
}


@pytest.fixture(scope="module")
def trail(cloud: LocalCloud) -> Trail:
    return Trail(cloud, "all", IsMultiRegionTrail=True)


def test_a_call_becomes_a_whole_record(cloud: LocalCloud, trail: Trail) -> None:
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


def test_nested_parameters_of_ec2_are_sets_of_items(cloud: LocalCloud, trail: Trail) -> None:
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


def test_a_read_is_marked_as_one_and_keeps_no_response(cloud: LocalCloud, trail: Trail) -> None:
    cloud.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    record = trail.record("DescribeVpcs")
    assert (record["readOnly"], record["responseElements"]) == (True, None)
    items = [{"name": "is-default", "valueSet": {"items": ["true"]}}]
    assert record["requestParameters"] == {"filterSet": {"items": items}}


def test_a_failure_has_its_code_and_message(cloud: LocalCloud, trail: Trail) -> None:
    with pytest.raises(ClientError):
        cloud.client("ec2").delete_network_acl(NetworkAclId="acl-00000000000000000")
    record = trail.record("DeleteNetworkAcl")
    assert record["errorCode"] == "Client.InvalidNetworkAclID.NotFound"
    assert "acl-00000000000000000" in record["errorMessage"]
    assert record["responseElements"] is None


def test_the_key_of_a_user_names_the_user(cloud: LocalCloud, trail: Trail) -> None:
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


def test_a_session_of_a_role_names_both(cloud: LocalCloud, trail: Trail) -> None:
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


def test_s3_has_names_of_its_own_and_objects_are_no_management(cloud: LocalCloud, trail: Trail) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="evidence")
    s3.put_bucket_policy(Bucket="evidence", Policy=json.dumps(BUCKET_POLICY))
    s3.put_public_access_block(Bucket="evidence", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    s3.put_object(Bucket="evidence", Key="key", Body=b"text")
    parameters = trail.record("PutBucketPolicy")["requestParameters"]
    assert parameters.pop("Host") == cloud.endpoint.removeprefix("http://")
    assert parameters == {"bucketName": "evidence", "policy": "", "bucketPolicy": BUCKET_POLICY}
    assert trail.record("PutBucketPublicAccessBlock")
    assert trail.records("PutObject", "PutPublicAccessBlock") == []


def test_deliveries_and_log_events_are_not_recorded(cloud: LocalCloud, trail: Trail) -> None:
    cloud.client("logs").filter_log_events(logGroupName="all")
    assert trail.records("PutLogEvents", "FilterLogEvents", "CreateLogStream") == []


def test_the_records_can_be_looked_up(cloud: LocalCloud, trail: Trail) -> None:
    cloud.client("ec2").create_customer_gateway(Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateCustomerGateway"}
    [event] = trail.cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
    assert json.loads(event["CloudTrailEvent"]) == trail.record("CreateCustomerGateway")
