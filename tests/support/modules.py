"""What five public modules deploy: patterns, statistics and thresholds as they write them, in files of ours.

Facts only, of their versions of 2024 to 2026. Each is given as the kind of document that it makes of itself,
a plan of Terraform or a template of CloudFormation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .metric_alarms import ONE_EVENT

Form = tuple[str, str, str]  # of a pattern: around an equals sign, around an or, inside the braces
WIDE: Form = (" = ", " || ", " ")
NARROW: Form = ("=", "||", "")
SECURITY_HUB: Form = ("=", " || ", "")


def _any_of(names: str, source: str = "", form: Form = WIDE) -> str:
    """A pattern with their blanks, which decide whether an auditor's tool takes it."""
    equals, either, inside = form
    tests = either.join(f"($.eventName{equals}{one})" for one in names.split())
    of = f"($.eventSource{equals}{source}.amazonaws.com) && ({tests})" if source else tests
    return f"{{{inside}{of}{inside}}}"


_IAM = " ".join(
    [
        *(f"{verb}{who}Policy" for verb in ("Delete", "Put") for who in ("Group", "Role", "User")),
        *("CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
        *(f"{verb}{who}Policy" for who in ("Role", "User", "Group") for verb in ("Attach", "Detach")),
    ]
)
_GROUPS = (
    "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress"
    " RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"
)
_BUCKETS = (
    "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy"
    " DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication"
)
_ORGANIZATION = (
    "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake"
    " DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType"
    " EnablePolicyType InviteAccountToOrganization LeaveOrganization MoveAccount"
    " RemoveAccountFromOrganization UpdatePolicy UpdateOrganizationalUnit"
)
_VPC = (
    "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection"
    " DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc"
    " DisableVpcClassicLink EnableVpcClassicLink"
)
_ACLS = (
    "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry"
    " ReplaceNetworkAclAssociation"
)
_GATEWAYS = (
    "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway"
    " DeleteInternetGateway DetachInternetGateway"
)
_ROUTES = (
    "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute"
    " DisassociateRouteTable"
)
_RECORDER = "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder"
_DENIED = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
_SINGLE_FACTOR = '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }'
_OF_USERS = (
    '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")'
    ' && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
)
_ROOT = (
    '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS'
    ' && $.eventType != "AwsServiceEvent" }'
)


def _list_common(form: Form) -> dict[str, str]:
    """What CIS 1.2 to 1.4 print, by the names that most modules give it."""
    equals, _, inside = form
    failed = f'($.eventName{equals}ConsoleLogin) && ($.errorMessage{equals}"Failed authentication")'
    return {
        "UnauthorizedAPICalls": _DENIED,
        "NoMFAConsoleSignin": _OF_USERS,
        "RootUsage": _ROOT,
        "IAMChanges": _any_of(_IAM, form=NARROW),
        "CloudTrailCfgChanges": _any_of(
            "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging", form=form
        ),
        "ConsoleSigninFailures": f"{{{inside}{failed}{inside}}}",
        "DisableOrDeleteCMK": _any_of("DisableKey ScheduleKeyDeletion", "kms", form),
        "S3BucketPolicyChanges": _any_of(_BUCKETS, "s3", form),
        "AWSConfigChanges": _any_of(_RECORDER, "config", form),
        "SecurityGroupChanges": _any_of(_GROUPS, form=form),
        "NACLChanges": _any_of(_ACLS, form=form),
        "NetworkGWChanges": _any_of(_GATEWAYS, form=form),
        "RouteTableChanges": _any_of(_ROUTES, form=form),
        "VPCChanges": _any_of(_VPC, form=form),
        "AWSOrganizationsChanges": _any_of(_ORGANIZATION, "organizations", form),
    }


@dataclass(frozen=True)
class Module:
    """A module: patterns by name, what differs of some alarms, and whether it is a template."""

    patterns: Mapping[str, str]
    alarms: Mapping[str, Mapping[str, Any]]
    prefix: str = ""  # of the alarms' names
    default: float | None = None  # value of the metric where nothing matches
    is_template: bool = False

    def list_filters(self) -> list[dict[str, Any]]:
        """As PutMetricFilter takes them."""
        value = {} if self.default is None else {"defaultValue": self.default}
        return [
            {
                "filterName": name,
                "filterPattern": pattern,
                "logGroupName": "cloudtrail",
                "metricTransformations": [
                    {"metricName": name, "metricNamespace": "CIS", "metricValue": "1", **value}
                ],
            }
            for name, pattern in self.patterns.items()
        ]

    def list_alarms(self) -> list[dict[str, Any]]:
        """As PutMetricAlarm takes them, without whom they notify."""
        usual = {**ONE_EVENT, "Namespace": "CIS"}
        return [
            {**usual, "AlarmName": f"{self.prefix}{name}", "MetricName": name, **self.alarms.get(name, {})}
            for name in self.patterns
        ]

    def write(self) -> str:
        """The document that it makes of itself."""
        return json.dumps(self._write_template() if self.is_template else self._write_plan(), indent=1)

    def _write_template(self) -> dict[str, Any]:
        def capitalise(found: Mapping[str, Any]) -> dict[str, Any]:
            return {key[0].upper() + key[1:]: value for key, value in found.items()}

        resources: dict[str, Any] = {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alarms"}},
            "Mail": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": {"Ref": "Topic"},
                    "Protocol": "email",
                    "Endpoint": "soc@example.com",
                },
            },
        }
        for number, one in enumerate(self.list_filters()):
            own = capitalise(one)
            own["MetricTransformations"] = [capitalise(to) for to in own["MetricTransformations"]]
            resources[f"Filter{number}"] = {"Type": "AWS::Logs::MetricFilter", "Properties": own}
        for number, one in enumerate(self.list_alarms()):
            own = {**one, "AlarmActions": [{"Ref": "Topic"}]}
            resources[f"Alarm{number}"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": own}
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}

    def _write_plan(self) -> dict[str, Any]:
        """https://developer.hashicorp.com/terraform/internals/json-format"""
        topic = "arn:aws:sns:us-east-1:111122223333:alarms"
        resources = [
            _resource("aws_sns_topic.alarms", {"name": "alarms", "arn": topic}),
            _resource(
                "aws_sns_topic_subscription.soc",
                {"topic_arn": topic, "protocol": "email", "endpoint": "soc@example.com"},
            ),
        ]
        resources += [_plan_filter(one) for one in self.list_filters()]
        resources += [_plan_alarm(one, topic) for one in self.list_alarms()]
        planned = {"root_module": {"resources": resources}}
        return {
            "format_version": "1.2",
            "planned_values": planned,
            "configuration": {"root_module": {}},
        }


