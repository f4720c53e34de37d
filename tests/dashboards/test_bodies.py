"""The bodies are what AWS documents, whatever is deployed, and cost what they say."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cis_insights import parse_query
from cis_insights.catalogue.columns import WHO
from cis_insights.catalogue.header import SEVERITIES
from stacks.dashboards import (
    build_overview,
    count_scans_by_dashboard,
)
from stacks.dashboards.event_queries import ROOM
from stacks.dashboards.overview import list_own_alarms
from stacks.dashboards.widgets import SEVERITY_COLOURS, count_scans

from ..support.dashboard_schema import find_mistakes
from ..support.dashboards import BUILD, SETS, Body, body, logs, planned, titled
from ..support.planned import add_controls, plan_with

LONG_NAME = "x" * 512


def check(found: Body) -> None:
    deployed = json.loads(json.dumps(found).replace("${LogGroup}", LONG_NAME))
    assert list(find_mistakes(deployed)) == []
    taken: set[tuple[int, int]] = set()
    for widget in found["widgets"]:
        cells = {
            (widget["x"] + i, widget["y"] + j)
            for i in range(widget["width"])
            for j in range(widget["height"])
        }
        assert not cells & taken
        assert widget["x"] + widget["width"] <= 24
        taken |= cells


@pytest.mark.parametrize("dashboard", BUILD)
@pytest.mark.parametrize("which", SETS)
def test_a_body_is_what_aws_documents_and_no_widget_is_on_another(which: str, dashboard: str) -> None:
    check(body(dashboard, which))


def test_two_hundred_controls_fit_too(tmp_path: Path) -> None:
    filters = {f"own-{number}": f'filter tolower(eventName) = "own{number}"' for number in range(200)}
    plan = plan_with(add_controls(tmp_path, filters), controls=",".join(filters))
    for build in BUILD.values():
        check(build(plan))
    firing = titled(build_overview(plan), "In ALARM now")
    assert sum(len(one["alarms"]) for one in firing) == 200 + len(list_own_alarms(plan))


WRONG: dict[str, Callable[[Body], object]] = {
    "unknown property": lambda found: found["widgets"][1]["properties"].update(sparkLine=True),
    "alarms": lambda found: found["widgets"][1]["properties"].update(alarms=["a"] * 101),
    "state": lambda found: found["widgets"][1]["properties"].update(states=["Alarm"]),
    "two totals": lambda found: titled(found, "4.1 ")[0].update(setPeriodToTimeRange=True),
    "colour": lambda found: titled(found, "4.1 ")[0]["metrics"][0][0].update(color="orange"),
    "id": lambda found: titled(found, "4.1 ")[0]["metrics"][0][0].update(id="Total"),
    "metrics": lambda found: titled(found, "Events by control")[0].update(metrics=[["a", "b"]] * 501),
    "widgets": lambda found: found.update(widgets=found["widgets"][:1] * 501),
    "grid": lambda found: found["widgets"][1].update(width=25),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_the_schema_notices_what_aws_does_not_document(change: Callable[[Body], object]) -> None:
    wrong = copy.deepcopy(body("overview"))
    change(wrong)
    assert list(find_mistakes(wrong))


# --- what a load scans ---------------------------------------------------------------


@pytest.mark.parametrize("which", SETS)
def test_the_overview_scans_nothing_and_the_investigation_five_times_at_most(which: str) -> None:
    assert count_scans(body("overview", which)["widgets"]) == 0
    assert 0 < count_scans(body("investigation", which)["widgets"]) <= 5
    assert count_scans(body("queries", which)["widgets"]) == len(planned(which).controls)


@pytest.mark.parametrize("which", SETS)
def test_what_is_said_of_scans_is_what_the_bodies_have(which: str) -> None:
    prefix = planned(which).settings.prefix
    said = count_scans_by_dashboard(planned(which))
    names = {f"{prefix}-overview": "overview", f"{prefix}-queries": "queries"}
    if which != "bare":
        names[f"{prefix}-controls"] = "investigation"
    assert said == {name: count_scans(body(dashboard, which)["widgets"]) for name, dashboard in names.items()}
    for dashboard in ("investigation", "queries"):
        scans = count_scans(body(dashboard, which)["widgets"])
        (cost,) = titled(body(dashboard, which), "What this load costs")
        expressions = [one[0].get("expression") for one in cost["metrics"] if isinstance(one[0], dict)]
        assert f"TIME_SERIES(SUM(bytes)/1000000000*0.005*{scans})" in expressions


def test_without_dashboards_nothing_is_scanned_and_one_may_be_left_out() -> None:
    assert count_scans_by_dashboard(plan_with(dashboards="off")) == {}
    assert "cis-queries" not in count_scans_by_dashboard(plan_with(query_dashboard="off"))


@pytest.mark.parametrize("which", ["default", "all", "organization"])
def test_every_query_parses_is_short_enough_and_says_who_by_the_files_lines(which: str) -> None:
    for one in (*logs(body("investigation", which)), *logs(body("queries", which))):
        source, bar, query = one["query"].partition(" | ")
        assert (source, bar) == ("SOURCE '${LogGroup}'", " | ")
        parse_query(query)
        assert WHO in query
    assert all(
        len(one["query"]) <= ROOM + len("SOURCE '${LogGroup}' | ")
        for one in logs(body("investigation", which))
    )


def test_what_fits_decides_which_questions_have_a_query_of_their_own() -> None:
    assert [one["title"] for one in logs(body("investigation"))] == [
        "Everything the controls ask for, newest first",
        "Who: events by person",
        "From where: events by address",
        "In which account",
        "When: events, and failed ones, by 15 minutes",
    ]
    assert [one["title"] for one in logs(body("investigation", "all"))] == [
        "Everything the controls ask for, newest first (1 of 2)",
        "Everything the controls ask for, newest first (2 of 2)",
        "Who, from where, in which account (1 of 2)",
        "Who, from where, in which account (2 of 2)",
    ]
    assert titled(body("investigation", "all"), "Events by severity")
    assert not titled(body("investigation"), "Events by severity")


def test_each_control_s_own_query_is_the_file_s() -> None:
    queries = {one["title"]: one["query"] for one in logs(body("queries"))}
    assert len(queries) == len(planned("default").controls)
    for one in planned("default").controls:
        assert queries[one.title].startswith(
            f"SOURCE '${{LogGroup}}' | {one.control.query_text.rstrip()}\n| filter "
        )


# --- numbers, colours, bounds --------------------------------------------------------


def list_metrics(found: Body) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each line of each metric widget with its options."""
    for widget in found["widgets"]:
        for line in widget["properties"].get("metrics", ()):
            yield widget["properties"], line[-1] if isinstance(line[-1], dict) else {}


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
DOCUMENTED = {"SUM", "MAX", "IF", "EPOCH", "TIME_SERIES", "RUNNING_SUM"}


