"""What is drawn of each kind of widget, and that nothing is ever left out silently."""

from __future__ import annotations

from typing import Any

import pytest

from cli.preview.values import AlarmState, Dashboard

from ..support.preview import HOSTILE, ScriptedValues, draw_dashboard

ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:"
ALARMS = {
    "a": AlarmState(name="a", title="A", state="OK", since=100),
    "b": AlarmState(name="b", title="B", state="ALARM", since=500, control="b", raised=(500,)),
    "c": AlarmState(name="c", title="C", state="ALARM", since=900),
}
VALUES = ScriptedValues(
    metrics={"One": (1, 2, None, 4), "Two": (10, 0, 0, 5)},
    rows={
        "by user": [{"user": HOSTILE, "n": "3"}, {"user": "bob", "n": "2"}],
        "bin(5m)": [
            {"bin(5m)": "1970-01-01 00:05:00.000", "n": "4"},
            {"bin(5m)": "1970-01-01 00:00:00.000", "n": "2"},
        ],
        "fields x": [{"@timestamp": "1970-01-01 00:01:00.000", "x": "1", "@ptr": "7"}],
    },
    alarms=ALARMS,
)
METRICS = [
    ["N", "One", {"id": "m1", "stat": "Sum"}],
    [".", "Two", {"id": "m2", "stat": "Sum", "label": "two"}],
]


def _metric(title: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "metric",
        "width": 8,
        "height": 5,
        "properties": {"title": title, "metrics": METRICS, **properties},
    }


def _log(title: str, query: str, view: str = "table") -> dict[str, Any]:
    return {
        "type": "log",
        "width": 8,
        "height": 5,
        "properties": {"title": title, "query": f"SOURCE 'g' | {query}", "view": view},
    }


BOUNDS = [{"label": "bound", "value": 3}, [{"value": 1}, {"value": 2}]]
BY_USER, BY_TIME = "stats count(*) as n by user", "stats count(*) as n by bin(5m)"
WIDGETS: list[dict[str, Any]] = [
    {"type": "text", "width": 24, "height": 2, "properties": {"markdown": f"# A\n{HOSTILE}"}},
    {"type": "alarm", "width": 12, "properties": {"title": "Alarms", "alarms": [ARN + n for n in "abcd"]}},
    _metric("lines", view="timeSeries", annotations={"horizontal": BOUNDS}),
    _metric("areas", view="timeSeries", stacked=True),
    _metric("bars", view="bar"),
    _metric("shares", view="pie"),
    _metric("numbers", view="singleValue", sparkline=True),
    _log("table", BY_USER),
    _log("row bars", BY_USER, "bar"),
    _log("row shares", BY_USER, "pie"),
    _log("over time", BY_TIME, "timeSeries"),
    _log("bars over time", BY_TIME, "bar"),
    {"type": "custom", "width": 6, "height": 3, "properties": {"title": "A function's"}},
    _metric("gauge", view="gauge"),
]
BODY = {"widgets": [{"x": 0, "y": 5 * number, **one} for number, one in enumerate(WIDGETS)]}


