"""The app as it is, deployed by the CDK CLI to the local cloud, and read back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from cis_insights import load_catalogue
from cli.main import main
from dev import demo
from dev.deployment import LOG_GROUP, TRAIL, DeployError, Deployment, deploy, start_deployment
from dev.local import _write_usage

from ..support.drilled_cloud import find_left

CIS = [control for control in load_catalogue().values() if control.group == "cis"]


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with start_deployment(lambda words, step: step() and None, wait_scale=demo.WAIT_SCALE) as running:
        yield running


def _filters(deployment: Deployment) -> dict[str, str]:
    pages = (
        deployment.cloud.client("logs")
        .get_paginator("describe_metric_filters")
        .paginate(logGroupName=LOG_GROUP)
    )
    return {one["filterName"]: one["filterPattern"] for page in pages for one in page["metricFilters"]}


def test_an_event_for_each_control_goes_all_the_way_to_a_name(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = demo._run(deployment, Console(width=140))
    assert [row.control.number for row in rows] == list(range(1, 16))
    assert [row.control.id for row in rows if not row.is_complete] == []
    readme = Path("README.md").read_text()
    shown = readme.partition("<!-- demo -->")[2].partition("<!-- /demo -->")[0]
    Console(width=140).print(demo._build_table(rows))
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    for line in shown.splitlines():
        if line[:2] in ("4.", "co"):
            # How often a query answers depends on what was called before; the rest is as printed.
            assert line.split()[:6] in [other.split()[:6] for other in printed]
    called = next(row for row in rows if row.control.id == demo.CALLED)
    for line in (f"Subject: {called.mail['Subject']}", *called.mail["AlarmDescription"].splitlines()[:4]):
        assert line in readme
    assert f"Subject: {called.answer['Subject']}" in readme
    for line in called.answer["text"].split("\n")[1:12]:
        assert _blur(line) in _blur(readme)


def test_a_drill_goes_all_the_way_to_the_answers(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the controls that the demo has not set off."""
    _use(deployment, monkeypatch)
    only = ["--control", "central-root-access", "--control", "monitoring-tampering"]
    result = CliRunner().invoke(main, ["drill", "--yes", "--calls", "--events", "--json", *only])
    assert result.exit_code == 0, result.output
    drilled = {one["id"]: one for one in json.loads(result.stdout)["controls"]}
    assert {id: one["mode"] for id, one in drilled.items()} == {
        "central-root-access": "events",
        "monitoring-tampering": "calls",
    }
    for one in drilled.values():
        assert None not in one["steps"].values(), one
    assert "which the alarm\ncis-monitoring-tampering and the second path" in result.stderr
    assert find_left(deployment.cloud) == []


def _use(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in deployment.cloud.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)


def _blur(text: str) -> str:
    """Without times and ids, which are others each time."""
    return re.sub(r"\d\d:\d\d:\d\d|sg-[0-9a-f]+", "..", text)


@pytest.mark.parametrize("control", CIS, ids=lambda control: control.id)
def test_the_exact_text_comes_back_from_the_api(deployment: Deployment, control: Any) -> None:
    assert _filters(deployment)[f"cis-{control.id}"] == control.exact_pattern


def test_saved_queries_come_back_as_the_files_say_them(deployment: Deployment) -> None:
    logs = deployment.cloud.client("logs")
    found = logs.describe_query_definitions(maxResults=1000)["queryDefinitions"]
    texts = {one["queryString"] for one in found}
    deployed_controls = [control for control in load_catalogue().values() if control.group != "extended"]
    assert {control.query_text for control in deployed_controls} < texts


def test_a_record_that_no_control_asks_for_fires_nothing(deployment: Deployment) -> None:
    cloudwatch = deployment.cloud.client("cloudwatch")
    before = cloudwatch.describe_alarm_history(MaxRecords=100)["AlarmHistoryItems"]
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps({"eventName": "DescribeVpcs"})}
    logs = deployment.cloud.client("logs")
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="other")
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="other", logEvents=[event])
    assert cloudwatch.describe_alarm_history(MaxRecords=100)["AlarmHistoryItems"] == before


def _verify() -> Result:
    result = CliRunner().invoke(main, ["verify"])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def _tamper(client: Callable[[str], Any]) -> None:
    """Switches off, deletes and changes a part of each kind, and stops the trail."""
    client("cloudwatch").disable_alarm_actions(AlarmNames=["cis-root-account-usage"])
    client("cloudwatch").delete_alarms(AlarmNames=["cis-config-changes"])
    client("logs").delete_metric_filter(logGroupName=LOG_GROUP, filterName="cis-vpc-changes")
    pattern = '{ $.eventSource = "s3.amazonaws.com" && $.eventName = "PutBucketAcl" }'
    named = {"logGroupName": LOG_GROUP, "filterNamePrefix": "cis-s3-bucket-policy-changes"}
    (filter_,) = client("logs").describe_metric_filters(**named)["metricFilters"]
    kept = {key: filter_[key] for key in ("filterName", "logGroupName", "metricTransformations")}
    client("logs").put_metric_filter(**kept, filterPattern=pattern)
    client("cloudwatch").put_dashboard(DashboardName="cis-overview", DashboardBody='{"widgets": []}')
    client("cloudtrail").stop_logging(Name=TRAIL)


def _tamper_with_queries(
    client: Callable[[str], Any], saved: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    """Deletes a saved query, and changes another: their names."""
    logs, (gone, changed) = client("logs"), list(saved)[:2]
    logs.delete_query_definition(queryDefinitionId=saved[gone][0])
    kept = {"queryDefinitionId": saved[changed][0], "name": changed, "logGroupNames": [LOG_GROUP]}
    logs.put_query_definition(**kept, queryString="limit 1")
    return gone, changed


def test_what_is_tampered_with_is_found_and_the_command_that_is_named_puts_it_back(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(deployment, monkeypatch)
    assert _verify().exit_code == 0, _verify().output
    client = deployment.cloud.client
    saved = _saved_queries(deployment)
    _tamper(client)
    gone, changed = _tamper_with_queries(client, saved)
    found = _verify()
    for line in (
        "  error    is stopped",
        "error  4.3  root-account-usage               exact     off      1 sqs",
        "error  4.8  s3-bucket-policy-changes         narrower  1 in 5m  1 sqs",
        "error  4.9  config-changes                   exact     none     nobody",
        "error  4.14 vpc-changes                      -         -        -",
    ):
        assert line in found.output.splitlines()
    flat = " ".join(found.output.split())
    for line in (
        "error the stack CisInsights made the alarm cis-config-changes, which is gone",
        "error the stack CisInsights made the filter cis-vpc-changes, which is gone",
        "warning the stack CisInsights made the dashboard cis-overview, which is not as it was deployed",
        f"warning the stack CisInsights made the saved query {saved[gone][0]}, which is gone",
        f"warning the stack CisInsights made the saved query {changed}, which is not as it was deployed",
    ):
        assert f"{line} hint: cdk deploy CisInsights --revert-drift" in flat
    assert found.exit_code == 1
    for subscription in client("sns").list_subscriptions()["Subscriptions"]:
        client("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    assert "the topic cis-alarms has no subscriber" in _verify().output
    deploy(deployment, options=("--revert-drift",))
    assert _verify().output.endswith("15 of 15 controls of CIS 5.0.0 hold, but what they rest on does not\n")
    client("cloudtrail").start_logging(Name=TRAIL)
    restored = _verify()
    assert restored.exit_code == 0, restored.output
    assert restored.output.endswith("15 of 15 controls of CIS 5.0.0 hold\n")
    assert "the stack CisInsights made" not in " ".join(restored.output.split())
    texts = {name: text for name, (_, text) in _saved_queries(deployment).items()}
    assert texts == {name: text for name, (_, text) in saved.items()}


def _saved_queries(deployment: Deployment) -> dict[str, tuple[str, str]]:
    """Id and text of each, by name."""
    found = deployment.cloud.client("logs").describe_query_definitions(maxResults=1000)
    return {one["name"]: (one["queryDefinitionId"], one["queryString"]) for one in found["queryDefinitions"]}


def test_an_upgrade_changes_what_changed_and_replaces_nothing(deployment: Deployment) -> None:
    resources = _resources(deployment)
    deploy(deployment, ("cis-insights:vpc-changes:threshold=7",))
    alarms = deployment.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    thresholds = {alarm["AlarmName"]: alarm["Threshold"] for alarm in alarms}
    assert thresholds.pop("cis-vpc-changes") == 7
    assert set(thresholds.values()) == {1}
    assert _resources(deployment) == resources


def _resources(deployment: Deployment) -> dict[str, str]:
    stack = deployment.cloud.client("cloudformation")
    pages = stack.get_paginator("list_stack_resources").paginate(StackName="CisInsights")
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
    }


def test_a_severity_that_is_routed_apart_keeps_the_topic_and_its_subscription(deployment: Deployment) -> None:
    sns = deployment.cloud.client("sns")
    before = {one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"]}
    resources = _resources(deployment)
    deploy(deployment, ("cis-insights:subscribers-critical=pager@example.com",))
    after = {one["SubscriptionArn"]: one["Endpoint"] for one in sns.list_subscriptions()["Subscriptions"]}
    new = sorted((arn.split(":")[5], after[arn]) for arn in after if arn not in before)
    assert new == [("cis-alarms-critical", "pager@example.com"), ("cis-alarms-watch", "pager@example.com")]
    assert before <= set(after)
    assert resources.items() <= _resources(deployment).items()
    alarms = deployment.cloud.client("cloudwatch").describe_alarms(AlarmNames=["cis-root-account-usage"])
    actions = [arn.rsplit(":", 1)[1] for arn in alarms["MetricAlarms"][0]["AlarmActions"]]
    assert actions == ["cis-alarms", "cis-alarms-critical"]


def test_a_wrong_setting_stops_the_deploy_and_changes_nothing(deployment: Deployment) -> None:
    before = _filters(deployment)
    with pytest.raises(DeployError) as caught:
        deploy(deployment, ("cis-insights:vpc-changes:treshold=7", "cis-insights:dashboards=maybe"))
    assert "did you mean threshold?" in str(caught.value)
    assert "write on or off" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert _filters(deployment) == before


def test_a_second_deployment_stands_beside_the_first(deployment: Deployment) -> None:
    first = _filters(deployment)
    deploy(deployment, ("cis-insights:prefix=second",))
    both = _filters(deployment)
    assert {name for name in both if name not in first} == {
        name.replace("cis-", "second-", 1) for name in first
    }
    stacks = deployment.cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert {"CisInsights", "CisInsights-second"} <= {stack["StackName"] for stack in stacks}


def test_a_deploy_that_fails_half_way_leaves_nothing(deployment: Deployment) -> None:
    """The log group is not there: the topic is made, and goes again with its key."""
    before = _names(deployment)
    with pytest.raises(DeployError, match="log group does not exist"):
        deploy(deployment, ("cis-insights:prefix=failing", "cis-insights:log-group-name=nobody-made-it"))
    (stack,) = deployment.cloud.client("cloudformation").describe_stacks(StackName="CisInsights-failing")[
        "Stacks"
    ]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert _names(deployment) == before


def _names(deployment: Deployment) -> list[object]:
    client = deployment.cloud.client
    keys = [client("kms").describe_key(KeyId=one["KeyId"]) for one in client("kms").list_keys()["Keys"]]
    return [
        sorted(
            one["AlarmName"] for one in client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]
        ),
        sorted(one["TopicArn"] for one in client("sns").list_topics()["Topics"]),
        sorted(key["KeyMetadata"]["KeyId"] for key in keys if key["KeyMetadata"]["Enabled"]),
        client("logs").describe_query_definitions(maxResults=1000)["queryDefinitions"],
    ]


def test_the_lines_that_make_local_prints_work_as_they_stand(deployment: Deployment) -> None:
    lines = _write_usage(deployment.cloud).replace("\\\n", "").splitlines()
    exports = [word for line in lines if line.startswith("export ") for word in line.split()[1:]]
    environment = dict(word.partition("=")[::2] for word in exports) | {
        "PATH": os.environ["PATH"],
        "HOME": "/nowhere",
    }
    calls = [line.partition(" -c ")[2].strip('"') for line in lines if " -c " in line]
    assert len(calls) == 2
    printed = []
    for call in calls:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", call], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert "cis-security-group-changes" in printed[1]
