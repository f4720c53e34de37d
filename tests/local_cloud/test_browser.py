"""A real browser, with a page of somebody else, at the door of the local cloud.

Chromium comes from npm (`make browser`); nothing is installed on the machine.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from local_cloud import LocalCloud

from ..support.browser import FOLDER, is_missing, run_script

pytestmark = pytest.mark.skipif(
    is_missing(), reason="no browser in tests/browser/node_modules: make browser puts it there"
)
FORM = "application/x-www-form-urlencoded"
EVIL = "evil.example"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Open(_Quiet):
    """A server that takes whatever comes: what a local cloud without a door would be."""

    def do_POST(self) -> None:  # the name that the library calls
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")


@contextmanager
def _server(handler: Any) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("sqs").create_queue(QueueName="stays")
        running.client("s3").create_bucket(Bucket="results")
        yield running


def _calls() -> dict[str, dict[str, Any]]:
    """What a page would like to do: make a queue, ask Athena, run a function."""
    athena = {"QueryString": "select 1", "ResultConfiguration": {"OutputLocation": "s3://results/"}}
    target = {
        "X-Amz-Target": "AmazonAthena.StartQueryExecution",
        "Content-Type": "application/x-amz-json-1.1",
    }
    queue = urlencode({"Action": "CreateQueue", "QueueName": "taken", "Version": "2012-11-05"})
    return {
        "queue": {"path": "/", "body": queue, "headers": {"Content-Type": FORM}},
        "athena": {"path": "/", "body": json.dumps(athena), "headers": target},
        "lambda": {"path": "/2015-03-31/functions/f/invocations", "body": "{}", "headers": {}},
    }


def _visit(url: str, folder: Path, *rules: str) -> dict[str, str]:
    """What a page reported that the browser opened; it is unpacked into a folder of the test."""
    report: dict[str, str] = json.loads(run_script("visit.mjs", folder, url, *rules))["report"]
    return report


def _left(cloud: LocalCloud) -> tuple[list[str], list[str], list[str]]:
    """Queues, queries and buckets of the local cloud."""
    queues = cloud.client("sqs").list_queues()["QueueUrls"]
    queries = cloud.client("athena").list_query_executions()["QueryExecutionIds"]
    buckets = [one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]]
    return [url.rsplit("/", 1)[1] for url in queues], queries, buckets


UNTOUCHED = (["stays"], [], ["results"])


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


def _url(origin: str, target: str) -> str:
    return f"{origin}/page.html?" + urlencode({"target": target, "calls": json.dumps(_calls())})


def test_a_page_of_another_port_does_nothing_and_reads_nothing(cloud: LocalCloud, unpacked: Path) -> None:
    with _server(partial(_Quiet, directory=FOLDER)) as origin:
        report = _visit(_url(origin, cloud.endpoint), unpacked)
    assert len(report) == 8 * len(_calls()) + 3
    beacons = {name for name in report if name.endswith("beacon")}
    opaque = {name for name in report if name.endswith("no-cors")}
    assert {report[name] for name in beacons} == {"sent"}  # all that a page learns
    assert {report[name] for name in opaque} == {"opaque 0 "}
    rest = {said.partition(":")[0] for name, said in report.items() if name not in beacons | opaque}
    assert rest == {"failed"}
    assert _left(cloud) == UNTOUCHED


def test_a_name_that_leads_to_this_machine_opens_nothing(cloud: LocalCloud, unpacked: Path) -> None:
    """DNS rebinding: to the browser page and local cloud are one origin, so it hides no answer."""
    rules = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"
    with _server(_rebinding(cloud)) as origin:
        port = origin.rsplit(":", 1)[1]
        report = _visit(_url(f"http://{EVIL}:{port}", ""), unpacked, rules)
    fetched = [said for name, said in report.items() if "fetch" in name or name in ("put", "admin")]
    assert len(fetched) == 2 * len(_calls()) + 2
    assert all("403" in said and "AccessDenied" in said for said in fetched), report
    assert _left(cloud) == UNTOUCHED


def _rebinding(cloud: LocalCloud) -> Any:
    """A server that gives out a page, and is the local cloud for all other requests of the same name."""
    host, port = cloud.endpoint.removeprefix("http://").split(":")

    class Handler(_Quiet):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = HTTPConnection(host, int(port), timeout=5)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self._pass_on()

        def do_PUT(self) -> None:
            self._pass_on()

        def do_GET(self) -> None:
            if self.path.startswith("/page.html"):
                self.directory = str(FOLDER)
                super().do_GET()
            else:
                self._pass_on()

    return Handler


def test_where_there_is_no_door_the_same_page_gets_in(unpacked: Path) -> None:
    """The page can do what the tests above say that it cannot."""
    with _server(partial(_Quiet, directory=FOLDER)) as origin, _server(_Open) as target:
        report = _visit(_url(origin, target), unpacked)
    assert report["queue: fetch"] == "cors 200 done"
    assert report["queue: XMLHttpRequest"] == "200 done"


def test_the_same_calls_by_a_client_work(cloud: LocalCloud) -> None:
    assert cloud.client("sqs").create_queue(QueueName="taken")["QueueUrl"]
    query = json.loads(_calls()["athena"]["body"])
    assert cloud.client("athena").start_query_execution(**query)["QueryExecutionId"]
    assert _left(cloud)[0] == ["stays", "taken"]
    cloud.client("sqs").delete_queue(
        QueueUrl=cloud.client("sqs").get_queue_url(QueueName="taken")["QueueUrl"]
    )
