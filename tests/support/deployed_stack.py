"""A template with one resource of each type, and its stack on a local cloud."""

from __future__ import annotations

import copy
import json
from typing import Any

from local_cloud import LocalCloud

from .metric_alarms import ONE_EVENT

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
                **ONE_EVENT,
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


def change(resource: str, **properties: Any) -> str:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"][resource]["Properties"] |= properties
    return json.dumps(template)
