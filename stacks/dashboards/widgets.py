"""Widgets of a dashboard's body, and their layout.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH = 24
MAX_ALARMS = 100  # of one alarm status widget
MAX_METRICS = 500  # of one metric widget, expressions among them

# Apart in hue for every kind of colour vision, and in lightness: the darker, the worse. Of the palettes of
# Okabe and Ito (https://jfly.uni-koeln.de/color/) and Tol (https://personal.sron.nl/~pault/).
SEVERITY_COLOURS: Mapping[str, str] = {
    "critical": "#882255",
    "high": "#D55E00",
    "medium": "#E69F00",
    "low": "#88CCEE",
}
BOUND_COLOUR = "#7F7F7F"  # thresholds and bounds
TRAFFIC_COLOUR = "#009E73"  # what is neither good nor bad
FROM_ZERO = {"left": {"min": 0}}  # the axis of a chart that counts

Widget = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of a metric widget: a metric, or an expression over those with an id."""

    label: str = ""
    namespace: str = ""
    name: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    expression: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)  # id, visible, color, period, stat

    def render(self) -> list[Any]:
        """As the body has it."""
        options = {**({"label": self.label} if self.label else {}), **self.options}
        if self.expression:
            return [{"expression": self.expression, **options}]
        pairs = [text for pair in self.dimensions.items() for text in pair]
        return [self.namespace, self.name, *pairs, *([options] if options else [])]


def make_text(markdown: str, *, width: int = WIDTH, height: int = 2) -> Widget:
    """Markdown."""
    return {"type": "text", "width": width, "height": height, "properties": {"markdown": markdown}}


def make_alarms(title: str, arns: Sequence[str], *, width: int = WIDTH // 2) -> list[Widget]:
    """States of alarms, in the order of their names; more than one widget where there are more than 100."""
    per_row = width // 4  # with their names and the time of the change
    return [
        _make_alarm_widget(title, part, {}, width, 1 + -(-len(part) // per_row))
        for part in split(arns, MAX_ALARMS)
    ]


def make_firing(title: str, arns: Sequence[str], *, height: int, width: int = WIDTH // 2) -> list[Widget]:
    """Only the alarms that are in ALARM, the one first that changed last."""
    options = {"states": ["ALARM"], "sortBy": "stateUpdatedTimestamp"}
    return [_make_alarm_widget(title, part, options, width, height) for part in split(arns, MAX_ALARMS)]


def _make_alarm_widget(
    title: str, arns: Sequence[str], options: Mapping[str, Any], width: int, height: int
) -> Widget:
    properties = {"title": title, "alarms": list(arns), **options}
    return {"type": "alarm", "width": width, "height": height, "properties": properties}


def make_metrics(
    title: str, metrics: Sequence[Metric], *, width: int, height: int, period: int = 300, **options: Any
) -> Widget:
    """Sums of metrics: a chart, or what `options` say besides, such as another view."""
    properties = {
        "title": title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "stat": "Sum",
        "period": period,
        **options,
        "metrics": [one.render() for one in metrics],
    }
    return {"type": "metric", "width": width, "height": height, "properties": properties}


def make_numbers(title: str, metrics: Sequence[Metric], *, width: int, height: int, **options: Any) -> Widget:
    """Numbers, each the last value of its metric or expression."""
    return make_metrics(title, metrics, width=width, height=height, view="singleValue", **options)


def make_bounds(bounds: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """The annotations of a chart: lines with a label, at a value."""
    lines = [{"label": label, "value": value, "color": BOUND_COLOUR} for label, value in bounds]
    return {"horizontal": lines}


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


def count_scans(widgets: Iterable[Widget]) -> int:
    """How many queries a load of these widgets runs, each over the whole time that is shown."""
    return sum(widget["type"] == "log" for widget in widgets)


def split(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Parts of at most `size` items."""
    return [items[start : start + size] for start in range(0, len(items), size)]


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