@pytest.mark.parametrize("dashboard", BUILD)
def test_expressions_use_documented_functions_of_metrics_that_are_there(dashboard: str) -> None:
    for widget in body(dashboard, "all")["widgets"]:
        lines = [line[-1] for line in widget["properties"].get("metrics", ()) if isinstance(line[-1], dict)]
        ids = [line["id"] for line in lines if "id" in line]
        assert len(ids) == len(set(ids))
        for expression in filter(None, (line.get("expression") for line in lines)):
            assert set(re.findall(r"[A-Z_]+(?=\()", expression)) <= DOCUMENTED
            assert set(re.findall(r"\b[a-z]\w*", expression)) <= set(ids)


def test_a_severity_has_one_colour_on_every_widget() -> None:
    by_title = {one.title: SEVERITY_COLOURS[one.severity] for one in planned("all").controls}
    charts = ("Events by control", "Events of the last 7 days")
    labels = [
        (options["label"], options["color"])
        for properties, options in list_metrics(body("overview", "all"))
        if properties["title"].startswith(charts) and "label" in options
    ]
    assert len(labels) == 2 * len(by_title)
    assert all(by_title[label] == colour for label, colour in labels)
    numbers = {
        one["title"]: one["metrics"][0][0]["color"]
        for one in titled(body("overview", "all"), "")
        if one.get("sparkline") and one["title"] in by_title
    }
    assert numbers == by_title
    (severities,) = titled(body("overview", "all"), "Events by severity")
    shown = {line[0]["id"]: line[0]["color"] for line in severities["metrics"] if isinstance(line[0], dict)}
    assert shown == {name: SEVERITY_COLOURS[name] for name in shown}


