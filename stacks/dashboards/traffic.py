"""What the log group takes in, and what asking it costs, as measured: a text cannot hold a live figure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from ..costs import SCAN
from ..settings import Settings
from .widgets import (
    BOUND_COLOUR,
    FROM_ZERO,
    TRAFFIC_COLOUR,
    Metric,
    Widget,
    make_bounds,
    make_metrics,
    make_numbers,
)

_GROUP = {"LogGroupName": "${LogGroup}"}
_GIGABYTES = "SUM(bytes)/1000000000"
_BYTES = Metric(
    namespace="AWS/Logs",
    name="IncomingBytes",
    dimensions=_GROUP,
    options={"id": "bytes", "visible": False},
)
_WEEK = 7  # days


def make_traffic(settings: Settings) -> Widget:
    """Events that arrive, and the bound of the heartbeat. Silence has no datapoint: the line breaks off."""
    events = Metric(
        "events",
        "AWS/Logs",
        "IncomingLogEvents",
        _GROUP,
        options={"color": TRAFFIC_COLOUR},
    )
    bound = f"heartbeat: ALARM after {settings.heartbeat} minutes below 1"
    bounds = make_bounds([(bound, 1)] if settings.heartbeat else [])
    title = "Is it alive? Events that arrive in 5 minutes"
    return make_metrics(title, [events], width=10, height=6, annotations=bounds, yAxis=FROM_ZERO)


def make_last_traffic() -> Widget:
    """The last datapoint of what arrives."""
    events = Metric(
        "events in the last 5 minutes that had any",
        "AWS/Logs",
        "IncomingLogEvents",
        _GROUP,
        options={"color": TRAFFIC_COLOUR},
    )
    return make_numbers("Last datapoint", [events], width=4, height=6, sparkline=True)


def make_trail_cost() -> Widget:
    """Gigabytes a day, and what one query costs: of the last seven days, whatever time is chosen."""
    metrics = [
        _compute("GB a day", f"{_GIGABYTES}/{_WEEK}"),
        _compute("$ a query over one day", f"{_GIGABYTES}/{_WEEK}*{SCAN}"),
        _BYTES,
    ]
    return make_numbers(
        f"What the trail costs (mean of {_WEEK} days; list price us-east-1)",
        metrics,
        width=6,
        height=6,
        start=f"-P{_WEEK}D",
        period=3600,
        singleValueFullPrecision=True,
    )


def make_query_cost() -> Widget:
    """What one query over the chosen time scans and costs."""
    metrics = [
        _compute("GB scanned", _GIGABYTES),
        _compute("$ a query", f"{_GIGABYTES}*{SCAN}"),
        _BYTES,
    ]
    return make_numbers(
        "One query over the time chosen", metrics, width=4, height=6, singleValueFullPrecision=True
    )


def make_load_cost(scans: int, *, width: int, height: int) -> Widget:
    """What a load of a dashboard costs that runs this many queries over the chosen time."""
    metrics = [
        _compute("GB in the time chosen", _GIGABYTES),
        _compute(f"$ this load ({scans} queries)", f"{_GIGABYTES}*{SCAN}*{scans}"),
        _BYTES,
    ]
    title = "What this load costs (list price us-east-1)"
    return make_numbers(title, metrics, width=width, height=height, singleValueFullPrecision=True)


def _compute(label: str, expression: str) -> Metric:
    """An expression's value at every time: a widget takes no scalar."""
    return Metric(label, expression=f"TIME_SERIES({expression})", options={"color": BOUND_COLOUR})
