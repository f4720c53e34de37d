"""Widgets of a dashboard's body, and their layout.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

WIDTH = 24
MAX_ALARMS = 100  # of one alarm status widget

Widget = dict[str, Any]


def make_text(markdown: str, *, height: int = 2) -> Widget:
    """Markdown over the whole width."""
    return {"type": "text", "width": WIDTH, "height": height, "properties": {"markdown": markdown}}


def make_alarms(title: str, arns: Sequence[str]) -> list[Widget]:
    """States of alarms; more than one widget where there are more than 100."""
    return [
        {
            "type": "alarm",
            "width": WIDTH // 2,
            "height": 2 + (len(arns) + 3) // 4,
            "properties": {"title": title, "alarms": list(arns[start : start + MAX_ALARMS])},
        }
        for start in range(0, len(arns), MAX_ALARMS)
    ]


def make_counts(title: str, namespace: str, metrics: Sequence[tuple[str, str]]) -> Widget:
    """Sums of metrics over time, stacked; a metric is its name and its label."""
    first, *others = [[name, {"label": label}] for name, label in metrics]
    properties = {
        "title": title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "stacked": True,
        "stat": "Sum",
        "period": 300,
        "metrics": [[namespace, *first], *([".", *other] for other in others)],
    }
    return {"type": "metric", "width": WIDTH, "height": 8, "properties": properties}


def make_query(title: str, query: str, *, width: int = WIDTH, height: int = 5, view: str = "table") -> Widget:
    """The answer of a Logs Insights query, run at each load."""
    properties = {"title": title, "region": "${AWS::Region}", "view": view, "query": query}
    return {"type": "log", "width": width, "height": height, "properties": properties}


def make_text_variable(name: str, label: str, pattern: str, default: str) -> dict[str, Any]:
    """A box whose text replaces `pattern` (a regular expression) everywhere in the dashboard.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_dashboard_variables.html
    """
    return {
        "type": "pattern",
        "pattern": pattern,
        "inputType": "input",
        "id": name,
        "label": label,
        "defaultValue": default,
        "visible": True,
    }


def lay_out(widgets: Iterable[Widget]) -> list[Widget]:
    """The widgets row by row, from left to right, however many there are."""
    placed: list[Widget] = []
    x = y = row_height = 0
    for widget in widgets:
        if x + widget["width"] > WIDTH:
            x, y, row_height = 0, y + row_height, 0
        placed.append({"x": x, "y": y, **widget})
        x, row_height = x + widget["width"], max(row_height, widget["height"])
    return placed
