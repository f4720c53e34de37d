"""The bucket that a trail delivers to, and the bucket that says who read it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, Aws, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

_CLOUDTRAIL = iam.ServicePrincipal("cloudtrail.amazonaws.com")
_COLD = Duration.days(90)
_OLD = Duration.days(90)  # after which a version that was replaced goes
_ACCESS_KEPT = Duration.days(365)


class TrailBucket(Construct):
    """A versioned, encrypted bucket that only one trail writes to.

    Nothing in it expires: how long evidence is kept is not decided here.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey, trail_arn: str) -> None:
        super().__init__(scope, id)
        self._trail_arn = trail_arn
        bucket = _make_private_bucket(
            self,
            "Records",
            encryption_key=key,
            rules=[
                s3.LifecycleRule(
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transition_after=_COLD
                        )
                    ],
                    noncurrent_version_expiration=_OLD,
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
        )
        bucket.add_to_resource_policy(self._allow_reading_acl(bucket))
        bucket.add_to_resource_policy(self._allow_writing(bucket))
        _log_access(self, bucket)
        self.name, self.policy = bucket.bucket_name, bucket.policy

    def _allow_reading_acl(self, bucket: s3.Bucket) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            principals=[_CLOUDTRAIL],
            actions=["s3:GetBucketAcl"],
            resources=[bucket.bucket_arn],
            conditions={"StringEquals": {"aws:SourceArn": self._trail_arn}},
        )

    def _allow_writing(self, bucket: s3.Bucket) -> iam.PolicyStatement:
        conditions = {"aws:SourceArn": self._trail_arn, "s3:x-amz-acl": "bucket-owner-full-control"}
        return iam.PolicyStatement(
            principals=[_CLOUDTRAIL],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(f"AWSLogs/{Aws.ACCOUNT_ID}/*")],
            conditions={"StringEquals": conditions},
        )


def _log_access(scope: Construct, bucket: s3.Bucket) -> None:
    """Server access logs: S3 writes them with its own key only.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    rule = s3.LifecycleRule(expiration=_ACCESS_KEPT, noncurrent_version_expiration=_OLD)
    target = _make_private_bucket(scope, "AccessLogs", encryption_key=None, rules=[rule])
    target.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
            actions=["s3:PutObject"],
            resources=[target.arn_for_objects("*")],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnEquals": {"aws:SourceArn": bucket.bucket_arn},
            },
        )
    )
    records = bucket.node.default_child
    if not isinstance(records, s3.CfnBucket):
        raise TypeError("a bucket is made of a CfnBucket")
    records.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=target.bucket_name
    )
    reason = "It takes the access logs of the other bucket; its own would fill it without end."
    Validations.of(target).acknowledge(Acknowledgment(id="AwsSolutions-S1", reason=reason))


def _make_private_bucket(
    scope: Construct, id: str, *, encryption_key: kms.IKey | None, rules: list[s3.LifecycleRule]
) -> s3.Bucket:
    return s3.Bucket(
        scope,
        id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        encryption=s3.BucketEncryption.KMS if encryption_key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=encryption_key,
        bucket_key_enabled=True if encryption_key else None,  # else a call to KMS for each object
        enforce_ssl=True,
        versioned=True,
        lifecycle_rules=rules,
    )
