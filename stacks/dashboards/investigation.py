"""The investigation: what all controls ask for, in at most five queries a load wherever that is possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..deployed_control import Plan
from ..links import LOOK_BACK
from .charts import make_charts
from .event_queries import Asked, is_in_timeline, list_asked, write_changes, write_rankings, write_timelines
from .narrowing import ANY, Placeholders, narrow, write_narrowing
from .texts import write_cost_header, write_left_out
from .traffic import make_load_cost
from .widgets import WIDTH, Widget, count_scans, lay_out, make_query, make_text

MAX_SCANS = 5
_TIMELINE = "Everything the controls ask for, newest first"
_CHANGES = "When: events, and failed ones, by 15 minutes"
# Titles, and the columns that are counted.
_RANKED = {
    "Who: events by person": "user",
    "From where: events by address": "sourceIPAddress",
    "In which account": "account",
}
# With the events of many accounts, the account is the first question.
_RANKED_PER_ACCOUNT = {
    "In which account": "account",
    "Who: events by account and person": "account, user",
    "From where: events by account and address": "account, sourceIPAddress",
}
_TOGETHER = {"Who, from where, in which account": "account, user, sourceIPAddress"}


def build_investigation(plan: Plan) -> dict[str, Any]:
    """Body of the investigation dashboard.

    Returns:
        JSON with `${LogGroup}`, `${Page}` and the variables of saved queries, for `Fn::Sub`.
    """
    variables, widgets = narrow(lambda placeholders: _list_widgets(plan, placeholders))
    return {"start": f"-PT{LOOK_BACK}H", "variables": variables, "widgets": lay_out(widgets)}


def count_investigation_scans(plan: Plan) -> int:
    """How many queries a load of it runs."""
    return count_scans(_choose_queries(plan, ""))


def _list_widgets(plan: Plan, placeholders: Placeholders) -> list[Widget]:
    queries = _choose_queries(plan, write_narrowing(ANY, placeholders))
    scans = count_scans(queries)
    return [
        make_text(write_cost_header("The investigation", plan, scans), width=WIDTH - 6, height=3),
        make_load_cost(scans, width=6, height=3),
        *queries,
        *_list_left_out(plan),
    ]


def _choose_queries(plan: Plan, narrowing: str) -> list[Widget]:
    """The timeline, and of who, where and when as much as goes into five queries; when is known without."""
    asked = list_asked(plan.controls)
    if not asked:
        return []
    timeline = _make_widgets(_TIMELINE, write_timelines(asked, narrowing), height=12)
    changes = _make_widgets(_CHANGES, write_changes(asked, narrowing), view="timeSeries")
    ranked = _RANKED_PER_ACCOUNT if plan.settings.spans_accounts else _RANKED
    apart, together = _make_rankings(ranked, asked, narrowing), _make_rankings(_TOGETHER, asked, narrowing)
    charts = make_charts(plan)
    for rest in ([*apart, *changes], [*together, *changes], [*together, *charts]):
        if count_scans([*timeline, *rest]) <= MAX_SCANS:
            return [*timeline, *rest]
    return [*timeline, *charts]


def _make_rankings(ranked: dict[str, str], asked: Sequence[Asked], narrowing: str) -> list[Widget]:
    return [
        widget
        for title, keys in ranked.items()
        for widget in _make_widgets(title, write_rankings(keys)(asked, narrowing), width=WIDTH // len(ranked))
    ]


def _make_widgets(
    title: str, queries: Sequence[str], *, width: int = WIDTH, height: int = 7, view: str = "table"
) -> list[Widget]:
    """A widget for each query; numbered, where it takes more than one."""
    many = len(queries)
    return [
        make_query(
            f"{title} ({number} of {many})" if many > 1 else title,
            query,
            width=width,
            height=height,
            view=view,
        )
        for number, query in enumerate(queries, 1)
    ]


def _list_left_out(plan: Plan) -> list[Widget]:
    """The controls that are in no query above."""
    others = [one for one in plan.controls if not is_in_timeline(one)]
    why = "no condition on one event says what they ask for, or it is too long"
    return [make_text(write_left_out(others, why), height=2 + len(others) // 4)] if others else []
