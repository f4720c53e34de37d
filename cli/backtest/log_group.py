"""The records of a log group that some control asks for, by queries of Logs Insights; nothing is changed.

One query asks for the events of all controls at once: what it scans is billed once, and only what is
found is fetched. Asks logs:DescribeLogGroups, StartQuery, GetQueryResults and StopQuery, and
cloudwatch:GetMetricStatistics for the estimate.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights import Query
from cis_insights.backtest.counts import Broken
from cis_insights.backtest.in_duckdb import Backtest, Text
from cis_insights.errors import printable
from cis_insights.logs_insights.normal_form import normalise, pinned_values
from cis_insights.logs_insights.printer import print_expression, print_text

from ..terminal import print_error, show_progress
from .options import BacktestOptions
from .run import count_pieces
from .sources import LOG_GROUP

PRICE = 0.005  # dollars a GB scanned, us-east-1: https://aws.amazon.com/cloudwatch/pricing/
DEFAULT_DAYS = 30
MAX_QUERY = 10_000  # characters
MAX_ROWS = 10_000  # of one answer; a window with more is halved
WORKERS = 4  # queries at once; an account may run 100, its dashboards and alarms among them
POLL = 0.5  # seconds
DAY = 86_400  # seconds
# Log events have the time of their delivery, which CloudTrail does not guarantee.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
LATE = 3_600  # seconds
Window = tuple[int, int]  # seconds since 1970, both inclusive


def count_groups(
    counts: Backtest, places: Sequence[str], queries: Mapping[str, Query], options: BacktestOptions
) -> bool:
    """Counts the records of some log groups, once somebody has agreed to what that costs.

    Returns:
        Whether it did; False if only the cost is asked for.

    Raises:
        click.ClickException: if it may not be asked, or nobody agreed.
    """
    try:
        groups = [LogGroup(place, options.since, options.until) for place in places]
        for group in groups:
            with show_progress(f"estimating {printable(group.place)}"):
                estimate = group.estimate()
            print_error(f"{printable(group.place)}: {group.days:,.1f} days, {estimate}")
        if options.is_dry_run:
            return False
        _agree(is_agreed=options.is_agreed)
        for group in groups:
            _count(counts, group, queries)
        return True
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None


def _agree(*, is_agreed: bool) -> None:
    """Asks where somebody can answer."""
    if is_agreed:
        return
    if not _is_interactive():
        raise click.ClickException("nothing was scanned\n    hint: --yes agrees to the cost")
    click.confirm("scan it?", abort=True, err=True)


def _is_interactive() -> bool:
    return sys.stdin.isatty()


def _count(counts: Backtest, group: LogGroup, queries: Mapping[str, Query]) -> None:
    with show_progress(f"reading {printable(group.place)}", total=1) as advance:
        count_pieces(counts, group.read(queries, lambda share: advance(advance=share)))
    scanned = group.scanned
    counts.records += scanned.records - scanned.rows  # what no control asks for is not fetched
    if scanned.records:
        counts.widen(group.since, group.until)
    size = scanned.size / 1e9
    print_error(f"{printable(group.place)}: {size:,.3f} GB scanned, ${size * PRICE:,.4f}")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes that a query over a time is about to scan."""

    size: int
    is_measured: bool  # by the metric of what came in; otherwise all that the group stores

    def __str__(self) -> str:
        size = self.size / 1e9
        most = "" if self.is_measured else "at most "
        return f"{most}{size:,.3f} GB to scan, ${size * PRICE:,.4f} at ${PRICE} a GB (us-east-1)"


@dataclass(slots=True)
class Scanned:
    """What the queries scanned in the end."""

    size: int = 0  # bytes, billed
    records: int = 0  # log events
    rows: int = 0  # of them, what was found


@dataclass(frozen=True, slots=True)
class _Answer:
    messages: list[str]
    size: int
    records: int


