"""The monitoring watches itself: silence, failed notifications, and tampering by a path of its own."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from stacks import costs
from stacks.plan import plan
from stacks.settings import SettingsError
from stacks.tampering_calls import CALLS, RULES, list_paths, write_template

from ..support.synth import (
    LOG_GROUP,
    Resources,
    built_in,
    of_type,
    resources,
    settings,
    single_template,
    stack,
)

TOPIC = "arn:aws:sns:us-east-1:111122223333:pager"
FEW: dict[str, object] = {"controls": "vpc-changes,root-account-usage", "answers": "off", "dashboards": "off"}
HEARTBEAT = "cis-heartbeat"


@cache
def deployed(**values: object) -> Resources:
    return resources(stack(**{**FEW, **values}))


def every_alarm_of(found: Resources) -> dict[str, dict[str, Any]]:
    """By name, those on AWS's own metrics as well."""
    return {one["AlarmName"]: one for one in of_type(found, "CloudWatch::Alarm")}


def rules_of(found: Resources) -> dict[str, dict[str, Any]]:
    return {one["Name"]: one for one in of_type(found, "Events::Rule")}


def failing(found: Resources) -> dict[tuple[str, str], dict[str, Any]]:
    """Alarms on failures by metric and what it is of."""
    return {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"]): alarm
        for name, alarm in every_alarm_of(found).items()
        if name.endswith("-failing")
    }


def test_silence_raises_an_alarm_that_says_when_it_is_over() -> None:
    alarm = every_alarm_of(deployed())[HEARTBEAT]
    assert alarm["Dimensions"] == [{"Name": "LogGroupName", "Value": LOG_GROUP}]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
        "AWS/Logs",
        "IncomingLogEvents",
        "Sum",
    )
    assert (alarm["TreatMissingData"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "breaching",
        "LessThanThreshold",
        1,
    )
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 120 * 60
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]
    assert alarm["OKActions"] == alarm["AlarmActions"] != []
    assert "get-trail-status" in alarm["AlarmDescription"] and "doctor" in alarm["AlarmDescription"]


def test_the_window_is_a_setting() -> None:
    alarm = every_alarm_of(deployed(heartbeat="1440"))[HEARTBEAT]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 86_400
    assert HEARTBEAT not in every_alarm_of(deployed(heartbeat="off"))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("10", "10 is not a whole number from 15 to 1,440"),
        ("1445", "1445 is not a whole number from 15 to 1,440"),
        ("17", "17 is not a multiple of 5"),
        ("soon", "'soon' is not a whole number from 15 to 1,440"),
    ],
)
def test_a_window_that_no_alarm_can_have_is_refused(value: str, fault: str) -> None:
    with pytest.raises(SettingsError) as found:
        settings(heartbeat=value)
    assert fault in str(found.value)


def test_all_that_critical_alarms_notify_are_notified_of_all_three() -> None:
    found = deployed(subscribers_critical="pager@example.com", topic_arn_critical=TOPIC)
    critical = every_alarm_of(found)["cis-root-account-usage"]["AlarmActions"]
    assert len(critical) == 3
    assert every_alarm_of(found)["cis-vpc-changes"]["AlarmActions"] != critical
    for alarm in (every_alarm_of(found)[HEARTBEAT], *failing(found).values()):
        assert alarm["AlarmActions"] == critical
    for rule in rules_of(found).values():
        assert [one["Arn"] for one in rule["Targets"]] == critical


def test_failures_of_every_topic_and_rule_are_counted() -> None:
    found = deployed(subscribers_critical="pager@example.com", vpc_changes__exclude='userAgent = "x"')
    topics = {one["TopicName"] for one in of_type(found, "SNS::Topic")}
    assert topics == {"cis-alarms", "cis-alarms-critical", "cis-alarms-quiet"}
    assert set(failing(found)) == {
        *(("NumberOfNotificationsFailed", one) for one in topics),
        *(("FailedInvocations", one) for one in rules_of(found)),
    }
    for alarm in failing(found).values():
        assert (alarm["Threshold"], alarm["Period"], alarm["TreatMissingData"]) == (1, 60, "notBreaching")


