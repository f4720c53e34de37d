"""Change sets that revert drift: MiniStack compares templates only, these also compare what is there.

Alarms, metric filters and subscriptions: what was deleted is made again, what was changed put back.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..ministack import load_module

Properties = dict[str, Any]
Create = Callable[[Mapping[str, Any]], Any]


def revert_drift(create: Create) -> Create:
    """MiniStack's CreateChangeSet `create`, which knows no DeploymentMode."""

    def create_change_set(parameters: Mapping[str, Any]) -> Any:
        if _get(parameters, "DeploymentMode") == "REVERT_DRIFT":
            stack = load_module("services.cloudformation")._stacks.get(_get(parameters, "StackName"))
            if stack:
                _record_actual_state(stack)
        return create(parameters)

    return create_change_set


def _get(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _record_actual_state(stack: dict[str, Any]) -> None:
    """Writes what is there in place of what was deployed: the change set differs from that."""
    for id, resource in list(stack["_resources"].items()):
        read = _READERS.get(resource["ResourceType"])
        if read is None:
            continue
        actual = read(resource["PhysicalResourceId"], resource["Properties"])
        if actual is None:
            del stack["_resources"][id]
            del stack["_template"]["Resources"][id]
        else:
            resource["Properties"] = {**resource["Properties"], **actual}
            written = stack["_template"]["Resources"][id]
            written["Properties"] = {**written["Properties"], **actual}


def _read_alarm(name: str, properties: Properties) -> Properties | None:
    """The properties that differ; None where the alarm is gone."""
    actual = load_module("services.cloudwatch")._alarms.get(name)
    if actual is None:
        return None
    deployed = load_module("services.cloudformation.provisioners")._cw_metric_alarm_record(name, properties)
    return {
        key: actual.get(key)
        for key, value in deployed.items()
        if not key.startswith(("State", "AlarmConfiguration")) and actual.get(key) != value
    }


def _read_filter(name: str, properties: Properties) -> Properties | None:
    filters = load_module("services.cloudwatch_logs")._metric_filters
    actual = filters.get((properties["LogGroupName"], name))
    if actual is None:
        return None
    pattern = actual["filterPattern"]
    return {} if pattern == properties["FilterPattern"] else {"FilterPattern": pattern}


def _read_subscription(arn: str, properties: Properties) -> Properties | None:
    topic = load_module("services.sns")._topics.get(properties["TopicArn"], {})
    return {} if any(one["arn"] == arn for one in topic.get("subscriptions", ())) else None


_READERS: Mapping[str, Callable[[str, Properties], Properties | None]] = {
    "AWS::CloudWatch::Alarm": _read_alarm,
    "AWS::Logs::MetricFilter": _read_filter,
    "AWS::SNS::Subscription": _read_subscription,
}
