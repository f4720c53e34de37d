"""Queries that do not simply complete, as tests plan them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_cloud import LocalCloud, QueryOutcome

from ..support.monitored import expect_error

NOW = int(time.time())


@pytest.fixture(scope="module")
def logs(cloud: LocalCloud) -> Any:
    client = cloud.client("logs")
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    event = {"timestamp": NOW * 1000, "message": json.dumps({"eventName": "CreateTrail"})}
    client.put_log_events(logGroupName="group", logStreamName="stream", logEvents=[event])
    return client


def _start(logs: Any) -> str:
    request = {"logGroupName": "group", "startTime": NOW - 60, "endTime": NOW + 60}
    return str(logs.start_query(queryString="fields eventName", **request)["queryId"])


def _poll(logs: Any, query: str) -> tuple[str, int, float]:
    found = logs.get_query_results(queryId=query)
    return found["status"], len(found["results"]), found["statistics"]["recordsMatched"]


def test_a_slow_query_is_scheduled_then_running_then_complete(cloud: LocalCloud, logs: Any) -> None:
    cloud.plan_queries(QueryOutcome(polls=3))
    slow, quick = _start(logs), _start(logs)
    assert [_poll(logs, slow) for _ in range(5)] == [
        ("Scheduled", 0, 0.0),
        ("Running", 0, 0.0),
        ("Running", 0, 0.0),
        ("Complete", 1, 1.0),
        ("Complete", 1, 1.0),
    ]
    assert _poll(logs, quick) == ("Complete", 1, 1.0)


@pytest.mark.parametrize("status", ["Failed", "Timeout", "Unknown"])
def test_a_query_may_end_without_rows(cloud: LocalCloud, logs: Any, status: Any) -> None:
    cloud.plan_queries(QueryOutcome(polls=1, status=status))
    query = _start(logs)
    assert [_poll(logs, query)[0] for _ in range(2)] == ["Scheduled", status]
    assert _poll(logs, query)[1] == 0
    [listed] = logs.describe_queries(status=status)["queries"]
    assert listed["queryId"] == query


@pytest.mark.parametrize("code", ["LimitExceededException", "ThrottlingException"])
def test_a_query_may_be_refused_once(cloud: LocalCloud, logs: Any, code: str) -> None:
    cloud.plan_queries(QueryOutcome(error=code))
    with expect_error(code):
        _start(logs)
    assert _poll(logs, _start(logs)) == ("Complete", 1, 1.0)


def test_a_query_that_runs_can_be_stopped(cloud: LocalCloud, logs: Any) -> None:
    cloud.plan_queries(QueryOutcome(polls=2))
    query = _start(logs)
    assert _poll(logs, query)[0] == "Scheduled"
    assert logs.stop_query(queryId=query)["success"] is True
    assert _poll(logs, query) == ("Cancelled", 0, 0.0)
    assert logs.stop_query(queryId=query)["success"] is False


def test_events_may_not_be_indexed_yet(cloud: LocalCloud, logs: Any) -> None:
    cloud.plan_queries(QueryOutcome(indexed=False))
    assert [_poll(logs, _start(logs)) for _ in range(2)] == [("Complete", 0, 0.0), ("Complete", 1, 1.0)]
