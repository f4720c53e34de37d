"""docs/dashboards.md names every widget, and no widget that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from cis_insights.catalogue.header import SEVERITIES
from stacks.dashboards import build_control_queries, build_investigation, build_overview
from stacks.deployed_control import Plan

from ..support.planned import plan_with

PAGE = Path("docs/dashboards.md").read_text(encoding="utf-8")
BUILD = {"overview": build_overview, "investigation": build_investigation, "queries": build_control_queries}


def list_rows() -> set[tuple[str, str]]:
    """Dashboard and title of each widget of the page."""
    table = PAGE.partition("<!-- widgets -->\n")[2].partition("<!-- /widgets -->")[0]
    cells = [line.split(" | ")[:2] for line in table.splitlines()[2:]]
    return {
        (dashboard, title)
        for dashboards, titles in cells
        for dashboard in dashboards.removeprefix("| ").split(", ")
        for title in re.findall(r"`([^`]+)`", titles)
    }


def list_widgets(plan: Plan) -> set[tuple[str, str]]:
    titles = {one.title for one in plan.controls}
    severities = {f"{one.capitalize()} controls" for one in SEVERITIES}
    found = set()
    for dashboard, build in BUILD.items():
        for widget in build(plan)["widgets"]:
            title = widget["properties"].get("title", "")
            title = re.sub(r" \(\d of \d\)$| of all accounts of the trail", "", title)
            title = "CONTROL" if title in titles else "SEVERITY controls" if title in severities else title
            found |= {(dashboard, title)} if title else set()
    return found


def test_the_page_has_the_question_of_every_widget_and_of_no_other() -> None:
    plans = [plan_with(), plan_with(extended="all"), plan_with(trail="organization")]
    assert set().union(*map(list_widgets, plans)) == list_rows()


def test_the_page_says_how_often_a_load_scans() -> None:
    assert "five scans with the controls that are on by default" in PAGE
    assert "four scans with `extended=all`" in PAGE
    for plan, scans in ((plan_with(), 5), (plan_with(extended="all"), 4)):
        assert sum(one["type"] == "log" for one in build_investigation(plan)["widgets"]) == scans
