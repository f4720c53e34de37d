"""What a state machine's role may do, by its own policies and by those of topics and keys."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from local_cloud import LocalCloud

from ..support.asking import ASK, START, make_able_role
from ..support.machines import make_machine, make_role, run
from ..support.monitored import allow, expect_error
from ..support.trails import Trail

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:records"
ROLE, ROOT = "the role", "arn:aws:iam::111122223333:root"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey*")


@pytest.fixture(scope="module")
def role(cloud: LocalCloud) -> str:
    return make_able_role(cloud)


@pytest.mark.parametrize(
    ("name", "action", "resource"),
    [
        ("everything", "logs:*", "*"),
        ("group", "logs:StartQuery", GROUP),
        ("group-streams", "logs:StartQuery", f"{GROUP}:*"),
    ],
)
def test_a_task_is_called_if_the_role_may(
    cloud: LocalCloud, role: str, name: str, action: str, resource: str
) -> None:
    own = make_role(cloud, f"may-{name}", "states", action, resource=resource)
    machine = make_machine(cloud, f"may-{name}", {"Start": {**START, "End": True}}, own)
    assert run(cloud, machine)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("name", "action", "resource"),
    [
        ("other-group", "logs:StartQuery", f"{GROUP}2:*"),
        ("other-action", "logs:GetQueryResults", "*"),
    ],
)
def test_another_task_is_denied(cloud: LocalCloud, role: str, name: str, action: str, resource: str) -> None:
    own = make_role(cloud, f"not-{name}", "states", action, resource=resource)
    machine = make_machine(cloud, f"not-{name}", {"Start": {**START, "End": True}}, own)
    found = run(cloud, machine)
    assert found["error"] == "CloudWatchLogs.CloudWatchLogsException"
    assert found["cause"].endswith(f" is not authorized to perform: logs:StartQuery on resource: {GROUP}")


class Publishing(NamedTuple):
    """Who may publish to a topic, by the role's actions and the principals of topic and key."""

    name: str
    actions: tuple[str, ...]
    topic: str = "arn:none"
    key: str = ""


ALLOWED = [
    Publishing("by-role", ("sns:Publish",)),
    Publishing("by-topic", ("sns:Subscribe",), topic=ROLE),
    Publishing("by-role-and-key", ("sns:Publish", *KEY_ACTIONS), key=ROOT),
    Publishing("key-of-role", ("sns:Publish",), key=ROLE),
]
DENIED = [
    Publishing("by-nobody", ("sns:Subscribe",)),
    Publishing("without-key", ("sns:Publish",), key=ROOT),
    Publishing("foreign-key", ("sns:Publish", *KEY_ACTIONS), key="arn:none"),
]


def _publish(cloud: LocalCloud, case: Publishing, integration: str) -> dict[str, Any]:
    name = f"{integration.replace(':', '-')}-{case.name}"
    role, sns = make_role(cloud, name, "states", *case.actions), cloud.client("sns")

    def principal(place: str) -> dict[str, str]:
        return {"AWS": place.replace(ROLE, role)}

    arn = sns.create_topic(Name=name, Attributes={"Policy": allow(principal(case.topic), "sns:Publish")})
    topic = arn["TopicArn"]
    if case.key:
        key = cloud.client("kms").create_key(Policy=allow(principal(case.key), "kms:*"))["KeyMetadata"]["Arn"]
        sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{integration}",
        "Arguments": {"TopicArn": topic, "Message": "hello"},
        "End": True,
    }
    return run(cloud, make_machine(cloud, name, {"Task": task}, role))


@pytest.mark.parametrize("case", ALLOWED, ids=lambda case: case.name)
def test_a_message_is_published_if_role_topic_and_key_allow_it(cloud: LocalCloud, case: Publishing) -> None:
    assert _publish(cloud, case, "sns:publish")["output"]["MessageId"]


@pytest.mark.parametrize("case", DENIED, ids=lambda case: case.name)
@pytest.mark.parametrize(("integration", "prefix"), [("sns:publish", "SNS"), ("aws-sdk:sns:publish", "Sns")])
def test_another_message_is_denied(
    cloud: LocalCloud, case: Publishing, integration: str, prefix: str
) -> None:
    found = _publish(cloud, case, integration)
    assert found["error"] == f"{prefix}.AuthorizationErrorException"
    assert " is not authorized to perform: sns:Publish on resource: " in found["cause"]


def test_a_role_that_does_not_trust_the_service_makes_no_machine(cloud: LocalCloud) -> None:
    with expect_error("AccessDeniedException"):
        make_machine(cloud, "untrusted", ASK, make_role(cloud, "untrusted", "events"))


def test_a_call_is_recorded_as_the_role_s(cloud: LocalCloud, role: str) -> None:
    trail = Trail(cloud, "calls-of-machines")
    run(cloud, make_machine(cloud, "recorded", {"Start": {**START, "End": True}}, role))
    record = trail.record("StartQuery")
    trail.cloudtrail.stop_logging(Name=trail.name)
    assert (record["sourceIPAddress"], record["userAgent"]) == ("states.amazonaws.com",) * 2
    assert record["userIdentity"]["type"] == "AssumedRole"
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "able"
