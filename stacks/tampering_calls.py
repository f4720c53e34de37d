"""What the second path listens to, and what it says: event patterns and texts, as plain data.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

RuleKind = Literal["calls", "access", "deletes", "alarms"]
RULES: tuple[RuleKind, ...] = get_args(RuleKind)
Pattern = dict[str, object]

# Calls on the monitoring itself, by source: those of `monitoring-tampering` and of 4.5 that name ours.
CALLS: Mapping[str, tuple[str, ...]] = {
    "monitoring": (
        "DeleteAlarms",
        "DisableAlarmActions",
        "SetAlarmState",
        "PutMetricAlarm",
        "PutCompositeAlarm",
        "PutLogAlarm",
        "PutAlarmMuteRule",
    ),
    "logs": (
        "DeleteMetricFilter",
        "PutMetricFilter",
        "DeleteLogGroup",
        "DeleteLogStream",
        "PutRetentionPolicy",
        "AssociateKmsKey",
    ),
    "sns": (
        "DeleteTopic",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "Unsubscribe",
        "SetSubscriptionAttributes",
    ),
    "events": ("DisableRule", "DeleteRule", "RemoveTargets", "PutRule", "PutTargets"),
    "states": ("DeleteStateMachine", "UpdateStateMachine"),
    "cloudtrail": ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
}
# Calls on what the monitoring needs in order to work, by source and by the parameter that names it. A role
# goes only after its policies.
ACCESS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("kms", "keyId"): ("DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"),
    ("iam", "roleName"): (
        "DeleteRolePolicy",
        "PutRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "UpdateAssumeRolePolicy",
        "PutRolePermissionsBoundary",
    ),
    ("s3", "bucketName"): ("PutBucketPolicy", "DeleteBucketPolicy"),
    ("logs", "logGroupIdentifier"): (
        "PutDataProtectionPolicy",
        "PutTransformer",
        "PutLogGroupDeletionProtection",
    ),
    ("logs", "resourceIdentifier"): ("AssociateKmsKey", "DisassociateKmsKey"),
    ("logs", "policyType"): ("PutAccountPolicy",),
}
# Policies of an account that change what metric filters see, in every log group.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html
_ACCOUNT_POLICIES = ("DATA_PROTECTION_POLICY", "TRANSFORMER_POLICY")
_LONG = 200  # of a log group's 512 characters; a pattern takes 2,048
_BY_DEPLOYS = "cloudformation.amazonaws.com"

_CALL_PATHS = {
    "call": "eventName",
    "service": "eventSource",
    "who": "userIdentity.arn",
    "type": "userIdentity.type",
    "from": "sourceIPAddress",
    "when": "eventTime",
    "error": "errorCode",
    "id": "eventID",
}
_ALARM_PATHS = {
    "alarm": "alarmName",
    "operation": "operation",
    "enabled": "configuration.actionsEnabled",
    "when": "state.timestamp",
}
_FIRST = (
    "First: ask who did it. cdk deploy --revert-drift restores what is gone; cis-insights doctor and"
    " cis-insights verify say what does not work."
)
_WHO = (
    "Who: <who> (<type>), from <from>",
    "When: <when>, in account <account>, Region <region>; event <id>; error, if any: <error>",
)
_TEXTS: Mapping[RuleKind, tuple[str, ...]] = {
    "calls": ("Tampering with the monitoring {prefix}: <call> (<service>)", *_WHO, _FIRST),
    "access": (
        "Tampering with what the monitoring {prefix} needs, a key, a role, a bucket or the log group: <call>"
        " (<service>)",
        *_WHO,
        _FIRST,
    ),
    "deletes": (
        "Something of the monitoring {prefix} was removed by CloudFormation: <call> (<service>)",
        *_WHO,
        "A deploy of your own that takes something away does this too.",
        _FIRST,
    ),
    "alarms": (
        "Tampering with the monitoring {prefix}: the alarm <alarm> was changed (<operation>, actions enabled:"
        " <enabled>)",
        "When: <when>, in account <account>, Region <region>; who: CloudTrail has the call",
        "A deploy of your own that takes the alarm away does this too.",
        _FIRST,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the monitoring needs in order to work, beyond what begins with its prefix."""

    keys: Sequence[str] = ()  # ids of KMS keys
    roles: Sequence[str] = ()  # names
    buckets: Sequence[str] = ()  # names


# As long as names can be: an id of a key has 36 characters, a role 64, a bucket 63.
LONGEST_NEEDS = Needs(keys=["k" * 36] * 2, roles=["r" * 64] * 3, buckets=["b" * 63])