class LogGroup:
    """A log group over a time.

    Args:
        place: `logs://NAME`.
        since: UTC; thirty days before `until` if it is not given.
        until: UTC; now if it is not given.

    Raises:
        click.ClickException: if there is no such log group, or it may not be looked at.
    """

    def __init__(self, place: str, since: datetime | None, until: datetime | None) -> None:
        self.place, self.name = place, place.removeprefix(LOG_GROUP)
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        self.until = min(until or now, now)
        self.since = since or self.until - timedelta(days=DEFAULT_DAYS)
        self.scanned = Scanned()
        session = boto3.Session()
        config = Config(retries={"mode": "standard", "max_attempts": 10}, max_pool_connections=2 * WORKERS)
        self._logs, self._metrics = (session.client(name, config=config) for name in ("logs", "cloudwatch"))

    @property
    def days(self) -> float:
        """How long the time is."""
        return (self.until - self.since) / timedelta(days=1)

    def estimate(self) -> Estimate:
        """What it will scan: the bytes that came in over the time, or else all that is stored.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
        """
        found = self._logs.describe_log_groups(logGroupNamePrefix=self.name)["logGroups"]
        stored = [group.get("storedBytes", 0) for group in found if group["logGroupName"] == self.name]
        if not stored:
            raise click.ClickException(f"{printable(self.place)}: there is no such log group in this Region")
        measured = self._incoming()
        return Estimate(measured, is_measured=True) if measured else Estimate(stored[0], is_measured=False)

    def _incoming(self) -> int:
        period = DAY * max(1, round(self.days / 1_000))  # an answer has at most 1,440 datapoints
        with suppress(ClientError):  # whoever may query need not be allowed to look at metrics
            points = self._metrics.get_metric_statistics(
                Namespace="AWS/Logs",
                MetricName="IncomingBytes",
                Dimensions=[{"Name": "LogGroupName", "Value": self.name}],
                StartTime=self.since.replace(tzinfo=UTC),
                EndTime=self.until.replace(tzinfo=UTC),
                Period=period,
                Statistics=["Sum"],
            )["Datapoints"]
            return int(sum(point["Sum"] for point in points))
        return 0

    def read(self, queries: Mapping[str, Query], advance: Callable[[float], None]) -> Iterator[Text | Broken]:
        """The records that any of some queries asks for; `advance` is called with shares of the time."""
        text = write_query(queries)
        windows = deque(self._windows())
        total = sum(end - start + 1 for start, end in windows)
        with ThreadPoolExecutor(WORKERS) as pool:
            waiting: deque[tuple[Window, Future[_Answer]]] = deque()
            while windows or waiting:
                while windows and len(waiting) < WORKERS:
                    window = windows.popleft()
                    waiting.append((window, pool.submit(self._ask, text, window)))
                window, answer = waiting.popleft()
                found = answer.result()
                self.scanned.size += found.size
                if len(found.messages) >= MAX_ROWS and window[0] < window[1]:
                    windows.extendleft(reversed(_halve(window)))
                    continue
                yield from self._texts(found, window)
                advance((window[1] - window[0] + 1) / total)

    def _windows(self) -> Iterator[Window]:
        start, end = (int(one.replace(tzinfo=UTC).timestamp()) for one in (self.since, self.until))
        last = min(end + LATE, int(time.time()))
        for first in range(start, last + 1, DAY):
            yield first, min(first + DAY - 1, last)

    def _texts(self, found: _Answer, window: Window) -> Iterator[Text | Broken]:
        if len(found.messages) >= MAX_ROWS:
            second = datetime.fromtimestamp(window[0], UTC).replace(tzinfo=None)
            yield Broken(
                self.place, 0, f"of the second {second} no more than {MAX_ROWS:,} events are counted"
            )
        for message in found.messages:
            self.scanned.rows += 1
            yield Text(self.place, self.scanned.rows, message.encode("utf-8", "replace"))
        self.scanned.records += found.records

    def _ask(self, text: str, window: Window) -> _Answer:
        started = self._logs.start_query(
            logGroupName=self.name, startTime=window[0], endTime=window[1], queryString=text
        )
        identifier = started["queryId"]
        try:
            first = self._wait(identifier)
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                self._logs.stop_query(queryId=identifier)  # it would be billed for nothing
            raise
        messages = list(_messages(first["results"]))
        while token := first.get("nextToken"):
            first = self._logs.get_query_results(queryId=identifier, nextToken=token)
            messages += _messages(first["results"])
        scanned = first.get("statistics", {})
        return _Answer(messages, int(scanned.get("bytesScanned", 0)), int(scanned.get("recordsScanned", 0)))

    def _wait(self, identifier: str) -> Mapping[str, Any]:
        while True:
            found: Mapping[str, Any] = self._logs.get_query_results(queryId=identifier)
            if found["status"] == "Complete":
                return found
            if found["status"] not in ("Scheduled", "Running"):
                raise click.ClickException(f"{printable(self.place)}: a query ended as {found['status']}")
            time.sleep(POLL)


def _messages(rows: list[list[dict[str, str]]]) -> Iterator[str]:
    for row in rows:
        yield from (cell["value"] for cell in row if cell["field"] == "@message")


def _halve(window: Window) -> tuple[Window, Window]:
    start, end = window
    middle = (start + end) // 2
    return (start, middle), (middle + 1, end)


def write_query(queries: Mapping[str, Query]) -> str:
    """One query for all events that some queries ask for, and for others of the same names.

    What pins the event's name is asked by the name alone: all controls fit in one query, which costs what it
    scans, and the records are counted by the whole conditions. A query before its exclusions covers both.

    Raises:
        click.ClickException: if it is longer than Logs Insights takes.
    """
    names: dict[str, None] = {}
    parts: list[str] = []
    for query in queries.values():
        pinned = pinned_values(normalise(query.condition), "eventName")
        names |= dict.fromkeys(pinned)
        parts += [] if pinned else [f"({print_expression(query.condition)})"]
    parts += [f"eventName in [{', '.join(map(print_text, names))}]"] if names else []
    text = f"fields @message | filter {' or '.join(parts)} | limit {MAX_ROWS}"
    if len(text) > MAX_QUERY:
        message = f"the conditions of {len(queries)} controls make a query of {len(text):,} characters"
        hint = f"Logs Insights takes {MAX_QUERY:,}; name fewer controls with --control"
        raise click.ClickException(f"{message}\n    hint: {hint}")
    return text
