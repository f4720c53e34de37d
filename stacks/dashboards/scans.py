"""How many queries a load of each dashboard runs: what that costs is said before one is opened."""

from __future__ import annotations

from ..deployed_control import Plan
from ..names import name_control_queries, name_investigation, name_overview
from .control_queries import count_control_scans
from .investigation import count_investigation_scans


def count_scans_by_dashboard(plan: Plan) -> dict[str, int]:
    """By name of each dashboard that is deployed; a query scans the whole time that is shown."""
    settings = plan.settings
    scans = {name_overview(settings): 0} if settings.dashboards else {}
    if settings.dashboards and settings.investigations:
        scans[name_investigation(settings)] = count_investigation_scans(plan)
    if settings.dashboards and settings.query_dashboard:
        scans[name_control_queries(settings)] = count_control_scans(plan)
    return scans
