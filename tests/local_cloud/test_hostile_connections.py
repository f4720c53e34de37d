"""Connections and calls that would be in the way of others: the server bounds them, and goes on."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from dev.deployment import create_trail_bucket
from local_cloud import LocalCloud
from local_cloud.protocol import guard

from ..support.by_hand import is_alive, read_code, send_json, send_raw, sign, start_impatient_cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with start_impatient_cloud() as running:
        yield running


@pytest.fixture(autouse=True)
def _it_goes_on(cloud: LocalCloud) -> Iterator[None]:
    yield
    assert is_alive(cloud)


# --- HTTP -------------------------------------------------------------------------------

HTTP = {
    "nothing": b"\r\n\r\n",
    "no HTTP": b"GARBAGE\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "no host": b"POST / HTTP/1.1\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a length that is none": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\na",
    "a chunk that is none": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a header of NUL": b"POST / HTTP/1.1\r\nHost: x\r\nX\x00: a\r\n\r\n",
    "a long header": b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "a long path": b"POST /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("request_", HTTP.values(), ids=HTTP.keys())
def test_what_is_no_http_is_a_bad_request(cloud: LocalCloud, request_: bytes) -> None:
    assert re.match(rb"HTTP/1.1 4(00|31) ", send_raw(cloud, request_))


def test_what_follows_a_body_is_no_part_of_it(cloud: LocalCloud) -> None:
    fields = map(": ".join, sign(cloud, "sts", body=b"a").items())
    head = ["POST / HTTP/1.1", *fields, "Content-Length: 1", "Connection: close", "", "ab"]
    assert send_raw(cloud, "\r\n".join(head).encode()).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_never_comes_ends_the_connection(cloud: LocalCloud) -> None:
    fields = map(": ".join, sign(cloud, "sts").items())
    head = "\r\n".join(["POST / HTTP/1.1", *fields, "Content-Length: 100", "", "abc"]).encode()
    start = time.monotonic()
    assert send_raw(cloud, head, seconds=15) == b""
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("packed", [True, False])
def test_a_body_beyond_the_bound_is_refused(
    cloud: LocalCloud, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MAX_BODY", 1_000_000)
    body = json.dumps({"a": "x" * 1_000_000}).encode()
    headers = {"Content-Encoding": "gzip"} if packed else {}
    sent = gzip.compress(body) if packed else body
    assert read_code(send_json(cloud, "PutLogEvents", sent, **headers)) == (
        413,
        "RequestEntityTooLargeException",
    )


def test_a_packed_body_within_it_is_read_and_half_of_one_is_refused(cloud: LocalCloud) -> None:
    packed = gzip.compress(b"{}")
    assert send_json(cloud, "DescribeLogGroups", packed, **{"Content-Encoding": "gzip"})[0] == 200
    answer = send_json(cloud, "DescribeLogGroups", packed[:-6], **{"Content-Encoding": "gzip"})
    assert read_code(answer) == (400, "SerializationException")


# --- what would be in the way of later calls --------------------------------------------


def test_alarms_that_would_look_back_for_ever_are_refused(cloud: LocalCloud) -> None:
    alarm = {
        "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    client = cloud.client("cloudwatch")
    for period, periods in ((60, 1_441), (300, 10**9), (3_600, 169)):
        with pytest.raises(ClientError, match="Metrics cannot be checked across more than"):
            client.put_metric_alarm(**alarm, Period=period, EvaluationPeriods=periods)
    for period, periods in ((60, 1_440), (3_600, 168)):
        client.put_metric_alarm(**alarm, Period=period, EvaluationPeriods=periods)
    with pytest.raises(ClientError, match="TreatMissingData is one of"):
        client.put_metric_alarm(**alarm, Period=60, EvaluationPeriods=1, TreatMissingData="nonsense")
    client.delete_alarms(AlarmNames=["a"])


@pytest.mark.parametrize("value", ["$", "$.a b", "$.a = 1", "many", "nan", "1e999", "$.a.*.*"])
def test_a_metric_value_that_is_none_is_refused_before_any_event_comes(cloud: LocalCloud, value: str) -> None:
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": value}
    with pytest.raises(ClientError, match="InvalidParameterException"):
        cloud.client("logs").put_metric_filter(
            logGroupName="group", filterName="f", filterPattern="", metricTransformations=[metric]
        )


def test_an_event_cannot_break_the_count_of_others(cloud: LocalCloud) -> None:
    logs = cloud.client("logs")
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "$.a", "dimensions": {"b": "$.b"}}
    logs.put_metric_filter(
        logGroupName="group", filterName="f", filterPattern="{ $.a = * }", metricTransformations=[metric]
    )
    values = [
        "NaN",
        "1e999",
        "9" * 400,
        "9" * 5_000,
        '"x"',
        "[]",
        "{}",
        "null",
        "true",
        '"\\ud800"',
        "[" * 5_000,
    ]
    messages = [
        *(f'{{"a": {value}, "b": "x"}}' for value in values),
        '{"a": 5, "b": "x"}',
        "\x00",
        "{",
    ]
    now = int(time.time() * 1_000)
    logs.put_log_events(
        logGroupName="group",
        logStreamName="stream",
        logEvents=[{"timestamp": now, "message": message} for message in messages],
    )
    found = cloud.client("cloudwatch").list_metrics(Namespace="n")["Metrics"]
    assert [one["Dimensions"] for one in found] == [[{"Name": "b", "Value": "x"}]]
    with pytest.raises(ClientError, match="the end of the year 9999"):
        logs.put_log_events(
            logGroupName="group", logStreamName="stream", logEvents=[{"timestamp": 10**18, "message": "{}"}]
        )
    logs.delete_metric_filter(logGroupName="group", filterName="f")


@pytest.mark.parametrize("token", ["x", "-1", "²", "9" * 1_024, "\x00"])
def test_a_token_that_is_none_is_refused(cloud: LocalCloud, token: str) -> None:
    logs = cloud.client("logs")
    started = logs.start_query(logGroupName="group", startTime=0, endTime=2**40, queryString="fields a")
    with pytest.raises(ClientError, match="The specified nextToken is invalid"):
        logs.get_query_results(queryId=started["queryId"], nextToken=token)
    assert logs.get_query_results(queryId=started["queryId"], nextToken="0")["status"] == "Complete"


def test_a_trail_of_odd_selectors_is_in_no_later_calls_way(cloud: LocalCloud) -> None:
    trails, logs = cloud.client("cloudtrail"), cloud.client("logs")
    create_trail_bucket(cloud, "trail-bucket")
    arn = logs.describe_log_groups()["logGroups"][0]["arn"]
    trails.create_trail(
        Name="trail",
        S3BucketName="trail-bucket",
        CloudWatchLogsLogGroupArn=arn,
        CloudWatchLogsRoleArn="r" * 20,
    )
    trails.start_logging(Name="trail")
    trails.put_event_selectors(TrailName="trail", EventSelectors=[{"ReadWriteType": "nonsense"}])
    assert logs.describe_log_groups()["logGroups"]
    trails.delete_trail(Name="trail")
