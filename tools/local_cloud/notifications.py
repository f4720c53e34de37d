"""What an alarm tells its topic, and whether it may.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import json
import logging
import uuid
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .emulator import account_and_region, module
from .wire import session

ACTIONS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_LOG = logging.getLogger(__name__)


def notify(alarm: dict[str, Any], before: str, now: float) -> None:
    """Publishes the change of an alarm's state to the topics of the actions of its new state.

    As on AWS, a topic that CloudWatch may not publish to, or whose key it may not use, gets nothing.
    """
    if not alarm["ActionsEnabled"]:
        return
    account, region = account_and_region()
    text = json.dumps(message(alarm, before, now, account, region))
    subject = f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region_name(region)}'[:100]
    for arn in alarm[ACTIONS[alarm["StateValue"]]]:
        if ":sns:" in arn and may_publish(arn, alarm["AlarmArn"]):
            module("services.sns")._fanout(arn, str(uuid.uuid4()), text, subject)


def message(alarm: dict[str, Any], before: str, now: float, account: str, region: str) -> dict[str, Any]:
    """The JSON message of a notification."""
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm["AlarmDescription"] or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": _timestamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": _timestamp(now),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before,
        **{actions: alarm[actions] for actions in ("OKActions", "AlarmActions", "InsufficientDataActions")},
        "Trigger": _trigger(alarm),
    }


_OF_A_QUERY = (
    "ScheduledQueryConfiguration",
    "QueryResultsToEvaluate",
    "QueryResultsToAlarm",
    "ComparisonOperator",
    "Threshold",
    "TreatMissingData",
)


def _trigger(alarm: dict[str, Any]) -> dict[str, Any]:
    """What was watched; for a log alarm AWS documents no form, so it is as DescribeAlarms has it."""
    if "ScheduledQueryConfiguration" in alarm:
        return {name: alarm[name] for name in _OF_A_QUERY}
    dimensions = [{"name": item["Name"], "value": item["Value"]} for item in alarm["Dimensions"]]
    optional = {name: alarm[name] for name in ("DatapointsToAlarm",) if alarm.get(name)}
    extended = alarm.get("ExtendedStatistic")
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        "ExtendedStatistic" if extended else "Statistic": extended or alarm["Statistic"].upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": dimensions,
        "Period": alarm["Period"],
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        **optional,
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm["TreatMissingData"],
        "EvaluateLowSampleCountPercentile": "",
    }


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


@lru_cache(maxsize=64)
def region_name(region: str) -> str:
    """`us-east-1` as notifications write it: US East (N. Virginia)."""
    for partition in session().get_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def may_publish(topic: str, alarm: str) -> bool:
    """Whether the policies of a topic and of its key let CloudWatch publish a message of an alarm."""
    record = module("services.sns")._topics.get(topic)
    if record is None:
        return False
    key = record["attributes"].get("KmsMasterKeyId")
    keys_ok = not key or all(
        _key_allows(key, action, alarm) for action in ("kms:Decrypt", "kms:GenerateDataKey")
    )
    topic_ok = _allows(record["attributes"].get("Policy"), "sns:Publish", topic, alarm)
    if not (keys_ok and topic_ok):
        _LOG.warning(
            "%s may not publish to %s: %s", alarm, topic, "topic policy" if keys_ok else "key policy"
        )
    return keys_ok and topic_ok


def _key_allows(key: str, action: str, alarm: str) -> bool:
    """CloudWatch can use a customer's key only; the policy of alias/aws/sns does not name it."""
    record = module("services.kms")._resolve_key(key)
    return bool(record) and _allows(record.get("Policy"), action, record["Arn"], alarm)


def _allows(policy: Any, action: str, resource: str, alarm: str) -> bool:
    evaluator = module("core.iam_evaluator")
    account, region = account_and_region()
    context = evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=region,
        secure_transport=True,
        service_context={
            "aws:sourcearn": alarm,
            "aws:sourceaccount": account,
            "aws:sourceowner": account,
        },
    )
    found = evaluator.evaluate_resource_policy(policy, context, service="cloudwatch.amazonaws.com")
    return str(found.decision) == "Allow"
