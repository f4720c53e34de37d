"""The list of a metric widget's metrics -> its lines: a metric or an expression each.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
(Metric Widget: Format for Each Metric in the Array)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .values import Metric

DEFAULT_PERIOD = 300  # seconds
DEFAULT_STATISTIC = "Average"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A metric, or an expression over others."""

    id: str
    label: str
    metric: Metric | None = None
    expression: str = ""
    period: int = DEFAULT_PERIOD
    color: str = ""
    is_visible: bool = True
    is_right: bool = False  # of the axis on the right


def read_lines(properties: Mapping[str, Any]) -> list[Line]:
    """The lines of a metric widget, in order; `.` and `...` stand for what the one before has."""
    lines: list[Line] = []
    before: list[str] = []
    for number, entry in enumerate(properties.get("metrics", ()), 1):
        options = entry[-1] if entry and isinstance(entry[-1], Mapping) else {}
        parts = [str(part) for part in (entry[:-1] if options else entry)]
        if parts:
            before = _repeat(parts, before)
        lines.append(_read_line(before if parts else [], options, properties, number))
    return lines


def _repeat(parts: Sequence[str], before: Sequence[str]) -> list[str]:
    if parts[0] == "...":
        own = parts[1:]
        parts = [*before[: len(before) - len(own)], *own]
    return [before[n] if part == "." and n < len(before) else part for n, part in enumerate(parts)]


def _read_line(
    parts: Sequence[str], options: Mapping[str, Any], properties: Mapping[str, Any], number: int
) -> Line:
    id, expression = str(options.get("id", "")), str(options.get("expression", ""))
    metric = _read_metric(parts, options, properties) if parts else None
    return Line(
        id=id or f"line{number}",
        label=str(options.get("label", "")) or (metric.name if metric else id or expression),
        metric=metric,
        expression="" if metric else expression,
        period=int(options.get("period") or properties.get("period") or DEFAULT_PERIOD),
        color=str(options.get("color", "")),
        is_visible=bool(options.get("visible", True)),
        is_right=options.get("yAxis") == "right",
    )


def _read_metric(parts: Sequence[str], options: Mapping[str, Any], properties: Mapping[str, Any]) -> Metric:
    namespace, name, *dimensions = [*parts, ""][: max(2, len(parts))]
    return Metric(
        namespace=namespace,
        name=name,
        dimensions=dict(_pair(dimensions)),
        statistic=str(options.get("stat") or properties.get("stat") or DEFAULT_STATISTIC),
    )


def _pair(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(parts[::2], parts[1::2], strict=False)
