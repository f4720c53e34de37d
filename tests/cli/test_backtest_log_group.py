"""The log group itself is read by queries whose cost is said first; it says what its files say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cis_insights import load_catalogue, parse_query
from cli.backtest import log_group
from local_cloud import LocalCloud

from ..support.backtest import DENIED, backtest, control, invoke, record, write_file

GROUP = "/org/cloudtrail"
PLACE = f"logs://{GROUP}"
RECORDS = [record(minute % 300, user=f"user-{minute % 3}") for minute in range(400)]
QUIET = [record(minute, errorCode=None) for minute in range(100)]
SPAN = ("--since", "2026-11-01", "--until", "2026-11-03")


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment().items():
            patch.setenv(name, value)
        logs = running.client("logs")
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
        events = [
            {"timestamp": _milliseconds(one["eventTime"]), "message": json.dumps(one)}
            for one in [*RECORDS, *QUIET]
        ]
        events.append({"timestamp": _milliseconds("2026-11-01T13:00:00Z"), "message": "CWL CONTROL MESSAGE"})
        events.sort(key=lambda event: int(str(event["timestamp"])))
        logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)
        yield running


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)


@pytest.fixture
def scanned(cloud: LocalCloud) -> int:
    """Bytes in the log group."""
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    return int(group["storedBytes"])


@pytest.mark.parametrize("rows", [10_000, 90])
def test_a_log_group_is_counted_as_a_file_of_the_same_records_is(
    cloud: LocalCloud, scanned: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(log_group, "MAX_ROWS", rows)  # a window with as many is halved, until it has fewer
    there = backtest(PLACE, "--yes", *SPAN)
    here = backtest(write_file(tmp_path, *RECORDS, *QUIET), *SPAN)
    assert (there.exit_code, here.exit_code) == (0, 0), there.output
    assert control(there) == control(here)
    assert json.loads(there.stdout)["records"] == len(RECORDS) + len(QUIET) + 1
    said = there.stderr.strip().splitlines()
    price = f"${scanned / 1e9 * 0.005:,.4f} at $0.005 a GB (us-east-1)"
    assert said[0] == f"{PLACE}: 2.0 days, at most {scanned / 1e9:,.3f} GB to scan, {price}"
    assert said[-1].startswith(f"{PLACE}: ") and "GB scanned, $" in said[-1]


def test_an_exclusion_is_tried_on_a_log_group_too(cloud: LocalCloud) -> None:
    tried = control(
        backtest(PLACE, "--yes", *SPAN, "--exclude", f'{DENIED}=userIdentity.userName = "user-0"')
    )
    assert tried["tried"]["before"]["events"] == len(RECORDS)
    assert tried["events"] == sum(one["userIdentity"]["userName"] != "user-0" for one in RECORDS)


def _queries(cloud: LocalCloud) -> int:
    return len(cloud.client("logs").describe_queries(logGroupName=GROUP)["queries"])


def test_nothing_is_scanned_before_somebody_has_agreed(cloud: LocalCloud) -> None:
    before = _queries(cloud)
    refused = backtest(PLACE, *SPAN)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[1:] == [
        "Error: nothing was scanned",
        "    hint: --yes agrees to the cost",
    ]
    dry = backtest(PLACE, "--dry-run", *SPAN)
    assert (dry.exit_code, dry.stdout, dry.stderr.count("\n")) == (0, "", 1)
    assert _queries(cloud) == before


def test_whoever_sits_at_a_terminal_is_asked(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_group, "_is_interactive", lambda: True)
    before = _queries(cloud)
    no = invoke("--control", DENIED, "--json", PLACE, *SPAN, input="n\n")
    assert (no.exit_code, _queries(cloud)) == (1, before) and "scan it? [y/N]" in no.stderr
    yes = invoke("--control", DENIED, "--json", PLACE, *SPAN, input="y\n")
    assert control(yes)["events"] == len(RECORDS)


def test_a_log_group_that_is_not_there_is_said_plainly(cloud: LocalCloud) -> None:
    result = backtest("logs:///org/cloudtrai", "--yes")
    assert result.exit_code == 1
    assert result.stderr == "Error: logs:///org/cloudtrai: there is no such log group in this Region\n"


def test_a_log_group_without_records_of_the_time_is_an_error(cloud: LocalCloud) -> None:
    result = backtest(PLACE, "--yes", "--since", "2026-10-01", "--until", "2026-10-02")
    assert result.exit_code == 1 and "Error: no record was counted\n" in result.stderr


def test_what_came_in_is_measured_where_the_metric_says_it(cloud: LocalCloud) -> None:
    cloud.client("cloudwatch").put_metric_data(
        Namespace="Other",
        MetricData=[{"MetricName": "IncomingBytes", "Value": 1.0}],
    )
    group = log_group.LogGroup(PLACE, datetime(2026, 11, 1), datetime(2026, 11, 2))
    assert not group.estimate().is_measured

    class Metrics:
        def get_metric_statistics(self, **asked: Any) -> Any:
            assert asked["Dimensions"] == [{"Name": "LogGroupName", "Value": GROUP}]
            return {"Datapoints": [{"Sum": 2e9}, {"Sum": 5e8}]}

    group._metrics = Metrics()
    assert str(group.estimate()) == "2.500 GB to scan, $0.0125 at $0.005 a GB (us-east-1)"


def test_who_may_not_see_metrics_gets_an_estimate_all_the_same(cloud: LocalCloud) -> None:
    class Denied:
        def get_metric_statistics(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricStatistics")

    group = log_group.LogGroup(PLACE, datetime(2026, 11, 1), datetime(2026, 11, 2))
    group._metrics = Denied()
    assert str(group.estimate()).startswith("at most ")


@pytest.mark.parametrize("status", ["Failed", "Timeout"])
def test_a_query_that_fails_is_stopped_and_said(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    stopped = []

    class Logs:
        def start_query(self, **_: Any) -> Any:
            return {"queryId": "q"}

        def get_query_results(self, **_: Any) -> Any:
            return {"status": status, "results": []}

        def stop_query(self, **asked: Any) -> Any:
            stopped.append(asked["queryId"])

    group = log_group.LogGroup(PLACE, datetime(2026, 11, 1), datetime(2026, 11, 2))
    group._logs = Logs()
    with pytest.raises(Exception, match=f"a query ended as {status}"):
        list(group.read({"a": parse_query('filter eventName = "A"')}, lambda _: None))
    assert "q" in stopped


def test_all_controls_fit_in_one_query_and_too_many_are_refused() -> None:
    queries = {one.id: one.query for one in load_catalogue().values() if one.is_alarm}
    assert len(log_group.write_query(queries)) < log_group.MAX_QUERY
    others = {f"own-{n}": parse_query(f'filter eventName = "{"x" * 60}{n}"') for n in range(150)}
    with pytest.raises(Exception, match="make a query of 1"):
        log_group.write_query(queries | others)
