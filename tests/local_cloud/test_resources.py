"""What a template deploys to the local cloud, read back through boto3."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {
                "EnableKeyRotation": True,
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudtrail.amazonaws.com"},
                            "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"],
                            "Resource": "*",
                        }
                    ],
                },
            },
        },
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": "mail", "KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
        },
        "Group": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": "records",
                "RetentionInDays": 365,
                "FieldIndexPolicies": [{"Fields": ["eventName", "eventSource"]}],
            },
        },
        "Query": {
            "Type": "AWS::Logs::QueryDefinition",
            "Properties": {
                "Name": "cis/10 Security groups",
                "QueryString": "fields @timestamp\n| filter eventName = '{{name}}'",
                "LogGroupNames": [{"Ref": "Group"}],
                "Parameters": [{"Name": "name", "DefaultValue": "CreateTrail", "Description": "a call"}],
            },
        },
        "Filter": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": {"Ref": "Group"},
                "FilterName": "cis-10",
                "FilterPattern": "{($.eventName=CreateSecurityGroup)}",
                "MetricTransformations": [
                    {
                        "MetricName": "10",
                        "MetricNamespace": "LogMetrics",
                        "MetricValue": "1",
                        "DefaultValue": 0,
                    }
                ],
            },
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "cis-10",
                "AlarmDescription": "A security group changed.",
                "Namespace": "LogMetrics",
                "MetricName": "10",
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [{"Ref": "Topic"}],
                "Tags": [{"Key": "severity", "Value": "medium"}],
            },
        },
        "LogAlarm": {
            "Type": "AWS::CloudWatch::LogAlarm",
            "Properties": {
                "AlarmName": "by-query",
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "Threshold": 1,
                "QueryResultsToAlarm": 1,
                "QueryResultsToEvaluate": 1,
                "TreatMissingData": "notBreaching",
                "AlarmActions": [{"Ref": "Topic"}],
                "ScheduledQueryConfiguration": {
                    "QueryString": "filter eventName like /Trail/",
                    "AggregationExpression": "count(*)",
                    "ScheduledQueryRoleARN": "arn:aws:iam::111122223333:role/query",
                    "ScheduleConfiguration": {
                        "ScheduleExpression": "rate(5 minutes)",
                        "StartTimeOffset": "1200",
                        "EndTimeOffset": 900,
                    },
                    "LogGroupIdentifiers": [{"Ref": "Group"}],
                },
            },
        },
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {
                "TrailName": "all",
                "S3BucketName": "records",
                "IsLogging": True,
                "IsMultiRegionTrail": True,
                "EnableLogFileValidation": True,
                "KMSKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
                "CloudWatchLogsLogGroupArn": {"Fn::GetAtt": ["Group", "Arn"]},
                "CloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/delivery",
                "EventSelectors": [{"ReadWriteType": "WriteOnly"}],
                "Tags": [{"Key": "owner", "Value": "security"}],
            },
        },
    },
    "Outputs": {
        "Query": {"Value": {"Ref": "Query"}},
        "Trail": {"Value": {"Ref": "Trail"}},
        "TrailArn": {"Value": {"Fn::GetAtt": ["Trail", "Arn"]}},
        "LogAlarmArn": {"Value": {"Fn::GetAtt": ["LogAlarm", "Arn"]}},
    },
}


class Stack:
    """A stack, and the clients to read back what it holds."""

    def __init__(self, cloud: LocalCloud, name: str) -> None:
        self.name, self.formation = name, cloud.client("cloudformation")
        self.logs, self.cloudwatch = cloud.client("logs"), cloud.client("cloudwatch")
        self.sns, self.cloudtrail = cloud.client("sns"), cloud.client("cloudtrail")

    def run(self, action: str, **request: Any) -> None:
        getattr(self.formation, f"{action}_stack")(StackName=self.name, **request)
        self.formation.get_waiter(f"stack_{action}_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
        )

    @property
    def outputs(self) -> dict[str, str]:
        [stack] = self.formation.describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @property
    def query(self) -> dict[str, Any]:
        [definition] = self.logs.describe_query_definitions()["queryDefinitions"]
        return dict(definition)

    @property
    def log_alarm(self) -> dict[str, Any]:
        [alarm] = self.cloudwatch.describe_alarms(AlarmTypes=["LogAlarm"])["LogAlarms"]
        return dict(alarm)

    @property
    def trail(self) -> dict[str, Any]:
        [trail] = self.cloudtrail.describe_trails()["trailList"]
        return dict(trail)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


@pytest.fixture
def stack(cloud: LocalCloud) -> Iterator[Stack]:
    stack = Stack(cloud, "monitoring")
    stack.run("create", TemplateBody=json.dumps(TEMPLATE))
    yield stack
    stack.run("delete")


def changed(resource: str, **properties: Any) -> str:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"][resource]["Properties"] |= properties
    return json.dumps(template)


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
    stack.run("update", TemplateBody=changed("Query", Name="cis/10", QueryString="fields eventName"))
    assert (stack.query["name"], stack.query["queryString"]) == ("cis/10", "fields eventName")
    assert stack.query["queryDefinitionId"] == before


def test_an_update_changes_a_trail_in_place(stack: Stack) -> None:
    stack.run("update", TemplateBody=changed("Trail", IsLogging="false", EnableLogFileValidation=False))
    assert stack.cloudtrail.get_trail_status(Name="all")["IsLogging"] is False
    assert stack.trail["LogFileValidationEnabled"] is False
    assert stack.trail["CloudWatchLogsLogGroupArn"].endswith(":log-group:records:*")


def test_another_name_makes_another_trail_and_log_alarm(stack: Stack) -> None:
    stack.run("update", TemplateBody=changed("Trail", TrailName="other"))
    assert stack.trail["Name"] == "other"
    stack.run("update", TemplateBody=changed("LogAlarm", AlarmName="other", Threshold=2))
    assert (stack.log_alarm["AlarmName"], stack.log_alarm["Threshold"]) == ("other", 2.0)


def test_an_update_changes_the_key_and_the_indexes(stack: Stack) -> None:
    template = json.loads(changed("Group", FieldIndexPolicies=[]))
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
    formation.create_stack(StackName="wrong", TemplateBody=changed("Filter", FilterPattern="{ $.a EXISTS }"))
    with pytest.raises(Exception, match="StackCreateComplete"):
        formation.get_waiter("stack_create_complete").wait(
            StackName="wrong", WaiterConfig={"Delay": 0.05, "MaxAttempts": 100}
        )
    reasons = [event.get("ResourceStatusReason", "") for event in _events(formation, "wrong")]
    assert any("InvalidParameterException" in reason and "$.a EXISTS" in reason for reason in reasons)


def _events(formation: Any, stack: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = formation.describe_stack_events(StackName=stack)["StackEvents"]
    return events


class TestQueryDefinitions:
    def test_they_are_listed_by_name_in_pages(self, cloud: LocalCloud) -> None:
        logs = cloud.client("logs", "eu-west-1")
        for name in ("cis/2", "cis/1", "other", "cis/3"):
            logs.put_query_definition(name=name, queryString="fields @message")
        first = logs.describe_query_definitions(queryDefinitionNamePrefix="cis/", maxResults=2)
        rest = logs.describe_query_definitions(
            queryDefinitionNamePrefix="cis/", maxResults=2, nextToken=first["nextToken"]
        )
        pages = [[item["name"] for item in page["queryDefinitions"]] for page in (first, rest)]
        assert pages == [["cis/1", "cis/2"], ["cis/3"]]
        assert "nextToken" not in rest

    def test_a_definition_is_replaced_by_its_id(self, cloud: LocalCloud) -> None:
        logs = cloud.client("logs", "eu-west-2")
        identifier = logs.put_query_definition(name="a", queryString="fields a")["queryDefinitionId"]
        logs.put_query_definition(name="b", queryString="fields b", queryDefinitionId=identifier)
        [definition] = logs.describe_query_definitions()["queryDefinitions"]
        assert (definition["name"], definition["queryDefinitionId"]) == ("b", identifier)

    def test_an_unknown_one_is_not_replaced_or_deleted(self, cloud: LocalCloud) -> None:
        logs = cloud.client("logs")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            logs.put_query_definition(name="a", queryString="fields a", queryDefinitionId="none")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            logs.delete_query_definition(queryDefinitionId="none")

    def test_a_wrong_name_of_a_parameter_is_refused(self, cloud: LocalCloud) -> None:
        with pytest.raises(ClientError, match="InvalidParameterException"):
            cloud.client("logs").put_query_definition(
                name="a", queryString="fields a", parameters=[{"name": "a-b"}]
            )
