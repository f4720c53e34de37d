"""Saved queries and dashboards say what the files say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cis_insights import parse_query
from cis_insights.catalogue.columns import WHO
from cis_insights.logs_insights.parser import MAX_QUERY
from stacks.dashboards import build_investigation, repeat_until_unused
from stacks.plan import plan

from ..support.synth import (
    alarms_by_default,
    alarms_of,
    built_in,
    built_in_and,
    investigation,
    of_type,
    overview,
    resources,
    settings,
    stack,
)

CIS = [control for control in built_in().values() if control.group == "cis"]


@pytest.fixture(scope="module")
def default() -> dict[str, dict[str, Any]]:
    return resources(stack())


def test_what_is_saved_is_the_file_s_query_character_by_character() -> None:
    saved = {one["QueryString"] for one in of_type(resources(stack()), "Logs::QueryDefinition")}
    assert {control.query_text for control in CIS} < saved


def test_saved_queries_name_the_log_group_and_their_parameters() -> None:
    definitions = of_type(resources(stack()), "Logs::QueryDefinition")
    assert all(one["LogGroupNames"] for one in definitions)
    parameters = {one["Name"]: one.get("Parameters") for one in definitions}
    assert parameters["cis/investigations/Everything one principal did"][0]["Name"] == "principal"


def test_the_overview_scans_no_logs(default: dict[str, Any]) -> None:
    widgets = overview(default)["widgets"]
    assert {widget["type"] for widget in widgets} == {"text", "alarm", "metric"}
    shown = [arn for widget in widgets if widget["type"] == "alarm" for arn in widget["properties"]["alarms"]]
    assert len(shown) == len(alarms_of(default))


def test_the_investigation_has_every_control_s_table_and_all_of_its_queries_parse() -> None:
    widgets = [widget for widget in investigation()["widgets"] if widget["type"] == "log"]
    titles = [widget["properties"]["title"] for widget in widgets]
    assert len(widgets) == alarms_by_default() + 3
    assert titles[:3] == [
        f"Events of all controls by {what}" for what in ("user", "source address", "account")
    ]
    for widget in widgets:
        source, bar, query = widget["properties"]["query"].partition(" | ")
        assert (source.startswith("SOURCE '"), bar) == (True, " | ")
        parse_query(query)


def ranked(**values: object) -> dict[str, str]:
    """The queries that count over all controls, by their titles."""
    found = plan(built_in(), settings(**values))
    widgets = build_investigation(found.controls, found.settings, "trail")["widgets"]
    queries = [widget["properties"] for widget in widgets if widget["type"] == "log"]
    return {one["title"]: one["query"] for one in queries if one["title"].startswith("Events of all")}


def test_the_events_of_more_controls_than_a_query_holds_are_ranked_in_parts() -> None:
    parts = ranked(extended="all")
    assert max(map(len, parts.values())) <= MAX_QUERY
    queries = [
        query for title, query in parts.items() if title.startswith("Events of all controls by user (")
    ]
    assert len(parts) == 3 * len(queries) > 3
    conditions = [query.partition(" | ")[2].partition("\n| ")[0] for query in queries]
    by_user = [parse_query(condition) for condition in conditions]
    for control in built_in().values():
        if control.is_alarm:
            text = (Path("tests/events") / control.id / "match" / "0-demo.json").read_text()
            assert any(query.matches(json.loads(text)) for query in by_user), control.id


def test_the_events_of_few_controls_are_ranked_in_one_query() -> None:
    assert [*ranked()] == [
        f"Events of all controls by {what}" for what in ("user", "source address", "account")
    ]


def test_every_variable_of_the_dashboard_replaces_what_stands_in_every_query() -> None:
    body = investigation()
    assert [variable["id"] for variable in body["variables"]] == ["account", "region", "user"]
    for variable in body["variables"]:
        assert re.fullmatch(variable["pattern"], variable["defaultValue"])
        for widget in body["widgets"]:
            if widget["type"] == "log":
                assert len(re.findall(variable["pattern"], widget["properties"]["query"])) == 1


@pytest.mark.parametrize("dashboard", ["overview", "investigation"])
def test_widgets_do_not_overlap_and_stay_on_the_grid(default: dict[str, Any], dashboard: str) -> None:
    body = overview(default) if dashboard == "overview" else investigation()
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        cells = {
            (widget["x"] + i, widget["y"] + j)
            for i in range(widget["width"])
            for j in range(widget["height"])
        }
        assert not cells & taken
        assert widget["x"] + widget["width"] <= 24
        taken |= cells


def test_who_did_it_is_said_by_the_same_lines_in_files_and_dashboard() -> None:
    widgets = [widget for widget in investigation()["widgets"] if widget["type"] == "log"]
    assert [widget for widget in widgets if WHO not in widget["properties"]["query"]] == []


@pytest.mark.parametrize(
    ("query", "narrowed"),
    [
        ('filter eventName = "x"', ""),
        ('fields awsRegion as region\n| filter eventName = "x"', "\n| filter region like /[a-z]?/"),
        ('filter eventName = "x"\n| fields awsRegion as region\n| stats count(*) by userAgent', ""),
    ],
)
def test_boxes_narrow_by_the_columns_that_a_query_has_and_empty_no_other_table(
    query: str, narrowed: str, tmp_path: Path
) -> None:
    header = "# title: Own\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own.cwli").write_text(header + query)
    widgets = investigation(built_in_and(tmp_path))["widgets"]
    (own,) = [one["properties"]["query"] for one in widgets if one["properties"].get("title") == "Own"]
    assert own == f"SOURCE '${{LogGroup}}' | {query}{narrowed}\n| limit 50"


HEADER = "# title: Own\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
ODD = r"""fields userIdentity.arn as user, awsRegion as region, recipientAccountId as account
| filter eventName = "[0-9]?" or userAgent like /[A-Z]?[a-z]?[a-z]?/ or sourceIPAddress = "[!-~]?x"
"""


def _replaced(body: Any, typed: dict[str, str]) -> Any:
    """The dashboard when somebody has typed into its boxes, each pattern replaced wherever it occurs."""
    text = json.dumps(body["widgets"])
    for variable in body["variables"]:
        literal = re.escape(json.dumps(re.sub(r"\\(.)", r"\1", variable["pattern"]))[1:-1])
        text = re.sub(literal, typed.get(variable["id"], variable["defaultValue"]), text, flags=re.IGNORECASE)
    return json.loads(text)


def _query_of(widgets: Any, title: str) -> str:
    (query,) = [one["properties"]["query"] for one in widgets if one["properties"].get("title") == title]
    return str(query)


def test_what_somebody_types_into_a_box_changes_nothing_but_its_own_filter(tmp_path: Path) -> None:
    (tmp_path / "own.cwli").write_text(HEADER + ODD)
    body = investigation(
        built_in_and(tmp_path),
        **{"vpc-changes__exclude": ["userAgent like /^[a-z]?[0-9]?x/", 'userIdentity.userName = "[!-~]?"']},
    )
    typed = {"account": "111122223333", "region": "eu-west-1", "user": "alice"}
    widgets = _replaced(body, typed)
    narrowed = "\n| filter account like /111122223333/ and region like /eu-west-1/ and user like /alice/"
    assert _query_of(widgets, "Own") == f"SOURCE '${{LogGroup}}' | {ODD.rstrip()}{narrowed}\n| limit 50"
    vpc = _query_of(widgets, "4.14 VPC changes")
    assert r"/^[a-z]?[0-9]?x/" in vpc
    assert '"[!-~]?"' in vpc
    assert vpc.endswith(narrowed + "\n| limit 50")
    assert _replaced(body, {}) == body["widgets"]  # as it opens, nothing is narrowed


def test_placeholders_are_the_plain_ones_where_nothing_else_looks_like_them() -> None:
    assert [one["defaultValue"] for one in investigation()["variables"]] == ["[0-9]?", "[a-z]?", "[!-~]?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "[a-z]?"),
        ("/[a-z]/ [a-z]", "[a-z]?"),
        ("/[a-z]?/", "[a-z]?" * 2),
        ("/[A-Z]?/", "[a-z]?" * 2),
        ("[a-z]?" * 3, "[a-z]?" * 4),
    ],
)
def test_a_placeholder_occurs_nowhere_else(text: str, expected: str) -> None:
    assert repeat_until_unused("[a-z]?", text) == expected
