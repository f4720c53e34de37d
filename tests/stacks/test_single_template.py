"""The single template as it is: its size, its parameters, and what it deploys with nothing but them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from botocore.exceptions import ClientError, WaiterError
from cdk_nag import AwsSolutionsChecks

from local_cloud import LocalCloud
from stacks.settings import Settings
from stacks.single_template.stack import CisTemplate, template

from ..support.by_url import put_template
from ..support.linting import REGIONS, find_faults
from ..support.synth import alarms_by_default, built_in, single_template

MAX_BYTES = 1_000_000  # of a template that is given by its URL
TOPIC = "arn:aws:sns:us-east-1:000000000000:central"
TAMPERING = json.loads(Path("tests/events/cloudtrail-changes/match/0-demo.json").read_text())


@cache
def parsed(**values: object) -> dict[str, Any]:
    return dict(json.loads(single_template(**values)))


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        for name in ("trail", "trail-2"):  # a log group takes 100 filters
            running.client("logs").create_log_group(logGroupName=name)
            running.client("logs").create_log_stream(logGroupName=name, logStreamName="s")
        running.client("sns").create_topic(Name="central")
        running.client("ssm").put_parameter(Name="/org/trail", Value="trail", Type="String")
        yield running


def deploy(cloud: LocalCloud, name: str, **parameters: str) -> dict[str, str]:
    """The outputs of a stack of the template as it is written."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    stacks = cloud.client("cloudformation")
    url = put_template(cloud, single_template())
    stacks.create_stack(StackName=name, TemplateURL=url, Parameters=given)
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    (found,) = stacks.describe_stacks(StackName=name)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


def alarms(cloud: LocalCloud, prefix: str) -> dict[str, Any]:
    """Alarms of controls by name."""
    found = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
    return {one["AlarmName"]: one for one in found if not one["Namespace"].startswith("AWS/")}


def test_it_is_one_template_with_every_control_that_there_is() -> None:
    assert len(single_template(**SETS["everything"]).encode()) <= MAX_BYTES
    kinds = [one["Type"] for one in parsed()["Resources"].values()]
    assert kinds.count("AWS::CloudWatch::Alarm") == alarms_by_default() + 10  # of the monitoring itself


def test_it_needs_nothing_but_itself() -> None:
    assert not {"BootstrapVersion", "CheckBootstrapVersion"} & {*parsed()["Parameters"], *parsed()["Rules"]}
    for word in (
        "AWS::CDK::Metadata",
        "cdk-hnb659fes",
        "aws:cdk",
        "Fn::ImportValue",
        "Export",
        "{{resolve",
    ):
        assert word not in single_template(), word


def test_everything_that_can_have_a_name_has_one_of_the_prefix() -> None:
    """No emulator and no operator has to know how CloudFormation makes names up."""
    named = ("AlarmName", "FilterName", "DashboardName", "TopicName", "QueueName", "AliasName", "Name")
    named += ("StateMachineName",)
    unnamed = (
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    )
    for id, one in parsed()["Resources"].items():
        names = [json.dumps(one["Properties"][key]) for key in named if key in one["Properties"]]
        assert len(names) == (one["Type"] not in unnamed), id
        assert all('{"Ref": "Prefix"}' in name for name in names), id