def test_where_nothing_of_ours_can_fail_no_alarm_counts_it() -> None:
    found = deployed(subscribers="", topic_arn=TOPIC, second_path="off")
    assert set(every_alarm_of(found)) == {"cis-vpc-changes", "cis-root-account-usage", HEARTBEAT}
    assert rules_of(found) == {}


def test_without_the_second_path_nobody_else_may_publish() -> None:
    def principals(found: Resources) -> str:
        policies = of_type(found, "SNS::TopicPolicy") + of_type(found, "KMS::Key")
        return json.dumps(policies)

    assert principals(deployed()).count("events.amazonaws.com") == 2
    assert "events.amazonaws.com" not in principals(deployed(second_path="off"))


@pytest.mark.parametrize("kind", RULES)
def test_the_text_has_a_path_for_each_of_its_values_and_none_that_anybody_writes(kind: Any) -> None:
    text, paths = write_template(kind, "cis"), list_paths(kind)
    assert {f"<{name}>" for name in paths} <= set(text.replace("<", " <").replace(">", "> ").split())
    assert text.count("<") == len(paths)
    assert not [one for one in paths.values() if "userAgent" in one or "errorMessage" in one]
    assert all(line.startswith('"') and line.endswith('"') for line in text.split("\n"))


def test_the_longest_names_make_a_pattern_that_eventbridge_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    long: dict[str, object] = {"log_group_name": "l" * 512, "prefix": "p" * 60}
    assert plan(built_in(), settings(**long))
    monkeypatch.setattr("stacks.tampering_calls._LONG", 512)
    with pytest.raises(SettingsError, match="characters of the event pattern, and a rule takes 2,048"):
        plan(built_in(), settings(**long))
    assert plan(built_in(), settings(**long, second_path="off"))


def test_the_plan_knows_what_they_cost() -> None:
    def cents(**values: object) -> int:
        found = costs.list_monthly_costs(plan(built_in(), settings(**{**FEW, **values})))
        return sum(one.total for one in found)

    whole = cents()
    assert whole - cents(heartbeat="off") == 10
    assert whole - cents(second_path="off") == 30
    assert cents(second_path="off", subscribers="", topic_arn=TOPIC) == 2 * 40 + 10


def test_the_single_template_notifies_whom_parameters_name() -> None:
    found = json.loads(single_template())["Resources"]
    rule = found["SecondPathCalls"]["Properties"]
    branches = [one["Fn::If"] for one in rule["Targets"]]
    assert [(name, target["Arn"], otherwise) for name, target, otherwise in branches] == [
        ("TellsCritical", {"Ref": "All"}, {"Ref": "AWS::NoValue"}),
        ("HasCriticalTopic", {"Ref": "CriticalTopic"}, {"Ref": "AWS::NoValue"}),
    ]
    alarms = {one["AlarmName"]["Fn::Join"][1][1]: one for one in of_type(found, "CloudWatch::Alarm")}
    critical = alarms["-root-account-usage"]["AlarmActions"]
    assert alarms["-heartbeat"]["OKActions"] == alarms["-heartbeat"]["AlarmActions"] == critical
    assert alarms["-alarms-failing"]["AlarmActions"] == critical


def test_the_longest_prefix_still_names_rules() -> None:
    names = rules_of(deployed(prefix="p" * 60))
    assert len(names) == 3 and all(len(name) <= 64 for name in names)


def test_every_call_of_the_second_path_is_counted_by_a_control_too() -> None:
    """The lists agree; the last of the controls is off by default, and the path reports its call anyway."""
    ids = ("monitoring-tampering", "cloudtrail-changes", "trail-selector-changes")
    controls = [built_in()[one].query for one in ids]

    def is_counted(source: str, call: str) -> bool:
        event = {"eventSource": f"{source}.amazonaws.com", "eventName": call}
        return any(query.matches(event) for query in controls)

    calls = [(source, call) for source, names in CALLS.items() for call in names]
    assert [one for one in calls if not is_counted(*one)] == []
    assert not is_counted("logs", "DescribeLogGroups")
