"""State machines of a test, their roles and executions."""

from __future__ import annotations

import json
import time
from typing import Any

from local_cloud import LocalCloud

from .monitored import allow

TASK = "arn:aws:states:::aws-sdk:"
States = dict[str, dict[str, Any]]


def make_role(cloud: LocalCloud, name: str, service: str, *actions: str, resource: str = "*") -> str:
    """A role that a service may assume, and that is allowed some actions on a resource."""
    iam = cloud.client("iam")
    trust = allow({"Service": f"{service}.amazonaws.com"}, "sts:AssumeRole")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return str(role)


def make_machine(cloud: LocalCloud, name: str, states: States, role: str) -> str:
    """A state machine in JSONata that starts with the first of its states."""
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    client = cloud.client("stepfunctions")
    made = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
    return str(made["stateMachineArn"])


def run(cloud: LocalCloud, machine: str, given: object = None) -> dict[str, Any]:
    """An execution from beginning to end: its status, and its output or its error and cause."""
    client = cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))["executionArn"]
    return wait_for(cloud, arn)


def wait_for(cloud: LocalCloud, execution: str, seconds: float = 20) -> dict[str, Any]:
    client, end = cloud.client("stepfunctions"), time.monotonic() + seconds
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < end, found
        time.sleep(0.02)
    kept = {name: found[name] for name in ("status", "error", "cause") if name in found}
    return kept | ({"output": json.loads(found["output"])} if found["status"] == "SUCCEEDED" else {})
