"""Values from an account, or from the local cloud, by boto3: its dashboards as they are deployed.

Reads GetDashboard, GetMetricData, DescribeAlarms, DescribeAlarmHistory, and runs queries; changes nothing.
"""

from __future__ import annotations

import json
import time as clock
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # boto3 has no types

from cis_insights import Fault, QueryError, Span
from cis_insights.metric_math import Series

from .once import Once
from .time_range import TimeRange, choose_range
from .values import AlarmState, Dashboard, Found, Metric

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
RUNNING = ("Scheduled", "Running", "Unknown")
POLL = 0.5  # seconds
MAX_WAIT = 180  # seconds for one query
MAX_ROWS = 10_000
PER_GIGABYTE = 0.005  # dollars, in us-east-1: https://aws.amazon.com/cloudwatch/pricing/
_HISTORY = "StateUpdate"


class AccountValues:
    """The values of an account's dashboards.

    Args:
        session: of boto3, with a Region.
        group: the log group that queries ask.
        hours: how long back.
        controls: title and control id by the alarm's name.
    """

    def __init__(
        self, session: Any, *, group: str, hours: int, controls: Mapping[str, tuple[str, str]]
    ) -> None:
        self._cloudwatch, self._logs = session.client("cloudwatch"), session.client("logs")
        self._group, self._controls = group, controls
        now = int(clock.time())
        self._time = choose_range(now - hours * 3_600, now)
        self.read_rows = Once(self._ask)
        self.read_alarm = Once(self._find_state)

    @property
    def time(self) -> TimeRange:
        """The last hours."""
        return self._time

    def read_metric(self, metric: Metric, time: TimeRange) -> Series | None:
        """GetMetricData; None where CloudWatch has no datapoint."""
        stat = {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
            },
            "Period": time.step,
            "Stat": metric.statistic,
        }
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=datetime.fromtimestamp(time.start, UTC),
            EndTime=datetime.fromtimestamp(time.end, UTC),
        )
        found: dict[int, float] = {}
        for page in pages:
            for one in page["MetricDataResults"]:
                times = (int(when.timestamp()) for when in one["Timestamps"])
                found |= dict(zip(times, one["Values"], strict=True))
        return tuple(time.sum_up(found.items())) if found else None

    def _ask(self, text: str) -> Found:
        """StartQuery, then GetQueryResults until it is complete."""
        return Found(rows=list(self._run(text)))

    def _start(self, text: str) -> str:
        try:
            query = self._logs.start_query(
                logGroupNames=[self._group],
                queryString=text,
                startTime=self._time.start,
                endTime=self._time.end,
                limit=MAX_ROWS,
            )
        except ClientError as error:
            raise _refuse(str(error), text) from None
        return str(query["queryId"])

    def _run(self, text: str) -> Iterator[Mapping[str, str]]:
        query = self._start(text)
        deadline = clock.monotonic() + MAX_WAIT
        while (answer := self._logs.get_query_results(queryId=query))["status"] in RUNNING:
            if clock.monotonic() > deadline:
                raise _refuse(f"still running after {MAX_WAIT} seconds", text)
            clock.sleep(POLL)
        if answer["status"] != "Complete":
            raise _refuse(f"its status is {answer['status']}", text)
        for row in answer["results"]:
            yield {cell["field"]: cell["value"] for cell in row if "value" in cell}

    def measure_bytes(self) -> float:
        """Bytes that the log group took in during the time that is shown."""
        metric = Metric(namespace="AWS/Logs", name="IncomingBytes", dimensions={"LogGroupName": self._group})
        found = self.read_metric(metric, self._time)
        return sum(value or 0 for value in found or ())

    @cached_property
    def _alarms(self) -> Mapping[str, Mapping[str, Any]]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return {
            one["AlarmName"]: one
            for page in pages
            for one in [*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())]
        }

    def _find_state(self, name: str) -> AlarmState | None:
        """DescribeAlarms, and when it was raised by DescribeAlarmHistory."""
        one = self._alarms.get(name)
        if one is None:
            return None
        title, control = self._controls.get(name, (name, ""))
        changed = one.get("StateUpdatedTimestamp")
        return AlarmState(
            name=name,
            title=title,
            state=one["StateValue"],
            since=int(changed.timestamp()) if changed else None,
            control=control,
            raised=sorted(self._list_raised(name)) if control else (),
        )

    def _list_raised(self, name: str) -> Iterator[int]:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html"""
        pages = self._cloudwatch.get_paginator("describe_alarm_history").paginate(
            AlarmName=name,
            HistoryItemType=_HISTORY,
            StartDate=datetime.fromtimestamp(self._time.start, UTC),
            EndDate=datetime.fromtimestamp(self._time.end, UTC),
        )
        for page in pages:
            for item in page["AlarmHistoryItems"]:
                data = json.loads(item.get("HistoryData") or "{}")
                if data.get("newState", {}).get("stateValue") == "ALARM":
                    yield int(item["Timestamp"].timestamp())


def read_dashboards(session: Any, names: Mapping[str, str]) -> list[Dashboard]:
    """The dashboards of some names that are there.

    Args:
        names: what the page calls each.
    """
    client = session.client("cloudwatch")
    pages = client.get_paginator("list_dashboards").paginate()
    there = {entry["DashboardName"] for page in pages for entry in page["DashboardEntries"]}
    return [
        Dashboard(name, title, json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"]))
        for name, title in names.items()
        if name in there
    ]


def write_price(queries: int, size: float) -> str:
    """What the queries of a page scan and cost."""
    gigabytes = size / 1e9
    return (
        f"at most {queries} queries over {gigabytes:.3g} GB each:"
        f" {queries * gigabytes:.3g} GB scanned, about ${queries * gigabytes * PER_GIGABYTE:.2g}"
    )


def _refuse(message: str, text: str) -> QueryError:
    return QueryError(Fault(message, Span(0, 0), text))
