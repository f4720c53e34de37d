"""A new multi-Region trail with its key, its buckets and its log group.

All of it stays when the stack goes: what was recorded is evidence, and the account is not left
without a trail because its alarms are taken away. `existing` then watches the same log group.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail.html
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import ArnFormat, Aws, CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from .key_alias import add_alias
from .nag_acknowledgements import acknowledge_wildcard
from .trail_bucket import TrailBucket

_CLOUDTRAIL = iam.ServicePrincipal("cloudtrail.amazonaws.com")
# What the queries compare for equality first; a policy takes 20.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing-Syntax.html
INDEXED = (
    "eventSource",
    "eventName",
    "errorCode",
    "errorMessage",
    "eventType",
    "awsRegion",
    "recipientAccountId",
    "sourceIPAddress",
    "userIdentity.type",
    "userIdentity.arn",
    "userIdentity.userName",
    "userIdentity.accountId",
    "userIdentity.accessKeyId",
)


class CisTrail(Construct):
    """A trail of all management events of all Regions, and the log group that it feeds.

    Attributes:
        log_group: encrypted, indexed, kept for a year.
        key: encrypts log group and bucket.
        key_alias: of the key.
        bucket_name: of the bucket of the records.
        role: by which CloudTrail delivers to the log group.
    """

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        """
        Args:
            name: of the trail and of its log group.
        """
        super().__init__(scope, id)
        self._stack, self._name = Stack.of(self), name
        # By its name: the key and the buckets are open to this trail alone, before it is there.
        arn = self._stack.format_arn(service="cloudtrail", resource="trail", resource_name=name)
        self.key = key = self._make_key(arn)
        self.key_alias = add_alias(key, name)
        bucket = TrailBucket(self, "Bucket", key=key, trail_arn=arn)
        self.log_group = self._make_log_group(key)
        self.bucket_name, self.role = bucket.name, self._make_role()
        self.trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=name,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=bucket.name,
            kms_key_id=key.key_arn,
            cloud_watch_logs_log_group_arn=self.log_group.log_group_arn,
            cloud_watch_logs_role_arn=self.role.role_arn,
            event_selectors=[
                cloudtrail.CfnTrail.EventSelectorProperty(
                    include_management_events=True, read_write_type="All"
                )
            ],
        )
        for permission in (bucket.policy, self.role.node.find_child("DefaultPolicy")):
            self.trail.node.add_dependency(permission)
        for resource in self.node.find_all():
            if isinstance(resource, CfnResource):
                resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    def _make_key(self, trail_arn: str) -> kms.Key:
        """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
        key = kms.Key(
            self, "Key", enable_key_rotation=True, description=f"{self._name}: CloudTrail's records"
        )
        # A trail's ARN as CloudTrail writes it into the encryption context: AWS leaves its Region open.
        context = self._stack.format_arn(
            service="cloudtrail", region="*", resource="trail", resource_name=self._name
        )
        encrypts = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": context}}
        key.add_to_resource_policy(_allow_trail(trail_arn, "kms:GenerateDataKey*", **encrypts))
        # Decrypt: the bucket has an S3 Bucket Key, whose encryption context is not that of the trail.
        key.add_to_resource_policy(_allow_trail(trail_arn, "kms:Decrypt", "kms:DescribeKey"))
        key.add_to_resource_policy(self._allow_logs())
        return key

    def _allow_logs(self) -> iam.PolicyStatement:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
        group = self._stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=self._name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.{Aws.URL_SUFFIX}")],
            actions=[
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey",
            ],
            resources=["*"],
            conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
        )

    def _make_log_group(self, key: kms.Key) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "LogGroup",
            log_group_name=self._name,
            encryption_key=key,
            retention=logs.RetentionDays.ONE_YEAR,  # CIS and Security Hub's CloudWatch.16: 365 days
            field_index_policies=[logs.FieldIndexPolicy(fields=[*INDEXED])],
        )

    def _make_role(self) -> iam.Role:
        """Its trust takes no `aws:SourceArn`: CloudTrail sends none when it takes on the role.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
        """
        streams = self._stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{self._name}:log-stream:{Aws.ACCOUNT_ID}_CloudTrail_{Aws.REGION}*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        role = iam.Role(self, "Role", assumed_by=_CLOUDTRAIL)
        role.add_to_policy(
            iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[streams])
        )
        acknowledge_wildcard(role, streams, "The streams of one trail.")
        return role


def _allow_trail(trail_arn: str, *actions: str, **conditions: Mapping[str, str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[_CLOUDTRAIL],
        actions=[*actions],
        resources=["*"],
        conditions={"StringEquals": {"aws:SourceArn": trail_arn}, **conditions},
    )
