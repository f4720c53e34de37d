"""What is deployed from the catalogue; each fault that others shipped has its test here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.settings import SettingsError

from ..support.synth import (
    LOG_GROUP,
    alarms_of,
    built_in,
    of_type,
    patterns_by_metric,
    resources,
    stack,
    template_of,
)

CIS = [control for control in built_in().values() if control.group == "cis"]
ARN = "arn:aws:sns:eu-west-1:111122223333:security"


@pytest.fixture(scope="module")
def default() -> dict[str, dict[str, Any]]:
    return resources(stack())


def test_every_control_has_its_filters_its_alarm_and_its_saved_query(default: dict[str, Any]) -> None:
    names = {f"cis-{control.id}" for control in CIS} | {"cis-monitoring-tampering", "cis-central-root-access"}
    assert set(alarms_of(default)) == set(patterns_by_metric(default)) == names
    investigations = [control for control in built_in().values() if not control.is_alarm]
    assert len(of_type(default, "Logs::QueryDefinition")) == len(names) + len(investigations)


@pytest.mark.parametrize("control", CIS, ids=lambda control: control.id)
def test_the_text_that_security_hub_wants_is_deployed_character_by_character(
    default: dict[str, Any], control: Any
) -> None:
    assert control.exact_pattern in patterns_by_metric(default)[f"cis-{control.id}"]


def test_every_alarm_sums_a_metric_that_a_filter_publishes(default: dict[str, Any]) -> None:
    published = patterns_by_metric(default)
    for alarm in alarms_of(default).values():
        assert alarm["MetricName"] in published
        assert alarm["Namespace"] == "LogMetrics"
        assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")
        assert alarm["AlarmActions"]
        assert "Dimensions" not in alarm


def test_filters_count_one_by_one_and_zero_otherwise(default: dict[str, Any]) -> None:
    for one in of_type(default, "Logs::MetricFilter"):
        (transformation,) = one["MetricTransformations"]
        assert (transformation["MetricValue"], transformation["DefaultValue"]) == ("1", 0)
        assert one["LogGroupName"] == LOG_GROUP
        assert len(one["FilterPattern"]) <= 1024


def test_what_a_control_covers_more_is_counted_in_the_same_metric(default: dict[str, Any]) -> None:
    assert patterns_by_metric(default)["cis-security-group-changes"][1:] == [
        '{ $.eventName = "ModifySecurityGroupRules" }'
    ]


def test_no_log_group_is_ever_made(default: dict[str, Any]) -> None:
    assert not of_type(default, "Logs::LogGroup")


def _filled(sub: Any, region: str = "eu-west-1", host: str = "console.aws.amazon.com") -> str:
    """The text of `Fn::Sub`, as it is when deployed."""
    text = sub["Fn::Sub"][0]
    for name, value in (
        ("AWS::Region", region),
        ("Page", f"{host}/cloudwatch/home?region="),
        ("Query", "0" * 36),
    ):
        text = text.replace(f"${{{name}}}", value)
    return str(text)


def test_a_mail_says_what_happened_what_to_do_and_where_to_look(default: dict[str, Any]) -> None:
    assert _filled(alarms_of(default)["cis-security-group-changes"]["AlarmDescription"]).splitlines() == [
        "4.10 Security group changes (medium): A security group is the firewall of an instance;"
        " one rule can open it to the internet.",
        "First: Look at what is open now; 0.0.0.0/0 and ::/0 are the whole internet.",
        "CIS 3.10 (1.2), 4.10 (1.4 to 5.0), 5.10 (6.0 to 7.0); Security Hub CloudWatch.10",
        "Who, from where, what: saved query cis/4.10 Security group changes",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:logs-insights$3FqueryDetail$3D$257E$2528queryId$257E$2527"
        + "0"
        * 36
        + "$257Esource$257E$2528"
        "$257E$2527aws-controltower*2FCloudTrailLogs$2529$2529",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#dashboards/dashboard/cis-controls?start=PT3H",
    ]


def test_every_description_fits_whatever_the_names(default: dict[str, Any]) -> None:
    longest = resources(stack(log_group_name="x" * 512, prefix="p" * 60))
    for found in (default, longest):
        for alarm in alarms_of(found).values():
            text = _filled(alarm["AlarmDescription"], "ap-southeast-2", "console.amazonaws-us-gov.com")
            assert len(text) <= 1024
            assert "saved query" in text
            assert "dashboards/dashboard/" in text


def test_links_lead_to_the_console_of_the_partition() -> None:
    template = json.dumps(resources(stack()))
    assert "arn:aws:" not in template.replace("arn:aws:sns:eu-west-1", "")
    mappings = json.dumps(template_of()["Mappings"])
    for host in ("console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"):
        assert host in mappings


# --- topics -----------------------------------------------------------------------------


def test_topics_are_tls_only_and_open_to_alarms_of_this_account(default: dict[str, Any]) -> None:
    topic, watch = of_type(default, "SNS::Topic")
    assert topic["KmsMasterKeyId"] and "KmsMasterKeyId" not in watch
    of_alarms, of_watch = of_type(default, "SNS::TopicPolicy")
    for policy in (of_alarms, of_watch):
        deny, publish, *rest = policy["PolicyDocument"]["Statement"]
        assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert publish["Action"] == "sns:Publish"
        assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert "aws:SourceArn" in publish["Condition"]["ArnLike"]
        assert len(rest) == (policy is of_watch)
    second_path = of_watch["PolicyDocument"]["Statement"][2]
    assert second_path["Principal"] == {"Service": "events.amazonaws.com"}
    assert len(second_path["Condition"]["ArnEquals"]["aws:SourceArn"]) == 4
    (key,) = of_type(default, "KMS::Key")
    assert key["EnableKeyRotation"] is True
    cloudwatch = key["KeyPolicy"]["Statement"][1]
    assert cloudwatch["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert cloudwatch["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert cloudwatch["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_nobody_but_alarms_is_allowed_anything_by_a_wildcard() -> None:
    found = resources(stack(**{"vpc-changes__exclude": 'userAgent = "x"'}))
    for kind in ("SNS::TopicPolicy", "SQS::QueuePolicy"):
        for policy in of_type(found, kind):
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Deny" or statement["Principal"] not in ("*", {"AWS": "*"})


def test_a_severity_that_is_routed_apart_gets_a_topic_beside_the_one_that_is_there() -> None:
    before = resources(stack())
    after = resources(stack(subscribers_critical="pager@example.com"))
    kept = ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription", "AWS::KMS::Key")
    for id, resource in before.items():
        if resource["Type"] in kept:
            assert after[id] == resource
    added = [one for id, one in after.items() if id not in before]
    (topic,) = [one["Properties"] for one in added if one["Type"] == "AWS::SNS::Topic"]
    subscriptions = [one["Properties"] for one in added if one["Type"] == "AWS::SNS::Subscription"]
    (subscription,) = [one for one in subscriptions if "Watch" not in one["TopicArn"]["Ref"]]
    assert len(subscriptions) == 2 and {one["Endpoint"] for one in subscriptions} == {"pager@example.com"}
    assert (topic["TopicName"], subscription["Endpoint"]) == ("cis-alarms-critical", "pager@example.com")
    alarms = alarms_of(after)
    everybody = alarms["cis-vpc-changes"]["AlarmActions"]
    assert alarms["cis-cloudtrail-changes"]["AlarmActions"] == [*everybody, subscription["TopicArn"]]
    assert everybody == alarms_of(before)["cis-vpc-changes"]["AlarmActions"]


def test_routes_alone_have_the_topics_that_they_always_had() -> None:
    each = {f"subscribers_{severity}": f"{severity}@b.cd" for severity in ("critical", "high", "medium")}
    found = resources(stack(subscribers="", **each))
    topics = {topic["TopicName"] for topic in of_type(found, "SNS::Topic")}
    assert topics == {"cis-alarms-critical", "cis-alarms-high", "cis-alarms-medium", "cis-alarms-watch"}
    notified = sorted(one["Endpoint"] for one in of_type(found, "SNS::Subscription"))
    assert notified == ["critical@b.cd", "critical@b.cd", "high@b.cd", "medium@b.cd"]
    assert all(len(alarm["AlarmActions"]) == 1 for alarm in alarms_of(found).values())
    # As 0.1.0 named it.
    assert found["CisNotificationsCriticalFDA84BA9"]["Type"] == "AWS::SNS::Topic"


def test_whoever_is_told_of_everything_and_of_one_severity_is_told_once() -> None:
    twice = resources(stack(subscribers="soc@example.com, soc@example.com"))
    assert len(of_type(twice, "SNS::Subscription")) == 2  # of alarms, and of what watches them
    apart = resources(stack(subscribers_critical="soc@example.com"))
    assert apart == resources(stack())
    topic = alarms_of(resources(stack(topic_arn=ARN, topic_arn_critical=ARN)))
    assert topic["cis-root-account-usage"]["AlarmActions"].count(ARN) == 1


def test_an_alarm_notifies_five_topics_and_six_are_an_error_before_a_deploy() -> None:
    arns = [f"{ARN}-{number}" for number in range(4)]
    found = alarms_of(resources(stack(topic_arn=arns)))
    assert all(len(alarm["AlarmActions"]) == 5 for alarm in found.values())
    with pytest.raises(SettingsError) as caught:
        stack(topic_arn=arns, subscribers_critical="pager@example.com")
    assert str(caught.value) == (
        "cis-insights:topic-arn: error: 6 topics for an alarm of severity critical, and it notifies 5\n"
        "    hint: name fewer; a topic takes any number of subscribers"
    )


def test_a_severity_that_would_tell_nobody_is_an_error() -> None:
    with pytest.raises(SettingsError) as caught:
        stack(subscribers="", subscribers_critical="pager@example.com")
    assert "cis-insights:subscribers-high: error: nobody would be notified of alarms of severity high" in str(
        caught.value
    )


def test_an_existing_topic_is_notified_and_none_is_made() -> None:
    found = resources(stack(subscribers="", topic_arn=ARN))
    assert not of_type(found, "SNS::Topic")
    assert not of_type(found, "KMS::Key")
    assert all(alarm["AlarmActions"] == [ARN] for alarm in alarms_of(found).values())


def test_an_existing_topic_besides_subscribers_gets_the_alarms_as_well() -> None:
    for alarm in alarms_of(resources(stack(topic_arn=ARN))).values():
        assert len(alarm["AlarmActions"]) == 2
        assert alarm["AlarmActions"][1] == ARN


def test_a_lambda_function_may_be_invoked_by_the_topics_alone() -> None:
    function = "arn:aws:lambda:eu-west-1:111122223333:function:notify"
    found = resources(stack(subscribers=function))
    permissions = of_type(found, "Lambda::Permission")
    topics = [{"Ref": id} for id, one in found.items() if one["Type"] == "AWS::SNS::Topic"]
    assert [one["SourceArn"] for one in permissions] == topics and len(topics) == 2
    for one in permissions:
        assert (one["FunctionName"], one["Principal"]) == (function, "sns.amazonaws.com")


ENDPOINTS = {
    "https": "https://hooks.example.com/cis",
    "sqs": "arn:aws:sqs:us-east-1:111122223333:soc",
    "lambda": "arn:aws:lambda:us-east-1:111122223333:function:page",
}


PAGERS = "pager@example.com, https://pager.example.com/cis"


def test_an_alarm_of_another_name_notifies_no_topic_of_ours() -> None:
    """Whoever may make an alarm could page everybody otherwise."""
    found = resources(stack(prefix="audit", **{"vpc-changes__exclude": 'userAgent = "x"'}))
    policies = of_type(found, "SNS::TopicPolicy")
    assert len(policies) == 3  # the quiet topic too, and the one that watches
    for policy in policies:
        allowed = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
        (publish,) = [one for one in allowed if one["Principal"]["Service"] == "cloudwatch.amazonaws.com"]
        assert publish["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1][-1] == ":alarm:audit-*"
    assert all(name.startswith("audit-") for name in alarms_of(found))


def test_what_is_not_delivered_is_kept_in_one_queue_that_the_topics_alone_send_to() -> None:
    found = resources(stack(subscribers=list(ENDPOINTS.values()), subscribers_critical=PAGERS))
    (queue,) = of_type(found, "SQS::Queue")
    assert queue == {
        "QueueName": "cis-alarms-undelivered",
        "MessageRetentionPeriod": 14 * 86_400,
        "SqsManagedSseEnabled": True,
    }
    (id,) = [name for name, one in found.items() if one["Type"] == "AWS::SQS::Queue"]
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": [id, "Arn"]}}
    subscriptions = of_type(found, "SNS::Subscription")
    assert len(subscriptions) == 2 * (3 + 2)  # of everybody, of the critical alarms, of what watches both
    for one in subscriptions:
        assert one.get("RedrivePolicy") == (redrive if one["Protocol"] in ENDPOINTS else None)
    (policy,) = of_type(found, "SQS::QueuePolicy")
    deny, *sends = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    topics = [name for name, one in found.items() if one["Type"] == "AWS::SNS::Topic"]
    sources = [one["Condition"]["ArnEquals"]["aws:SourceArn"]["Ref"] for one in sends]
    assert sorted(sources) == sorted(topics)


def test_mail_needs_no_such_queue(default: dict[str, Any]) -> None:
    assert of_type(default, "SQS::Queue") == []
    assert stack().monitoring.undelivered is None
