"""A metric widget: lines, areas, bars, numbers with sparklines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights import QueryError
from cis_insights.metric_math import MetricMath, Series

from .metric_lines import Line, read_lines
from .time_range import TimeRange, keep_step, read_duration
from .values import Values

Drawn = dict[str, Any]
CHARTS = ("timeSeries", "bar", "pie")
MAX_POINTS, MAX_SPARK = 200, 60  # of a line: as many as a screen shows apart


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with its values."""

    line: Line
    label: str
    values: Series


class Curves:
    """The values of a widget's lines over some time, expressions too.

    Attributes:
        notes: on metrics that are not known, and expressions that are not evaluated.
    """

    def __init__(self, lines: Sequence[Line], values: Values, time: TimeRange) -> None:
        self.notes: list[str] = []
        self._lines, self._time = lines, time
        self._series: dict[str, list[Series]] = {}
        for line in lines:
            if line.metric:
                self._series[line.id] = [self._read_metric(line, values)]
        self._evaluate()

    def _read_metric(self, line: Line, values: Values) -> Series:
        metric = line.metric
        found = values.read_metric(metric, self._time) if metric else None
        if metric and found is None:
            self.notes.append(f"No data here: {metric.namespace} {metric.name}.")
        return found if found is not None else (None,) * self._time.count

    def _evaluate(self) -> None:
        """Expressions, those last whose expressions others have to be known for."""
        waiting = [line for line in self._lines if line.expression]
        metrics = {key: found[0] for key, found in self._series.items()}
        while waiting:
            ready = [line for line in waiting if not self._names_any(line, waiting)] or waiting
            for line in ready:
                known = metrics | {key: one[0] for key, one in self._series.items() if len(one) == 1}
                self._series[line.id] = self._evaluate_line(line, known, metrics)
            waiting = [line for line in waiting if line not in ready]

    @staticmethod
    def _names_any(line: Line, others: Sequence[Line]) -> bool:
        return any(one is not line and one.id in line.expression for one in others)

    def _evaluate_line(
        self, line: Line, known: Mapping[str, Series], metrics: Mapping[str, Series]
    ) -> list[Series]:
        try:
            return MetricMath(known, self._time.step, self._time.start, tuple(metrics)).evaluate_series(
                line.expression
            )
        except QueryError as error:
            self.notes.append(f"{line.label}: {error.faults[0].message}")
            return []

    def list_visible(self) -> Iterator[Curve]:
        """The curves that are drawn."""
        for line in self._lines:
            several = self._series.get(line.id, [])
            for number, series in enumerate(several, 1):
                if line.is_visible:
                    yield Curve(line, line.label if len(several) == 1 else f"{line.label} {number}", series)


def draw_metric_widget(properties: Mapping[str, Any], values: Values, *, adapts: bool) -> Drawn:
    """What is drawn of a metric widget.

    Args:
        adapts: whether periods become longer with the time that is shown (`periodOverride`).
    """
    view = str(properties.get("view", "timeSeries"))
    lines = read_lines(properties)
    if view not in ("singleValue", *CHARTS):
        return {"kind": "undrawn", "why": f"a metric widget with the view {view}"}
    time = _choose_time(properties, lines, values.time, adapts=adapts)
    if time is None:
        return {"kind": "undrawn", "why": f"a metric widget that starts at {properties.get('start')}"}
    if view == "singleValue":
        return _draw_numbers(properties, lines, values, time)
    return _draw_chart(properties, view, Curves(lines, values, time), time)


def _choose_time(
    properties: Mapping[str, Any], lines: Sequence[Line], time: TimeRange, *, adapts: bool
) -> TimeRange | None:
    """The periods of a widget: its own time before the page's; None for a time that is not understood."""
    longest = max((line.period for line in lines if line.metric), default=time.step)
    step = max(longest, time.step) if adapts else longest
    if start := properties.get("start"):
        seconds = read_duration(str(start))
        return time.with_step(keep_step(step, seconds)).last_part(seconds) if seconds else None
    return time.with_step(keep_step(step, time.end - time.start))


def _draw_numbers(
    properties: Mapping[str, Any], lines: Sequence[Line], values: Values, time: TimeRange
) -> Drawn:
    curves = Curves(lines, values, time)
    shown = list(curves.list_visible())
    numbers = [_find_last(curve.values) for curve in shown]
    if properties.get("setPeriodToTimeRange"):
        whole = TimeRange(time.start, time.end - time.start, 1)
        numbers = [curve.values[0] for curve in Curves(lines, values, whole).list_visible()]
    sparkline = bool(properties.get("sparkline"))
    return {
        "kind": "numbers",
        "full": bool(properties.get("singleValueFullPrecision")),
        "numbers": [
            {
                "label": curve.label,
                "value": _shorten(number),
                "color": curve.line.color,
                "spark": list(thin_out(curve.values, MAX_SPARK)) if sparkline else None,
            }
            for curve, number in zip(shown, numbers, strict=True)
        ],
        "notes": curves.notes,
    }


def _draw_chart(properties: Mapping[str, Any], view: str, curves: Curves, time: TimeRange) -> Drawn:
    axis = properties.get("yAxis", {}).get("left", {})
    each = -(-time.count // MAX_POINTS)
    thinned = f"Each point is the largest of {each:,} periods of {time.step // 60} min." if each > 1 else ""
    return {
        "kind": "chart",
        "view": view,
        "stacked": bool(properties.get("stacked")),
        "times": [time.start, time.step * each, -(-time.count // each)],
        "series": [
            {
                "label": curve.label,
                "color": curve.line.color,
                "right": curve.line.is_right,
                "total": _shorten(math.fsum(value for value in curve.values if value is not None)),
                "values": list(thin_out(curve.values, MAX_POINTS)),
            }
            for curve in curves.list_visible()
        ],
        "horizontal": list(_read_horizontal(properties.get("annotations", {}))),
        "axis": {key: axis[key] for key in ("min", "max", "label") if key in axis},
        "notes": [*curves.notes, *([thinned] if thinned else [])],
    }


def thin_out(values: Series, most: int) -> Iterator[float | int | None]:
    """At most so many values: the largest of each some, so that what reaches a threshold is seen."""
    each = -(-len(values) // most)
    for start in range(0, len(values), each):
        known = [value for value in values[start : start + each] if value is not None]
        yield _shorten(max(known)) if known else None


def _read_horizontal(annotations: Mapping[str, Any]) -> Iterator[Drawn]:
    """Lines at a value; a band is its two lines."""
    for one in annotations.get("horizontal", ()):
        for each in one if isinstance(one, list) else [one]:
            color, label = str(each.get("color", "")), str(each.get("label", ""))
            yield {"value": each.get("value"), "label": label, "color": color}


def _find_last(values: Series) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _shorten(value: float | None) -> float | int | None:
    """Without the digits that nobody reads; what is not a number is none."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else float(f"{value:.6g}")
