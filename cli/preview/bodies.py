"""The dashboards of a plan as they would be deployed: `${..}` filled in as CloudFormation would.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import siblings
from .values import Dashboard

if TYPE_CHECKING:
    from stacks.deployed_control import Plan

LOG_GROUP = "cloudtrail"  # where settings name none
PAGE = "console.aws.amazon.com/cloudwatch/home?region="
QUERY_ID = "00000000-0000-0000-0000-000000000000"  # of a saved query that is not deployed yet
_NAME = re.compile(r"\$\{(!?)([\w:]+)\}")


def name_dashboards(plan: Plan) -> dict[str, str]:
    """What the page calls each dashboard of a plan, by its name."""
    settings, names = plan.settings, siblings.names
    found = {names.name_overview(settings): "Overview"}
    found |= {names.name_investigation(settings): "Investigation"} if settings.investigations else {}
    return found | ({names.name_control_queries(settings): "Queries"} if settings.query_dashboard else {})


def build_dashboards(plan: Plan, *, account: str = "", region: str = "") -> list[Dashboard]:
    """Every dashboard of a plan, as an account has it."""
    dashboards = siblings.dashboards
    bodies = [dashboards.build_overview(plan)]
    bodies += [dashboards.build_investigation(plan)] if plan.settings.investigations else []
    bodies += [dashboards.build_control_queries(plan)] if plan.settings.query_dashboard else []
    values = _list_values(plan, account, region)
    named = zip(name_dashboards(plan).items(), bodies, strict=True)
    return [Dashboard(name, title, fill_body(body, values)) for (name, title), body in named]


def _list_values(plan: Plan, account: str, region: str) -> dict[str, str]:
    """What `${..}` stand for."""
    alarm = siblings.dashboards.ALARM_ARN
    queries = [one.id for one in plan.controls] + [one.id for one in plan.investigations]
    known = {"AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": "aws"}
    return {
        **known,
        "Alarm": fill_text(alarm, known),
        "Page": PAGE,
        "LogGroup": plan.settings.log_group_name or LOG_GROUP,
        **{siblings.dashboards.name_query_variable(id): QUERY_ID for id in queries},
    }


def fill_body(body: Any, values: Mapping[str, str]) -> Any:
    """A body whose texts have no `${..}` left: `${!name}` is the text `${name}`."""
    match body:
        case str():
            return fill_text(body, values)
        case list():
            return [fill_body(one, values) for one in body]
        case dict():
            return {key: fill_body(one, values) for key, one in body.items()}
        case _:
            return body


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """As `fill_body`; an unknown name stays."""

    def replace(found: re.Match[str]) -> str:
        return f"${{{found[2]}}}" if found[1] else values.get(found[2], found[0])

    return _NAME.sub(replace, text)


def list_queries(dashboards: list[Dashboard]) -> list[str]:
    """The queries of all log widgets, as their bodies have them."""
    return [
        str(widget["properties"].get("query", ""))
        for one in dashboards
        for widget in one.body.get("widgets", ())
        if widget.get("type") == "log" and isinstance(widget.get("properties"), Mapping)
    ]


def dump(dashboards: list[Dashboard]) -> str:
    """The bodies as one text, the same for the same bodies."""
    return json.dumps([[one.name, one.body] for one in dashboards], sort_keys=True)
