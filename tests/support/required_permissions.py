"""What AWS documents that a service needs of each policy: a row for each permission, with its page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local_cloud.protocol.policies import Request

from .stack_values import ACCOUNT, Deployed

OTHER = "999999999999"
PAGES = {
    "bucket": "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
    "trail key": "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
    "trail role": "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html",
    "logs key": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    "access logs": "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
    "alarm topic": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    "topic key": "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    "queue": "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    "dead letters": "https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html",
    "lambda": "https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html",
    "state machine": "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html",
    "publishing": "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    "rule": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
    "second path": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
    "chat": "https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html",
    "log alarm": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html",
}


@dataclass(frozen=True, slots=True)
class Required:
    """A permission that a page asks for, of one policy of a deployment."""

    page: str
    policy: str  # ARN of the resource, or of the role and what its policy is about
    request: Request
    is_told_who: bool = True  # whether the service says for whom it asks


def list_required(found: Deployed) -> Iterator[Required]:
    """All permissions that the services need which work with a deployment."""
    yield from _of_trails(found)
    yield from _of_log_groups(found)
    yield from _of_access_logs(found)
    yield from _of_alarms(found)
    yield from _of_subscriptions(found)
    yield from _of_log_alarms(found)
    yield from _of_answers(found)
    yield from _of_rules(found)
    yield from _of_chats(found)


def _of_trails(found: Deployed) -> Iterator[Required]:
    service = "cloudtrail.amazonaws.com"
    for trail in found.of_type("CloudTrail::Trail"):
        arn = found.arn("cloudtrail", f"trail/{trail['TrailName']}")
        bucket, key = f"arn:{found.partition}:s3:::{trail['S3BucketName']}", trail["KMSKeyId"]
        role = trail["CloudWatchLogsRoleArn"]
        source = {"aws:SourceArn": arn, "aws:SourceAccount": ACCOUNT}
        written = {**source, "s3:x-amz-acl": "bucket-owner-full-control"}
        object_ = f"{bucket}/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/25/a.json.gz"
        yield Required("bucket", bucket, Request(service, "s3:GetBucketAcl", bucket, source))
        yield Required("bucket", bucket, Request(service, "s3:PutObject", object_, written))
        for region in (found.region, "eu-west-1"):
            context = {"kms:EncryptionContext:aws:cloudtrail:arn": arn.replace(found.region, region)}
            for action in ("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"):
                yield Required("trail key", key, Request(service, action, key, {**source, **context}))
        for action in ("kms:Decrypt", "kms:DescribeKey"):
            yield Required("trail key", key, Request(service, action, key, source))
        yield Required(
            "trail role", f"{role} trust", Request(service, "sts:AssumeRole", ""), is_told_who=False
        )
        group = trail["CloudWatchLogsLogGroupArn"].removesuffix(":*")
        stream = f"{group}:log-stream:{ACCOUNT}_CloudTrail_{found.region}_3"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield Required("trail role", f"{role} policy", Request("", action, stream), is_told_who=False)


def _of_log_groups(found: Deployed) -> Iterator[Required]:
    for group in found.of_type("Logs::LogGroup"):
        context = {
            "kms:EncryptionContext:aws:logs:arn": found.arn("logs", group["LogGroupName"], "log-group:")
        }
        service = f"logs.{found.region}.{found.suffix}"
        for action in (
            "Encrypt",
            "Decrypt",
            "ReEncryptFrom",
            "ReEncryptTo",
            "GenerateDataKey",
            "DescribeKey",
        ):
            request = Request(service, f"kms:{action}", group["KmsKeyId"], context)
            yield Required("logs key", group["KmsKeyId"], request)


def _of_access_logs(found: Deployed) -> Iterator[Required]:
    for id, bucket in found.by_id("S3::Bucket").items():
        if logging := bucket.get("LoggingConfiguration"):
            target = f"arn:{found.partition}:s3:::{logging['DestinationBucketName']}"
            context = {"aws:SourceArn": found.attribute(id, "Arn"), "aws:SourceAccount": ACCOUNT}
            request = Request("logging.s3.amazonaws.com", "s3:PutObject", f"{target}/2026-11-25-a", context)
            yield Required("access logs", target, request)


def _of_alarms(found: Deployed) -> Iterator[Required]:
    service = "cloudwatch.amazonaws.com"
    own = {topic["TopicName"]: topic for topic in found.of_type("SNS::Topic")}
    for alarm in (*found.of_type("CloudWatch::Alarm"), *found.of_type("CloudWatch::LogAlarm")):
        source = found.arn("cloudwatch", alarm["AlarmName"], "alarm:")
        context = {"aws:SourceArn": source, "aws:SourceAccount": ACCOUNT}
        for arn in alarm["AlarmActions"]:
            if topic := own.get(arn.split(":")[5]):
                yield Required("alarm topic", arn, Request(service, "sns:Publish", arn, context))
                key = topic.get("KmsMasterKeyId")
                for action in (
                    ("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair") if key else ()
                ):
                    yield Required("topic key", key, Request(service, action, key, context))


def _of_subscriptions(found: Deployed) -> Iterator[Required]:
    service = "sns.amazonaws.com"
    queues = {found.attribute(id, "Arn") for id in found.by_id("SQS::Queue")}
    for one in found.of_type("SNS::Subscription"):
        source = {"aws:SourceArn": one["TopicArn"], "aws:SourceAccount": ACCOUNT}
        endpoint = one["Endpoint"]
        if endpoint in queues:
            yield Required("queue", endpoint, Request(service, "sqs:SendMessage", endpoint, source))
        if redrive := one.get("RedrivePolicy"):
            kept = redrive["deadLetterTargetArn"]
            yield Required("dead letters", kept, Request(service, "sqs:SendMessage", kept, source))
        if one["Protocol"] == "lambda":
            yield Required("lambda", endpoint, Request(service, "lambda:InvokeFunction", endpoint, source))


def _of_log_alarms(found: Deployed) -> Iterator[Required]:
    for alarm in found.of_type("CloudWatch::LogAlarm"):
        query = alarm["ScheduledQueryConfiguration"]
        role, (name,) = query["ScheduledQueryRoleARN"], query["LogGroupIdentifiers"]
        source = {"aws:SourceAccount": ACCOUNT}
        yield Required(
            "log alarm", f"{role} trust", Request("logs.amazonaws.com", "sts:AssumeRole", "", source)
        )
        group = found.arn("logs", name, "log-group:")
        own = [("logs:StartQuery", group), ("logs:StartQuery", f"{group}:*")]
        own += [(f"logs:{action}", "*") for action in ("StopQuery", "GetQueryResults", "DescribeLogGroups")]
        for action, resource in own:
            yield Required("log alarm", f"{role} policy", Request("", action, resource), is_told_who=False)


def _of_answers(found: Deployed) -> Iterator[Required]:
    """A state machine asks, publishes, and uses the keys of the topics."""
    for machine in found.of_type("StepFunctions::StateMachine"):
        role, arn = machine["RoleArn"], found.arn("states", machine["StateMachineName"], "stateMachine:")
        source = {"aws:SourceArn": arn, "aws:SourceAccount": ACCOUNT}
        takes_on = Request("states.amazonaws.com", "sts:AssumeRole", "", source)
        yield Required("state machine", f"{role} trust", takes_on)
        known = json.loads(machine["DefinitionString"])["States"]["Facts"]["Assign"]["deployment"]
        group = found.arn("logs", known["logGroup"], "log-group:")
        own = [("logs:StartQuery", group), ("logs:StartQuery", f"{group}:*")]
        own += [(f"logs:{action}", "*") for action in ("GetQueryResults", "DescribeQueryDefinitions")]
        for action, resource in own:
            yield Required(
                "state machine", f"{role} policy", Request("", action, resource), is_told_who=False
            )
        topics = {arn for arns in known["topics"].values() for arn in (*arns, known["chat"]) if arn}
        for topic in topics:
            yield from _of_publishing(found, f"{role} policy", topic)


def _of_publishing(found: Deployed, policy: str, topic: str) -> Iterator[Required]:
    """SNS uses a topic's key as whoever publishes; of a topic of somebody else it may be any key."""
    own = {found.attribute(id, "TopicArn"): one for id, one in found.by_id("SNS::Topic").items()}
    yield Required("publishing", policy, Request("", "sns:Publish", topic), is_told_who=False)
    key = own[topic]["KmsMasterKeyId"] if topic in own else found.arn("kms", "1234", "key/")
    through = {"kms:ViaService": f"sns.{found.region}.{found.suffix}"}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield Required("publishing", policy, Request("", action, key, through), is_told_who=False)


