"""The monitoring watches itself: silence, failed notifications, and tampering by a path of its own."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from stacks import costs
from stacks.plan import plan
from stacks.settings import SettingsError
from stacks.tampering_calls import ACCESS, CALLS, RULES, list_paths, write_pattern, write_template

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
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 45)
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]
    assert alarm["OKActions"] == alarm["AlarmActions"] != []
    assert "get-trail-status" in alarm["AlarmDescription"] and "doctor" in alarm["AlarmDescription"]


def test_only_a_new_trail_is_said_to_be_silent_at_first() -> None:
    """CloudWatch has the alarm in ALARM as soon as it is made, where no event came yet."""
    said = "until then this is expected"
    new = deployed(trail="new", log_group_name="")
    assert said in json.dumps(every_alarm_of(new)[HEARTBEAT]["AlarmDescription"])
    assert said not in every_alarm_of(deployed())[HEARTBEAT]["AlarmDescription"]


def test_the_window_is_a_setting() -> None:
    alarm = every_alarm_of(deployed(heartbeat="1440"))[HEARTBEAT]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 86_400
    assert HEARTBEAT not in every_alarm_of(deployed(heartbeat="off"))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("10", "10 is not a whole number from 15 to 1,440"),
        ("1441", "1441 is not a whole number from 15 to 1,440"),
        ("4.5", "'4.5' is not a whole number from 15 to 1,440"),
        ("soon", "'soon' is not a whole number from 15 to 1,440"),
    ],
)
def test_a_window_that_no_alarm_can_have_is_refused(value: str, fault: str) -> None:
    with pytest.raises(SettingsError) as found:
        settings(heartbeat=value)
    assert fault in str(found.value)


def test_all_that_critical_alarms_notify_are_notified_by_a_topic_that_needs_nothing_of_the_others() -> None:
    found = deployed(subscribers_critical="pager@example.com", topic_arn_critical=TOPIC)
    critical = every_alarm_of(found)["cis-root-account-usage"]["AlarmActions"]
    (watch,) = [id for id, one in found.items() if one["Properties"].get("TopicName") == "cis-alarms-watch"]
    assert {"Ref": watch} not in critical and "KmsMasterKeyId" not in found[watch]["Properties"]
    subscribed = {
        one["Endpoint"]
        for one in of_type(found, "SNS::Subscription")
        if one["TopicArn"] in critical or one["TopicArn"] == {"Ref": watch}
    }
    assert subscribed == {"soc@example.com", "pager@example.com"}
    by_watch = [one for one in of_type(found, "SNS::Subscription") if one["TopicArn"] == {"Ref": watch}]
    assert {one["Endpoint"] for one in by_watch} == subscribed
    for (_, of), alarm in failing(found).items():
        assert alarm["AlarmActions"] == (critical if of == "cis-alarms-watch" else [{"Ref": watch}, TOPIC])
    assert every_alarm_of(found)[HEARTBEAT]["AlarmActions"] == [{"Ref": watch}, TOPIC]
    for rule in rules_of(found).values():
        assert [one["Arn"] for one in rule["Targets"]] == [{"Ref": watch}, TOPIC]


def test_answers_that_fail_are_said_by_the_same_topic() -> None:
    found = deployed(answers="besides")
    (heartbeat,) = [every_alarm_of(found)[HEARTBEAT]["AlarmActions"]]
    failed = [one for name, one in every_alarm_of(found).items() if name.startswith("cis-answers-")]
    assert len(failed) == 3
    assert all(one["AlarmActions"] == heartbeat for one in failed)


def test_failures_of_every_topic_and_rule_are_counted() -> None:
    found = deployed(subscribers_critical="pager@example.com", vpc_changes__exclude='userAgent = "x"')
    topics = {one["TopicName"] for one in of_type(found, "SNS::Topic")}
    assert topics == {"cis-alarms", "cis-alarms-critical", "cis-alarms-quiet", "cis-alarms-watch"}
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

    assert principals(deployed()).count("events.amazonaws.com") == 1
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
    assert all(len(json.dumps(of, separators=(",", ":"))) <= 2_048 for of in _write_longest())
    monkeypatch.setattr("stacks.tampering_calls._LONG", 512)
    with pytest.raises(SettingsError, match="characters of the event pattern, and a rule takes 2,048"):
        plan(built_in(), settings(**long))
    assert plan(built_in(), settings(**long, second_path="off"))


def _write_longest() -> list[object]:
    return [write_pattern(one, prefix="p" * 60, log_group="l" * 100, account="1" * 12) for one in RULES]


def test_calls_on_the_key_the_roles_and_the_new_trail_s_bucket_are_reported_where_they_are_known() -> None:
    def find_named(found: Resources) -> dict[str, list[Any]]:
        alternatives = rules_of(found)["cis-key"]["EventPattern"]["detail"]["$or"]
        return {key: value for one in alternatives for key, value in one["requestParameters"].items()}

    def list_names(found: Resources, kind: str) -> list[Any]:
        return [{"Ref": id} for id, one in found.items() if one["Type"] == f"AWS::{kind}"]

    new = deployed(trail="new", log_group_name="", answers="besides")
    named = find_named(new)
    assert len(named["roleName"]) == 3 and all(
        one in list_names(new, "IAM::Role") for one in named["roleName"]
    )
    keys = [one["suffix"] for one in named["keyId"]]
    assert len(keys) == 2 and all(one in keys for one in list_names(new, "KMS::Key"))
    assert named["bucketName"] == [{"Ref": next(id for id in new if id.startswith("TrailBucketRecords"))}]
    existing = find_named(deployed(key_arn="arn:aws:kms:us-east-1:111122223333:key/12-34"))
    assert existing["keyId"] == [{"suffix": "12-34"}]
    assert not {"roleName", "bucketName"} & existing.keys()
    assert existing["logGroupIdentifier"] == [
        LOG_GROUP,
        {"suffix": f":log-group:{LOG_GROUP}"},
        {"suffix": f":log-group:{LOG_GROUP}:*"},
    ]


def test_the_plan_knows_what_they_cost() -> None:
    def cents(**values: object) -> int:
        found = costs.list_monthly_costs(plan(built_in(), settings(**{**FEW, **values})))
        return sum(one.total for one in found)

    whole = cents()
    assert whole - cents(heartbeat="off") == 10
    assert whole - cents(second_path="off") == 40
    assert cents(second_path="off", subscribers="", topic_arn=TOPIC) == 2 * 40 + 10


def test_the_single_template_notifies_whom_parameters_name() -> None:
    found = json.loads(single_template())["Resources"]
    rule = found["SecondPathCalls"]["Properties"]
    branches = [one["Fn::If"] for one in rule["Targets"]]
    assert [(name, target["Arn"], otherwise) for name, target, otherwise in branches] == [
        ("HasOwn", {"Ref": "Watch"}, {"Ref": "AWS::NoValue"}),
        ("HasCriticalTopic", {"Ref": "CriticalTopic"}, {"Ref": "AWS::NoValue"}),
    ]
    alarms = {one["AlarmName"]["Fn::Join"][1][1]: one for one in of_type(found, "CloudWatch::Alarm")}
    actions = [{"Fn::If": [name, target["Arn"], otherwise]} for name, target, otherwise in branches]
    assert alarms["-heartbeat"]["OKActions"] == alarms["-heartbeat"]["AlarmActions"] == actions
    assert alarms["-alarms-failing"]["AlarmActions"] == actions
    critical = alarms["-root-account-usage"]["AlarmActions"]
    assert alarms["-alarms-watch-failing"]["AlarmActions"] == critical != actions


def test_the_single_template_watches_what_parameters_make_or_give() -> None:
    found = json.loads(single_template())["Resources"]["SecondPathAccess"]["Properties"]["EventPattern"]
    named = {key: one for each in found["detail"]["$or"] for key, one in each["requestParameters"].items()}
    assert [one["Fn::If"][:2] for one in named["roleName"]] == [
        ["HasAnswers", {"Ref": "AnswersRole"}],
        ["HasAnswers", {"Ref": "AnswersStarter"}],
    ]
    ((condition, made, given),) = [one["suffix"]["Fn::If"] for one in named["keyId"]]
    assert (condition, made) == ("HasKey", {"Ref": "Key"})
    assert {"Ref": "KeyArn"} in given["Fn::Select"][1]["Fn::Split"][1]["Fn::If"]


def test_the_longest_prefix_still_names_rules() -> None:
    names = rules_of(deployed(prefix="p" * 60))
    assert len(names) == len(RULES) and all(len(name) <= 64 for name in names)


def test_every_call_of_the_second_path_is_counted_by_a_control_too() -> None:
    """The lists agree; some of the controls are off by default, and the path reports their calls anyway."""
    ids = (
        "monitoring-tampering",
        "cloudtrail-changes",
        "trail-selector-changes",
        "kms-key-disabled-or-deleted",
        "iam-policy-changes",
        "role-trust-changes",
        "iam-guardrail-changes",
        "s3-bucket-policy-changes",
    )
    controls = [built_in()[one].query for one in ids]

    def is_counted(source: str, call: str) -> bool:
        event = {"eventSource": f"{source}.amazonaws.com", "eventName": call}
        return any(query.matches(event) for query in controls)

    calls = [(source, call) for source, names in CALLS.items() for call in names]
    calls += [(source, call) for (source, _), names in ACCESS.items() for call in names]
    assert [one for one in calls if not is_counted(*one)] == []
    assert not is_counted("logs", "DescribeLogGroups")
