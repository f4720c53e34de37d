"""What a template deploys to the local cloud, read back through boto3."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.deployed_stack import TEMPLATE, Stack, change


@pytest.fixture
def stack(cloud: LocalCloud) -> Iterator[Stack]:
    stack = Stack(cloud, "monitoring")
    stack.run("create", TemplateBody=json.dumps(TEMPLATE))
    yield stack
    stack.run("delete")


def test_a_saved_query_comes_back_whole(stack: Stack) -> None:
    definition = stack.query
    assert definition.pop("lastModified") > 0
    assert definition == {
        "queryDefinitionId": stack.outputs["Query"],
        "queryLanguage": "CWLI",
        "name": "cis/10 Security groups",
        "queryString": "fields @timestamp\n| filter eventName = '{{name}}'",
        "logGroupNames": ["records"],
        "parameters": [{"name": "name", "defaultValue": "CreateTrail", "description": "a call"}],
    }


def test_a_metric_filter_comes_back_whole(stack: Stack) -> None:
    [metric_filter] = stack.logs.describe_metric_filters(logGroupName="records")["metricFilters"]
    assert metric_filter.pop("creationTime") > 0
    transformation = {
        "metricName": "10",
        "metricNamespace": "LogMetrics",
        "metricValue": "1",
        "defaultValue": 0.0,
    }
    assert metric_filter == {
        "filterName": "cis-10",
        "filterPattern": "{($.eventName=CreateSecurityGroup)}",
        "metricTransformations": [transformation],
        "logGroupName": "records",
    }


def test_an_alarm_comes_back_whole(stack: Stack) -> None:
    [alarm] = stack.cloudwatch.describe_alarms()["MetricAlarms"]
    expected = {**TEMPLATE["Resources"]["Alarm"]["Properties"]}
    del expected["Tags"]
    expected["AlarmActions"] = ["arn:aws:sns:us-east-1:111122223333:mail"]
    assert {key: alarm[key] for key in expected} == expected
    tags = stack.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert {"Key": "severity", "Value": "medium"} in tags


def test_a_log_alarm_comes_back_whole(stack: Stack) -> None:
    alarm = stack.log_alarm
    expected = copy.deepcopy(TEMPLATE["Resources"]["LogAlarm"]["Properties"])
    expected["AlarmActions"] = ["arn:aws:sns:us-east-1:111122223333:mail"]
    configuration = expected["ScheduledQueryConfiguration"]
    configuration["LogGroupIdentifiers"] = ["records"]
    configuration["ScheduleConfiguration"]["StartTimeOffset"] = 1200
    assert {key: alarm[key] for key in expected} == expected
    assert alarm["AlarmArn"] == stack.outputs["LogAlarmArn"]
    assert stack.cloudwatch.describe_alarms().get("LogAlarms", []) == []  # only where they are asked for


def test_a_trail_comes_back_whole(stack: Stack) -> None:
    trail = stack.trail
    assert (trail["Name"], trail["TrailARN"]) == (stack.outputs["Trail"], stack.outputs["TrailArn"])
    assert trail["CloudWatchLogsLogGroupArn"].endswith(":log-group:records:*")
    assert trail["CloudWatchLogsRoleArn"] == "arn:aws:iam::111122223333:role/delivery"
    assert trail["KmsKeyId"].startswith("arn:aws:kms:us-east-1:111122223333:key/")
    assert trail["IsMultiRegionTrail"] and trail["LogFileValidationEnabled"]
    assert stack.cloudtrail.get_trail_status(Name="all")["IsLogging"] is True
    [selector] = stack.cloudtrail.get_event_selectors(TrailName="all")["EventSelectors"]
    assert selector["ReadWriteType"] == "WriteOnly"
    [tags] = stack.cloudtrail.list_tags(ResourceIdList=[trail["TrailARN"]])["ResourceTagList"]
    assert tags["TagsList"] == [{"Key": "owner", "Value": "security"}]


def test_a_topic_keeps_its_key_and_a_log_group_its_indexes(stack: Stack) -> None:
    arn = "arn:aws:sns:us-east-1:111122223333:mail"
    attributes = stack.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["KmsMasterKeyId"] == stack.trail["KmsKeyId"]
    [policy] = stack.logs.describe_index_policies(logGroupIdentifiers=["records"])["indexPolicies"]
    assert json.loads(policy["policyDocument"]) == {"Fields": ["eventName", "eventSource"]}


def test_an_update_changes_a_saved_query_in_place(stack: Stack) -> None:
    before = stack.query["queryDefinitionId"]
    stack.run("update", TemplateBody=change("Query", Name="cis/10", QueryString="fields eventName"))
    assert (stack.query["name"], stack.query["queryString"]) == ("cis/10", "fields eventName")
    assert stack.query["queryDefinitionId"] == before


def test_an_update_changes_a_trail_in_place(stack: Stack) -> None:
    stack.run("update", TemplateBody=change("Trail", IsLogging="false", EnableLogFileValidation=False))
    assert stack.cloudtrail.get_trail_status(Name="all")["IsLogging"] is False
    assert stack.trail["LogFileValidationEnabled"] is False
    assert stack.trail["CloudWatchLogsLogGroupArn"].endswith(":log-group:records:*")


def test_another_name_makes_another_trail_and_log_alarm(stack: Stack) -> None:
    stack.run("update", TemplateBody=change("Trail", TrailName="other"))
    assert stack.trail["Name"] == "other"
    stack.run("update", TemplateBody=change("LogAlarm", AlarmName="other", Threshold=2))
    assert (stack.log_alarm["AlarmName"], stack.log_alarm["Threshold"]) == ("other", 2.0)


def test_an_update_changes_the_key_and_the_indexes(stack: Stack) -> None:
    template = json.loads(change("Group", FieldIndexPolicies=[]))
    del template["Resources"]["Topic"]["Properties"]["KmsMasterKeyId"]
    stack.run("update", TemplateBody=json.dumps(template))
    arn = "arn:aws:sns:us-east-1:111122223333:mail"
    assert "KmsMasterKeyId" not in stack.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert stack.logs.describe_index_policies(logGroupIdentifiers=["records"])["indexPolicies"] == []


def test_a_delete_removes_everything(cloud: LocalCloud) -> None:
    stack = Stack(cloud, "removed")
    stack.run("create", TemplateBody=json.dumps(TEMPLATE))
    stack.run("delete")
    assert stack.logs.describe_query_definitions()["queryDefinitions"] == []
    assert stack.logs.describe_log_groups()["logGroups"] == []
    assert stack.cloudtrail.describe_trails()["trailList"] == []
    alarms = stack.cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "LogAlarm"])
    assert (alarms["MetricAlarms"], alarms["LogAlarms"]) == ([], [])


def test_a_wrong_pattern_fails_the_stack_and_says_why(cloud: LocalCloud) -> None:
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName="wrong", TemplateBody=change("Filter", FilterPattern="{ $.a EXISTS }"))
    with pytest.raises(Exception, match="StackCreateComplete"):
        formation.get_waiter("stack_create_complete").wait(
            StackName="wrong", WaiterConfig={"Delay": 0.05, "MaxAttempts": 100}
        )
    reasons = [event.get("ResourceStatusReason", "") for event in _events(formation, "wrong")]
    assert any("InvalidParameterException" in reason and "$.a EXISTS" in reason for reason in reasons)


def _events(formation: Any, stack: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = formation.describe_stack_events(StackName=stack)["StackEvents"]
    return events
