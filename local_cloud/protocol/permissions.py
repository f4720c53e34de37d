"""Whether the policies of the local cloud's resources let AWS's services do their work.

A missing bucket or role may belong to another account, so it is not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ministack import get_scope, load_module
from .messages import Parameters, ServiceError
from .policies import Request, allows

_CLOUDTRAIL, _CLOUDWATCH, _EVENTS = (
    f"{name}.amazonaws.com" for name in ("cloudtrail", "cloudwatch", "events")
)
_WITH_BUCKET_KEY = "<BucketKeyEnabled>true</BucketKeyEnabled>"


def check_trail(name: str, request: Parameters) -> None:
    """Refuses a trail that CloudTrail could not deliver, as CreateTrail and UpdateTrail do.

    Args:
        request: the trail after the change.

    Raises:
        ServiceError: with AWS's code.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
    """
    account, region = get_scope()
    source = {
        "aws:SourceArn": f"arn:aws:cloudtrail:{region}:{account}:trail/{name}",
        "aws:SourceAccount": account,
    }
    bucket = request.get("S3BucketName", "")
    _check_bucket(bucket, request.get("S3KeyPrefix", ""), source)
    if key := request.get("KmsKeyId"):
        _check_key(key, bucket, source)
    if fault := find_role_fault(request):
        raise fault


def _check_bucket(bucket: str, prefix: str, source: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    arn, account = f"arn:aws:s3:::{bucket}", source["aws:SourceAccount"]
    found = load_module("services.s3").bucket_policy_for_arn(arn)
    files = "/".join(filter(None, (arn, prefix, "AWSLogs", account, "CloudTrail/a.json.gz")))
    written = {**source, "s3:x-amz-acl": "bucket-owner-full-control"}
    asked = (
        Request(_CLOUDTRAIL, "s3:GetBucketAcl", arn, source),
        Request(_CLOUDTRAIL, "s3:PutObject", files, written),
    )
    if found and not all(allows(found[0], request) for request in asked):
        message = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
        raise ServiceError("InsufficientS3BucketPolicyException", message)


def _check_key(key: str, bucket: str, source: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    found = load_module("services.kms")._resolve_key(key)
    if found is None:
        raise ServiceError("KmsKeyNotFoundException", f"KMS key not found: {key}")
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": source["aws:SourceArn"]}
    encrypts = Request(_CLOUDTRAIL, "kms:GenerateDataKey", found["Arn"], {**source, **context})
    has_bucket_key = _WITH_BUCKET_KEY in (load_module("services.s3")._bucket_encryption.get(bucket) or "")
    actions = ["kms:DescribeKey", *(["kms:Decrypt"] if has_bucket_key else [])]
    others = [Request(_CLOUDTRAIL, action, found["Arn"], source) for action in actions]
    if not all(allows(found.get("Policy"), request) for request in (encrypts, *others)):
        message = f"Insufficient permissions to access S3 bucket {bucket} or KMS key {key}."
        raise ServiceError("InsufficientEncryptionPolicyException", message)


def has_role(trail: Parameters) -> bool:
    """Whether the role that a trail delivers to CloudWatch Logs by is there."""
    return trail.get("CloudWatchLogsRoleArn", "").rpartition("/")[2] in load_module("services.iam")._roles


def find_role_fault(trail: Parameters) -> ServiceError | None:
    """Why CloudTrail may not deliver to CloudWatch Logs by the role of a trail, if it is there.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
    """
    if not has_role(trail):
        return None
    found = load_module("services.iam")._roles[trail["CloudWatchLogsRoleArn"].rpartition("/")[2]]
    group = trail.get("CloudWatchLogsLogGroupArn", "")
    if not allows(found["AssumeRolePolicyDocument"], Request(_CLOUDTRAIL, "sts:AssumeRole", "")):
        message = "Access denied. Check the trust relationships for your role."
        return ServiceError("InvalidCloudWatchLogsRoleArnException", message)
    account, region = get_scope()
    stream = f"{group.removesuffix(':*')}:log-stream:{account}_CloudTrail_{region}"
    asked = [Request("", action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
    if not all(_allowed_by_one(found, request) for request in asked):
        message = "Access denied. Check the permissions for your role."
        return ServiceError("InvalidCloudWatchLogsLogGroupArnException", message)
    return None


def _allowed_by_one(role: Mapping[str, Any], request: Request) -> bool:
    return any(allows(document, request) for document in (role.get("InlinePolicies") or {}).values())


def find_refusal(topic: str, alarm: str) -> str | None:
    """The reason why CloudWatch may not publish an alarm's message to a topic; None if it may.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """
    record, account = load_module("services.sns")._topics.get(topic), get_scope()[0]
    if record is None:
        return f"the topic {topic} does not exist"
    source = {"aws:SourceArn": alarm, "aws:SourceAccount": account, "aws:SourceOwner": account}
    attributes = record["attributes"]
    if not allows(attributes.get("Policy"), Request(_CLOUDWATCH, "sns:Publish", topic, source)):
        return f"Resource: {alarm} is not authorized to perform: SNS:Publish on resource: {topic}"
    if not _may_use(attributes.get("KmsMasterKeyId"), _CLOUDWATCH, source):
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    return None


def find_event_refusal(topic: str, rule: str) -> str | None:
    """The reason why a rule of EventBridge may not publish to a topic; None if it may.

    A key's policy is evaluated without the rule: EventBridge does not pass it on to KMS.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    record, account = load_module("services.sns")._topics.get(topic), get_scope()[0]
    if record is None:
        return f"the topic {topic} does not exist"
    source = {"aws:SourceArn": rule, "aws:SourceAccount": account}
    attributes = record["attributes"]
    if not allows(attributes.get("Policy"), Request(_EVENTS, "sns:Publish", topic, source)):
        return f"{_EVENTS} is not authorized to perform: SNS:Publish on resource: {topic}"
    if not _may_use(attributes.get("KmsMasterKeyId"), _EVENTS, {}):
        return f"{_EVENTS} is not authorized to use the key of {topic}"
    return None


def may_send(queue: str, service: str, source: str, account: str) -> bool:
    """Whether a service, SNS for a topic, may send to a queue. Replaces MiniStack's own check.

    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
    """
    record = load_module("services.sqs")._queue_by_arn(queue)
    if record is None:
        return False
    context = {"aws:SourceArn": source, "aws:SourceAccount": account, "aws:SourceOwner": account}
    attributes = record["attributes"]
    is_sent = allows(attributes.get("Policy"), Request(service, "sqs:SendMessage", queue, context))
    return is_sent and _may_use(attributes.get("KmsMasterKeyId"), service, context)


def _may_use(key: str | None, service: str, source: Mapping[str, str]) -> bool:
    """Whether a service may use a key: only a customer's key can name it, and one that is enabled.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    if not key:
        return True
    found = load_module("services.kms")._resolve_key(key)
    return (
        found is not None
        and found["KeyState"] == "Enabled"
        and all(
            allows(found.get("Policy"), Request(service, action, found["Arn"], source))
            for action in ("kms:Decrypt", "kms:GenerateDataKey")
        )
    )
