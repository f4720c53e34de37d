"""Metric filters: log events counted as they arrive, by the matcher of the compiler.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cis_insights import Pattern, PatternError, parse_pattern
from cis_insights.events import read_event
from cis_insights.filter_patterns.leaf_tests import select_one

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError

MAX_FILTERS = 100  # a log group
MAX_REGEX_FILTERS = 5  # a log group
MAX_TEST_MESSAGES = 50
MINUTE = 60_000  # milliseconds
LATEST = 253_402_300_799_999  # milliseconds since 1970; no time beyond it can be written

Event = Mapping[str, Any]


def read_pattern(text: str) -> Pattern | None:
    """A pattern from its text; None for the empty one, which matches everything.

    Raises:
        ServiceError: InvalidParameterException with the fault underlined. The local cloud reads
            patterns for JSON only.
    """
    try:
        return _parse(text) if text.strip() else None
    except PatternError as error:
        raise ServiceError("InvalidParameterException", f"Invalid metric filter pattern\n{error}") from error


@lru_cache(maxsize=1_024)
def _parse(text: str) -> Pattern:
    return parse_pattern(text)


def matches(pattern: Pattern | None, event: Event | None) -> bool:
    """Whether a filter counts a log event."""
    return pattern is None or (event is not None and pattern.matches(event))


def test_metric_filter(request: Parameters) -> Parameters:
    """TestMetricFilter.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
    """
    messages = request.get("logEventMessages", [])
    if not 1 <= len(messages) <= MAX_TEST_MESSAGES:
        raise ServiceError("InvalidParameterException", f"1 to {MAX_TEST_MESSAGES} log event messages")
    pattern = read_pattern(request.get("filterPattern", ""))
    found = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": _extract_values(pattern, message)}
        for number, message in enumerate(messages, start=1)
        if matches(pattern, read_event(message))
    ]
    return {"matches": found}


def _extract_values(pattern: Pattern | None, message: str) -> dict[str, str]:
    """The values of the fields that a pattern names."""
    event = read_event(message) or {}
    selectors = [leaf.selector for leaf in pattern.leaves if not leaf.selector.wildcards] if pattern else []
    values = {str(selector): select_one(event, selector.steps) for selector in selectors}
    return {
        name: _format_value(value) for name, value in values.items() if isinstance(value, str | int | float)
    }


def _format_value(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def check_filter(request: Parameters, existing: Sequence[Parameters]) -> None:
    """Checks a request as PutMetricFilter does; `existing` are the other filters of the log group.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
    """
    pattern = read_pattern(request.get("filterPattern", ""))
    if len(existing) >= MAX_FILTERS:
        raise ServiceError("LimitExceededException", f"Resource limit exceeded: {MAX_FILTERS} metric filters")
    patterns = [read_pattern(item["filterPattern"]) for item in existing]
    with_regex = [other for other in patterns if other and other.has_regex]
    if pattern and pattern.has_regex and len(with_regex) >= MAX_REGEX_FILTERS:
        raise ServiceError("LimitExceededException", f"more than {MAX_REGEX_FILTERS} filters with a regex")
    if len(request.get("metricTransformations", [])) != 1:
        raise ServiceError("InvalidParameterException", "metricTransformations must have exactly 1 member")
    for transformation in request["metricTransformations"]:
        if transformation["metricNamespace"].startswith("AWS/"):
            message = "Invalid metric namespace: AWS/ is reserved for AWS services"
            raise ServiceError("InvalidParameterException", message)
        if "dimensions" in transformation and "defaultValue" in transformation:
            raise ServiceError("InvalidParameterException", "a default value is invalid with dimensions")
        _check_values(transformation)


def _check_values(transformation: Parameters) -> None:
    value = transformation["metricValue"]
    if not value.startswith("$") and _parse_number(value) is None:
        raise ServiceError("InvalidParameterException", f"Invalid metric value: {value}")
    selectors = [*transformation.get("dimensions", {}).values(), *([value] if value.startswith("$") else [])]
    for selector in selectors:
        read_pattern(_write_presence_pattern(selector))


def _write_presence_pattern(selector: str) -> str:
    """The pattern that a field exists."""
    return f'{{ {selector} = "*" }}'


def count_events(filters: Iterable[Parameters], log_events: Sequence[Event]) -> None:
    """Publishes the metrics that a log group's metric filters extract from a batch of log events.

    Args:
        filters: as DescribeMetricFilters lists them.
        log_events: with `timestamp` (milliseconds since 1970) and `message`.
    """
    events = [(item["timestamp"], read_event(item["message"])) for item in log_events]
    for metric_filter in filters:
        pattern = read_pattern(metric_filter["filterPattern"])
        matched = [(time, event) for time, event in events if matches(pattern, event)]
        for transformation in metric_filter["metricTransformations"]:
            _publish(transformation, matched, {time // MINUTE for time, _ in events})


def _publish(
    transformation: Parameters, matched: Sequence[tuple[int, Event | None]], minutes: set[int]
) -> None:
    for time, event in matched:
        value, dimensions = (
            _read_value(transformation, event or {}),
            _read_dimensions(transformation, event or {}),
        )
        if value is not None and dimensions is not None:
            _store(transformation, time / 1000, value, dimensions)
    if transformation.get("defaultValue") is not None:
        for minute in minutes - {time // MINUTE for time, _ in matched}:
            _store(transformation, minute * MINUTE / 1000, transformation["defaultValue"], {})


def _read_value(transformation: Parameters, event: Event) -> float | None:
    """The metric value: a constant, or a number from a field of the event; None without one."""
    text = transformation["metricValue"]
    return _parse_number(_select(text, event) if text.startswith("$") else text)


def _parse_number(found: Any) -> float | None:
    try:
        number = math.nan if isinstance(found, bool) else float(found)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _read_dimensions(transformation: Parameters, event: Event) -> dict[str, str] | None:
    """Names and values of dimensions; None if the event lacks one: the metric is then not published."""
    found = {name: _select(field, event) for name, field in transformation.get("dimensions", {}).items()}
    if all(isinstance(value, str | int | float) for value in found.values()):
        return {name: _format_value(value) for name, value in found.items()}
    return None


def _select(selector: str, event: Event) -> Any:
    return select_one(event, _parse(_write_presence_pattern(selector)).leaves[0].selector.steps)


def _store(transformation: Parameters, time: float, value: float, dimensions: dict[str, str]) -> None:
    load_module("services.cloudwatch")._store_datum(
        transformation["metricNamespace"],
        transformation["metricName"],
        dimensions,
        time,
        transformation.get("unit", "None"),
        value,
        None,
        None,
        None,
    )


def count_log_events(
    put: Callable[[Parameters], Any], counted: Callable[[str, list[str]], None]
) -> Callable[[Parameters], Any]:
    """Returns MiniStack's PutLogEvents with counting; `counted` gets log group and messages of each batch."""

    def put_log_events(request: Parameters) -> Any:
        if any(event["timestamp"] > LATEST for event in request["logEvents"]):
            message = f"a timestamp beyond {LATEST}, the end of the year 9999"
            return load_module("core.responses").error_response_json(
                "InvalidParameterException", message, 400
            )
        reply = put(request)
        if reply[0] < 400:
            group = request["logGroupName"]
            stored = load_module("services.cloudwatch_logs")._metric_filters.values()
            count_events([item for item in stored if item["logGroupName"] == group], request["logEvents"])
            counted(group, [event["message"] for event in request["logEvents"]])
        return reply

    return put_log_events


def check_metric_filters(put: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    """Returns MiniStack's PutMetricFilter `put` with AWS's own refusals."""

    def put_metric_filter(request: Parameters) -> Any:
        group, name = request.get("logGroupName"), request.get("filterName")
        stored = load_module("services.cloudwatch_logs")._metric_filters.values()
        others = [item for item in stored if item["logGroupName"] == group and item["filterName"] != name]
        try:
            check_filter(request, others)
        except ServiceError as error:
            return load_module("core.responses").error_response_json(error.code, error.message, error.status)
        return put(request)

    return put_metric_filter
