"""Alarms send events when their state or their configuration changes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.monitored import PERIOD, Monitored
from ..support.rules import Rule

TIME = "%Y-%m-%dT%H:%M:%S"


def _listen(cloud: LocalCloud, name: str, kind: str = "State") -> Rule:
    """A rule for the events of one alarm."""
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": [f"CloudWatch Alarm {kind} Change"],
        "detail": {"alarmName": [name]},
    }
    return Rule(cloud, name, pattern)


def _take(value: dict[str, Any], name: str) -> float:
    """Takes a time of CloudWatch's form: milliseconds, and no colon in the offset."""
    text = value.pop(name)
    assert text[-9:-8] == "." and text.endswith("+0000")
    return time.mktime(time.strptime(text[:19], TIME))


@pytest.fixture
def monitored(cloud: LocalCloud, request: pytest.FixtureRequest) -> Monitored:
    return Monitored(cloud, f"event-{request.node.name[5:45]}")


def test_a_change_of_state_is_an_event_with_the_data_of_its_evaluation(monitored: Monitored) -> None:
    rule = _listen(monitored.cloud, f"{monitored.name}-2")
    monitored.name = f"{monitored.name}-2"
    metric = monitored.name[:-2]
    monitored.put_alarm(MetricName=metric)
    monitored.cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": metric, "Value": 2}])
    monitored.cloud.evaluate_alarms()
    first, event = rule.receive()
    assert (first["detail"]["previousState"]["value"], first["detail"]["state"]["value"]) == (
        "INSUFFICIENT_DATA",
        "OK",
    )
    assert event["resources"] == [
        f"arn:aws:cloudwatch:us-east-1:{monitored.cloud.account}:alarm:{monitored.name}"
    ]
    detail = event["detail"]
    state, before = detail.pop("state"), detail.pop("previousState")
    data = json.loads(state.pop("reasonData"))
    asked, start = _take(data, "queryDate"), _take(data, "startDate")
    assert PERIOD <= asked - start < PERIOD + 60 and start % 60 == 0
    assert _take(state, "timestamp") == asked
    [evaluated] = data.pop("evaluatedDatapoints")
    assert _take(evaluated, "timestamp") == start
    assert evaluated == {"value": 2.0}
    assert data == {
        "version": "1.0",
        "statistic": "Sum",
        "period": PERIOD,
        "recentDatapoints": [2.0],
        "threshold": 1.0,
    }
    assert state.pop("reason") == monitored.described["StateReason"]
    assert (state, before["value"]) == ({"value": "ALARM"}, "OK")
    [query] = detail["configuration"].pop("metrics")
    assert query.pop("id")
    assert query == {
        "metricStat": {
            "metric": {"namespace": "Test", "name": metric, "dimensions": {}},
            "period": PERIOD,
            "stat": "Sum",
        },
        "returnData": True,
    }
    assert detail == {"alarmName": monitored.name, "configuration": {"description": "what happened"}}


def test_the_return_to_ok_is_an_event_without_a_start(monitored: Monitored) -> None:
    monitored.send({"eventName": "CreateTrail"})
    rule = _listen(monitored.cloud, monitored.name)
    raised = time.time()
    monitored.cloud.evaluate_alarms(raised + PERIOD + 5)
    [event] = rule.receive()
    state, before = event["detail"]["state"], event["detail"]["previousState"]
    assert (state["value"], before["value"]) == ("OK", "ALARM")
    data = json.loads(state["reasonData"])
    assert data["recentDatapoints"] == []
    assert "startDate" not in data
    assert "startDate" in json.loads(before["reasonData"])
    assert _take(state, "timestamp") - _take(before, "timestamp") >= PERIOD


