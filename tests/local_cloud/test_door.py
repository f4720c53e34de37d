"""Which requests are admitted: each refusal beside an admitted request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_cloud import LocalCloud

from ..support.by_hand import (
    list_queues,
    read_code,
    send,
    send_json,
    send_query,
    send_raw,
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("s3").create_bucket(Bucket="results")
        running.client("glue").create_database(DatabaseInput={"Name": "default"})
        yield running


@pytest.mark.parametrize("host", ["LocalHost:80", "127.0.0.1", "127.0.0.1:4566", "[::1]:4566"])
def test_this_machine_may_be_called_by_its_own_names(cloud: LocalCloud, host: str) -> None:
    """They are let in; the signature is of another name."""
    assert list_queues(cloud, Host="localhost")[0] == 200
    assert read_code(list_queues(cloud, Host=host)) == (403, "SignatureDoesNotMatch")


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
    assert read_code(list_queues(cloud, Host=host)) == (403, "AccessDenied")


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
    assert read_code(list_queues(cloud, **{header: BROWSERS[header]})) == (403, "AccessDenied")
    assert list_queues(cloud, **{"X-Amz-User-Agent": BROWSERS[header]})[0] == 200


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
        list_queues(cloud),
        list_queues(cloud, Origin="http://localhost"),
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
