"""Each control's own query as a widget, as the file has it."""

from __future__ import annotations

from typing import Any

from ..deployed_control import DeployedControl, Plan
from ..links import LOOK_BACK
from ..tokens import escape
from .event_queries import ROOM, SOURCE
from .narrowing import Placeholders, list_columns, narrow, write_narrowing
from .texts import write_cost_header, write_left_out
from .traffic import make_load_cost
from .widgets import WIDTH, Widget, lay_out, make_query, make_text

_ROWS = 50


def build_control_queries(plan: Plan) -> dict[str, Any]:
    """Body of the dashboard with each control's own query.

    Returns:
        JSON with `${LogGroup}`, `${Page}` and the variables of saved queries, for `Fn::Sub`.
    """
    variables, widgets = narrow(lambda placeholders: _list_widgets(plan, placeholders))
    return {"start": f"-PT{LOOK_BACK}H", "variables": variables, "widgets": lay_out(widgets)}


def count_control_scans(plan: Plan) -> int:
    """How many queries a load of it runs."""
    return sum(_fits(one) for one in plan.controls)


def _fits(one: DeployedControl) -> bool:
    """Whether a widget takes the query with what is put around it."""
    return len(_write_query(one, {})) <= ROOM


def _list_widgets(plan: Plan, placeholders: Placeholders) -> list[Widget]:
    scans = count_control_scans(plan)
    longer = [one for one in plan.controls if not _fits(one)]
    why = "they are too long for a widget"
    return [
        make_text(write_cost_header("Each control's own query", plan, scans), width=WIDTH - 6, height=3),
        make_load_cost(scans, width=6, height=3),
        *(_make_table(one, placeholders) for one in plan.controls if _fits(one)),
        *([make_text(write_left_out(longer, why), height=2 + len(longer) // 4)] if longer else []),
    ]


def _make_table(one: DeployedControl, placeholders: Placeholders) -> Widget:
    return make_query(escape(one.title), SOURCE + _write_query(one, placeholders))


def _write_query(one: DeployedControl, placeholders: Placeholders) -> str:
    narrowing = write_narrowing(list_columns(one.control.query), placeholders)
    return f"{escape(one.control.query_text)}{narrowing}\n| limit {_ROWS}"
