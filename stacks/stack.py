"""The stack that `cdk deploy` deploys: it names the log group and wires the construct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from cis_insights import Catalogue, load_catalogue
from cis_insights.catalogue import built_in

from .monitoring import CisMonitoring
from .settings import Settings
from .settings.overrides import check_settings

if TYPE_CHECKING:
    from .trail import CisTrail


class CisStack(Stack):
    """CIS monitoring of the log group that `settings` names; one is made only with a trail that feeds it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        catalogue: Catalogue | None = None,
        **props: Any,
    ) -> None:
        catalogue = catalogue or load_catalogue(built_in(), *settings.query_folders)
        settings = check_settings(settings, catalogue)
        protected = settings.termination_protection or None
        super().__init__(scope, id, **{"termination_protection": protected, **props})
        trail = self._make_trail(settings)
        log_group = (
            trail.log_group
            if trail
            else logs.LogGroup.from_log_group_name(self, "LogGroup", settings.log_group_name)
        )
        self.monitoring = CisMonitoring(
            self, "Cis", log_group=log_group, settings=settings, catalogue=catalogue
        )
        for name, topic in self.monitoring.topics.items():
            CfnOutput(self, f"Topic{name.capitalize()}", value=topic.topic_arn)
        if watch := self.monitoring.watch_topic:
            CfnOutput(self, "TopicWatch", value=watch.topic_arn)
        if self.monitoring.key_alias:
            CfnOutput(self, "AlarmKeyAlias", value=self.monitoring.key_alias)
        if trail and self.monitoring.second_path:
            self.monitoring.second_path.watch(
                keys=[trail.key.key_id], roles=[trail.role.role_name], buckets=[trail.bucket_name]
            )

    def _make_trail(self, settings: Settings) -> CisTrail | None:
        """The trail, where one is made with the rest."""
        if settings.trail != "new":
            return None
        from .trail import CisTrail  # noqa: PLC0415  # aws_s3 and aws_cloudtrail are for this mode alone

        trail = CisTrail(self, "Trail", name=settings.log_group_name)
        CfnOutput(self, "TrailKeyAlias", value=trail.key_alias)
        return trail
