"""Rules, state machines and their roles, as a template deploys them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.deployed_stack import Stack
from ..support.machines import wait_for

DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "Send",
    "States": {
        "Send": {
            "Type": "Task",
            "Resource": "arn:${partition}:states:::sns:publish",
            "Arguments": {"TopicArn": "${topic}", "Message": "{% $states.input.detail.alarmName %}"},
            "End": True,
        }
    },
}


def _role(service: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}


def _policy(role: str, action: str, resource: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    properties = {
        "PolicyName": f"{role}Policy",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "Roles": [{"Ref": role}],
    }
    return {"Type": "AWS::IAM::Policy", "Properties": properties}


PATTERN = {
    "source": ["aws.cloudwatch"],
    "detail": {"alarmName": [{"prefix": "cis-"}], "state": {"value": ["ALARM"]}},
}
MACHINE_ARN = {"Fn::GetAtt": ["Machine", "Arn"]}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Role": _role("states"),
        "RolePolicy": _policy("Role", "sns:Publish", {"Ref": "Topic"}),
        "RuleRole": _role("events"),
        "RuleRolePolicy": _policy("RuleRole", "states:StartExecution", MACHINE_ARN),
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "DependsOn": ["RolePolicy"],
            "Properties": {
                "StateMachineName": "answers",
                "DefinitionString": json.dumps(DEFINITION),
                "DefinitionSubstitutions": {
                    "topic": {"Ref": "Topic"},
                    "partition": {"Ref": "AWS::Partition"},
                },
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "Tags": [{"Key": "owner", "Value": "security"}],
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": PATTERN,
                "Targets": [
                    {"Id": "machine", "Arn": MACHINE_ARN, "RoleArn": {"Fn::GetAtt": ["RuleRole", "Arn"]}}
                ],
            },
        },
    },
    "Outputs": {
        "Machine": {"Value": {"Ref": "Machine"}},
        "Rule": {"Value": {"Ref": "Rule"}},
        "RuleArn": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}},
    },
}


def _change(resource: str, **properties: Any) -> str:
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"][resource]["Properties"] |= properties
    return json.dumps(template)


def test_a_rule_and_a_machine_work_change_and_go(cloud: LocalCloud) -> None:
    stack = Stack(cloud, "answers")
    events, states = cloud.client("events"), cloud.client("stepfunctions")
    stack.run("create", TemplateBody=json.dumps(TEMPLATE))
    machine, rule = stack.outputs["Machine"], stack.outputs["Rule"]
    described = events.describe_rule(Name=rule)
    assert (
        json.loads(described["EventPattern"]) == TEMPLATE["Resources"]["Rule"]["Properties"]["EventPattern"]
    )
    assert described["Arn"] == stack.outputs["RuleArn"]
    definition = json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])
    assert definition["States"]["Send"]["Resource"] == "arn:aws:states:::sns:publish"
    tags = states.list_tags_for_resource(resourceArn=machine)["tags"]
    assert {"key": "owner", "value": "security"} in tags

    alarm = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    compare = {"Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    for name in ("cis-1", "other"):
        stack.cloudwatch.put_metric_alarm(AlarmName=name, **alarm, **compare)
        stack.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a drill")
    [execution] = states.list_executions(stateMachineArn=machine)["executions"]
    assert wait_for(cloud, execution["executionArn"])["status"] == "SUCCEEDED"

    stack.run("update", TemplateBody=_change("Rule", State="DISABLED"))
    assert events.describe_rule(Name=rule)["State"] == "DISABLED"
    stack.run("delete")
    assert states.list_state_machines()["stateMachines"] == []
    assert events.list_rules()["Rules"] == []
    assert cloud.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("name", "template", "reason"),
    [
        ("trust", _change("Machine", RoleArn={"Fn::GetAtt": ["RuleRole", "Arn"]}), "is authorized to assume"),
        (
            "pattern",
            _change("Rule", EventPattern={"source": [{"prefix": 5}]}),
            "Event pattern is not valid",
        ),
        ("role", _change("Rule", Targets=[{"Id": "machine", "Arn": MACHINE_ARN}]), "RoleArn is required"),
    ],
)
def test_what_aws_refuses_fails_the_stack(cloud: LocalCloud, name: str, template: str, reason: str) -> None:
    stack = Stack(cloud, f"wrong-{name}")
    with pytest.raises(Exception, match="StackCreateComplete"):
        stack.run("create", TemplateBody=template)
    events = stack.formation.describe_stack_events(StackName=stack.name)["StackEvents"]
    assert any(reason in event.get("ResourceStatusReason", "") for event in events)