def test_a_state_that_is_set_by_hand_has_no_data(monitored: Monitored) -> None:
    rule = _listen(monitored.cloud, monitored.name)
    set_state = monitored.cloudwatch.set_alarm_state
    for _ in range(2):
        set_state(AlarmName=monitored.name, StateValue="ALARM", StateReason="a drill")
    [event] = rule.receive()
    state = event["detail"]["state"]
    assert _take(state, "timestamp")
    assert state == {"value": "ALARM", "reason": "a drill"}
    assert len(monitored.receive()) == 1
    monitored.cloud.evaluate_alarms()
    assert monitored.state == "OK"
    assert [event["detail"]["state"]["value"] for event in rule.receive()] == ["OK"]


def test_creation_update_and_deletion_are_events(monitored: Monitored) -> None:
    name = f"{monitored.name}-2"
    rule = _listen(monitored.cloud, name, "Configuration")
    monitored.name = name
    monitored.put_alarm()
    monitored.put_alarm(Threshold=5, ActionsEnabled=False)
    monitored.cloudwatch.delete_alarms(AlarmNames=[name])
    details = [event["detail"] for event in rule.receive()]
    assert [detail["operation"] for detail in details] == ["create", "update", "delete"]
    created, updated, deleted = details
    assert created["state"]["value"] == "INSUFFICIENT_DATA"
    assert (created["configuration"]["threshold"], created["configuration"]["actionsEnabled"]) == (1.0, True)
    assert updated["previousConfiguration"] == created["configuration"]
    assert deleted["configuration"] == updated["configuration"]
    assert (updated["configuration"]["threshold"], updated["configuration"]["actionsEnabled"]) == (5.0, False)


def test_an_alarm_of_a_template_is_an_event_too(cloud: LocalCloud) -> None:
    rule = _listen(cloud, "by-template", "Configuration")
    alarm = {
        "AlarmName": "by-template",
        "Namespace": "Test",
        "MetricName": "none",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    resources = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}}
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName="alarm", TemplateBody=json.dumps({"Resources": resources}))
    wait = {"Delay": 0.05, "MaxAttempts": 100}
    formation.get_waiter("stack_create_complete").wait(StackName="alarm", WaiterConfig=wait)
    formation.delete_stack(StackName="alarm")
    formation.get_waiter("stack_delete_complete").wait(StackName="alarm", WaiterConfig=wait)
    assert [event["detail"]["operation"] for event in rule.receive()] == ["create", "delete"]


def test_a_log_alarm_sends_both(cloud: LocalCloud) -> None:
    state, configuration = _listen(cloud, "log"), _listen(cloud, "log-2", "Configuration")
    cloud.client("logs").create_log_group(logGroupName="log-events")
    cloudwatch = cloud.client("cloudwatch")
    for name in ("log", "log-2"):
        cloudwatch.put_log_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=1,
            QueryResultsToAlarm=1,
            QueryResultsToEvaluate=1,
            TreatMissingData="notBreaching",
            ScheduledQueryConfiguration={
                "QueryString": "filter eventName like /Trail/",
                "AggregationExpression": "count(*)",
                "ScheduledQueryRoleARN": "arn:aws:iam::111122223333:role/query",
                "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300},
                "LogGroupIdentifiers": ["log-events"],
            },
        )
    cloud.evaluate_alarms()
    cloudwatch.set_alarm_state(AlarmName="log", StateValue="ALARM", StateReason="a drill")
    cloudwatch.delete_alarms(AlarmNames=["log", "log-2"])
    evaluated, drilled = (event["detail"] for event in state.receive())
    assert "startDate" not in json.loads(evaluated["state"]["reasonData"])
    query = evaluated["configuration"]["scheduledQueryConfiguration"]
    assert (query["queryString"], query["logGroupIdentifiers"]) == (
        "filter eventName like /Trail/",
        ["log-events"],
    )
    assert "reasonData" not in drilled["state"]
    assert [event["detail"]["operation"] for event in configuration.receive()] == ["create", "delete"]


def test_actions_of_alarms_of_both_types_can_be_switched_off(monitored: Monitored) -> None:
    monitored.cloudwatch.disable_alarm_actions(AlarmNames=[monitored.name])
    monitored.send({"eventName": "CreateTrail"})
    assert (monitored.state, monitored.receive()) == ("ALARM", [])
