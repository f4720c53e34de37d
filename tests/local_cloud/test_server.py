"""The local cloud as a server: where it listens, what it leads to, what it leaves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from local_cloud import LocalCloud


def test_it_listens_on_the_loopback_address_only(cloud: LocalCloud) -> None:
    assert cloud.endpoint.startswith("http://127.0.0.1:")
    port = int(cloud.endpoint.rsplit(":", 1)[1])
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=1).close()


def test_subprocesses_find_it_and_no_account_of_a_person(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    environment = cloud.environment("eu-west-1")
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(environment)
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_accounts_and_regions_are_apart(cloud: LocalCloud) -> None:
    cloud.client("logs", "eu-west-1", account="444455556666").create_log_group(logGroupName="apart")
    for region, account, count in (
        ("eu-west-1", "444455556666", 1),
        ("us-east-1", "444455556666", 0),
        ("eu-west-1", cloud.account, 0),
    ):
        found = cloud.client("logs", region, account=account).describe_log_groups(logGroupNamePrefix="apart")
        assert len(found["logGroups"]) == count


def test_a_second_one_in_the_same_process_is_refused(cloud: LocalCloud) -> None:
    with pytest.raises(RuntimeError, match="one local cloud at a time"), LocalCloud():
        pass
    assert cloud.client("sts").get_caller_identity()["Account"] == cloud.account


PROGRAM = """
import os, socket, threading
from local_cloud import LocalCloud
before = dict(os.environ)
with LocalCloud() as first:
    first.client("logs").create_log_group(logGroupName="gone")
    port = int(first.endpoint.rsplit(":", 1)[1])
print(*(thread.name for thread in threading.enumerate()))
print(before == dict(os.environ))
socket.create_server(("127.0.0.1", port)).close()
with LocalCloud(port) as second:
    print(second.endpoint.endswith(str(port)), second.client("logs").describe_log_groups()["logGroups"])
"""


def test_nothing_is_left_when_it_stops(tmp_path: Path) -> None:
    home = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(  # noqa: S603  # this interpreter, the text above
        [sys.executable, "-c", PROGRAM], env=home, capture_output=True, text=True, check=True
    )
    # MiniStack starts one sleeping thread for DynamoDB as it is imported.
    assert ran.stdout.splitlines() == ["MainThread dynamodb-ttl-reaper", "True", "True []"]
    assert list(tmp_path.iterdir()) == []


def test_it_runs_until_it_is_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "local_cloud"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        endpoint = process.stdout.readline().split()[3].rstrip(",")
        keys = dict(word.split("=") for word in process.stdout.readline().split()[1:])
        credentials = {name.lower(): value for name, value in keys.items()}
        logs = boto3.client("logs", "us-east-1", endpoint_url=endpoint, **credentials)
        assert logs.describe_query_definitions()["queryDefinitions"] == []
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
