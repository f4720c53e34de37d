"""What is asked after an alarm: the investigations, and the dashboard that runs the queries.

A nested stack: both are mostly text, and the template above stays small enough to be given inline.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import NestedStack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from cis_insights import Control

from .dashboards import investigation_body
from .names import investigation_name
from .saved_queries import SavedQueries
from .settings import Settings
from .shared_text import SharedText
from .watched import Watched


class Investigation(NestedStack):
    """Saved queries without an alarm, and the dashboard with every control's table."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        investigations: Sequence[Control],
        watched: Sequence[Watched],
        settings: Settings,
        log_group: logs.ILogGroup,
        columns: str,
    ) -> None:
        super().__init__(scope, id)
        shared = SharedText(self, "Text", block=columns)
        self.saved_queries = SavedQueries(
            self, "Queries", controls=investigations, settings=settings, log_group=log_group, shared=shared
        ).definitions
        self.dashboard: cloudwatch.CfnDashboard | None = None
        if settings.dashboards:
            body = investigation_body(watched, settings, "${LogGroup}")
            self.dashboard = cloudwatch.CfnDashboard(
                self,
                "Dashboard",
                dashboard_name=investigation_name(settings),
                dashboard_body=shared.json(body, LogGroup=log_group.log_group_name),
            )
