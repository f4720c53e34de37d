"""A real browser opens the page: every widget is drawn, nothing is asked for, hostile text does nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.preview.page import build_page
from cli.preview.values import Dashboard

from ..support.preview import HOSTILE, NEEDS_BROWSER, draw_dashboard, visit
from .test_drawing import BODY, VALUES

pytestmark = NEEDS_BROWSER
WIDE, NARROW = {"width": 1440}, {"width": 390}
STEPS = {
    "overview": {**WIDE},
    "overview, dark and narrow": {**NARROW, "scheme": "dark"},
    "investigation": {**WIDE, "hash": "INVESTIGATION"},
    "investigation, dark": {**WIDE, "hash": "INVESTIGATION", "scheme": "dark"},
    "investigation, whole texts": {**WIDE, "hash": "INVESTIGATION", "press": ".whole-texts"},
    "investigation of bob": {**WIDE, "hash": "INVESTIGATION", "box": "user", "text": "^bob$"},
    "investigation of nobody": {**WIDE, "hash": "INVESTIGATION", "box": "user", "text": "^nobody$"},
    "investigation, not an expression": {**WIDE, "hash": "INVESTIGATION", "box": "user", "text": "("},
    "investigation, narrow": {**NARROW, "hash": "INVESTIGATION"},
    "controls": {**NARROW, "hash": "controls"},
    "control": {**NARROW, "hash": "controls/security-group-changes"},
    "mails": {**NARROW, "hash": "mails"},
    "keyboard": {**WIDE, "keys": ["Tab", "Tab", "Tab"]},
    "at 400 %": {"width": 360, "height": 225, "hash": "INVESTIGATION"},
    "kinds": {**WIDE, "hash": "kinds"},
    "kinds, narrow": {**NARROW, "hash": "kinds", "scheme": "dark"},
}
Seen = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def seen(page: Path, data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The page with one more dashboard, of every kind of widget."""
    folder = tmp_path_factory.mktemp("browser")
    kinds = draw_dashboard(Dashboard("kinds", "Kinds", BODY), VALUES)
    path = folder / "page.html"
    path.write_text(build_page({**data, "dashboards": [*data["dashboards"], kinds]}), encoding="utf-8")
    investigation = data["dashboards"][1]["id"]
    steps = [
        {**step, "hash": step.get("hash", "").replace("INVESTIGATION", investigation)}
        for step in STEPS.values()
    ]
    return dict(zip(STEPS, visit(path, folder, steps), strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_said_asked_or_run_and_nothing_is_wider_than_the_screen(seen: Seen, step: str) -> None:
    found = seen[step]
    assert (found["said"], found["asked"], found["ran"], found["alive"]) == ([], [], 0, 0)
    assert found["wider"] == 0
    assert found["hidden"] == []
    assert found["scripts"] == 3


@pytest.mark.parametrize("step", [step for step in STEPS if "control" not in step and "mails" not in step])
def test_every_widget_is_drawn(seen: Seen, step: str) -> None:
    for widget in seen[step]["widgets"]:
        assert all(widget["drawn"]), widget["title"]
        assert widget["text"] or widget["drawn"], widget["title"]
        assert widget["height"] > 30, widget["title"]


def test_as_many_widgets_are_there_as_the_bodies_have(seen: Seen, data: dict[str, Any]) -> None:
    assert len(seen["overview"]["widgets"]) == len(data["dashboards"][0]["widgets"])
    assert len(seen["investigation, narrow"]["widgets"]) == len(data["dashboards"][1]["widgets"])


def test_numbers_are_those_of_the_back_test(seen: Seen, data: dict[str, Any]) -> None:
    """`test_page` holds the totals of controls to the back-test."""
    tiles = {one["title"]: one["values"] for one in seen["overview"]["widgets"] if one["kind"] == "numbers"}
    assert [tiles[one["title"]] for one in data["controls"]] == [
        [str(one["total"])] for one in data["controls"]
    ]
    assert [one["total"] for one in data["controls"]] == [1, 5]


def test_light_and_dark_differ(seen: Seen) -> None:
    assert seen["overview"]["background"] != seen["overview, dark and narrow"]["background"]
    assert seen["investigation"]["background"] == seen["overview"]["background"]


def _cells(found: dict[str, Any]) -> set[str]:
    return {
        cell
        for widget in found["widgets"]
        if widget["kind"] == "rows"
        for row in widget["rows"]
        for cell in row
    }


def _rankings(found: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Counts by user and by account, wherever they are."""
    tables = {one["title"]: one["rows"] for one in found["widgets"]}
    titles = {"user": "Who: events by person", "account": "In which account"}
    return {name: {row[0]: row[1] for row in tables[title]} for name, title in titles.items()}


def test_a_box_narrows_rows_and_counts(seen: Seen) -> None:
    before, after = _cells(seen["investigation"]), _cells(seen["investigation of bob"])
    assert {"alice", "bob", "carol"} <= before
    assert "bob" in after
    assert not {"alice", "carol"} & after
    assert _rankings(seen["investigation of bob"]) == {"user": {"bob": "1"}, "account": {"444455556666": "1"}}
    assert (
        _rankings(seen["investigation"])["user"] | {"alice": "3", "bob": "1", "carol": "1"}
        == (_rankings(seen["investigation"])["user"])
    )


def test_a_box_that_nobody_passes_leaves_no_rows_and_says_so(seen: Seen) -> None:
    found = seen["investigation of nobody"]
    assert _cells(found) == set()
    assert "No row passes the boxes above" in found["text"]


def test_what_is_not_an_expression_narrows_nothing(seen: Seen) -> None:
    assert _cells(seen["investigation, not an expression"]) == _cells(seen["investigation"])


def test_what_a_cell_cuts_is_read_by_the_keyboard(seen: Seen) -> None:
    before, after = seen["investigation"], seen["investigation, whole texts"]
    cut = [
        {one["title"]: one["cut"] for one in found["widgets"] if one["kind"] == "rows"}
        for found in (before, after)
    ]
    first, *others = cut[0]
    assert (cut[0][first] > 0, cut[1][first]) == (True, 0)
    assert [cut[0][title] for title in others] == [cut[1][title] for title in others]
    assert _cells(before) == _cells(after)
    assert after["focus"] == "Whole texts"


def test_hostile_text_is_read_as_text(seen: Seen) -> None:
    assert HOSTILE.replace("\u202e", "\ufffd") in seen["control"]["text"]


def test_a_control_has_its_query_pattern_proof_events_and_exclusions(seen: Seen) -> None:
    text = seen["control"]["text"]
    for part in (
        "filter eventName in [",
        "($.eventName=CreateSecurityGroup)",
        "Proven: query and patterns agree",
        "Nothing is excluded.",
        "DeleteSecurityGroup",
    ):
        assert part in text, part


def test_the_keyboard_reaches_the_content_first_and_then_the_tabs(seen: Seen) -> None:
    assert seen["keyboard"]["focus"] == "Investigation"


def test_what_is_not_drawn_is_named(seen: Seen) -> None:
    assert "Not drawn: a widget of the type custom" in seen["kinds"]["text"]


def test_an_address_of_a_page_leads_nowhere_else(seen: Seen) -> None:
    links = {link for found in seen.values() for link in found["links"]}
    assert not [link for link in links if not link.startswith(("#", "https://"))]
