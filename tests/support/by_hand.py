"""Requests written by hand, as no client writes them, and the errors that come back."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import botocore.parsers
import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud, server
from local_cloud.ministack import load_module

JSON = "application/x-amz-json-1.1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIST = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
Answer = tuple[int, Mapping[str, str], bytes]


@contextmanager
def start_impatient_cloud() -> Iterator[LocalCloud]:
    """A local cloud with something in it, that waits two seconds for a body."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "IDLE", 2)
        with LocalCloud() as running:
            running.client("logs").create_log_group(logGroupName="group")
            running.client("logs").create_log_stream(logGroupName="group", logStreamName="stream")
            running.client("s3").create_bucket(Bucket="bucket")
            running.client("s3").put_object(Bucket="bucket", Key="key", Body=b"abc")
            yield running


def is_alive(cloud: LocalCloud) -> bool:
    """Whether a call is answered."""
    return bool(cloud.client("sts").get_caller_identity()["Account"] == cloud.account)


def send_raw(cloud: LocalCloud, request: bytes, seconds: float = 10) -> bytes:
    """What comes back until the server closes the connection."""
    host, port = cloud.endpoint.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(request)
        while piece := connection.recv(65_536):
            answer += piece
    return answer


def sign(
    cloud: LocalCloud,
    service: str,
    method: str = "POST",
    path: str = "/",
    body: bytes = b"",
) -> dict[str, str]:
    """Host, date and signature of a request of the local cloud's own account, whatever its path holds."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    sigv4, keys, names = load_module("core.sigv4"), cloud.keys, "host;x-amz-date"
    scope = (keys["AWS_ACCESS_KEY_ID"], now[:8], "us-east-1", service)
    signature = sigv4.HeaderSignature(*scope, names, "", now)
    raw_path, _, query = path.partition("?")
    fields = {"host": "localhost", "x-amz-date": now}
    given = parse_qs(query, keep_blank_values=True)
    _, to_sign = sigv4.header_signing_documents(signature, method, raw_path, given, fields, body)
    found = sigv4.calculate_signature(keys["AWS_SECRET_ACCESS_KEY"], *scope[1:], to_sign)
    said = f"Credential={'/'.join(scope)}/aws4_request, SignedHeaders={names}, Signature={found}"
    return {"Host": "localhost", "X-Amz-Date": now, "Authorization": f"AWS4-HMAC-SHA256 {said}"}


def send(
    cloud: LocalCloud, service: str, body: bytes, path: str = "/", method: str = "POST", **headers: str
) -> Answer:
    fields = {**sign(cloud, service, method, path, body), "Connection": "close", **headers}
    lines = [f"{method} {path} HTTP/1.1", f"Content-Length: {len(body)}", *map(": ".join, fields.items())]
    head, _, content = send_raw(cloud, "\r\n".join(lines).encode() + b"\r\n\r\n" + body).partition(
        b"\r\n\r\n"
    )
    status, *found = head.decode("latin-1").split("\r\n")
    named = dict(line.lower().split(": ", 1) for line in found if ": " in line)
    return int(status.split()[1]), named, content


def send_json(cloud: LocalCloud, operation: str, body: bytes, **headers: str) -> Answer:
    target = f"Logs_20140328.{operation}"
    return send(cloud, "logs", body, **{"X-Amz-Target": target, "Content-Type": JSON, **headers})


def send_query(
    cloud: LocalCloud, service: str, action: str, body: str = "", version: str = "2010-08-01"
) -> Answer:
    return send(cloud, service, f"Action={action}&Version={version}{body}".encode(), **FORM)


def read_code(answer: Answer) -> tuple[int, str]:
    """Status and code of an error, as the parser of its protocol reads it."""
    status, headers, body = answer
    assert b"Traceback" not in body and b'File "' not in body
    kind = headers.get("content-type", "")
    if "json" in kind:
        return status, str(json.loads(body)["__type"])
    if "cbor" in kind:
        parsed = botocore.parsers.RpcV2CBORParser()
        return status, str(parsed.parse_data_item(parsed.get_peekable_stream_from_bytes(body))["__type"])
    found = ElementTree.fromstring(body).iter()  # noqa: S314  # our own server's answer
    return status, next(str(item.text) for item in found if item.tag.endswith("Code"))


def list_queues(cloud: LocalCloud, **headers: str) -> Answer:
    return send(cloud, "sqs", b"{}", **{**LIST, **headers})


def refusal_code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    return str(error.value.response["Error"]["Code"])
