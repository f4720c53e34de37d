"""A page of an account: the local cloud's dashboard, metric, alarm and query, as boto3 gives them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from click.testing import CliRunner

from cis_insights import QueryError
from cli.main import main
from cli.preview.account import AccountValues, read_dashboards, write_price
from cli.preview.boxes import read_boxes
from cli.preview.values import AlarmState, Metric
from local_cloud import LocalCloud

from ..support.preview import draw_dashboard

GROUP, NAME, NAMESPACE = "preview-group", "preview-overview", "Preview"
QUERY = f"SOURCE '{GROUP}' | stats count(*) as n by user | sort n desc"
METRICS = [[NAMESPACE, "Seen", {"stat": "Sum"}], [NAMESPACE, "Absent", {"stat": "Sum"}]]


@pytest.fixture(scope="module")
def account(cloud: LocalCloud) -> AccountValues:
    cloudwatch, logs = cloud.client("cloudwatch"), cloud.client("logs")
    arn = f"arn:aws:cloudwatch:us-east-1:{cloud.account}:alarm:preview-a"
    widgets: list[dict[str, Any]] = [
        {
            "type": "metric",
            "properties": {"metrics": METRICS, "view": "singleValue", "setPeriodToTimeRange": True},
        },
        {"type": "log", "properties": {"query": QUERY}},
        {"type": "alarm", "properties": {"alarms": [arn, f"{arn}-gone"]}},
    ]
    cloudwatch.put_dashboard(DashboardName=NAME, DashboardBody=json.dumps({"widgets": widgets}))
    cloudwatch.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[{"MetricName": "Seen", "Value": 3}, {"MetricName": "Seen", "Value": 4}],
    )
    cloudwatch.put_metric_alarm(
        AlarmName="preview-a", Namespace=NAMESPACE, MetricName="Seen", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="preview-a", StateValue="ALARM", StateReason="a test")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": json.dumps({"user": user})} for user in ("bob", "bob", "eve")]
    logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)
    return AccountValues(cloud, group=GROUP, hours=1, controls={"preview-a": ("A", "control-a")})


@pytest.fixture(scope="module")
def drawn(cloud: LocalCloud, account: AccountValues) -> list[dict[str, Any]]:
    (dashboard,) = read_dashboards(cloud, {NAME: "Overview", "preview-gone": "Gone"})
    assert read_boxes(dashboard.body) == ([], [])
    widgets: list[dict[str, Any]] = draw_dashboard(dashboard, account)["widgets"]
    return widgets


def test_numbers_are_those_of_the_metric(drawn: list[dict[str, Any]]) -> None:
    assert [(one["label"], one["value"]) for one in drawn[0]["numbers"]] == [("Seen", 7), ("Absent", None)]
    assert drawn[0]["notes"] == [f"No data here: {NAMESPACE} Absent."]


def test_rows_are_those_of_the_query(drawn: list[dict[str, Any]]) -> None:
    assert drawn[1]["rows"] == [["bob", "2"], ["eve", "1"]]


def test_states_are_those_of_the_alarms(drawn: list[dict[str, Any]], account: AccountValues) -> None:
    (alarm,) = drawn[2]["alarms"]
    assert (alarm["name"], alarm["title"], alarm["state"], alarm["control"]) == (
        "preview-a",
        "A",
        "ALARM",
        "control-a",
    )
    assert drawn[2]["notes"] == ["No such alarm here: preview-a-gone."]
    state = account.read_alarm("preview-a")
    assert isinstance(state, AlarmState)
    assert len(state.raised) == 1
    assert account.read_metric(Metric(namespace=NAMESPACE, name="Gone"), account.time) is None


def test_a_query_that_cannot_be_read_is_refused(account: AccountValues) -> None:
    with pytest.raises(QueryError):
        account.read_rows("filter (")


def test_the_price_is_of_all_queries() -> None:
    assert write_price(2, 2.5e9) == "at most 2 queries over 2.5 GB each: 5 GB scanned, about $0.025"


def test_an_account_without_the_dashboards_is_said_so(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.environment("us-east-1").items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(main, ["preview", "--account", "-c", "prefix=nowhere", "--region", "us-east-1"])
    assert done.exit_code == 1
    assert done.output == (
        "Error: there is no dashboard nowhere-overview or nowhere-controls or nowhere-queries in us-east-1\n"
        "    hint: pass --region, or -c prefix=PREFIX as deployed\n"
    )
