"""Who the local cloud answers, and what it can do at all: each refusal beside what is allowed."""

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

from ..support.by_hand import Answer, read_code, send, send_json, send_query, send_raw, sign
from .test_local_cloud import allowing

LIST = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("s3").create_bucket(Bucket="results")
        running.client("glue").create_database(DatabaseInput={"Name": "default"})
        yield running


def _list(cloud: LocalCloud, **headers: str) -> Answer:
    return send(cloud, "sqs", b"{}", **{**LIST, **headers})


# --- what names the machine, and what browsers add --------------------------------------


@pytest.mark.parametrize("host", ["LocalHost:80", "127.0.0.1", "127.0.0.1:4566", "[::1]:4566"])
def test_this_machine_may_be_called_by_its_own_names(cloud: LocalCloud, host: str) -> None:
    """They are let in; the signature is of another name."""
    assert _list(cloud, Host="localhost")[0] == 200
    assert read_code(_list(cloud, Host=host)) == (403, "SignatureDoesNotMatch")


HOSTS = [
    "evil.example",
    "evil.example:4566",
    "x",
    "",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "bucket.localhost",
    "127.0.0.2",
    "0.0.0.0",  # noqa: S104  # a name for this machine, by which pages reach it
    "sqs.us-east-1.amazonaws.com",
    "localhost:123456",
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_request_that_names_another_machine_is_refused(cloud: LocalCloud, host: str) -> None:
    assert read_code(_list(cloud, Host=host)) == (403, "AccessDenied")


BROWSERS = {
    "Origin": "null",
    "Referer": "http://127.0.0.1:8000/",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "sec-ch-ua": '"Chromium"',
    "Cookie": "a=b",
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Private-Network": "true",
    "Upgrade": "h2c",
}


@pytest.mark.parametrize("header", BROWSERS)
def test_a_request_with_a_header_of_browsers_is_refused(cloud: LocalCloud, header: str) -> None:
    assert read_code(_list(cloud, **{header: BROWSERS[header]})) == (403, "AccessDenied")
    assert _list(cloud, **{"X-Amz-User-Agent": BROWSERS[header]})[0] == 200


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PROPFIND"])
def test_a_preflight_is_refused(cloud: LocalCloud, method: str) -> None:
    assert read_code(send(cloud, "s3", b"", "/results", method)) == (403, "AccessDenied")
    assert send(cloud, "s3", b"", "/results", "HEAD")[0] == 200


def test_it_is_refused_before_its_body_is_read(cloud: LocalCloud) -> None:
    head = b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 100000\r\n\r\n"
    assert send_raw(cloud, head, seconds=2).startswith(b"HTTP/1.1 403 ")


def test_no_answer_lets_a_page_read_it(cloud: LocalCloud) -> None:
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    cloud.client("s3").put_bucket_cors(Bucket="results", CORSConfiguration={"CORSRules": [rule]})
    answers = [
        _list(cloud),
        _list(cloud, Origin="http://localhost"),
        send_json(cloud, "Nope", b"{}"),
        send_query(cloud, "sns", "ListTopics"),
        send(cloud, "s3", b"", "/results", "GET"),
        send(cloud, "s3", b"", "/results", "OPTIONS"),
    ]
    assert [answer[0] for answer in answers] == [200, 403, 400, 200, 200, 403]
    named = {name for _, headers, _ in answers for name in headers}
    assert not {name for name in named if name.startswith("access-control-")}


def test_there_are_no_websockets(cloud: LocalCloud) -> None:
    head = (
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert send_raw(cloud, head.encode(), seconds=2).startswith(b"HTTP/1.1 403 ")


# --- who signs ---------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "Basic YTpi", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256 x"])
def test_a_request_without_a_signature_is_refused(cloud: LocalCloud, value: str) -> None:
    assert read_code(_list(cloud, Authorization=value)) == (403, "MissingAuthenticationToken")


def test_half_a_signature_is_refused(cloud: LocalCloud) -> None:
    assert read_code(_list(cloud, Authorization="AWS4-HMAC-SHA256 Credential=x")) == (
        403,
        "IncompleteSignature",
    )


def _code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize("service", ["sts", "s3", "logs", "cloudwatch"])
def test_whoever_guesses_is_refused_in_each_protocol(cloud: LocalCloud, service: str) -> None:
    operations = {
        "sts": "get_caller_identity",
        "s3": "list_buckets",
        "logs": "describe_log_groups",
        "cloudwatch": "describe_alarms",
    }
    guessing = cloud.client(service, aws_secret_access_key="x" * 40)
    assert _code(getattr(guessing, operations[service])) == "SignatureDoesNotMatch"
    unknown = cloud.client(service, aws_access_key_id="test")
    assert _code(getattr(unknown, operations[service])) == "InvalidClientTokenId"
    assert getattr(cloud.client(service), operations[service])()


def test_a_signature_is_of_one_body_path_and_service(cloud: LocalCloud) -> None:
    own = sign(cloud, "sqs", body=b"{}")
    other = [
        send(cloud, "sqs", b'{"QueueNamePrefix": "a"}', **{**LIST, **own}),
        send(cloud, "sqs", b"{}", "/other", **{**LIST, **own}),
        send(cloud, "sqs", b"{}", "/?a=b", **{**LIST, **own}),
        send(cloud, "sqs", b"{}", **{**LIST, **own, "X-Amz-Date": "20200101T000000Z"}),
        send(
            cloud,
            "sqs",
            b"{}",
            **{**LIST, **own, "Authorization": own["Authorization"].replace("sqs", "sns")},
        ),
    ]
    assert {answer[0] for answer in other} == {403}
    assert send(cloud, "sqs", b"{}", **{**LIST, **own})[0] == 200


def test_the_hash_that_is_signed_is_the_body_s(cloud: LocalCloud) -> None:
    wrong = {"x-amz-content-sha256": "0" * 64}
    assert read_code(_list(cloud, **wrong))[1] in ("XAmzContentSHA256Mismatch", "SignatureDoesNotMatch")


def test_each_local_cloud_has_a_secret_of_its_own(cloud: LocalCloud) -> None:
    secrets = {LocalCloud().keys["AWS_SECRET_ACCESS_KEY"] for _ in range(3)}
    assert len(secrets | {cloud.keys["AWS_SECRET_ACCESS_KEY"]}) == 4
    assert min(map(len, secrets)) >= 40


def test_a_user_and_a_session_sign_with_their_own_secrets(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    named = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    assert cloud.client("sts", **named).get_caller_identity()["Arn"].endswith("user/bob")
    foreign = {**named, "aws_secret_access_key": cloud.keys["AWS_SECRET_ACCESS_KEY"]}
    assert _code(cloud.client("sts", **foreign).get_caller_identity) == "SignatureDoesNotMatch"
    iam.update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert _code(cloud.client("sts", **named).get_caller_identity) == "InvalidClientTokenId"


def test_a_session_needs_its_token(cloud: LocalCloud) -> None:
    cloud.client("iam").create_role(RoleName="admin", AssumeRolePolicyDocument="{}")
    role = f"arn:aws:iam::{cloud.account}:role/admin"
    keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="eve")["Credentials"]
    named = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    assert _code(cloud.client("sts", **named).get_caller_identity) == "InvalidClientTokenId"
    whole = cloud.client("sts", **named, aws_session_token=keys["SessionToken"])
    assert "admin/eve" in whole.get_caller_identity()["Arn"]


# --- what is served ----------------------------------------------------------------------


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
    assert _code(glue.create_job, Name="job", Role="x", Command=command) == "UnknownOperationException"
    assert _code(glue.start_job_run, JobName="job") == "UnknownOperationException"
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
    policy = allowing({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    queue = sqs.create_queue(QueueName="news", Attributes={"Policy": policy})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{cloud.account}:news")
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{port}/")
    sns.publish(TopicArn=topic, Message="hello")
    assert "hello" in sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]
    time.sleep(1)
    assert heard == []


def test_no_rule_calls_another_host(cloud: LocalCloud, neighbour: Any) -> None:
    port, heard = neighbour
    events, sqs = cloud.client("events"), cloud.client("sqs")
    connection = events.create_connection(
        Name="c",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}},
    )["ConnectionArn"]
    destination = events.create_api_destination(
        Name="d", ConnectionArn=connection, InvocationEndpoint=f"http://127.0.0.1:{port}/", HttpMethod="POST"
    )["ApiDestinationArn"]
    queue = sqs.create_queue(QueueName="ruled")["QueueUrl"]
    events.put_rule(Name="r", EventPattern='{"source": ["mine"]}')
    own = {"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{cloud.account}:ruled"}
    other = {"Id": "d", "Arn": destination, "RoleArn": f"arn:aws:iam::{cloud.account}:role/r"}
    events.put_targets(Rule="r", Targets=[own, other])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])
    assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    time.sleep(1)
    assert heard == []