def _of_rules(found: Deployed) -> Iterator[Required]:
    for rule in found.of_type("Events::Rule"):
        source = {"aws:SourceArn": found.arn("events", rule["Name"], "rule/"), "aws:SourceAccount": ACCOUNT}
        for target in rule["Targets"]:
            if "RoleArn" not in target:
                yield from _of_second_path(found, target["Arn"], source)
                continue
            role = target["RoleArn"]
            takes_on = Request("events.amazonaws.com", "sts:AssumeRole", "", source)
            yield Required("rule", f"{role} trust", takes_on)
            starts = Request("", "states:StartExecution", target["Arn"])
            yield Required("rule", f"{role} policy", starts, is_told_who=False)


def _of_second_path(found: Deployed, arn: str, source: Mapping[str, str]) -> Iterator[Required]:
    """A rule publishes by the topic's policy; the topic has no key."""
    own = {found.attribute(id, "TopicArn"): one for id, one in found.by_id("SNS::Topic").items()}
    if topic := own.get(arn):
        assert "KmsMasterKeyId" not in topic
        yield Required("second path", arn, Request("events.amazonaws.com", "sns:Publish", arn, source))


def _of_chats(found: Deployed) -> Iterator[Required]:
    for channel in found.of_type("Chatbot::SlackChannelConfiguration"):
        takes_on = Request("chatbot.amazonaws.com", "sts:AssumeRole", "")
        yield Required("chat", f"{channel['IamRoleArn']} trust", takes_on, is_told_who=False)
