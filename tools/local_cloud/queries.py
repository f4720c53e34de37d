"""Logs Insights queries: StartQuery, GetQueryResults, StopQuery and DescribeQueries.

A query has run by the time that StartQuery answers.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights import QueryError

from .emulator import account_and_region, module
from .wire import Parameters, ServiceError

MAX_QUERY = 10_000  # characters
MAX_GROUPS = 50
MAX_ROWS = 100_000
DEFAULT_ROWS = 10_000

_SOURCE = re.compile(r"\s*SOURCE\s+((?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*)\s*\|", re.I)
_NAME = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PARAMETER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A log event as a query sees it; times in milliseconds since 1970."""

    timestamp: int
    message: str
    ingestion_time: int
    log: str  # account:log-group
    log_stream: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Found:
    """The rows a query returns, and how many log events met its conditions."""

    rows: Sequence[Mapping[str, str]]
    matched: int


Engine = Callable[[str, Sequence[StoredEvent]], Found]


class Queries:
    """The queries of every account and Region that have run.

    Args:
        engine: answers the text of a query over log events; raises QueryError.
        defaults: values of the parameters of the saved query with a text.
        clock: seconds since 1970.
    """

    def __init__(
        self, engine: Engine, defaults: Callable[[str], Mapping[str, str]], clock: Callable[[], float]
    ) -> None:
        self._engine, self._defaults, self._clock = engine, defaults, clock
        self._stored: Any = module("core.responses").AccountRegionScopedDict()

    def start(self, request: Parameters) -> Parameters:
        """StartQuery: from `startTime` to `endTime`, both inclusive, in seconds since 1970."""
        text, groups = self._read(request)
        events = stored_events(groups, request["startTime"], request["endTime"])
        found = self._run(text, events)
        limit = min(request.get("limit") or DEFAULT_ROWS, MAX_ROWS)
        identifier = str(uuid.uuid4())
        self._stored[identifier] = {
            "queryId": identifier,
            "queryString": request["queryString"],
            "queryLanguage": "CWLI",
            "logGroupName": groups[0],
            "createTime": int(self._clock() * 1000),
            "status": "Complete",
            "results": [_cells(row) for row in found.rows[:limit]],
            "statistics": {
                "recordsMatched": float(found.matched),
                "recordsScanned": float(len(events)),
                "bytesScanned": float(sum(len(event.message.encode()) for event in events)),
            },
        }
        return {"queryId": identifier}

    def ask(self, text: str, groups: Sequence[str], start: int, end: int) -> Sequence[Mapping[str, str]]:
        """The rows of a query over log groups; times in seconds since 1970, inclusive.

        Raises:
            ServiceError: as StartQuery answers.
        """
        given = {"queryString": text, "logGroupIdentifiers": groups, "startTime": start, "endTime": end}
        text, names = self._read(given)
        return self._run(text, stored_events(names, start, end)).rows

    def _read(self, request: Parameters) -> tuple[str, list[str]]:
        """The text that is to run, and the log groups it is to run over."""
        text = request["queryString"]
        if len(text) > MAX_QUERY:
            raise ServiceError(
                "InvalidParameterException", f"queryString has more than {MAX_QUERY} characters"
            )
        if request["endTime"] < request["startTime"]:
            raise ServiceError("InvalidParameterException", "End time should not be less than start time")
        values = self._defaults(text)
        text = _PARAMETER.sub(lambda found: values.get(found[1], found[0]), text)
        source = _SOURCE.match(text)
        named = [single or double for single, double in _NAME.findall(source[1])] if source else []
        groups = named or _groups(request)
        _check_groups(groups)
        return text[source.end() :] if source else text, groups

    def _run(self, text: str, events: Sequence[StoredEvent]) -> Found:
        try:
            return self._engine(text, events)
        except QueryError as error:
            raise ServiceError("MalformedQueryException", str(error)) from error

    def results(self, request: Parameters) -> Parameters:
        """GetQueryResults, in pages if `maxItems` asks for them."""
        query = self._query(request["queryId"])
        start = int(request.get("nextToken") or 0)
        end = start + (request.get("maxItems") or MAX_ROWS)
        more = {"nextToken": str(end)} if end < len(query["results"]) else {}
        page = {"results": query["results"][start:end], "statistics": query["statistics"]}
        return {"queryLanguage": "CWLI", "status": query["status"], **page, **more}

    def stop(self, request: Parameters) -> Parameters:
        """StopQuery: too late, always."""
        self._query(request["queryId"])
        return {"success": False}

    def describe(self, request: Parameters) -> Parameters:
        """DescribeQueries, the newest first."""
        names = ("queryLanguage", "queryId", "queryString", "status", "createTime", "logGroupName")
        found = [
            {name: query[name] for name in names}
            for query in reversed(self._stored.values())
            if request.get("logGroupName", query["logGroupName"]) == query["logGroupName"]
            and request.get("status", "Complete") == "Complete"
        ]
        return {"queries": found[: request.get("maxResults", len(found))]}

    def _query(self, identifier: str) -> Parameters:
        query: Parameters | None = self._stored.get(identifier)
        if query is None:
            raise ServiceError(
                "ResourceNotFoundException", f"The specified query does not exist: {identifier}"
            )
        return query


def stored_events(groups: Sequence[str], start: int, end: int) -> list[StoredEvent]:
    """The log events of some log groups of the account and Region in scope, oldest first.

    Args:
        groups: names.
        start: seconds since 1970; everything in this second and after it, to the end of `end`.
        end: seconds since 1970.
    """
    account, _ = account_and_region()
    stored = module("services.cloudwatch_logs")._log_groups
    found = [
        StoredEvent(
            timestamp=event["timestamp"],
            message=event["message"],
            ingestion_time=event["ingestionTime"],
            log=f"{account}:{group}",
            log_stream=stream,
            pointer=event["eventId"],
        )
        for group in groups
        for stream, content in stored[group]["streams"].items()
        for event in content["events"]
        if start <= event["timestamp"] // 1000 <= end
    ]
    return sorted(found, key=lambda event: event.timestamp)


def _groups(request: Parameters) -> list[str]:
    """The names of log groups that a request gives, in one of three ways."""
    one = [request["logGroupName"]] if request.get("logGroupName") else []
    identifiers: Sequence[str] = request.get("logGroupIdentifiers") or []
    names = [name.rsplit(":log-group:", 1)[-1].removesuffix(":*") for name in identifiers]
    return one + (request.get("logGroupNames") or []) + names


def _check_groups(groups: Sequence[str]) -> None:
    if not 1 <= len(groups) <= MAX_GROUPS:
        raise ServiceError("InvalidParameterException", f"a query needs 1 to {MAX_GROUPS} log groups")
    for group in groups:
        if group not in module("services.cloudwatch_logs")._log_groups:
            raise ServiceError("ResourceNotFoundException", f"Log group '{group}' does not exist.")


def _cells(row: Mapping[str, str]) -> list[Parameters]:
    return [{"field": name, "value": value} for name, value in row.items()]