def _plan_filter(one: Mapping[str, Any]) -> dict[str, Any]:
    (to,) = one["metricTransformations"]
    transformation = {
        "name": to["metricName"],
        "namespace": to["metricNamespace"],
        "value": to["metricValue"],
        "default_value": to.get("defaultValue"),
    }
    values = {
        "name": one["filterName"],
        "pattern": one["filterPattern"],
        "log_group_name": one["logGroupName"],
        "metric_transformation": [transformation],
    }
    return _resource(f'module.cis.aws_cloudwatch_log_metric_filter.this["{one["filterName"]}"]', values)


def _plan_alarm(one: Mapping[str, Any], topic: str) -> dict[str, Any]:
    values = {
        "alarm_name": one["AlarmName"],
        "metric_name": one["MetricName"],
        "namespace": one["Namespace"],
        "statistic": one["Statistic"],
        "period": one["Period"],
        "threshold": one["Threshold"],
        "evaluation_periods": one["EvaluationPeriods"],
        "comparison_operator": one["ComparisonOperator"],
        "treat_missing_data": one["TreatMissingData"],
        "alarm_actions": [topic],
    }
    return _resource(f'module.cis.aws_cloudwatch_metric_alarm.this["{one["AlarmName"]}"]', values)


def _resource(address: str, values: dict[str, Any]) -> dict[str, Any]:
    kind = address.removeprefix("module.cis.").partition(".")[0]
    return {"address": address, "mode": "managed", "type": kind, "name": "this", "values": values}


def _alter(*left_out: str, form: Form = WIDE, **changed: str) -> dict[str, str]:
    return {name: one for name, one in {**_list_common(form), **changed}.items() if name not in left_out}


_AVERAGE = {"Statistic": "Average"}
MODULES: dict[str, Module] = {
    "terraform-aws-modules/terraform-aws-cloudwatch": Module(_alter(), {}, prefix="acme-", default=0),
    "nozaq/terraform-aws-secure-baseline": Module(
        _alter(
            UnauthorizedAPICalls=(
                '{(($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*"))'
                ' && (($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket"))}'
            )
        ),
        {},
    ),
    "cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms": Module(
        _alter("AWSOrganizationsChanges", NoMFAConsoleSignin=_SINGLE_FACTOR, IAMChanges=_any_of(_IAM)),
        {"IAMChanges": {"Threshold": 3}, "ConsoleSigninFailures": {"Threshold": 3}},
    ),
    "trussworks/terraform-aws-cloudtrail-alarms": Module(
        _alter("AWSOrganizationsChanges", NoMFAConsoleSignin=_SINGLE_FACTOR), {}, prefix="prod-"
    ),
    "awslabs/landing-zone-accelerator-on-aws": Module(
        _alter(
            "AWSOrganizationsChanges",
            form=SECURITY_HUB,
            UnauthorizedAPICalls=(
                '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}'
            ),
            NoMFAConsoleSignin=(
                '{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes") &&'
                ' ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success")}'
            ),
            RootUsage=(
                '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS'
                ' && $.eventType !="AwsServiceEvent"}'
            ),
            IAMChanges=_any_of(_IAM, form=SECURITY_HUB),
        ),
        {
            "UnauthorizedAPICalls": {**_AVERAGE, "Threshold": 5},
            "IAMChanges": _AVERAGE,
            "S3BucketPolicyChanges": _AVERAGE,
            "RouteTableChanges": _AVERAGE,
            # In its configuration for TSE-SE the alarm watches a name that no filter publishes.
            "RootUsage": {"MetricName": "RootUsag"},
        },
        is_template=True,
    ),
}
