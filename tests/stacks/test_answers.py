"""What a deployment has for its answers: a state machine, who starts it, whom it notifies, who watches it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, Environment

from stacks.effects import find_warnings
from stacks.plan import plan
from stacks.settings import SettingsError, read_settings
from stacks.stack import CisStack

from ..support.stack_values import Deployed
from ..support.synth import BASE, built_in, list_alarms, of_type, settings, single_template, template_of

SLACK = {"slack_workspace": "T01ABCDEFGH", "slack_channel": "C01ABCDEFGH"}
TENANT = "12345678-1234-1234-1234-123456789012"
TEAMS = {"teams_tenant": TENANT, "teams_team": TENANT, "teams_channel": "19%3ab6ef%40thread.tacv2"}


def deployed(**values: object) -> Deployed:
    return Deployed(template_of(**values), "aws", "us-east-1")


@pytest.fixture(scope="module")
def default() -> Deployed:
    return deployed()


@pytest.fixture(scope="module")
def instead() -> Deployed:
    return deployed(answers="instead", **SLACK, **TEAMS)


def _facts(found: Deployed) -> dict[str, Any]:
    (machine,) = found.of_type("StepFunctions::StateMachine")
    known: dict[str, Any] = json.loads(machine["DefinitionString"])["States"]["Facts"]["Assign"]
    return known


def test_only_alarms_of_this_deployment_start_it_when_they_go_off_and_when_they_are_over(
    default: Deployed,
) -> None:
    (rule,) = [one for one in default.of_type("Events::Rule") if one["Name"] == "cis-ask"]
    assert rule["EventPattern"] == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "account": ["111122223333"],
        "detail": {
            "alarmName": [{"prefix": "cis-"}],
            "$or": [
                {"state": {"value": ["ALARM"]}},
                {"state": {"value": ["OK"]}, "previousState": {"value": ["ALARM"]}},
            ],
        },
    }


def test_it_knows_every_control_that_has_an_alarm_and_its_saved_query(default: Deployed) -> None:
    known = _facts(default)
    queries = {id.lower(): one for id, one in default.by_id("Logs::QueryDefinition").items()}
    assert len(known["controls"]) == len(list_alarms(default.template["Resources"]))
    for control in known["controls"].values():
        assert queries[control["query"]]["Name"] == control["savedQuery"]
    topic = "arn:aws:sns:us-east-1:111122223333:cis-alarms"
    assert set(map(tuple, known["deployment"]["topics"].values())) == {(topic,)}


def test_its_failures_are_told_by_alarms_of_their_own_to_whom_the_severest_notify(default: Deployed) -> None:
    own = [one for one in default.of_type("CloudWatch::Alarm") if "-answers-" in one["AlarmName"]]
    assert {one["AlarmName"]: one["MetricName"] for one in own} == {
        "cis-answers-failed": "ExecutionsFailed",
        "cis-answers-timed-out": "ExecutionsTimedOut",
        "cis-answers-not-started": "FailedInvocations",
    }
    topic = ["arn:aws:sns:us-east-1:111122223333:cis-alarms-watch"]
    assert all(one["AlarmActions"] == topic and one["TreatMissingData"] == "notBreaching" for one in own)


def test_instead_of_the_alarms_own_messages_go_to_the_quiet_queue(instead: Deployed) -> None:
    quiet = "arn:aws:sns:us-east-1:111122223333:cis-alarms-quiet"
    for alarm in list_alarms(instead.resources):
        assert alarm["AlarmActions"] == [quiet], alarm["AlarmName"]
    assert quiet not in json.dumps(_facts(instead)["deployment"]["topics"])


def test_channels_get_a_topic_of_their_own_and_may_only_read(instead: Deployed) -> None:
    (slack,) = instead.of_type("Chatbot::SlackChannelConfiguration")
    (teams,) = instead.of_type("Chatbot::MicrosoftTeamsChannelConfiguration")
    topic = "arn:aws:sns:us-east-1:111122223333:cis-alarms-chat"
    for channel in (slack, teams):
        assert channel["SnsTopicArns"] == [topic]
        assert channel["GuardrailPolicies"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]
    assert _facts(instead)["deployment"]["chat"] == topic
    assert (slack["SlackWorkspaceId"], slack["SlackChannelId"]) == ("T01ABCDEFGH", "C01ABCDEFGH")


def test_off_there_is_nothing_of_it() -> None:
    found = template_of(answers="off", controls="vpc-changes", dashboards="off", investigations="off")
    kinds = {one["Type"] for one in found["Resources"].values()}
    assert "AWS::StepFunctions::StateMachine" not in kinds
    assert not [id for id in found["Resources"] if "Answers" in id]


def test_a_parameter_of_the_single_template_leaves_it_out() -> None:
    found = json.loads(single_template())["Resources"]
    own = {id: one for id, one in found.items() if id.startswith("Answers")}
    assert len(own) == 9
    assert {one["Condition"] for one in own.values()} == {"HasAnswers"}
    assert of_type(found, "StepFunctions::StateMachine")


def test_a_template_with_answers_instead_has_no_parameter_without_which_nobody_would_be_notified() -> None:
    small = {"controls": "vpc-changes", "dashboards": "off", "investigations": "off"}
    found = json.loads(single_template(answers="instead", **small))
    assert "Answers" not in found["Parameters"]
    own = {id: one for id, one in found["Resources"].items() if id.startswith("Answers")}
    assert own and not any("Condition" in one for one in own.values())
    (alarm,) = list_alarms(found["Resources"])
    assert alarm["AlarmActions"] == [{"Ref": "Quiet"}]


def test_a_channel_is_named_by_all_of_its_ids() -> None:
    context = {f"cis-insights:{key}": value for key, value in {**BASE, "slack-channel": "C1"}.items()}
    with pytest.raises(SettingsError) as caught:
        read_settings(context, built_in())
    assert str(caught.value) == (
        "cis-insights:slack-workspace: error: not set, and cis-insights:slack-channel is\n"
        "    hint: name the whole channel"
    )


@pytest.mark.parametrize(
    "names", ['{"1": "prod"}', '{"111122223333": "https://evil.example"}', "111122223333"]
)
def test_names_of_accounts_are_of_accounts_and_plain(names: str) -> None:
    with pytest.raises(SettingsError, match=r"cis-insights:account-names: error: .*"):
        settings(account_names=names)
    assert settings(account_names="111122223333=prod").account_names == {"111122223333": "prod"}


def test_what_has_no_effect_without_answers_is_said() -> None:
    chosen = settings(answers="off", account_names="111122223333=prod", **SLACK)
    found = find_warnings(built_in(), chosen, plan(built_in(), chosen).controls)
    assert [one.key for one in found] == [
        "cis-insights:account-names",
        "cis-insights:slack-workspace",
        "cis-insights:slack-channel",
    ]
    used = settings(account_names="111122223333=prod", **SLACK)
    assert find_warnings(built_in(), used, plan(built_in(), used).controls) == ()


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_a_region_without_chats_is_refused(region: str) -> None:
    environment = Environment(account="111122223333", region=region)
    with pytest.raises(SettingsError, match=f"{region} has no Amazon Q Developer in chat applications"):
        CisStack(App(), "Cis", settings=settings(**SLACK), catalogue=built_in(), env=environment)