def draw(widget: dict[str, Any], **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = draw_dashboard(Dashboard("d", "D", {"widgets": [widget], **body}), VALUES)[
        "widgets"
    ][0]
    return found


def test_every_widget_of_a_body_is_there_in_reading_order() -> None:
    drawn = draw_dashboard(Dashboard("d", "D", BODY), VALUES)["widgets"]
    assert [one["title"] for one in drawn] == [one["properties"].get("title", "") for one in WIDGETS]
    assert [one["kind"] for one in drawn if one["kind"] == "undrawn"] == ["undrawn"] * 2


@pytest.mark.parametrize(
    ("widget", "why"),
    [
        ({"type": "explorer", "properties": {}}, "a widget of the type explorer"),
        ({"type": "custom"}, "a widget of the type custom"),
        ({}, "a widget of the type None"),
        (_metric("", view="gauge"), "a metric widget with the view gauge"),
        (_metric("", start="2026-01-01"), "a metric widget that starts at 2026-01-01"),
        (_log("", "x", "map"), "a log widget with the view map"),
        (_log("", "filter ("), "its query is not run here: expected a field"),
        (_log("", "fields other"), "its query is not run here: no such query"),
        ({"type": "metric", "properties": {"metrics": 5}}, "a widget whose properties cannot be"),
    ],
)  # fmt: skip
def test_what_is_not_drawn_is_named(widget: dict[str, Any], why: str) -> None:
    drawn = draw(widget)
    assert drawn["kind"] == "undrawn"
    assert drawn["why"].startswith(why)


@pytest.mark.parametrize(
    "place", [{"width": "a"}, {"x": -1, "y": None}, {"height": 1e9}, {"width": 99}, {"properties": 5}]
)
def test_a_place_that_cannot_be_is_the_first(place: dict[str, Any]) -> None:
    drawn = draw({"type": "text", "properties": {"markdown": "a"}, **place})
    assert (drawn["x"], drawn["y"]) == (0, 0)
    assert 1 <= drawn["width"] <= 24
    assert drawn["height"] == 6


def _alarm(**properties: Any) -> dict[str, Any]:
    return {"type": "alarm", "properties": {"alarms": [ARN + name for name in "abc"], **properties}}


def test_alarms_are_in_their_order_and_an_unknown_one_is_named() -> None:
    drawn = draw(_alarm(alarms=[ARN + "c", ARN + "x", ARN + "a"]))
    assert [one["name"] for one in drawn["alarms"]] == ["c", "a"]
    assert drawn["notes"] == ["No such alarm here: x."]


def test_alarms_of_some_states_are_the_newest_first() -> None:
    drawn = draw(_alarm(states=["ALARM"], sortBy="stateUpdatedTimestamp"))
    assert [(one["name"], one["since"]) for one in drawn["alarms"]] == [("c", 900), ("b", 500)]
    assert draw(_alarm(states=["INSUFFICIENT_DATA"]))["alarms"] == []


def test_a_chart_has_its_series_and_its_bounds() -> None:
    drawn = draw(WIDGETS[2])
    assert [(one["label"], one["values"]) for one in drawn["series"]] == [
        ("One", [1, 2, None, 4]),
        ("two", [10, 0, 0, 5]),
    ]
    assert [one["value"] for one in drawn["horizontal"]] == [3, 1, 2]
    assert drawn["times"] == [0, 300, 4]


def test_a_number_is_the_last_value_or_of_the_whole_time() -> None:
    assert [one["value"] for one in draw(_metric("", view="singleValue"))["numbers"]] == [4, 5]
    whole = draw(_metric("", view="singleValue", setPeriodToTimeRange=True, sparkline=True))["numbers"]
    assert [(one["value"], one["spark"]) for one in whole] == [(7, [1, 2, None, 4]), (15, [10, 0, 0, 5])]


def test_an_expression_is_evaluated_and_what_it_hides_is_hidden() -> None:
    hidden = {"visible": False}
    metrics = [
        [{"expression": "e2 + 1", "label": "sum", "id": "e1"}],
        *([*one[:2], {**one[2], **hidden}] for one in METRICS),  # type: ignore[dict-item]  # lists as in JSON
        [{"expression": "m1 + m2", "id": "e2", **hidden}],
    ]
    drawn = draw(_metric("", metrics=metrics))
    assert [(one["label"], one["values"]) for one in drawn["series"]] == [("sum", [12, 3, None, 10])]


def test_what_is_not_known_is_said() -> None:
    metrics = [
        ["AWS/SNS", "NumberOfNotificationsFailed"],
        [{"expression": "SEARCH('a', 'Sum', 60)", "id": "e1", "label": "found"}],
    ]
    notes = draw(_metric("", metrics=metrics))["notes"]
    assert notes[0] == "No data here: AWS/SNS NumberOfNotificationsFailed."
    assert notes[1].startswith("found: this expression is not evaluated here")


def test_periods_adapt_to_the_time_unless_the_dashboard_says_otherwise() -> None:
    longer = ScriptedValues(time=VALUES.time.with_step(600), metrics=VALUES.metrics)
    widget = _metric("", period=300)
    adapting = draw_dashboard(Dashboard("d", "D", {"widgets": [widget]}), longer)["widgets"][0]
    inheriting = draw_dashboard(
        Dashboard("d", "D", {"widgets": [widget], "periodOverride": "inherit"}), longer
    )["widgets"][0]
    assert adapting["times"] == [0, 600, 2]
    assert inheriting["times"] == [0, 300, 4]


def test_a_widget_may_have_a_time_of_its_own() -> None:
    assert draw(_metric("", start="-PT10M"))["times"] == [600, 300, 2]
    assert draw(_metric("", start="-PT1H"))["times"] == [-2_400, 300, 12]


def test_rows_keep_the_order_of_the_query_and_have_no_pointer() -> None:
    drawn = draw(_log("", "fields x, @timestamp | display @timestamp, x | limit 1"))
    assert (drawn["columns"], drawn["rows"], drawn["limit"]) == (
        ["@timestamp", "x"],
        [["1970-01-01 00:01:00.000", "1"]],
        1,
    )


def test_counts_by_time_know_their_periods() -> None:
    assert draw(_log("", BY_TIME, "timeSeries"))["bins"] == [0, 300, 4]
    assert draw(_log("", BY_USER, "timeSeries"))["bins"] is None
