"""Change sets that revert drift: MiniStack compares templates only, these also compare what is there.

Of the types below: what was deleted is made again, what was changed put back.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..logs.query_definitions import QueryDefinitions
from ..ministack import load_module

Properties = dict[str, Any]
Create = Callable[[Mapping[str, Any]], Any]
Reader = Callable[[str, Properties], Properties | None]  # by physical id; None where it is gone


def revert_drift(create: Create, definitions: QueryDefinitions) -> Create:
    """MiniStack's CreateChangeSet `create`, which knows no DeploymentMode.

    Args:
        definitions: saved queries, which MiniStack does not have.
    """

    def read_query(id: str, properties: Properties) -> Properties | None:
        text = definitions.find_text(id)
        if text is None:
            return None
        return {} if text == properties["QueryString"] else {"QueryString": text}

    readers = {**_READERS, "AWS::Logs::QueryDefinition": read_query}

    def create_change_set(parameters: Mapping[str, Any]) -> Any:
        if _get(parameters, "DeploymentMode") == "REVERT_DRIFT":
            stack = load_module("services.cloudformation")._stacks.get(_get(parameters, "StackName"))
            if stack:
                _record_actual_state(stack, readers)
        return create(parameters)

    return create_change_set


def _get(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _record_actual_state(stack: dict[str, Any], readers: Mapping[str, Reader]) -> None:
    """Writes what is there in place of what was deployed: the change set differs from that."""
    for id, resource in list(stack["_resources"].items()):
        read = readers.get(resource["ResourceType"])
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


def _read_topic_policy(_: str, properties: Properties) -> Properties | None:
    topics = load_module("services.sns")._topics
    actual = [topics[one]["attributes"].get("Policy") for one in properties["Topics"] if one in topics]
    return _find_change(properties, "PolicyDocument", actual)


def _read_key(id: str, properties: Properties) -> Properties | None:
    key = load_module("services.kms")._resolve_key(id)
    if key is None:
        return None
    disabled = {"Enabled": False} if key["KeyState"] == "Disabled" else {}
    return {**disabled, **_find_change(properties, "KeyPolicy", [key["Policy"]])}


def _read_role_policy(_: str, properties: Properties) -> Properties | None:
    roles, name = load_module("services.iam")._roles, properties["PolicyName"]
    own = [roles[one].get("InlinePolicies") or {} for one in properties["Roles"] if one in roles]
    if not all(name in one for one in own):
        return None
    return _find_change(properties, "PolicyDocument", [one[name] for one in own])


def _read_rule(name: str, properties: Properties) -> Properties | None:
    eventbridge = load_module("services.eventbridge")
    key = eventbridge._rule_key(name, "default")
    rule = eventbridge._rules.get(key)
    if rule is None:
        return None
    state = {} if rule["State"] == properties.get("State", "ENABLED") else {"State": rule["State"]}
    there = {one["Id"] for one in eventbridge._targets.get(key, ())}
    targets = [one for one in properties["Targets"] if one["Id"] in there]
    changed = {} if targets == properties["Targets"] else {"Targets": targets}
    return {**state, **changed, **_find_change(properties, "EventPattern", [rule["EventPattern"]])}


def _read_machine(arn: str, properties: Properties) -> Properties | None:
    machine = load_module("services.stepfunctions")._state_machines.get(arn)
    return None if machine is None else _find_change(properties, "DefinitionString", [machine["definition"]])


def _read_group(name: str, properties: Properties) -> Properties | None:
    group = load_module("services.cloudwatch_logs")._log_groups.get(name)
    if group is None:
        return None
    days = group.get("retentionInDays")
    return {} if days == properties.get("RetentionInDays") else {"RetentionInDays": days}


def _read_dashboard(name: str, properties: Properties) -> Properties | None:
    dashboard = load_module("services.cloudwatch")._dashboards.get(name)
    return dashboard and _find_change(properties, "DashboardBody", [dashboard["DashboardBody"]])


def _find_change(properties: Properties, name: str, actual: list[Any]) -> Properties:
    """A property that holds JSON, if what is there says something else."""
    changed = [one for one in actual if _parse(one) != _parse(properties[name])]
    return {name: changed[0]} if changed else {}


def _parse(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


_READERS: Mapping[str, Reader] = {
    "AWS::CloudWatch::Alarm": _read_alarm,
    "AWS::Logs::MetricFilter": _read_filter,
    "AWS::SNS::Subscription": _read_subscription,
    "AWS::SNS::TopicPolicy": _read_topic_policy,
    "AWS::KMS::Key": _read_key,
    "AWS::IAM::Policy": _read_role_policy,
    "AWS::Events::Rule": _read_rule,
    "AWS::StepFunctions::StateMachine": _read_machine,
    "AWS::Logs::LogGroup": _read_group,
    "AWS::CloudWatch::Dashboard": _read_dashboard,
}