def test_colours_are_apart_for_those_who_see_none() -> None:
    """The lightness of any two differs, as ITU-R BT.709 weighs red, green and blue."""
    weights = (0.2126, 0.7152, 0.0722)
    lightness = [
        sum(w * int(SEVERITY_COLOURS[one][i : i + 2], 16) for w, i in zip(weights, (1, 3, 5), strict=True))
        for one in reversed(SEVERITIES)
    ]
    assert all(lighter - darker > 25 for darker, lighter in pairwise(lightness))


def test_every_threshold_is_a_line_and_silence_has_its_bound() -> None:
    plan = plan_with(**{"vpc-changes__threshold": 7, "vpc-changes__period": 900})
    (chart,) = titled(build_overview(plan), "Events by control")
    assert [(one["label"], one["value"]) for one in chart["annotations"]["horizontal"]] == [
        (f"ALARM from 1: {len(plan.controls) - 1} controls", 1),
        ("ALARM from 7: 4.14 VPC changes", 7),
    ]
    periods = {line[-1]["label"]: line[-1]["period"] for line in chart["metrics"]}
    assert (periods["4.14 VPC changes"], periods["4.13 Route table changes"]) == (900, 300)
    (alive,) = titled(body("overview"), "Is it alive?")
    assert [one["label"] for one in alive["annotations"]["horizontal"]] == [
        "heartbeat: ALARM after 45 minutes below 1"
    ]
    assert titled(body("overview", "bare"), "Is it alive?")[0]["annotations"] == {"horizontal": []}


def test_what_is_in_alarm_now_is_first_by_time_and_has_the_product_s_own_alarms() -> None:
    (firing,) = titled(body("overview"), "In ALARM now")
    assert (firing["states"], firing["sortBy"]) == (["ALARM"], "stateUpdatedTimestamp")
    (itself,) = titled(body("overview"), "The monitoring itself")
    assert [name.removeprefix("${Alarm}") for name in itself["alarms"]] == list_own_alarms(planned("default"))
    assert list_own_alarms(planned("bare")) == ["cis-alarms-failing", "cis-alarms-watch-failing"]
    by_severity = [titled(body("overview"), f"{one.capitalize()} controls") for one in SEVERITIES]
    shown = {alarm for found in by_severity for one in found for alarm in one["alarms"]}
    assert shown | set(itself["alarms"]) == set(firing["alarms"])
    assert not shown & set(itself["alarms"])


def test_failures_are_counted_of_what_is_deployed() -> None:
    def labels(which: str) -> list[str]:
        (heard,) = titled(body("overview", which), "Was it heard?")
        return [line[-1]["label"] for line in heard["metrics"]]

    assert labels("default") == [
        "failed notifications",
        "failed notifications (watch)",
        "failed answers",
        "answers that took too long",
        "failed second path (calls)",
        "failed second path (access)",
        "failed second path (removals)",
        "failed second path (alarms)",
    ]
    assert labels("bare") == ["failed notifications", "failed notifications (watch)"]
    assert "failed notifications (quiet)" in labels("all")


# --- words and links -----------------------------------------------------------------


def texts(found: Body) -> str:
    return "\n".join(one["properties"]["markdown"] for one in found["widgets"] if one["type"] == "text")


def test_every_saved_query_has_a_link() -> None:
    plan, said = planned("all"), texts(body("overview", "all"))
    linked = re.findall(r"\[([^\]]+)\]\(https://\$\{AWS::Region\}\.\$\{Page\}[^)]*\$\{(Query\w+)\}", said)
    assert (
        len(linked)
        == len({variable for _, variable in linked})
        == len(plan.controls) + len(plan.investigations)
    )
    assert {title for title, _ in linked} == {one.title for one in (*plan.controls, *plan.investigations)}


def test_links_go_to_dashboards_that_there_are() -> None:
    assert "/cis-controls?" in texts(body("overview"))
    assert "/cis-controls?" not in texts(body("overview", "bare"))
    assert "/cis-queries?" not in texts(build_overview(plan_with(query_dashboard="off")))
    assert "in which account" in texts(body("overview", "organization"))
    assert "in which account" not in texts(body("overview"))
    assert "5 queries a load" in texts(body("overview"))
