"""Three dashboards: an overview that scans no log data, an investigation, and each control's own query."""

from .control_queries import build_control_queries
from .investigation import build_investigation
from .overview import ALARM_ARN, build_overview
from .scans import count_scans_by_dashboard
from .texts import name_query_variable

__all__ = [
    "ALARM_ARN",
    "build_control_queries",
    "build_investigation",
    "build_overview",
    "count_scans_by_dashboard",
    "name_query_variable",
]
