"""What somebody types into a box of a dashboard narrows its queries, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stacks.dashboards import build_control_queries
from stacks.dashboards.narrowing import repeat_until_unused

from ..support.dashboards import Body, body, logs, titled
from ..support.planned import add_controls, plan_with

ODD = r"""fields userIdentity.arn as user, awsRegion as region, recipientAccountId as account
| filter eventName = "[0-9]?" or userAgent like /[A-Z]?[a-z]?[a-z]?/ or sourceIPAddress = "[!-~]?x"
"""


def replaced(found: Body, typed: dict[str, str]) -> Any:
    """The widgets when somebody has typed into the boxes, each pattern replaced wherever it occurs."""
    text = json.dumps(found["widgets"])
    for variable in found["variables"]:
        literal = re.escape(json.dumps(re.sub(r"\\(.)", r"\1", variable["pattern"]))[1:-1])
        text = re.sub(literal, typed.get(variable["id"], variable["defaultValue"]), text, flags=re.IGNORECASE)
    return json.loads(text)


@pytest.mark.parametrize("dashboard", ["investigation", "queries"])
def test_every_box_replaces_one_place_of_every_query(dashboard: str) -> None:
    found = body(dashboard)
    assert [(one["id"], one["label"]) for one in found["variables"]] == [
        ("account", "Account"),
        ("region", "Region"),
        ("user", "Person"),
    ]
    assert [one["defaultValue"] for one in found["variables"]] == ["[0-9]?", "[a-z]?", "[!-~]?"]
    for variable in found["variables"]:
        assert re.fullmatch(variable["pattern"], variable["defaultValue"])
        for one in logs(found):
            assert len(re.findall(variable["pattern"], one["query"])) == 1


def test_what_somebody_types_into_a_box_changes_nothing_but_its_own_filter(tmp_path: Path) -> None:
    excluded = ["userAgent like /^[a-z]?[0-9]?x/", 'userIdentity.userName = "[!-~]?"']
    plan = plan_with(add_controls(tmp_path, {"own": ODD}), **{"vpc-changes__exclude": excluded})
    found = build_control_queries(plan)
    typed = {"account": "111122223333", "region": "eu-west-1", "user": "alice"}
    queries = {
        one["properties"].get("title"): one["properties"].get("query") for one in replaced(found, typed)
    }
    narrowed = (
        '\n| filter coalesce(account, "") like /111122223333/ and coalesce(region, "") like /eu-west-1/'
        ' and coalesce(user, "") like /alice/\n| limit 50'
    )
    assert queries["own"] == f"SOURCE '${{LogGroup}}' | {ODD.rstrip()}{narrowed}"
    assert r"/^[a-z]?[0-9]?x/" in queries["4.14 VPC changes"]
    assert '"[!-~]?"' in queries["4.14 VPC changes"]
    assert queries["4.14 VPC changes"].endswith(narrowed)
    assert replaced(found, {}) == found["widgets"]  # as it opens, nothing is narrowed


@pytest.mark.parametrize(
    ("query", "narrowed"),
    [
        ('filter eventName = "x"', ""),
        (
            'fields awsRegion as region\n| filter eventName = "x"',
            '\n| filter coalesce(region, "") like /[a-z]?/',
        ),
        ('filter eventName = "x"\n| fields awsRegion as region\n| stats count(*) by userAgent', ""),
    ],
)
def test_boxes_narrow_by_the_columns_that_a_query_has_and_empty_no_other_table(
    query: str, narrowed: str, tmp_path: Path
) -> None:
    found = build_control_queries(plan_with(add_controls(tmp_path, {"own": query})))
    (own,) = titled(found, "own")
    assert own["query"] == f"SOURCE '${{LogGroup}}' | {query}{narrowed}\n| limit 50"


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
