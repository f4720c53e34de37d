"""State machines in JSONata run: tasks call the local cloud's services as the machine's role."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_cloud import LocalCloud, QueryOutcome

from ..support.asking import ASK, NOW, START, make_able_role
from ..support.machines import TASK, make_machine, run, wait_for


@pytest.fixture(scope="module")
def role(cloud: LocalCloud) -> str:
    return make_able_role(cloud)


def test_a_machine_asks_until_the_query_is_complete(cloud: LocalCloud, role: str) -> None:
    machine = make_machine(cloud, "ask", ASK, role)
    cloud.plan_queries(QueryOutcome(polls=3))
    output = {"status": "Complete", "users": ["alice", "bob"], "matched": 2.0, "asked": 4}
    assert run(cloud, machine) == {"status": "SUCCEEDED", "output": output}


def test_a_query_that_fails_is_seen_by_its_status(cloud: LocalCloud, role: str) -> None:
    machine = make_machine(cloud, "fail", ASK, role)
    cloud.plan_queries(QueryOutcome(status="Timeout"))
    assert run(cloud, machine) == {"status": "FAILED", "error": "Query", "cause": "Timeout"}


def _catching(name: str, *, retry: bool = False) -> dict[str, dict[str, Any]]:
    """A query whose error of a name is caught, perhaps after retries."""
    again = [{"ErrorEquals": [name], "IntervalSeconds": 5, "MaxAttempts": 2, "BackoffRate": 2}]
    caught = {"ErrorEquals": [name], "Output": "{% $states.errorOutput.Error %}", "Next": "Caught"}
    return {
        "Start": {**START, "Retry": again if retry else [], "Catch": [caught], "Next": "Done"},
        "Done": {"Type": "Succeed", "Output": "done"},
        "Caught": {"Type": "Succeed"},
    }


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("LimitExceededException", "CloudWatchLogs.LimitExceededException"),
        ("ThrottlingException", "CloudWatchLogs.CloudWatchLogsException"),  # not in the operation's model
    ],
)
def test_an_error_has_the_name_of_its_class_in_the_sdk(
    cloud: LocalCloud, role: str, code: str, name: str
) -> None:
    machine = make_machine(cloud, f"error-{code}", _catching(name), role)
    cloud.plan_queries(QueryOutcome(error=code))
    assert run(cloud, machine) == {"status": "SUCCEEDED", "output": name}
    other = make_machine(cloud, f"other-{code}", _catching("CloudWatchLogs.Other"), role)
    cloud.plan_queries(QueryOutcome(error=code))
    assert run(cloud, other)["error"] == name


@pytest.mark.parametrize(("failures", "output"), [(2, "done"), (3, "CloudWatchLogs.LimitExceededException")])
def test_a_task_is_tried_again_as_often_as_it_says(
    cloud: LocalCloud, role: str, failures: int, output: str
) -> None:
    states = _catching("CloudWatchLogs.LimitExceededException", retry=True)
    machine = make_machine(cloud, f"retry-{failures}", states, role)
    cloud.plan_queries(*[QueryOutcome(error="LimitExceededException")] * failures)
    assert run(cloud, machine)["output"] == output


def _task(resource: str, **arguments: Any) -> dict[str, dict[str, Any]]:
    return {"Task": {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}}


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        ("arn:aws:states:::lambda:invoke", {"FunctionName": "f"}, "no task 'arn:aws:states:::lambda:invoke'"),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", {}, "no task 'arn:aws:lambda:"),
        ("arn:aws:states:us-east-1:111122223333:activity:a", {}, "no task 'arn:aws:states:us-east-1"),
        (f"{TASK}sns:publishAll", {}, "no task 'arn:aws:states:::aws-sdk:sns:publishAll'"),
        (f"{TASK}sns:publish", {"topicArn": "a"}, "The field 'topicArn' is not supported by Step Functions"),
        (f"{TASK}cloudwatchlogs:startQuery", {"StartTime": "now"}, "Invalid type for parameter startTime"),
    ],
)
def test_what_is_no_task_of_the_local_cloud_is_never_caught(
    cloud: LocalCloud, role: str, resource: str, arguments: dict[str, Any], error: str
) -> None:
    states = _task(resource, **arguments)
    states["Task"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states["Caught"] = {"Type": "Succeed"}
    name = f"no-task-{abs(hash((resource, *arguments)))}"
    found = run(cloud, make_machine(cloud, name, states, role))
    assert found["error"] == "States.Runtime"
    assert error in found["cause"]


@pytest.mark.parametrize(("size", "status"), [(200_000, "SUCCEEDED"), (270_000, "FAILED")])
def test_a_result_has_a_size(cloud: LocalCloud, role: str, size: int, status: str) -> None:
    group = f"size-{size}"
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    half = json.dumps({"user": "x" * (size // 2)})
    for _ in range(2):
        event = {"timestamp": NOW * 1000, "message": half}
        logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=[event])
    states = json.loads(json.dumps(ASK).replace("records", group))
    found = run(cloud, make_machine(cloud, group, states, role))
    assert found["status"] == status
    assert found.get("error") == (None if status == "SUCCEEDED" else "States.DataLimitExceeded")


def test_an_alarm_on_failed_executions_fires(cloud: LocalCloud, role: str) -> None:
    machine = make_machine(cloud, "watched", {"Fail": {"Type": "Fail", "Error": "E"}}, role)
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="failed",
        Namespace="AWS/States",
        MetricName="ExecutionsFailed",
        Dimensions=[{"Name": "StateMachineArn", "Value": machine}],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    states = [cloudwatch.describe_alarms(AlarmNames=["failed"])["MetricAlarms"][0]["StateValue"]]
    assert run(cloud, machine)["error"] == "E"
    time.sleep(0.1)
    states += [cloudwatch.describe_alarms(AlarmNames=["failed"])["MetricAlarms"][0]["StateValue"]]
    assert states == ["OK", "ALARM"]


WAIT = {"Wait": {"Type": "Wait", "Seconds": 10_000, "End": True}}


def test_an_execution_can_be_stopped(cloud: LocalCloud, role: str) -> None:
    client = cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=make_machine(cloud, "stopped", WAIT, role))["executionArn"]
    client.stop_execution(executionArn=arn, error="E", cause="by hand")
    assert wait_for(cloud, arn) == {"status": "ABORTED", "error": "E", "cause": "by hand"}
