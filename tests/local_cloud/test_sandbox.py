"""The services of the local cloud, without code that runs and without calls to other hosts."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud
from local_cloud.ministack import load_module
from local_cloud.protocol.sandbox import SERVICES, Refused

from ..support.by_hand import (
    read_code,
    refusal_code,
    send,
    send_query,
    send_raw,
)
from ..support.monitored import allow


@pytest.mark.parametrize("service", ["lambda", "dynamodb", "rds", "ecs", "secretsmanager", "codebuild", "x"])
def test_other_services_are_unknown(cloud: LocalCloud, service: str) -> None:
    target = {"X-Amz-Target": "Service.Operation", "Content-Type": "application/x-amz-json-1.1"}
    assert read_code(send(cloud, service, b"{}", **target)) == (400, "UnknownOperationException")
    assert read_code(send_query(cloud, service, "Operation")) == (400, "InvalidAction")
    assert service not in SERVICES


ADMIN = [
    "/_ministack/health",
    "/_ministack/reset",
    "/_ministack/config",
    "/_localstack/health",
    "/_aws/sqs/messages",
    "/health",
    "/iceberg/v1/config",
    "/v2/_catalog",
    "/oauth2/token",
    "/2015-03-31/functions",
]


@pytest.mark.parametrize("path", ADMIN)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_path_leads_around_the_services(cloud: LocalCloud, path: str, method: str) -> None:
    """To S3 it is a bucket, to others nothing; and unsigned it is refused like all else."""
    cloud.client("sqs").create_queue(QueueName="stays")
    found = send(cloud, "s3", b"", path, method)
    assert found[0] in (400, 403, 404, 405) and read_code(found)[1]
    unsigned = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert send_raw(cloud, unsigned).startswith(b"HTTP/1.1 403 ")
    assert cloud.client("sqs").list_queues(QueueNamePrefix="stays")["QueueUrls"]


def test_of_glue_there_are_tables_and_no_jobs(cloud: LocalCloud) -> None:
    glue = cloud.client("glue")
    command = {"Name": "pythonshell", "ScriptLocation": "/etc/passwd"}
    assert refusal_code(glue.create_job, Name="job", Role="x", Command=command) == "UnknownOperationException"
    assert refusal_code(glue.start_job_run, JobName="job") == "UnknownOperationException"
    glue.create_database(DatabaseInput={"Name": "tables"})
    assert [one["Name"] for one in glue.get_databases()["DatabaseList"]][-1] == "tables"


# --- what would run code or call others --------------------------------------------------


def _stack(cloud: LocalCloud, name: str, kind: str, **properties: Any) -> str:
    template = json.dumps({"Resources": {"One": {"Type": kind, "Properties": properties}}})
    cloudformation = cloud.client("cloudformation")
    try:
        cloudformation.create_stack(StackName=name, TemplateBody=template)
    except ClientError as error:
        return str(error)
    while (stack := cloudformation.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"].endswith(
        "IN_PROGRESS"
    ):
        time.sleep(0.05)
    return str(stack["StackStatus"])


def test_a_template_makes_no_function(cloud: LocalCloud) -> None:
    code_ = {"ZipFile": "import pathlib; pathlib.Path('/tmp/x').touch()"}
    said = _stack(
        cloud, "f", "AWS::Lambda::Function", Runtime="python3.11", Handler="a.b", Code=code_, Role="r"
    )
    assert "Unrecognized resource types: [AWS::Lambda::Function]" in said
    assert _stack(cloud, "t", "AWS::SNS::Topic") == "CREATE_COMPLETE"


def test_no_function_job_or_container_can_run(cloud: LocalCloud) -> None:
    """Whatever leads to it: subscriptions, rules and machines all end in these."""
    for name in ("_execute_function", "_execute_function_with_config_scope", "_execute_function_local"):
        with pytest.raises(Refused, match="runs no code"):
            getattr(load_module("services.lambda_svc"), name)({}, {})
    for name in ("services.lambda_svc", "services.glue", "core.lambda_runtime"):
        assert load_module(name).subprocess is None
    with pytest.raises(ImportError):
        __import__("docker")
    assert not set(load_module("app").SERVICE_HANDLERS) - SERVICES


@pytest.fixture
def neighbour() -> Iterator[tuple[int, list[bytes]]]:
    """Another server of this machine, and what it hears."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(1.5)

        def listen() -> None:
            try:
                with listener.accept()[0] as connection:
                    heard.append(connection.recv(1_000))
            except OSError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join()


def test_no_notification_goes_to_another_host(cloud: LocalCloud, neighbour: Any) -> None:
    port, heard = neighbour
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    policy = allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    queue = sqs.create_queue(QueueName="news", Attributes={"Policy": policy})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{cloud.account}:news")
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{port}/")
    sns.publish(TopicArn=topic, Message="hello")
    assert "hello" in sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]
    time.sleep(1)
    assert heard == []


def test_no_rule_calls_another_host(cloud: LocalCloud) -> None:
    """There are no API destinations, and a target that names one fails beside the others."""
    events, sqs = cloud.client("events"), cloud.client("sqs")
    connection = {"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}}
    create = events.create_connection
    assert refusal_code(create, Name="c", AuthorizationType="API_KEY", AuthParameters=connection) == (
        "UnknownOperationException"
    )
    destination = f"arn:aws:events:us-east-1:{cloud.account}:api-destination/d/1"
    policy = allow({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    queue = sqs.create_queue(QueueName="ruled", Attributes={"Policy": policy})["QueueUrl"]
    events.put_rule(Name="r", EventPattern='{"source": ["mine"]}')
    own = {"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{cloud.account}:ruled"}
    other = {"Id": "d", "Arn": destination, "RoleArn": f"arn:aws:iam::{cloud.account}:role/r"}
    events.put_targets(Rule="r", Targets=[own, other])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])
    assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
