"""Real calls that fail and change nothing, one for each control where there is one.

CloudTrail records calls that fail, and a filter that asks for names only counts them. Each call names
something by a random id of this drill, so nothing of that name exists; EC2's are dry runs besides.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html (DryRun)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .marks import Marks

# Codes of a call that the caller may not make: it is recorded and counted like any other.
DENIED = frozenset(
    "AccessDenied AccessDeniedException AuthorizationError AuthorizationErrorException"
    " UnauthorizedOperation".split()
)
DRY_RUN = "DryRunOperation"
# Event sources that differ from boto3's names of the services.
_SOURCES = {"cloudwatch": "monitoring", "sso-admin": "sso"}
_API = "https://docs.aws.amazon.com"


@dataclass(frozen=True, slots=True)
class HarmlessCall:
    """A call that cannot succeed: something that it has to find is named by the drill's own random id.

    Raises:
        ValueError: if its parameters name nothing by that id, or if it is one of EC2 and no dry run.
    """

    service: str  # of boto3
    operation: str
    parameters: Mapping[str, Any]  # with names of `Marks` in braces
    errors: tuple[str, ...]  # that it ends in, besides DENIED
    page: str  # of AWS, that says so

    def __post_init__(self) -> None:
        if not set(_list_marks(self.parameters)) & Marks.RANDOM:
            raise ValueError(f"{self.operation} names nothing that cannot exist")
        if self.service == "ec2" and self.parameters.get("DryRun") is not True:
            raise ValueError(f"{self.operation} of EC2 is not a dry run")

    @property
    def event_source(self) -> str:
        """What CloudTrail calls the service."""
        return f"{_SOURCES.get(self.service, self.service)}.amazonaws.com"

    def __str__(self) -> str:
        return f"{self.service} {self.operation}"

    def fill(self, marks: Marks) -> dict[str, Any]:
        """The parameters of one drill."""
        return {name: _fill(value, marks) for name, value in self.parameters.items()}


def _fill(value: Any, marks: Marks) -> Any:
    return value.format_map(marks.names) if isinstance(value, str) else value


def _list_marks(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name in Marks.RANDOM:
        if f"{{{name}}}" in json.dumps(parameters):
            yield name


def _call_ec2(operation: str, parameter: str, prefix: str, error: str) -> HarmlessCall:
    return HarmlessCall(
        "ec2",
        operation,
        {parameter: f"{prefix}-{{short}}", "DryRun": True},
        (DRY_RUN, error),
        f"{_API}/AWSEC2/latest/APIReference/API_{operation}.html",
    )


def _call_iam(operation: str, **parameters: str) -> HarmlessCall:
    page = f"{_API}/IAM/latest/APIReference/API_{operation}.html"
    return HarmlessCall("iam", operation, parameters, ("NoSuchEntity",), page)


def _call_kms(operation: str) -> HarmlessCall:
    key = {"KeyId": "arn:{partition}:kms:{region}:{account}:key/{uuid}"}
    page = f"{_API}/kms/latest/APIReference/API_{operation}.html"
    return HarmlessCall("kms", operation, key, ("NotFoundException",), page)


def _call_config(operation: str, parameter: str, error: str) -> HarmlessCall:
    page = f"{_API}/config/latest/APIReference/API_{operation}.html"
    return HarmlessCall("config", operation, {parameter: "{name}"}, (error,), page)


# By the id of the control; where two would do, the one whose success would matter less.
CALLS: Mapping[str, HarmlessCall] = {
    "unauthorized-api-calls": HarmlessCall(
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:{partition}:iam::{account}:role/{name}", "RoleSessionName": "drill"},
        (),  # denied, as there is no such role
        f"{_API}/IAM/latest/UserGuide/troubleshoot_roles.html",
    ),
    "iam-policy-changes": _call_iam("DeletePolicy", PolicyArn="arn:{partition}:iam::{account}:policy/{name}"),
    "cloudtrail-changes": HarmlessCall(
        "cloudtrail",
        "StartLogging",
        {"Name": "{name}"},
        ("TrailNotFoundException",),
        f"{_API}/awscloudtrail/latest/APIReference/API_StartLogging.html",
    ),
    "kms-key-disabled-or-deleted": _call_kms("DisableKey"),
    "config-changes": _call_config(
        "StopConfigurationRecorder", "ConfigurationRecorderName", "NoSuchConfigurationRecorderException"
    ),
    "security-group-changes": _call_ec2("DeleteSecurityGroup", "GroupId", "sg", "InvalidGroup.NotFound"),
    "network-acl-changes": _call_ec2(
        "DeleteNetworkAcl", "NetworkAclId", "acl", "InvalidNetworkAclID.NotFound"
    ),
    "network-gateway-changes": _call_ec2(
        "DeleteInternetGateway", "InternetGatewayId", "igw", "InvalidInternetGatewayID.NotFound"
    ),
    "route-table-changes": _call_ec2(
        "DeleteRouteTable", "RouteTableId", "rtb", "InvalidRouteTableID.NotFound"
    ),
    "vpc-changes": _call_ec2("DeleteVpc", "VpcId", "vpc", "InvalidVpcID.NotFound"),
    "organizations-changes": HarmlessCall(
        "organizations",
        "DeclineHandshake",
        {"HandshakeId": "h-{long}"},
        ("HandshakeNotFoundException",),
        f"{_API}/organizations/latest/APIReference/API_DeclineHandshake.html",
    ),
    "access-key-and-mfa-changes": _call_iam(
        "UpdateAccessKey", UserName="{name}", AccessKeyId="AKIA{capitals}", Status="Inactive"
    ),
    "config-recorder-deletion": _call_config(
        "DeleteConformancePack", "ConformancePackName", "NoSuchConformancePackException"
    ),
    "iam-guardrail-changes": _call_iam("DeleteUserPermissionsBoundary", UserName="{name}"),
    "kms-key-policy-changes": _call_kms("DisableKeyRotation"),
    "monitoring-tampering": HarmlessCall(
        "cloudwatch",
        "SetAlarmState",
        {"AlarmName": "{name}", "StateValue": "OK", "StateReason": "{name}"},
        ("ResourceNotFound", "ResourceNotFoundException"),
        f"{_API}/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html",
    ),
    "new-users-and-roles": _call_iam("AddUserToGroup", GroupName="{name}", UserName="{name}"),
    "role-trust-changes": _call_iam(
        "DeleteSAMLProvider", SAMLProviderArn="arn:{partition}:iam::{account}:saml-provider/{name}"
    ),
    "route-association-changes": _call_ec2(
        "DeleteTransitGatewayRouteTable",
        "TransitGatewayRouteTableId",
        "tgw-rtb",
        "InvalidRouteTableID.NotFound",
    ),
    "snapshot-and-image-sharing": HarmlessCall(
        "ec2",
        "ModifySnapshotAttribute",
        {
            "SnapshotId": "snap-{short}",
            "Attribute": "createVolumePermission",
            "OperationType": "remove",
            "UserIds": ["000000000000"],
            "DryRun": True,
        },
        (DRY_RUN, "InvalidSnapshot.NotFound"),
        f"{_API}/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html",
    ),
    "trail-selector-changes": HarmlessCall(
        "cloudtrail",
        "PutInsightSelectors",
        {"TrailName": "{name}", "InsightSelectors": []},
        ("TrailNotFoundException",),
        f"{_API}/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html",
    ),
    "transit-and-nat-gateway-changes": _call_ec2(
        "DeleteTransitGateway", "TransitGatewayId", "tgw", "InvalidTransitGatewayID.NotFound"
    ),
    "vpc-perimeter-changes": _call_ec2(
        "DeleteVpcBlockPublicAccessExclusion",
        "ExclusionId",
        "vpcbpa-exclude",
        "InvalidVpcBlockPublicAccessExclusionId.NotFound",
    ),
    "vpn-changes": _call_ec2("DeleteVpnGateway", "VpnGatewayId", "vgw", "InvalidVpnGatewayID.NotFound"),
}

_SIGN_IN = "a sign-in is not a call of the API; somebody can do it by hand"
_S3 = "AWS does not say that CloudTrail records a call on a bucket that nobody owns"
# Why there is no such call for a control, in the words of the documentation.
UNCALLABLE: Mapping[str, str] = {
    "console-login-without-mfa": _SIGN_IN,
    "root-account-usage": "it takes the root user's own sign-in or access key, which a drill must not need",
    "console-authentication-failures": f"{_SIGN_IN}: one wrong password",
    "s3-bucket-policy-changes": _S3,
    "s3-protection-changes": _S3,
    "s3-public-access-changes": _S3,
    "account-and-region-changes": "its calls act on the account as a whole: they could succeed",
    "central-root-access": "its calls act on the organization as a whole, or give out a root session",
    "identity-center-changes": "it takes the ARN of an instance of IAM Identity Center that exists",
}