def test_every_parameter_says_what_it_is_and_stands_in_a_group() -> None:
    interface = parsed()["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert grouped == list(parsed()["Parameters"])
    for name, one in parsed()["Parameters"].items():
        assert "Default" in one and one["Description"], name
        assert ("AllowedPattern" in one and one["ConstraintDescription"]) or one["AllowedValues"], name


def test_the_same_settings_make_the_same_bytes() -> None:
    assert template(Settings(log_group_name=""), built_in()).text == single_template()


SETS: dict[str, dict[str, object]] = {
    "defaults": {},
    "everything": {
        "extended": "all",
        "cis_twins": "on",
        "unauthorized-api-calls__exclude": 'sourceIPAddress = "192.0.2.1"',
    },
    "no dashboard": {"dashboards": "off", "controls": "vpc-changes"},
}


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_cfn_lint_finds_nothing_in_any_region_of_three_partitions(values: dict[str, object]) -> None:
    assert len(REGIONS) > 35
    assert find_faults(single_template(**values), REGIONS) == []


def test_cdk_nag_finds_nothing_and_the_cdk_warns_of_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = App(outdir=str(tmp_path))
    CisTemplate(app, "CisInsights", settings=Settings(log_group_name=""), catalogue=built_in())
    Validations.of(app).add_plugins(AwsSolutionsChecks(verbose=True))
    app.synth()  # raises where something is found
    assert "WARNING" not in capfd.readouterr().err


def test_it_deploys_with_parameters_alone_and_an_event_arrives(cloud: LocalCloud) -> None:
    outputs = deploy(cloud, "cis", LogGroupName="trail", Email="soc@example.com")
    assert outputs.pop("AlarmKeyAlias").startswith("alias/cis-alarms-")
    assert outputs == {
        "AlarmPrefix": "cis-",
        "MetricNamespace": "LogMetrics",
        "TopicArn": f"arn:aws:sns:us-east-1:{cloud.account}:cis-alarms",
        "DashboardName": "cis-overview",
    }
    assert len(alarms(cloud, outputs["AlarmPrefix"])) == alarms_by_default()
    (subscription,) = cloud.client("sns").list_subscriptions_by_topic(TopicArn=outputs["TopicArn"])[
        "Subscriptions"
    ]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "soc@example.com")
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(TAMPERING)}
    cloud.client("logs").put_log_events(logGroupName="trail", logStreamName="s", logEvents=[event])
    cloud.evaluate_alarms()
    fired = [name for name, alarm in alarms(cloud, "cis-").items() if alarm["StateValue"] == "ALARM"]
    assert fired == ["cis-cloudtrail-changes"]


def test_a_description_says_the_saved_query_and_leads_to_it(cloud: LocalCloud) -> None:
    deploy(cloud, "described", LogGroupName="trail", Email="a@b.cd", Prefix="described")
    description = alarms(cloud, "described-vpc-changes")["described-vpc-changes"]["AlarmDescription"]
    found = cloud.client("logs").describe_query_definitions(queryDefinitionNamePrefix="described/4.14")
    (query,) = found["queryDefinitions"]
    assert query["queryString"] == built_in()["vpc-changes"].query_text
    assert query["logGroupNames"] == ["trail"]
    assert description.splitlines()[-2:] == [
        "Who, from where, what: saved query described/4.14 VPC changes",
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:logs-insights"
        f"$3FqueryDetail$3D$257E$2528queryId$257E$2527{query['queryDefinitionId']}$2529",
    ]


def test_the_log_group_may_be_named_by_an_ssm_parameter_and_topics_be_those_of_another_account(
    cloud: LocalCloud,
) -> None:
    outputs = deploy(
        cloud,
        "central",
        LogGroupParameter="/org/trail",
        Prefix="central",
        Dashboard="off",
        **{f"{severity}Topic": TOPIC for severity in ("Critical", "High", "Medium")},
    )
    assert outputs == {"AlarmPrefix": "central-", "MetricNamespace": "LogMetrics"}
    found = alarms(cloud, "central-")
    assert len(found) == alarms_by_default()
    assert all(alarm["AlarmActions"] == [TOPIC] for alarm in found.values())
    filters = cloud.client("logs").describe_metric_filters(logGroupName="trail", filterNamePrefix="central-")
    assert len(filters["metricFilters"]) >= alarms_by_default()
    assert not [key for key in _resources(cloud, "central") if key in ("Key", "All", "Overview")]


def test_who_is_told_of_what_goes_by_severity(cloud: LocalCloud) -> None:
    outputs = deploy(
        cloud,
        "routed",
        LogGroupName="trail",
        Prefix="routed",
        Email="pager@example.com",
        NotifyFrom="high",
        MediumTopic=TOPIC,
        CriticalTopic=TOPIC,
    )
    found = alarms(cloud, "routed-")
    own = outputs["TopicArn"]
    assert found["routed-vpc-changes"]["AlarmActions"] == [TOPIC]  # medium
    assert found["routed-config-changes"]["AlarmActions"] == [own]  # high
    assert found["routed-root-account-usage"]["AlarmActions"] == [own, TOPIC]  # critical


def test_two_prefixes_in_one_account_stand_side_by_side(cloud: LocalCloud) -> None:
    for prefix in ("one", "two"):
        deploy(cloud, prefix, LogGroupName="trail-2", Email="a@b.cd", Prefix=prefix)
    one, two = (set(_resources(cloud, prefix).values()) for prefix in ("one", "two"))
    assert not one & two


REFUSED = {
    "no log group": ({"Email": "a@b.cd"}, "Give LogGroupName or LogGroupParameter, and not both."),
    "two log groups": (
        {"LogGroupName": "trail", "LogGroupParameter": "/org/trail", "Email": "a@b.cd"},
        "Give LogGroupName or LogGroupParameter, and not both.",
    ),
    "nobody": ({"LogGroupName": "trail"}, "Nobody would be notified of medium alarms."),
    "nobody of some": (
        {"LogGroupName": "trail", "Email": "a@b.cd", "NotifyFrom": "critical"},
        "Nobody would be notified of medium alarms.",
    ),
    "address": ({"LogGroupName": "trail", "Email": "soc at example"}, "one e-mail address"),
    "prefix": ({"LogGroupName": "trail", "Email": "a@b.cd", "Prefix": "a b"}, "1 to 60 letters"),
    "namespace": (
        {"LogGroupName": "trail", "Email": "a@b.cd", "Namespace": "AWS/Foo"},
        "letters, digits and . _ / # -",
    ),
    "key": ({"LogGroupName": "trail", "Email": "a@b.cd", "KeyArn": "alias/a"}, "the ARN of a KMS key"),
}


@pytest.mark.parametrize(("parameters", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_before_anything_is_made(
    cloud: LocalCloud, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(ClientError, match=said.replace("(", r"\(")):
        deploy(cloud, "refused", **parameters)


def test_a_deploy_that_fails_half_way_leaves_nothing(cloud: LocalCloud) -> None:
    before = _everything(cloud)
    with pytest.raises(WaiterError):
        deploy(cloud, "failing", LogGroupName="nobody-made-it", Email="a@b.cd", Prefix="failing")
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="failing")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert _everything(cloud) == before


def _resources(cloud: LocalCloud, stack: str) -> dict[str, str]:
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
    }


def _everything(cloud: LocalCloud) -> list[object]:
    """Names of all that a deployment makes."""
    logs, watch = cloud.client("logs"), cloud.client("cloudwatch")
    return [
        sorted(one["AlarmName"] for one in watch.describe_alarms(MaxRecords=100)["MetricAlarms"]),
        sorted(one["DashboardName"] for one in watch.list_dashboards()["DashboardEntries"]),
        sorted(one["name"] for one in logs.describe_query_definitions(maxResults=1000)["queryDefinitions"]),
        sorted(one["filterName"] for one in logs.describe_metric_filters()["metricFilters"]),
        sorted(one["TopicArn"] for one in cloud.client("sns").list_topics()["Topics"]),
        sorted(one["KeyId"] for one in _usable_keys(cloud)),
        sorted(one["Name"] for one in cloud.client("ssm").describe_parameters()["Parameters"]),
    ]


def _usable_keys(cloud: LocalCloud) -> list[dict[str, Any]]:
    """Keys that do not wait for their deletion."""
    kms = cloud.client("kms")
    found = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
    return [one for one in found if one["Enabled"]]
