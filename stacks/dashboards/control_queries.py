"""Each control's own query as a widget, as the file has it."""

from __future__ import annotations

from typing import Any

from cis_insights.logs_insights.parser import MAX_QUERY

from ..deployed_control import DeployedControl, Plan
from ..links import LOOK_BACK
from ..settings import PREFIX, SettingFault, SettingsError
from ..tokens import escape
from .event_queries import SOURCE
from .narrowing import Placeholders, list_columns, narrow, write_narrowing
from .texts import write_cost_header
from .traffic import make_load_cost
from .widgets import WIDTH, Widget, lay_out, make_query, make_text

_ROWS = 50


def build_control_queries(plan: Plan) -> dict[str, Any]:
    """Body of the dashboard with each control's own query.

    Returns:
        JSON with `${LogGroup}` and `${Page}`, for `Fn::Sub`.

    Raises:
        SettingsError: if a query would be longer than Logs Insights takes.
    """
    variables, widgets = narrow(lambda placeholders: _list_widgets(plan, placeholders))
    return {"start": f"-PT{LOOK_BACK}H", "variables": variables, "widgets": lay_out(widgets)}


def _list_widgets(plan: Plan, placeholders: Placeholders) -> list[Widget]:
    scans = len(plan.controls)
    return [
        make_text(write_cost_header("Each control's own query", plan, scans), width=WIDTH - 6, height=4),
        make_load_cost(scans, width=6, height=4),
        *(_make_table(one, placeholders) for one in plan.controls),
    ]


def _make_table(one: DeployedControl, placeholders: Placeholders) -> Widget:
    narrowing = write_narrowing(list_columns(one.control.query), placeholders)
    query = f"{SOURCE}{escape(one.control.query_text)}{narrowing}\n| limit {_ROWS}"
    if len(query) > MAX_QUERY:
        message = (
            f"the query of {one.id} has {len(query):,} characters here; Logs Insights takes {MAX_QUERY:,}"
        )
        hint = "turn it off, or exclude less in one control"
        raise SettingsError([SettingFault(f"{PREFIX}query-dashboard", message, hint)])
    return make_query(escape(one.title), query)
