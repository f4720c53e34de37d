"""This version over the previous release: nothing that watches is replaced, nobody confirms anew.

`tests/releases` has what 0.1.0 deployed, as it was written then: the single template, and the stack of
the app with its nested stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from local_cloud import LocalCloud

from ..support.by_url import put_template
from ..support.synth import single_template, template_of

RELEASES = Path("tests/releases")
SINGLE = (RELEASES / "0.1.0.json").read_text()
STACK = (RELEASES / "0.1.0-stack.json").read_text()
NESTED = (RELEASES / "0.1.0-nested.json").read_text()
GIVEN = {"LogGroupName": "cloudtrail", "Email": "soc@example.com"}
GONE = {
    "single": {"Text", "Link", "Trail", "ToMedium", "ToHigh", "ToCritical"},
    "stack": {"CisInvestigationNestedStackInvestigationNestedStackResourceC6ABA06D"},
}


def parsed(text: str) -> dict[str, Any]:
    return dict(json.loads(text)["Resources"])


def ours() -> str:
    """Today's template of the app, with the settings that the one of 0.1.0 was made with."""
    return json.dumps(template_of(log_group_name="cloudtrail"))


def _texts(node: Any) -> Any:
    """A property as 0.1.0 wrote it: `Fn::Sub` for names."""
    match node:
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::Join": ["", [*parts]]} if all(isinstance(part, str) or "Ref" in part for part in parts):
            return "".join(part if isinstance(part, str) else f"${{{part['Ref']}}}" for part in parts)
        case {"Fn::If": [str(), *branches]} if {"Ref": "LogGroupName"} in branches:
            return "${Trail.Value}"  # which had the name, whichever way it was given
        case _:
            return node


def replaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Resources that an update makes anew or takes away, by the schemas of CloudFormation."""
    return {id for id, resource in old.items() if id not in new or _is_made_anew(resource, new[id])}


def _is_made_anew(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if old["Type"] != new["Type"]:
        return True
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", old["Type"]).schema
    fixed = [path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", ())]
    before, after = (one.get("Properties", {}) for one in (old, new))
    return any(_texts(before.get(name)) != _texts(after.get(name)) for name in fixed)


def test_the_schemas_say_that_nothing_else_is_replaced() -> None:
    assert replaced(parsed(SINGLE), parsed(single_template())) == GONE["single"] - {"Trail"}
    assert replaced(parsed(STACK), parsed(ours())) == GONE["stack"]


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
    old, new = parsed(SINGLE), parsed(SINGLE)
    changed = next(id for id, one in new.items() if one["Type"] == type_)
    new[changed]["Properties"][key] = "other"
    assert replaced(old, new) == ({changed} if is_replaced else set())
    del new[changed]
    assert replaced(old, new) == {changed}


class Upgrade:
    """A stack of 0.1.0 in a cloud of its own, and what is deployed over it."""

    def __init__(self, cloud: LocalCloud, kind: str) -> None:
        self.cloud, self.kind = cloud, kind
        cloud.client("logs").create_log_group(logGroupName="cloudtrail")
        self.deploy("create", SINGLE if kind == "single" else self._with_nested())

    def _with_nested(self) -> str:
        """The stack of 0.1.0; its nested one lies where it says, and the CDK's bootstrap has been there."""
        bucket = f"cdk-hnb659fds-assets-{self.cloud.account}-us-east-1"
        (key,) = re.findall(r"[0-9a-f]{64}\.json", STACK)
        put_template(self.cloud, NESTED, bucket=bucket, key=key)
        self.cloud.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
        )
        return STACK

    def deploy(self, action: str, template: str) -> None:
        """Deploys a template and waits; whatever the template says, something changes."""
        stacks, given = self.cloud.client("cloudformation"), GIVEN if self.kind == "single" else {}
        getattr(stacks, f"{action}_stack")(
            StackName="cis",
            TemplateURL=put_template(self.cloud, template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Tags=[{"Key": "deployed", "Value": action}],
        )
        waiter = stacks.get_waiter(f"stack_{action}_complete")
        waiter.wait(StackName="cis", WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def deploy_new(self) -> None:
        """This version."""
        self.deploy("update", single_template() if self.kind == "single" else ours())

    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical id by logical id, without nested stacks' own."""
        pages = (
            self.cloud.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName="cis")
        )
        return {
            one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"])
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def watching(self) -> dict[str, dict[str, Any]]:
        """What an operator would see go: alarms, filters with their age, subscriptions."""
        client = self.cloud.client
        alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
        filters = client("logs").describe_metric_filters(logGroupName="cloudtrail")["metricFilters"]
        subscriptions = client("sns").list_subscriptions()["Subscriptions"]
        return {
            "alarms": {one["AlarmName"]: one["AlarmArn"] for one in alarms},
            "filters": {one["filterName"]: (one["filterPattern"], one["creationTime"]) for one in filters},
            "subscriptions": {one["SubscriptionArn"]: one["Endpoint"] for one in subscriptions},
        }

    def queries(self) -> dict[str, str]:
        """Id of each saved query by its name."""
        found = self.cloud.client("logs").describe_query_definitions(maxResults=1000)["queryDefinitions"]
        assert len({one["name"] for one in found}) == len(found)
        return {one["name"]: one["queryDefinitionId"] for one in found}

    def dashboards(self) -> set[str]:
        """Names of all dashboards."""
        found = self.cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
        return {one["DashboardName"] for one in found}


@pytest.fixture(params=["single", "stack"])
def upgrade(request: pytest.FixtureRequest) -> Iterator[Upgrade]:
    with LocalCloud() as cloud:
        yield Upgrade(cloud, request.param)


def _asked(queries: Mapping[str, str]) -> dict[str, str]:
    """The saved queries without an alarm, by their titles."""
    return {name.rpartition("/")[2]: id for name, id in queries.items() if name.startswith("cis/investigat")}


def test_an_upgrade_keeps_every_alarm_filter_query_topic_and_subscription(upgrade: Upgrade) -> None:
    resources, watching, queries = upgrade.resources(), upgrade.watching(), upgrade.queries()
    is_single = upgrade.kind == "single"
    assert {kind: len(found) for kind, found in watching.items()} == {
        "alarms": 16,
        "filters": 18,
        "subscriptions": 1,
    }
    assert len(_asked(queries)) == (0 if is_single else 17)
    assert upgrade.dashboards() == ({"cis-overview"} if is_single else {"cis-overview", "cis-investigation"})
    upgrade.deploy_new()
    found = upgrade.watching()
    # A filter with another pattern is put anew under its name: the changelog says what it watches besides.
    widened = {name for name, one in watching["filters"].items() if found["filters"][name][0] != one[0]}
    assert widened == {"cis-monitoring-tampering", "cis-monitoring-tampering-2"}
    watching["filters"] = {name: one for name, one in watching["filters"].items() if name not in widened}
    assert all(found[kind].items() >= kept.items() for kind, kept in watching.items())
    after = upgrade.resources()
    assert {id for id, one in resources.items() if after.get(id) != one} == GONE[upgrade.kind]
    saved = upgrade.queries()
    kept = {name: id for name, id in queries.items() if not name.startswith("cis/investigate/")}
    assert len(kept) == 16
    assert kept.items() <= saved.items()
    asked = {name for name in saved if name.startswith("cis/investigations/")}
    assert len(asked) == 17
    assert {*saved} - {*kept} - asked == {"cis/extended/Root sessions of member accounts"}
    assert not _asked(queries) or _asked(queries).keys() == _asked(saved).keys()
    assert upgrade.dashboards() == {"cis-overview", "cis-controls", "cis-queries"}
    parameters = upgrade.cloud.client("ssm").describe_parameters()["Parameters"]
    assert [one["Name"] for one in parameters if not one["Name"].startswith("/cdk")] == []


@pytest.mark.parametrize("upgrade", ["single"], indirect=True)
def test_another_name_in_a_template_would_replace_an_alarm_that_is_there(upgrade: Upgrade) -> None:
    """The twin: what is looked at above shows a replacement."""
    resources, watching = upgrade.resources(), upgrade.watching()
    upgrade.deploy("update", SINGLE.replace("${Prefix}-vpc-changes", "${Prefix}-vpc"))
    after, now = upgrade.watching(), upgrade.resources()
    assert watching["alarms"].keys() - after["alarms"].keys() == {"cis-vpc-changes"}
    assert watching["filters"].keys() - after["filters"].keys() == {"cis-vpc-changes"}
    assert {id for id, one in resources.items() if now.get(id) != one} == {
        "vpcchangesAlarm",
        "vpcchangesFilter",
    }


@pytest.mark.parametrize("upgrade", ["stack"], indirect=True)
@pytest.mark.parametrize(
    ("name", "old"),
    [("cis-controls", "cis-investigation"), ("cis/investigations/", "cis/investigate/")],
)
def test_what_the_nested_stack_held_can_not_be_made_beside_it_under_its_name(
    upgrade: Upgrade, name: str, old: str
) -> None:
    """Why the names are others: what is new is made before what is gone is deleted."""
    watching, dashboards = upgrade.watching(), upgrade.dashboards()
    assert name in ours()
    with pytest.raises(Exception, match="ROLLBACK_COMPLETE"):
        upgrade.deploy("update", ours().replace(name, old))
    assert upgrade.watching() == watching
    assert upgrade.dashboards() == dashboards
