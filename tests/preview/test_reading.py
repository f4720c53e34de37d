"""What is read of a dashboard's body: metrics, boxes, markdown, queries, times."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from cis_insights import parse_query
from cli.preview.boxes import Box, Narrowed, find_boxed_columns, read_boxes
from cli.preview.log_queries import prepare_query, strip_source
from cli.preview.markdown import read_markdown
from cli.preview.metric_lines import read_lines
from cli.preview.once import Once
from cli.preview.recorded import leave_out_asked
from cli.preview.time_range import TimeRange, choose_range, keep_step, read_duration
from cli.preview.values import Metric

BOXES = [
    Box("user", "User", re.compile(r"\[!-~\]\?"), "[!-~]?"),
    Box("account", "Account", re.compile(r"\[0-9\]\?"), "[0-9]?"),
]


def test_a_dot_is_what_the_metric_before_has() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    metrics = [
        ["AWS/Logs", "IncomingBytes", "LogGroupName", "a", {"label": "bytes", "stat": "Sum", "period": 60}],
        [".", "IncomingLogEvents", ".", "."],
        ["...", "b", {"visible": False, "color": "#abc", "yAxis": "right", "id": "m3"}],
        [{"expression": "m3 * 2", "label": "twice", "id": "e1"}],
    ]
    lines = read_lines({"metrics": metrics, "stat": "Maximum", "period": 3600})
    dimension = {"LogGroupName": "a"}
    assert [line.metric for line in lines] == [
        Metric(namespace="AWS/Logs", name="IncomingBytes", dimensions=dimension, statistic="Sum"),
        Metric(namespace="AWS/Logs", name="IncomingLogEvents", dimensions=dimension, statistic="Maximum"),
        Metric(
            namespace="AWS/Logs",
            name="IncomingLogEvents",
            dimensions={"LogGroupName": "b"},
            statistic="Maximum",
        ),
        None,
    ]
    assert [(one.id, one.label, one.period) for one in lines] == [
        ("line1", "bytes", 60),
        ("line2", "IncomingLogEvents", 3600),
        ("m3", "IncomingLogEvents", 3600),
        ("e1", "twice", 3600),
    ]
    assert [one.is_visible for one in lines] == [True, True, False, True]
    assert (lines[2].color, lines[2].is_right, lines[3].expression) == ("#abc", True, "m3 * 2")


def test_a_box_narrows_the_column_whose_expression_it_replaces() -> None:
    text = "filter eventName = 'A' | fields a as user | filter user like /[!-~]?/ and account like /[0-9]?/"
    assert find_boxed_columns(parse_query(text.replace("'", '"')), BOXES) == {
        "user": Narrowed("user"),
        "account": Narrowed("account"),
    }


def test_a_column_that_may_be_absent_is_narrowed_too() -> None:
    query = parse_query('filter coalesce(user, "") like /[!-~]?/')
    assert find_boxed_columns(query, BOXES) == {"user": Narrowed("user", takes_absent=True)}


@pytest.mark.parametrize("condition", ["user like /a/", "user not like /[!-~]?/", 'user like "[!-~]?"'])
def test_a_box_narrows_nothing_else(condition: str) -> None:
    assert find_boxed_columns(parse_query(f"filter {condition}"), BOXES) == {}


def test_variables_of_other_kinds_are_named() -> None:
    variables = [
        {
            "type": "pattern",
            "inputType": "input",
            "pattern": "x",
            "id": "a",
            "label": "A",
            "defaultValue": "x",
        },
        {"type": "property", "inputType": "select", "property": "region", "id": "b"},
        {"type": "pattern", "inputType": "input", "pattern": "(", "id": "c"},
    ]
    boxes, others = read_boxes({"variables": variables})
    assert [(box.id, box.label, box.default) for box in boxes] == [("a", "A", "x")]
    assert others == ["b (property, select)", "c (pattern, input)"]


def test_a_list_is_asked_for_more_rows_and_without_boxes() -> None:
    asked = prepare_query(
        "SOURCE 'g' | filter a = 1\n| fields b as user | filter user like /[!-~]?/\n| limit 5", BOXES
    )
    assert asked.text == "filter a = 1\n| fields b as user\n| limit 120"
    assert (asked.limit, asked.columns, asked.counts) == (5, {"user": Narrowed("user")}, None)
    assert asked.defaults["user"].search("anybody")


def test_counts_are_asked_by_the_columns_of_boxes_as_well() -> None:
    boxed = "filter a = 1 | filter user like /[!-~]?/ and account like /[0-9]?/"
    text = f"{boxed} | stats count(*) as n, max(t) by user | sort n desc | limit 9"
    asked = prepare_query(text, BOXES)
    assert asked.text == text
    assert asked.counts
    assert asked.counts.text.endswith(
        "stats count(*) as n, max(t) by account, user\n| sort n desc\n| limit 2000"
    )
    assert asked.counts.folds == {"n": "sum", "max(t)": "max"}
    assert (list(asked.counts.keys), asked.counts.sort, asked.limit) == (["user"], [("n", "desc")], 9)


@pytest.mark.parametrize("aggregate", ["avg(b)", "count_distinct(b)", "count(*) * 2"])
def test_what_cannot_be_added_up_is_not_narrowed(aggregate: str) -> None:
    asked = prepare_query(f"filter user like /[!-~]?/ | stats {aggregate} as n by c", BOXES)
    assert (asked.counts, asked.columns) == (None, {})


def test_the_log_groups_are_left_out_and_a_field_of_the_name_is_not() -> None:
    assert strip_source("SOURCE 'a', \"b\" | filter x = 1") == "filter x = 1"
    assert strip_source("fields SOURCE | limit 1") == "fields SOURCE | limit 1"


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("**a** `b`", [["p", {}, ["strong", {}, "a"], " ", ["code", {}, "b"]]]),
        ("# a", [["h1", {}, "a"]]),
        ("[a](https://x.example/)", [["p", {}, ["a", {"href": "https://x.example/"}, "a"]]]),
        ("[a](#dashboards/dashboard/b)", [["p", {}, ["a", {"href": "#dashboards/dashboard/b"}, "a"]]]),
        ("[a](javascript:alert)", [["p", {}, "[a](javascript:alert)"]]),
        ("[a](file:///etc)", [["p", {}, "[a](file:///etc)"]]),
        ("[a](button:primary:x)", [["p", {}, ["span", {}, "a"]]]),
        ("<script>alert(1)</script>", [["p", {}, "<script>alert(1)</script>"]]),
        ("![a](https://x.example/a.png)", [["p", {}, "a"]]),
    ],
)
def test_markdown_becomes_harmless_elements(text: str, elements: list[Any]) -> None:
    assert read_markdown(text) == elements


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 10_799, TimeRange(0, 300, 36)),
        (10_000, 10_001, TimeRange(-900, 300, 37)),
        (0, 604_799, TimeRange(0, 3_600, 168)),
        (0, 2_592_000, TimeRange(0, 21_600, 121)),
    ],
)
def test_a_time_is_shown_in_periods_that_fit_a_screen(first: int, last: int, expected: TimeRange) -> None:
    assert choose_range(first, last) == expected


def test_sums_are_by_period_and_others_are_left_out() -> None:
    assert TimeRange(300, 300, 3).sum_up([(299, 9), (300, 1), (599, 2), (900, 4), (1_200, 9)]) == [
        3.0,
        None,
        4.0,
    ]
    assert TimeRange(0, 300, 3).sum_up([(299, 9), (600, 2)], [0.0, 0.0, None]) == [9.0, 0.0, 2.0]


DAY = 86_400


@pytest.mark.parametrize(
    ("step", "days", "kept"),
    [(60, 15, 60), (60, 16, 300), (300, 63, 300), (300, 64, 3_600), (5_400, 64, 7_200), (DAY, 900, DAY)],
)
def test_periods_are_as_long_as_those_that_cloudwatch_still_has(step: int, days: int, kept: int) -> None:
    assert keep_step(step, days * DAY) == kept


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("-PT3H", 10_800), ("-P7D", 604_800), ("-P14D", 1_209_600), ("2026-01-01", None), ("P", None)],
)
def test_a_duration_is_read(text: str, seconds: int | None) -> None:
    assert read_duration(text) == seconds


def test_what_events_are_found_by_is_not_asked_again() -> None:
    query = parse_query(
        'filter a = "1" | fields b | filter c = "2" | stats count(*) as n by b | filter n > 2'
    )
    left = leave_out_asked(query)
    assert [type(stage).__name__ for stage in left.stages] == ["Fields", "Stats", "Filter"]
    untouched = parse_query("fields @message | limit 5")
    assert leave_out_asked(untouched).stages == untouched.stages


def test_many_who_ask_at_once_get_one_answer() -> None:
    asked: list[str] = []
    go_on = Event()

    def find(question: str) -> int:
        asked.append(question)
        assert go_on.wait(10)
        return len(question)

    once = Once(find)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(once, question) for question in ("a", "a", "bb", "a")]
        go_on.set()
        assert [one.result() for one in answers] == [1, 1, 2, 1]
    assert sorted(asked) == ["a", "bb"]


def test_what_could_not_be_answered_is_said_to_everybody() -> None:
    asked: list[str] = []

    def refuse(question: str) -> int:
        asked.append(question)
        raise ValueError(question)

    once = Once(refuse)
    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            once("a")
    assert asked == ["a"]
