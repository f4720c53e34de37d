"""Saved queries and dashboards as a template has them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ..support.synth import (
    alarms_of,
    built_in,
    of_type,
    resources,
    single_template,
    stack,
    template_of,
)

CIS = [control for control in built_in().values() if control.group == "cis"]
NAMES = ("overview", "controls", "queries")


@pytest.fixture(scope="module")
def default() -> dict[str, dict[str, Any]]:
    return resources(stack())


def test_what_is_saved_is_the_file_s_query_character_by_character(default: dict[str, Any]) -> None:
    saved = {one["QueryString"] for one in of_type(default, "Logs::QueryDefinition")}
    assert {control.query_text for control in CIS} < saved


def test_saved_queries_name_the_log_group_and_their_parameters(default: dict[str, Any]) -> None:
    definitions = of_type(default, "Logs::QueryDefinition")
    assert all(one["LogGroupNames"] for one in definitions)
    parameters = {one["Name"]: one.get("Parameters") for one in definitions}
    assert parameters["cis/investigations/Everything one principal did"][0]["Name"] == "principal"


def bodies(found: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """By name, each body with the values of what is in it."""
    return {
        json.dumps(one["DashboardName"]).strip('"'): tuple(one["DashboardBody"]["Fn::Sub"])
        for one in of_type(found, "CloudWatch::Dashboard")
    }


def test_every_variable_of_a_body_has_a_value_and_each_link_its_own_saved_query(
    default: dict[str, Any],
) -> None:
    found = bodies(default)
    assert set(found) == {f"cis-{name}" for name in NAMES}
    for text, values in found.values():
        used = set(re.findall(r"\$\{([^!][^}]*)\}", text))
        assert used == {*values, *(name for name in used if name.startswith("AWS::"))}
        json.loads(text)
    _, values = found["cis-overview"]
    ids = {id for id, one in default.items() if one["Type"] == "AWS::Logs::QueryDefinition"}
    linked = [value["Ref"] for name, value in values.items() if name.startswith("Query")]
    assert (set(linked), len(linked)) == (ids, len(ids))


def test_links_are_to_the_console_of_the_partition(default: dict[str, Any]) -> None:
    text, values = bodies(default)["cis-overview"]
    find, *_ = values["Page"].values()
    assert find[1:] == [{"Ref": "AWS::Partition"}, "Page"]
    assert "aws.amazon.com" not in text
    hosts = template_of()["Mappings"][find[0]]
    assert {partition: found["Page"].partition("/")[0] for partition, found in hosts.items()} == {
        "aws": "console.aws.amazon.com",
        "aws-cn": "console.amazonaws.cn",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }


def test_the_overview_shows_every_alarm_that_there_is(default: dict[str, Any]) -> None:
    shown = {
        name.removeprefix("${Alarm}")
        for widget in json.loads(bodies(default)["cis-overview"][0])["widgets"]
        for name in widget["properties"].get("alarms", ())
    }
    every = {one["AlarmName"] for one in of_type(default, "CloudWatch::Alarm")}
    assert shown == every > set(alarms_of(default))


def test_the_single_template_has_all_three_on_one_condition() -> None:
    found = json.loads(single_template())["Resources"]
    made = [one for one in found.values() if one["Type"] == "AWS::CloudWatch::Dashboard"]
    names = {json.dumps(one["Properties"]["DashboardName"]) for one in made}
    assert names == {json.dumps({"Fn::Join": ["", [{"Ref": "Prefix"}, f"-{name}"]]}) for name in NAMES}
    assert {one["Condition"] for one in made} == {"HasDashboard"}
