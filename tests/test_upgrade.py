"""Today's template over the previous release's: nothing that is deployed is replaced, nobody confirms anew.

`tests/releases` has the single template of each release, as it was written then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tools.local_cloud import LocalCloud

from .synth import single_template

PREVIOUS = max(
    Path("tests/releases").glob("*.json"), key=lambda path: [int(part) for part in path.stem.split(".")]
)
GIVEN = {"LogGroupName": "trail", "Email": "soc@example.com"}
WATCHING = ("AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter")


def parsed(text: str) -> dict[str, Any]:
    return dict(json.loads(text)["Resources"])


def replaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Resources that an update makes anew or takes away, by the schemas of CloudFormation."""
    return {id for id, resource in old.items() if id not in new or _is_made_anew(resource, new[id])}


def _is_made_anew(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if old["Type"] != new["Type"]:
        return True
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", old["Type"]).schema
    fixed = [path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", ())]
    before, after = (one.get("Properties", {}) for one in (old, new))
    return any(before.get(name) != after.get(name) for name in fixed)


def test_the_schemas_say_that_nothing_is_replaced() -> None:
    assert replaced(parsed(PREVIOUS.read_text()), parsed(single_template())) == set()


@pytest.mark.parametrize(
    ("type_", "key", "is_replaced"),
    [
        ("AWS::CloudWatch::Alarm", "AlarmName", True),
        ("AWS::Logs::MetricFilter", "FilterName", True),
        ("AWS::Logs::MetricFilter", "LogGroupName", True),
        ("AWS::SNS::Topic", "TopicName", True),
        ("AWS::SNS::Subscription", "Endpoint", True),
        ("AWS::CloudWatch::Alarm", "AlarmDescription", False),
        ("AWS::Logs::MetricFilter", "FilterPattern", False),
        ("AWS::Logs::QueryDefinition", "Name", False),
    ],
)
def test_a_changed_property_replaces_what_its_schema_says(type_: str, key: str, is_replaced: bool) -> None:
    old, new = parsed(PREVIOUS.read_text()), parsed(PREVIOUS.read_text())
    changed = next(id for id, one in new.items() if one["Type"] == type_)
    new[changed]["Properties"][key] = "other"
    assert replaced(old, new) == ({changed} if is_replaced else set())
    del new[changed]
    assert replaced(old, new) == {changed}


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("logs").create_log_group(logGroupName="trail")
        stacks = running.client("cloudformation")
        stacks.create_stack(StackName="cis", TemplateBody=PREVIOUS.read_text(), Parameters=_given())
        stacks.get_waiter("stack_create_complete").wait(StackName="cis", WaiterConfig={"Delay": 1})
        yield running


def _given() -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in GIVEN.items()]


def _update(cloud: LocalCloud, template: str) -> None:
    stacks = cloud.client("cloudformation")
    tags = [{"Key": "release", "Value": "next"}]  # an update of something, whatever the template says
    stacks.update_stack(StackName="cis", TemplateBody=template, Parameters=_given(), Tags=tags)
    stacks.get_waiter("stack_update_complete").wait(StackName="cis", WaiterConfig={"Delay": 1})


def _deployed(cloud: LocalCloud) -> dict[str, dict[str, Any]]:
    """What an operator would see go: alarms, filters with their age, subscriptions, physical ids."""
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    filters = cloud.client("logs").describe_metric_filters(logGroupName="trail")["metricFilters"]
    subscriptions = cloud.client("sns").list_subscriptions()["Subscriptions"]
    listed = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName="cis")
    return {
        "alarms": {one["AlarmName"]: one["AlarmArn"] for one in alarms},
        "filters": {one["filterName"]: one["creationTime"] for one in filters},
        "subscriptions": {one["SubscriptionArn"]: one["Endpoint"] for one in subscriptions},
        "ids": {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in listed
            for one in page["StackResourceSummaries"]
            if one["ResourceType"] in WATCHING
        },
    }


def test_an_upgrade_keeps_every_alarm_filter_and_subscription(cloud: LocalCloud) -> None:
    before = _deployed(cloud)
    assert {kind: len(found) for kind, found in before.items()} == {
        "alarms": 16,
        "filters": 18,
        "subscriptions": 1,
        "ids": 34,
    }
    _update(cloud, single_template())
    after = _deployed(cloud)
    for kind, found in before.items():
        assert {name: after[kind].get(name) for name in found} == found, kind


def test_another_name_in_a_template_would_replace_an_alarm_that_is_there(cloud: LocalCloud) -> None:
    """The twin: what is looked at above shows a replacement."""
    before = _deployed(cloud)
    _update(cloud, PREVIOUS.read_text().replace("${Prefix}-vpc-changes", "${Prefix}-vpc"))
    after = _deployed(cloud)
    assert before["alarms"].keys() - after["alarms"].keys() == {"cis-vpc-changes"}
    assert before["filters"].keys() - after["filters"].keys() == {"cis-vpc-changes"}
    assert {id for id, one in before["ids"].items() if after["ids"].get(id) != one} == {
        "vpcchangesAlarm",
        "vpcchangesFilter",
    }
