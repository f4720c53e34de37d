"""Calls that fail as on AWS, because of what they name, or as dry runs."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

from ..support.by_hand import refusal_code
from ..support.monitored import allow


def test_a_dry_run_changes_nothing(cloud: LocalCloud) -> None:
    ec2 = cloud.client("ec2")
    group = ec2.create_security_group(GroupName="stays", Description="d")["GroupId"]
    with pytest.raises(ClientError) as error:
        ec2.delete_security_group(GroupId=group, DryRun=True)
    assert error.value.response["Error"]["Code"] == "DryRunOperation"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    ec2.delete_security_group(GroupId=group, DryRun=False)
    assert refusal_code(ec2.describe_security_groups, GroupIds=[group]) == "InvalidGroup.NotFound"


def test_a_role_that_is_not_there_is_denied(cloud: LocalCloud) -> None:
    sts, arn = cloud.client("sts"), f"arn:aws:iam::{cloud.account}:role/"
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole on resource") as error:
        sts.assume_role(RoleArn=f"{arn}absent", RoleSessionName="anna")
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow({"AWS": "*"}, "sts:AssumeRole")]})
    cloud.client("iam").create_role(RoleName="present", AssumeRolePolicyDocument=trust)
    assert sts.assume_role(RoleArn=f"{arn}present", RoleSessionName="anna")["Credentials"]
    # Of another account nothing is known.
    assert sts.assume_role(RoleArn="arn:aws:iam::444455556666:role/x", RoleSessionName="anna")["Credentials"]


def test_what_the_local_cloud_has_none_of_is_not_found(cloud: LocalCloud) -> None:
    organizations, config = cloud.client("organizations"), cloud.client("config")
    refused = refusal_code(organizations.decline_handshake, HandshakeId="h-0123456789")
    assert refused == "HandshakeNotFoundException"
    refused = refusal_code(config.delete_conformance_pack, ConformancePackName="absent")
    assert refused == "NoSuchConformancePackException"
    refused = refusal_code(config.stop_configuration_recorder, ConfigurationRecorderName="absent")
    assert refused == "NoSuchConfigurationRecorderException"


def test_of_config_there_are_no_rules_which_run_code(cloud: LocalCloud) -> None:
    config = cloud.client("config")
    assert refusal_code(config.delete_config_rule, ConfigRuleName="x") == "UnknownOperationException"
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == []
