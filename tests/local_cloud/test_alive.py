"""Ways to silence the monitoring: `verify` finds each, and somebody is notified by a way around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from local_cloud import LocalCloud

from ..support.by_url import put_template
from ..support.deployed_stack import Stack
from ..support.monitored import allow
from ..support.set_ups import catalogue
from ..support.silencing import (
    CALLS,
    EVERY_TIME,
    GROUP,
    WATCH,
    WAYS,
    Deployed,
    Way,
    delete_role_policy,
    put_alarm,
    set_policy,
)
from ..support.synth import template_of


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    now = [1_800_000_000.0]
    with LocalCloud(clock=lambda: now[0], wait_scale=0.01) as cloud:
        policy = allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
        cloud.client("sqs").create_queue(QueueName="on-call", Attributes={"Policy": policy})
        template = template_of(
            trail="new",
            log_group_name="",
            subscribers=f"arn:aws:sqs:us-east-1:{cloud.account}:on-call",
            dashboards="off",
            investigations="off",
        )
        for part in ("Parameters", "Rules"):  # the CDK's own, of a bootstrap
            template.pop(part, None)
        stack, url = Stack(cloud, "CisInsights"), put_template(cloud, json.dumps(template))
        stack.run("create", TemplateURL=url, Capabilities=["CAPABILITY_IAM"])
        yield Deployed(cloud, stack, url, now)


@pytest.fixture
def verify(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Result]:
    monkeypatch.setattr("cli.main.load_catalogue", lambda *_: catalogue())
    for name, value in deployed.cloud.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)

    def run() -> Result:
        result = CliRunner().invoke(main, ["verify"])
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result

    return run


def _flatten(result: Result) -> str:
    return " ".join(result.output.split())


def _list_reports(messages: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the second path."""
    return [one for one in messages if one[1].startswith(("Tampering", "Something"))]


def test_what_is_as_it_was_deployed_is_well_and_its_deploy_is_not_reported(
    deployed: Deployed, verify: Callable[[], Result]
) -> None:
    assert _list_reports(deployed.receive()) == []
    deployed.wait(10)
    result = verify()
    assert result.exit_code == 0, result.output
    assert "15 of 15 controls of CIS 5.0.0 hold" in result.output
    assert _list_reports(deployed.receive()) == []


def _check(deployed: Deployed, verify: Callable[[], Result], way: Way) -> None:
    deployed.wait(10)
    deployed.receive()
    way.do(deployed)
    assert way.said in deployed.receive()
    result = verify()
    assert way.found in _flatten(result)
    assert result.exit_code == 1
    (way.undo or Deployed.restore)(deployed)


@pytest.mark.parametrize("name", EVERY_TIME)
def test_it_is_found_and_somebody_is_notified_by_another_way(
    deployed: Deployed, verify: Callable[[], Result], name: str
) -> None:
    _check(deployed, verify, WAYS[name])


@pytest.mark.parametrize("name", [one for one in WAYS if one not in EVERY_TIME])
def test_each_other_way_is_found_and_said_as_well(
    deployed: Deployed, verify: Callable[[], Result], name: str
) -> None:
    _check(deployed, verify, WAYS[name])


def test_what_was_undone_is_well_again(deployed: Deployed, verify: Callable[[], Result]) -> None:
    deployed.wait(10)
    result = verify()
    assert result.exit_code == 0, result.output


def test_it_is_said_who_did_it_and_what_to_do(deployed: Deployed) -> None:
    deployed.receive()
    deployed.stack.cloudtrail.stop_logging(Name=GROUP)
    (text,) = deployed.receive_texts()
    first, who, when, advice = text.split("\n")
    assert first == f'"{CALLS}StopLogging (cloudtrail.amazonaws.com)"'
    assert who == f'"Who: arn:aws:iam::{deployed.cloud.account}:user/local (IAMUser), from 127.0.0.1"'
    assert when.startswith('"When: 20') and f"in account {deployed.cloud.account}" in when
    assert when.endswith('error, if any: "')
    assert "cdk deploy --revert-drift" in advice


def test_a_silenced_alarm_is_reported_without_any_trail(deployed: Deployed) -> None:
    """After the trail was stopped no call is an event."""
    put_alarm(deployed, "cis-vpc-changes", ActionsEnabled=False)
    deployed.stack.cloudwatch.delete_alarms(AlarmNames=["cis-vpc-changes"])
    begin = f"{CALLS}the alarm cis-vpc-changes was changed"
    assert [said for _, said in deployed.receive()] == [
        f"{begin} (update, actions enabled: false)",
        f"{begin} (delete, actions enabled: false)",
    ]
    deployed.stack.cloudtrail.start_logging(Name=GROUP)
    deployed.restore()


def test_what_is_somebody_else_s_is_not_reported(deployed: Deployed) -> None:
    deployed.receive()
    alarm: dict[str, Any] = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60}
    compare = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    deployed.stack.cloudwatch.put_metric_alarm(AlarmName="theirs", **alarm, **compare)
    deployed.stack.cloudwatch.delete_alarms(AlarmNames=["theirs"])
    topic = deployed.stack.sns.create_topic(Name="theirs")["TopicArn"]
    deployed.stack.sns.delete_topic(TopicArn=topic)
    deployed.stack.logs.create_log_group(logGroupName="theirs")
    deployed.stack.logs.delete_log_group(logGroupName="theirs")
    key = deployed.client("kms").create_key()["KeyMetadata"]["KeyId"]
    deployed.client("kms").disable_key(KeyId=key)
    assert _list_reports(deployed.receive()) == []


def test_a_rule_that_may_not_publish_raises_an_alarm(deployed: Deployed) -> None:
    deployed.wait(10)
    policy = allow({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    set_policy(deployed, WATCH, policy)
    found = deployed.stack.cloudwatch.describe_alarms(AlarmNames=["cis-second-path-calls-failing"])
    assert found["MetricAlarms"][0]["StateValue"] == "ALARM"
    assert (WATCH, 'ALARM: "cis-second-path-calls-failing" in US East (N. Virginia)') in deployed.receive()
    deployed.restore()


def test_a_trail_without_its_role_is_silence_within_the_hour(
    deployed: Deployed, verify: Callable[[], Result]
) -> None:
    """Nothing arrives any more; whoever makes the role again ends it."""
    deployed.wait(10)
    deployed.receive()
    role, iam = deployed.find_id("TrailRole"), deployed.client("iam")
    delete_role_policy(deployed)
    iam.delete_role(RoleName=role)
    deployed.wait(40)
    assert not [one for one in deployed.receive() if "heartbeat" in one[1]]
    deployed.wait(10)
    assert (WATCH, 'ALARM: "cis-heartbeat" in US East (N. Virginia)') in deployed.receive()
    text = _flatten(verify())
    assert "cannot deliver to CloudWatch Logs: Access denied. Check that your role exists." in text
    assert "the alarm cis-heartbeat, which watches the monitoring itself, is in ALARM" in text


@pytest.mark.parametrize(
    ("do", "call", "found"),
    [
        (
            lambda at: at.stack.sns.delete_topic(TopicArn=at.stack.outputs["TopicAll"]),
            "DeleteTopic (sns.amazonaws.com)",
            "the alarm cis-root-account-usage notifies the topic cis-alarms, which does not exist",
        ),
        (
            lambda at: at.stack.logs.delete_log_group(logGroupName=GROUP),
            "DeleteLogGroup (logs.amazonaws.com)",
            f"feeds {GROUP}, which no longer exists",
        ),
    ],
    ids=["the topic of the alarms", "the log group"],
)
def test_what_cannot_be_put_back_is_said_too(
    deployed: Deployed, verify: Callable[[], Result], do: Callable[[Deployed], Any], call: str, found: str
) -> None:
    deployed.receive()
    do(deployed)
    assert (WATCH, f"{CALLS}{call}") in deployed.receive()
    result = verify()
    assert found in _flatten(result)
    assert result.exit_code == 1
