"""A dashboard's body -> what the page draws of it; what it does not know is named in its place.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from cis_insights import QueryError

from .boxes import Box, read_boxes
from .log_widget import draw_log_widget, explain_error
from .markdown import read_markdown
from .metric_widget import draw_metric_widget
from .values import AlarmState, Dashboard, Values

Drawn = dict[str, Any]
WIDTH, DEFAULT_WIDTH, DEFAULT_HEIGHT = 24, 6, 6
MAX_PLACE = 10_000  # ours; rows of the grid
_ORDER = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}


def start_drawing(dashboard: Dashboard, values: Values, pool: Executor) -> Callable[[], Drawn]:
    """Begins to draw a dashboard with all its widgets; what they wait for, they wait for at the same time.

    Returns:
        A function that waits for the widgets, and has the dashboard.
    """
    boxes, _ = read_boxes(dashboard.body)
    adapts = dashboard.body.get("periodOverride", "auto") != "inherit"
    widgets = dashboard.body.get("widgets", ())
    drawn = [pool.submit(_draw, one, boxes, values, adapts=adapts) for one in widgets]
    return lambda: _arrange(dashboard, [one.result() for one in drawn])


def _arrange(dashboard: Dashboard, drawn: Sequence[Drawn]) -> Drawn:
    """A dashboard with its widgets in reading order."""
    boxes, others = read_boxes(dashboard.body)
    widgets = map(_place, dashboard.body.get("widgets", ()), drawn)
    return {
        "id": dashboard.name,
        "title": dashboard.title,
        "boxes": [{"id": box.id, "label": box.label, "default": box.default} for box in boxes],
        "notes": [f"This variable is not drawn: {label}." for label in others],
        "widgets": sorted(widgets, key=lambda one: (one["y"], one["x"])),
    }


def _place(widget: Mapping[str, Any], drawn: Drawn) -> Drawn:
    """A widget at its place of the grid; a place that is no number is the first."""
    properties = widget.get("properties")
    width = min(max(_read_number(widget, "width", DEFAULT_WIDTH), 1), WIDTH)
    return {
        "x": min(_read_number(widget, "x", 0), WIDTH - width),
        "y": _read_number(widget, "y", 0),
        "width": width,
        "height": max(_read_number(widget, "height", DEFAULT_HEIGHT), 1),
        "title": str(properties.get("title", "")) if isinstance(properties, Mapping) else "",
        **drawn,
    }


def _read_number(widget: Mapping[str, Any], name: str, default: int) -> int:
    value = widget.get(name, default)
    return int(value) if isinstance(value, int | float) and 0 <= value < MAX_PLACE else default


def _draw(widget: Mapping[str, Any], boxes: Sequence[Box], values: Values, *, adapts: bool) -> Drawn:
    properties = widget.get("properties", {})
    try:
        match widget.get("type"):
            case "text":
                return {"kind": "text", "content": read_markdown(str(properties.get("markdown", "")))}
            case "alarm":
                return _draw_alarms(properties, values)
            case "metric":
                return draw_metric_widget(properties, values, adapts=adapts)
            case "log":
                return draw_log_widget(properties, boxes, values)
            case kind:
                return {"kind": "undrawn", "why": f"a widget of the type {kind}"}
    except QueryError as error:
        return {"kind": "undrawn", "why": explain_error(error)}
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        return {"kind": "undrawn", "why": f"a widget whose properties cannot be read: {error!r}"}


def _draw_alarms(properties: Mapping[str, Any], values: Values) -> Drawn:
    """The states of some alarms, those of some states only where the widget says so."""
    names = [str(arn).partition(":alarm:")[2] or str(arn) for arn in properties.get("alarms", ())]
    known = [(name, values.read_alarm(name)) for name in names]
    wanted = properties.get("states") or list(_ORDER)
    states = [state for _, state in known if state and state.state in wanted]
    return {
        "kind": "alarms",
        "alarms": [
            describe_alarm(one) for one in _sort_alarms(states, str(properties.get("sortBy", "default")))
        ],
        "states": list(properties.get("states", ())),
        "of": len(names),
        "notes": [f"No such alarm here: {name}." for name, state in known if state is None],
    }


def _sort_alarms(states: Sequence[AlarmState], by: str) -> Sequence[AlarmState]:
    """`default` is by name, `stateUpdatedTimestamp` and `timestamp` the newest first."""
    if by == "default":
        return states
    return sorted(states, key=lambda one: (-(one.since or 0), _ORDER[one.state], one.name))


def describe_alarm(one: AlarmState) -> Drawn:
    """An alarm as the page shows it."""
    return {
        "name": one.name,
        "title": one.title,
        "state": one.state,
        "since": one.since,
        "control": one.control,
        "raised": len(one.raised),
    }
