"""Logs Insights queries: StartQuery, GetQueryResults, StopQuery and DescribeQueries.

Queries finish synchronously: StartQuery runs them, unless a test plans another outcome.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

import re
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cis_insights import QueryError, parse_query
from cis_insights.logs_insights.parser import MAX_QUERY
from cis_insights.sql import LogEvent, run_query

from ..ministack import get_scope, load_module
from ..protocol.messages import Parameters, ServiceError
from .query_outcomes import QueryOutcome, answer_poll, find_status, stop

MAX_GROUPS = 50
MAX_ROWS = 100_000
DEFAULT_ROWS = 10_000

_SOURCE = re.compile(r"\s*SOURCE\s+((?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*)\s*\|", re.I)
_NAME = re.compile(r"'([^']*)'|\"([^\"]*)\"")


class Queries:
    """The queries of every account and Region.

    Args:
        defaults: values of the parameters of the saved query with a text.
        clock: seconds since 1970.
    """

    def __init__(self, defaults: Callable[[str], Mapping[str, str]], clock: Callable[[], float]) -> None:
        self._defaults, self._clock = defaults, clock
        self._stored: Any = load_module("core.responses").AccountRegionScopedDict()
        self.planned: deque[QueryOutcome] = deque()  # of the next calls of StartQuery

    def start(self, request: Parameters) -> Parameters:
        """StartQuery: from `startTime` to `endTime`, both inclusive, in seconds since 1970."""
        text, groups = _parse_request(request)
        outcome = self.planned.popleft() if self.planned else QueryOutcome()
        if outcome.error:
            raise ServiceError(outcome.error, f"StartQuery is planned to fail with {outcome.error}.")
        end = request["endTime"] if outcome.indexed else request["startTime"] - 1
        pointers, events = _read_events(groups, request["startTime"], end)
        values = self._defaults(text)
        rows, matched = _run(text, events, values), _count_matched(text, events, values)
        limit = min(request.get("limit") or DEFAULT_ROWS, MAX_ROWS)
        identifier = str(uuid.uuid4())
        self._stored[identifier] = {
            "queryId": identifier,
            "queryString": request["queryString"],
            "queryLanguage": "CWLI",
            "logGroupName": groups[0],
            "logGroupNames": groups,
            "createTime": int(self._clock() * 1000),
            "status": outcome.status,
            "polls": outcome.polls,
            "polled": False,
            "results": [_format_row(row, pointers) for row in rows[:limit]],
            "statistics": {
                "recordsMatched": float(matched),
                "recordsScanned": float(len(events)),
                "bytesScanned": float(sum(len(event.message.encode()) for event in events)),
            },
        }
        return {"queryId": identifier}

    def query_rows(
        self, text: str, groups: Sequence[str], start: int, end: int
    ) -> Sequence[Mapping[str, str]]:
        """The rows of a query over log groups; times in seconds since 1970, inclusive.

        Raises:
            ServiceError: as StartQuery answers.
        """
        given = {"queryString": text, "logGroupIdentifiers": groups, "startTime": start, "endTime": end}
        text, names = _parse_request(given)
        return _run(text, _read_events(names, start, end)[1], {})

    def get_results(self, request: Parameters) -> Parameters:
        """GetQueryResults, in pages if `maxItems` asks for them."""
        query = self._get_query(request["queryId"])
        token = request.get("nextToken") or "0"
        if not (token.isdecimal() and len(token) < 10):
            raise ServiceError("InvalidParameterException", "The specified nextToken is invalid.")
        start = int(token)
        end = start + (request.get("maxItems") or MAX_ROWS)
        answer = answer_poll(query)
        more = {"nextToken": str(end)} if end < len(answer["results"]) else {}
        return {"queryLanguage": "CWLI", **answer, "results": answer["results"][start:end], **more}

    def stop(self, request: Parameters) -> Parameters:
        """StopQuery. `success: false` for most: queries finish synchronously, unless planned otherwise."""
        return {"success": stop(self._get_query(request["queryId"]))}

    def describe(self, request: Parameters) -> Parameters:
        """DescribeQueries, the newest first."""
        names = ("queryLanguage", "queryId", "queryString", "createTime", "logGroupName")
        found = [
            {name: query[name] for name in names} | {"status": find_status(query)}
            for query in reversed(self._stored.values())
            if request.get("logGroupName", query["logGroupName"]) == query["logGroupName"]
            and request.get("status", find_status(query)) == find_status(query)
        ]
        return {"queries": found[: request.get("maxResults", len(found))]}

    def find_groups(self, identifier: str) -> list[str]:
        """The names of the log groups of a query; none if it is unknown."""
        groups: list[str] = self._stored.get(identifier, {}).get("logGroupNames", [])
        return groups

    def _get_query(self, identifier: str) -> Parameters:
        query: Parameters | None = self._stored.get(identifier)
        if query is None:
            raise ServiceError(
                "ResourceNotFoundException", f"The specified query does not exist: {identifier}"
            )
        return query


def _parse_request(request: Parameters) -> tuple[str, list[str]]:
    """The query text and the log groups of a request."""
    text = request["queryString"]
    if len(text) > MAX_QUERY:
        raise ServiceError("InvalidParameterException", f"queryString has more than {MAX_QUERY} characters")
    if request["endTime"] < request["startTime"]:
        raise ServiceError("InvalidParameterException", "End time should not be less than start time")
    source = _SOURCE.match(text)
    named = [single or double for single, double in _NAME.findall(source[1])] if source else []
    groups = named or _list_groups(request)
    _check_groups(groups)
    return text[source.end() :] if source else text, groups


def _read_events(groups: Sequence[str], start: int, end: int) -> tuple[list[str], list[LogEvent]]:
    """Pointers (for GetLogRecord) and log events of log groups, of the current account and Region.

    Args:
        groups: names.
        start: seconds since 1970; of everything in this second or after it, up to the end of `end`.
        end: seconds since 1970.
    """
    account, _ = get_scope()
    stored = load_module("services.cloudwatch_logs")._log_groups
    found = [
        (f"{account}:{group}", stream, event)
        for group in groups
        for stream, content in stored[group]["streams"].items()
        for event in content["events"]
        if start <= event["timestamp"] // 1000 <= end
    ]
    events = [
        LogEvent(event["timestamp"], event["message"], stream, group, event["ingestionTime"])
        for group, stream, event in found
    ]
    return [event["eventId"] for _, _, event in found], events


def _run(text: str, events: Sequence[LogEvent], values: Mapping[str, str]) -> list[dict[str, str]]:
    try:
        return run_query(text, events, parameters=values)
    except QueryError as error:
        raise ServiceError("MalformedQueryException", str(error)) from error


def _count_matched(text: str, events: Sequence[LogEvent], values: Mapping[str, str]) -> int:
    """The number of log events that pass all filters before any `stats`."""
    filters = list(parse_query(text).early_filters())
    if not filters:
        return len(events)
    counted = f"{text[: filters[-1].span.end]}\n| stats count(*) as matched"
    return int(_run(counted, events, values)[0]["matched"])


def _list_groups(request: Parameters) -> list[str]:
    """The names of a request's log groups, given in one of three ways."""
    one = [request["logGroupName"]] if request.get("logGroupName") else []
    identifiers: Sequence[str] = request.get("logGroupIdentifiers") or []
    names = [name.rsplit(":log-group:", 1)[-1].removesuffix(":*") for name in identifiers]
    return one + (request.get("logGroupNames") or []) + names


def _check_groups(groups: Sequence[str]) -> None:
    if not 1 <= len(groups) <= MAX_GROUPS:
        raise ServiceError("InvalidParameterException", f"a query needs 1 to {MAX_GROUPS} log groups")
    for group in groups:
        if group not in load_module("services.cloudwatch_logs")._log_groups:
            raise ServiceError("ResourceNotFoundException", f"Log group '{group}' does not exist.")


def _format_row(row: Mapping[str, str], pointers: Sequence[str]) -> list[Parameters]:
    """A row as GetQueryResults has it; the engine's `@ptr` is the number of the event."""
    pointed = {"@ptr": pointers[int(row["@ptr"])]} if "@ptr" in row else {}
    return [{"field": name, "value": value} for name, value in {**row, **pointed}.items()]
