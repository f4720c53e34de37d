"""The whole monitoring of one log group, as one construct."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Annotations, Fn, Stack, Tags, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cis_insights import Catalogue, Control, load_catalogue
from cis_insights.catalogue import built_in
from cis_insights.header import Severity

from .console import Console
from .dashboards import ALARM_ARN, overview_body
from .descriptions import alarm_description, twin_description
from .detection import Detection
from .effects import alarmed, warnings
from .investigation import Investigation
from .log_alarms import LogAlarm, check_region, query_role
from .names import alarm_name, linked_dashboard, overview_name
from .notifications import Notifications
from .pacing import pace
from .props import with_props
from .saved_queries import SavedQueries
from .selection import select
from .settings import PREFIX, Fault, Settings
from .shared_text import Hold, SharedText, common_lines, fill
from .watched import Watched


class CisMonitoring(Construct):
    """Saved queries, metric filters, alarms, topics and dashboards over one CloudTrail log group.

    Attributes:
        watched: the controls as they are deployed.
        alarms: by control id; twins by `<control id>-exact` and `<control id>-cis`.
        metric_filters: the filters that publish to each alarm's metric, by the same ids.
        saved_queries: query definitions by control or investigation id.
        dashboards: `overview` and `investigation`, or empty.
        topics: by severity, or `all`.
        quiet_topic: what the twins notify, where there are some.
        undelivered: the dead-letter queue of the subscriptions, where one of them can have one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        log_group: logs.ILogGroup,
        settings: Settings | None = None,
        catalogue: Catalogue | None = None,
        topics: Sequence[sns.ITopic] = (),
        key: kms.IKey | None = None,
        prefix: str | None = None,
        namespace: str | None = None,
        severities: Mapping[str, Severity] | None = None,
        tags: Mapping[str, str] | None = None,
        hold: Hold | None = None,
    ) -> None:
        """
        Args:
            log_group: what the trail delivers to; it is only read.
            settings: see `Settings`; what follows goes before it.
            catalogue: the controls; the built-in ones unless given.
            topics: existing ones, of any account in this Region, that every alarm notifies.
            key: encrypts the topics that are made here; CloudWatch is allowed to use it where its
                policy is part of the app.
            prefix: begins every name: two in one account and Region need two.
            namespace: of the metrics.
            severities: by control id, where its file says another.
            tags: of every resource that takes tags, in place of those of the settings.
            hold: see `shared_text`; no alarm links to a dashboard then.

        Raises:
            SettingsError: if a value does not fit, an alarm would tell nobody, or a quota would not hold.
        """
        super().__init__(scope, id)
        folders = settings.query_folders if settings else ()
        catalogue = catalogue or load_catalogue(built_in(), *folders)
        settings = with_props(
            settings,
            catalogue,
            stack=Stack.of(self),
            log_group=log_group,
            topics=topics,
            severities=severities or {},
            prefix=prefix,
            namespace=namespace,
            tags=tags,
        )
        self._settings, self._log_group = settings, log_group
        self._linked = None if hold else linked_dashboard(settings)
        self.watched = select(catalogue, settings)
        self._warn(catalogue)
        watched_controls = [one.control for one in self.watched]
        asked = (control for control in catalogue.values() if not control.is_alarm)
        investigations = sorted(asked, key=lambda control: control.id)
        # Of the benchmark's own controls, whatever is chosen: settings do not reword other queries.
        self._columns = common_lines([c.query_text for c in catalogue.values() if c.group == "cis"])
        shared = SharedText(self, "Text", block=self._columns, hold=hold)
        self._console = Console(self, "Console", hold=hold)
        self.saved_queries: dict[str, logs.CfnQueryDefinition] = {
            **SavedQueries(
                self,
                "Queries",
                controls=watched_controls,
                settings=settings,
                log_group=log_group,
                shared=shared,
            ).definitions
        }
        used = [one.severity for one in alarmed(settings, self.watched)]
        self._notifications = Notifications(
            self,
            "Notifications",
            settings=settings,
            severities=used,
            key=key,
            keeps_undelivered=hold is None,  # it would not fit into the template that is given inline
        )
        self.topics: Mapping[str, sns.Topic] = self._notifications.topics
        self.undelivered: sqs.Queue | None = self._notifications.undelivered
        self.alarms: dict[str, cloudwatch.CfnAlarm | cloudwatch.CfnLogAlarm] = {}
        self.metric_filters: dict[str, Sequence[logs.CfnMetricFilter]] = {}
        self._role: iam.Role | None = None
        for one in self.watched:
            self._watch(one)
        pace(self._filters())
        self.quiet_topic: sns.Topic | None = self._notifications.quiet_topic
        self.dashboards: dict[str, cloudwatch.CfnDashboard] = {}
        if settings.dashboards:
            self.dashboards["overview"] = self._overview()
        if settings.investigations:
            self._investigate(investigations)
        for tag, value in settings.tags.items():
            Tags.of(self).add(tag, value)

    def _warn(self, catalogue: Catalogue) -> None:
        """The CDK CLI prints them, and fails with `--strict`."""
        settings, stack = self._settings, Stack.of(self)
        found = warnings(catalogue, settings, self.watched)
        if settings.termination_protection and not stack.termination_protection:
            hint = "set termination_protection of the stack that holds the construct"
            message = "no effect: it is the stack's, and this one is not protected"
            found += (Fault(f"{PREFIX}termination-protection", message, hint, "warning"),)
        for number, one in enumerate(found):
            Annotations.of(self).add_warning_v2(f"{one.key}-{number}", str(one))

    def _watch(self, one: Watched) -> None:
        if one.control.patterns:
            self._detect(one)
        elif self._settings.log_alarms:
            self._log_alarm(one)
        for kind, text in one.twins.items():
            self._twin(one, kind, text)

    def _detect(self, one: Watched) -> None:
        detection = Detection(
            self,
            one.control.id,
            name=alarm_name(self._settings, one.control),
            namespace=self._settings.namespace,
            log_group=self._log_group,
            patterns=[pattern.text for pattern in one.control.patterns],
            threshold=one.threshold,
            period=one.period,
            description=self._description(one),
            actions=self._notifications.actions(one.severity),
        )
        self.alarms[one.control.id] = detection.alarm
        self.metric_filters[one.control.id] = detection.filters

    def _log_alarm(self, one: Watched) -> None:
        check_region(one.control.id, Stack.of(self).region)
        self._role = self._role or query_role(self, self._log_group)
        self.alarms[one.control.id] = LogAlarm(
            self,
            one.control.id,
            name=alarm_name(self._settings, one.control),
            query=one.control.query_text,
            log_group=self._log_group,
            role=self._role,
            threshold=one.threshold,
            period=one.period,
            description=self._description(one),
            actions=self._notifications.actions(one.severity),
        ).alarm

    def _twin(self, one: Watched, kind: str, text: str) -> None:
        twin = Detection(
            self,
            f"{one.control.id}-{kind}",
            name=alarm_name(self._settings, one.control, kind),
            namespace=self._settings.namespace,
            log_group=self._log_group,
            patterns=[text],
            threshold=1,
            period=one.control.period,
            description=twin_description(self._settings, one, kind),
            actions=self._notifications.quiet(),
        )
        self.alarms[f"{one.control.id}-{kind}"] = twin.alarm
        self.metric_filters[f"{one.control.id}-{kind}"] = twin.filters

    def _filters(self) -> Iterator[tuple[str, str, logs.CfnMetricFilter]]:
        """Each with the folder and the id of its control."""
        for one in self.watched:
            for name in (one.control.id, *(f"{one.control.id}-{kind}" for kind in one.twins)):
                for each in self.metric_filters.get(name, ()):
                    yield one.control.group, one.control.id, each

    def _description(self, one: Watched) -> str:
        name = self._log_group.log_group_name
        known = None if Token.is_unresolved(name) else name
        text = alarm_description(self._settings, one, log_group_name=known, dashboard=self._linked)
        return self._console.fill(text, Query=self.saved_queries[one.control.id].ref)

    def _overview(self) -> cloudwatch.CfnDashboard:
        alarmed = [one for one in self.watched if one.control.id in self.alarms]
        body = json.dumps(overview_body(alarmed, self._settings), separators=(",", ":"))
        return cloudwatch.CfnDashboard(
            self,
            "Overview",
            dashboard_name=overview_name(self._settings),
            dashboard_body=fill(body, Alarm=Fn.sub(ALARM_ARN)),
        )

    def _investigate(self, investigations: Sequence[Control]) -> None:
        nested = Investigation(
            self,
            "Investigation",
            investigations=investigations,
            watched=self.watched,
            settings=self._settings,
            log_group=self._log_group,
            columns=self._columns,
        )
        self.saved_queries |= nested.saved_queries
        if nested.dashboard:
            self.dashboards["investigation"] = nested.dashboard
