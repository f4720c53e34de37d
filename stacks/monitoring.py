"""The whole monitoring of one log group, as one construct."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from aws_cdk import Annotations, Aws, Fn, Stack, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cis_insights import Catalogue, load_catalogue
from cis_insights.catalogue import built_in
from cis_insights.catalogue.header import Severity

from .answer_facts import describe_control, describe_deployment
from .answers.chat import Chat
from .answers.construct import AnswerRoute, Answers
from .console_links import Console
from .dashboards import (
    ALARM_ARN,
    build_control_queries,
    build_investigation,
    build_overview,
    name_query_variable,
)
from .deployed_control import DeployedAlarm, DeployedControl, DeployedExclusion
from .filter_order import chain_filters
from .log_alarm import LogAlarms
from .metric_alarm import MetricAlarm, declare_exclusions
from .names import name_control_queries, name_investigation, name_overview
from .notifications import Notifications
from .plan import plan
from .saved_queries import SavedQueries
from .settings import PREFIX, SettingFault, Settings
from .settings.overrides import override_settings
from .watch import Watch

Alarm = cloudwatch.CfnAlarm | cloudwatch.CfnLogAlarm


class CisMonitoring(Construct):
    """Saved queries, metric filters, alarms, topics and dashboards over one CloudTrail log group.

    Attributes:
        plan: everything that is deployed, control by control.
        alarms: by control id; twins by `<control id>-exact` and `<control id>-cis`.
        metric_filters: the filters that publish to each alarm's metric, by the same ids.
        saved_queries: query definitions by control or investigation id.
        dashboards: `overview`, `investigation` and `queries`, or empty.
        topics: by severity, or `all`.
        quiet_topic: what the twins notify, where there are some.
        watch_topic: what says that the monitoring itself dies, where a topic is made.
        heartbeat: the alarm on silence, where there is one.
        delivery_alarms: those on notifications that fail, where there are some.
        second_path: the rules on tampering, where there are some.
        key_alias: of the key that is made here, where one is made.
        undelivered: the dead-letter queue of the subscriptions, where one of them can have one.

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
        links_dashboard: whether alarms link to a dashboard.
        answers_itself: whether it adds the answers; else somebody calls `answer`, and `second_path.watch`.

    Raises:
        SettingsError: if a value does not fit, an alarm would notify nobody, or a quota would not hold.
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
        links_dashboard: bool = True,
        answers_itself: bool = True,
    ) -> None:
        super().__init__(scope, id)
        folders = settings.query_folders if settings else ()
        catalogue = catalogue or load_catalogue(built_in(), *folders)
        given = {"prefix": prefix, "namespace": namespace, "tags": tags}
        self._settings = override_settings(
            settings,
            catalogue,
            stack=Stack.of(self),
            log_group=log_group,
            topics=topics,
            severities=severities or {},
            **given,
        )
        self.plan = plan(catalogue, self._settings, links_dashboard=links_dashboard)
        self._make_parts(key)
        self._deploy_plan()
        self._watch_itself()
        has_chat = self.plan.answered and self._settings.has_chat
        self.chat_topic = self._add_chat() if has_chat else None
        if answers_itself:
            self._answer_itself()
        self._add_tags()
        self._warn()

    def _make_parts(self, key: kms.IKey | None) -> None:
        """Everything that controls share, in the order of the template."""
        settings, topics = self._settings, self.plan.topics
        self._console = Console(self, "Console")
        self._queries = SavedQueries(self, "Queries", settings=settings)
        self._query_ids: dict[str, str] = {}
        self._notifications = Notifications(self, "Notifications", settings=settings, topics=topics, key=key)
        self._log_alarms = LogAlarms(self, settings.log_group_name)
        self.alarms: dict[str, Alarm] = {}
        self.metric_filters: dict[str, Sequence[logs.CfnMetricFilter]] = {}
        self.dashboards: dict[str, cloudwatch.CfnDashboard] = {}
        self.answers: Answers | None = None

    @property
    def saved_queries(self) -> Mapping[str, logs.CfnQueryDefinition]:
        return self._queries.definitions

    @property
    def topics(self) -> Mapping[str, sns.Topic]:
        return self._notifications.topics

    @property
    def quiet_topic(self) -> sns.Topic | None:
        return self._notifications.quiet_topic

    @property
    def watch_topic(self) -> sns.Topic | None:
        return self._notifications.watch_topic

    @property
    def key_id(self) -> str | None:
        """Of the key of the topics that are made here."""
        return self._notifications.key_id

    @property
    def key_alias(self) -> str | None:
        return self._notifications.key_alias

    @property
    def undelivered(self) -> sqs.Queue | None:
        return self._notifications.undelivered

    def _deploy_plan(self) -> None:
        for one in self.plan.controls:
            self._deploy(one)
        for investigation in self.plan.investigations:
            self._queries.save(investigation)
        chain_filters(self._filters())
        if self._settings.dashboards:
            self._add_dashboards()

    def _watch_itself(self) -> None:
        self._watch = watch = Watch(self, self._settings, self.plan, self._notifications)
        self.heartbeat, self.delivery_alarms = watch.heartbeat, watch.delivery_alarms
        self.second_path = watch.second_path

    def _answer_itself(self) -> None:
        if self.plan.answered:
            self.answer(*self._route_answers())
        self._watch.report_access(self.answers.role_names if self.answers else [])

    def _add_tags(self) -> None:
        for tag, value in self._settings.tags.items():
            Tags.of(self).add(tag, value)

    def _deploy(self, one: DeployedControl) -> None:
        """The saved query of one control, then its alarms with what feeds them."""
        query = self._query_ids[one.id] = self._queries.save(one.control).ref
        for alarm in one.alarms:
            actions = (
                self._notifications.list_quiet_actions()
                if alarm.is_quiet
                else self._notifications.list_actions(one.severity)
            )
            text = self._console.fill(alarm.text, Query=query)
            if alarm.is_log_alarm:
                self.alarms[alarm.id] = self._log_alarms.add(alarm, one.control, text, actions)
            else:
                self._add_metric_alarm(alarm, text, actions, () if alarm.twin else one.exclusions)

    def _add_metric_alarm(
        self, alarm: DeployedAlarm, text: str, actions: Sequence[str], exclusions: Sequence[DeployedExclusion]
    ) -> None:
        made = MetricAlarm(
            self,
            alarm.id,
            alarm=alarm,
            namespace=self._settings.namespace,
            log_group_name=self._settings.log_group_name,
            text=text,
            actions=actions,
        )
        declare_exclusions(made.alarm, exclusions)
        self.alarms[alarm.id], self.metric_filters[alarm.id] = made.alarm, made.filters

    def _route_answers(self) -> tuple[Mapping[str, Sequence[str]], AnswerRoute]:
        """Topics by severity for the answers; their failures notify whom the most severe alarms notify."""
        topics = {str(one): self._notifications.list_actions(one) for one in self.plan.severities}
        chat = [self.chat_topic.topic_arn] if self.chat_topic else []
        return topics, AnswerRoute(
            topic_arns=list(dict.fromkeys([*chain(*topics.values()), *chat])),
            key_arn=self._notifications.key_arn,
            has_others=any(self._settings.existing_topics(one) for one in self.plan.severities),
            alarm_actions=self._watch.actions,
        )

    def answer(self, topics: Mapping[str, Sequence[str]], route: AnswerRoute) -> Answers:
        """Adds the answers to the alarms of all controls.

        Args:
            topics: ARNs by severity; an empty one is not a topic.
            route: what that takes.
        """
        deployment = describe_deployment(
            self._settings,
            topics,
            account=Aws.ACCOUNT_ID,
            region=Aws.REGION,
            page=self._console.page,
            chat=self.chat_topic.topic_arn if self.chat_topic else "",
        )
        controls = {
            one.id: describe_control(one, alarm, self._query_ids[one.id]) for one, alarm in self.plan.answered
        }
        self.answers = Answers(
            self,
            "Answers",
            prefix=self._settings.prefix,
            deployment=deployment,
            controls=controls,
            log_group_name=self._settings.log_group_name,
            route=route,
        )
        return self.answers

    def _add_chat(self) -> sns.Topic:
        """The topic that channels read, and the channels."""
        topic = self._notifications.make_chat_topic()
        Chat(self, "Chat", settings=self._settings, topic=topic)
        return topic

    def _filters(self) -> Iterator[tuple[str, str, logs.CfnMetricFilter]]:
        """Each with the folder and the id of its control."""
        for one in self.plan.controls:
            for alarm in one.alarms:
                for each in self.metric_filters.get(alarm.id, ()):
                    yield one.control.group, one.id, each

    def _add_dashboards(self) -> None:
        settings = self._settings
        self._dashboard("overview", "Overview", name_overview(settings), build_overview(self.plan))
        if settings.investigations:
            name, body = name_investigation(settings), build_investigation(self.plan)
            self._dashboard("investigation", "Investigation", name, body)
        if settings.query_dashboard:
            name, body = name_control_queries(settings), build_control_queries(self.plan)
            self._dashboard("queries", "ControlQueries", name, body)

    def _dashboard(self, key: str, id: str, name: str, body: object) -> None:
        text = json.dumps(body, separators=(",", ":"))
        values = {"Alarm": Fn.sub(ALARM_ARN), "LogGroup": self._settings.log_group_name}
        queries = {name_query_variable(id): one.ref for id, one in self.saved_queries.items()}
        body_text = self._console.fill(text, **values, **queries)
        self.dashboards[key] = cloudwatch.CfnDashboard(
            self, id, dashboard_name=name, dashboard_body=body_text
        )

    def _warn(self) -> None:
        """The CDK CLI prints them, and fails with `--strict`."""
        found = self.plan.warnings
        if self._settings.termination_protection and not Stack.of(self).termination_protection:
            hint = "set termination_protection of the stack that holds the construct"
            message = "no effect: it is the stack's, and this one is not protected"
            found += (SettingFault(f"{PREFIX}termination-protection", message, hint, "warning"),)
        for number, one in enumerate(found):
            Annotations.of(self).add_warning_v2(f"{one.key}-{number}", str(one))