def write_pattern(
    kind: RuleKind, *, prefix: str, log_group: str, account: str, needs: Needs = LONGEST_NEEDS
) -> Pattern:
    """The event pattern of one rule.

    Args:
        prefix: begins the names of what is deployed.
        log_group: name of the trail's.
        account: the deployment's own: an event bus may hold those of others.
        needs: what the rule on access is about.
    """
    match kind:
        case "calls":
            return _match_calls(CALLS, [{"exists": False}], prefix, log_group, account)
        case "access":
            return _match_access(needs, log_group, account)
        case "deletes":
            return _match_calls(_list_deletes(), [_BY_DEPLOYS], prefix, log_group, account)
        case "alarms":
            return _match_alarms(prefix, account)
        case _:
            raise ValueError(kind)


def _list_deletes() -> Mapping[str, tuple[str, ...]]:
    """The calls that a deploy does only where it takes something away."""
    is_delete = ("Delete", "Unsubscribe", "RemoveTargets")
    return {
        source: tuple(one for one in calls if one.startswith(is_delete)) for source, calls in CALLS.items()
    }


def _match_calls(
    calls: Mapping[str, tuple[str, ...]], invoked_by: list[object], prefix: str, log_group: str, account: str
) -> Pattern:
    """Calls that name something of the deployment, and those on any trail: which feeds it is not known."""
    return {
        "source": [f"aws.{source}" for source in calls],
        "detail-type": ["AWS API Call via CloudTrail"],
        "account": [account],
        "detail": {
            "eventName": [name for names in calls.values() for name in names],
            "userIdentity": {"invokedBy": invoked_by},
            "$or": [
                {"eventSource": ["cloudtrail.amazonaws.com"]},
                *({"requestParameters": one} for one in _list_named(prefix, log_group)),
            ],
        },
    }


def _list_named(prefix: str, log_group: str) -> list[Pattern]:
    """The parameters that name what a call is about."""
    own: list[object] = [{"prefix": f"{prefix}-"}]
    topics: list[object] = [{"wildcard": f"arn:*:{prefix}-alarms*"}]
    return [
        {"alarmName": own},
        {"alarmNames": own},
        {"muteTargets": {"alarmNames": own}},
        {"logGroupName": [log_group if len(log_group) <= _LONG else {"prefix": log_group[:_LONG]}]},
        {"topicArn": topics},
        {"subscriptionArn": topics},
        {"name": own},
        {"rule": own},
        {"stateMachineArn": [{"suffix": f":{prefix}-answers"}]},
    ]


def _match_access(needs: Needs, log_group: str, account: str) -> Pattern:
    """Calls on keys, roles and buckets that are known, and on the log group where its name is not enough."""
    named: Mapping[str, list[object]] = {
        "keyId": [{"suffix": one} for one in needs.keys],  # an id, or an ARN that ends in it
        "roleName": [*needs.roles],
        "bucketName": [*needs.buckets],
        "logGroupIdentifier": list(_list_identifiers(log_group)),
        "resourceIdentifier": list(_list_identifiers(log_group)),
        "policyType": [*_ACCOUNT_POLICIES],
    }
    return {
        "source": [f"aws.{source}" for source in dict.fromkeys(source for source, _ in ACCESS)],
        "detail-type": ["AWS API Call via CloudTrail"],
        "account": [account],
        "detail": {
            "userIdentity": {"invokedBy": [{"exists": False}]},
            "$or": [
                {"eventName": [*calls], "requestParameters": {parameter: named[parameter]}}
                for (_, parameter), calls in ACCESS.items()
                if named[parameter]
            ],
        },
    }


def _list_identifiers(log_group: str) -> Iterator[object]:
    """A log group's name, or its ARN: of a long name the beginning."""
    if len(log_group) > _LONG // 2:
        yield {"wildcard": f"*{log_group[: _LONG // 2]}*"}
        return
    yield log_group
    yield from ({"suffix": f":log-group:{log_group}{ending}"} for ending in ("", ":*"))


def _match_alarms(prefix: str, account: str) -> Pattern:
    """Alarms that are deleted or silenced, whether a trail records the call or not.

    That one is made, or changed otherwise, is what every deploy does; the calls of others are in `calls`.
    """
    return {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm Configuration Change"],
        "account": [account],
        "detail": {
            "alarmName": [{"prefix": f"{prefix}-"}],
            "$or": [{"operation": ["delete"]}, {"configuration": {"actionsEnabled": [False]}}],
        },
    }


def list_paths(kind: RuleKind) -> dict[str, str]:
    """Where an event has each value of the text.

    None of them is free text of whoever called: no user agent, no parameter, no message of an error.
    """
    paths = _ALARM_PATHS if kind == "alarms" else _CALL_PATHS
    found = {name: f"$.detail.{path}" for name, path in paths.items()}
    return {**found, "account": "$.account", "region": "$.region"}


def write_template(kind: RuleKind, prefix: str) -> str:
    """The text, a quoted string a line, as EventBridge takes what is not JSON.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    return "\n".join(f'"{line.format(prefix=prefix)}"' for line in _TEXTS[kind])
