"""One template that deploys as it is: parameters in place of settings, no assets, no bootstrap.

The constructs are those of `CisStack`; conditions are added where a parameter decides what is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from aws_cdk import (
    Acknowledgment,
    App,
    Aws,
    BootstraplessSynthesizer,
    CfnCondition,
    CfnElement,
    CfnOutput,
    CfnResource,
    Fn,
    Stack,
    Validations,
)
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from cis_insights import Catalogue
from cis_insights.catalogue.header import Severity

from ..answers.construct import AnswerRoute
from ..monitoring import CisMonitoring
from ..names import WATCH
from ..plan import plan
from ..settings import Settings, Subscriber
from .conditions import Condition, Equals, all_of, is_given
from .elements import (
    build_interface,
    find_elements,
    make_parameter,
    make_rules,
    read_capabilities,
    write_expression,
)
from .single_template import SingleTemplate
from .template_parameters import (
    has_own_topic,
    is_notified,
    list_parameters,
    list_requirements,
    name_topic_parameter,
)
from .watch_conditions import notify_watchers, report_access

_DESCRIPTION = (
    "CIS AWS Foundations monitoring of a CloudTrail log group: queries, filters, alarms, notification"
)
_SUBSCRIBERS = (("email", "Email"), ("https", "Endpoint"))  # protocol and parameter
_GROUPS = ("Cis", "Notifications", "Queries", "Lines", "Subscription", "Resource")
# Findings about a parameter's empty default where a condition keeps the empty one out.
_EMPTY_DEFAULTS = ("F3031", "F3033", "E1155")


class CisTemplate(Stack):
    """The monitoring, with parameters for what differs: see `list_parameters`."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, catalogue: Catalogue) -> None:
        """
        Args:
            settings: what changes the structure, and the parameters' defaults. Subscribers and
                topics for all severities are not used: they are parameters.
            catalogue: the controls.
        """
        super().__init__(
            scope,
            id,
            synthesizer=BootstraplessSynthesizer(),
            analytics_reporting=False,
            description=_DESCRIPTION,
        )
        planned = plan(catalogue, settings, notifies=False)
        self._severities = planned.severities
        needs_key = settings.has_chat or any(alarm.is_quiet for alarm in planned.alarms)
        self._declare(settings, needs_key=needs_key)
        self.monitoring = CisMonitoring(
            self,
            "Cis",
            log_group=logs.LogGroup.from_log_group_name(self, "LogGroup", self._resolve_log_group_name()),
            settings=self._use_parameters(settings),
            catalogue=catalogue,
            links_dashboard=False,  # there may be none
            answers_itself=False,  # parameters say whom they notify
        )
        self._decide_what_is_made()
        self._decide_who_is_notified()
        if planned.answered:
            self._answer()
        given, key = "HasAnswers" * ("Answers" in self.parameters), self._get_value("KeyArn")
        report_access(self.monitoring, self._if, key, self._key_condition, given)
        make_rules(self, self.requirements)
        self._add_outputs()
        self.add_metadata("AWS::CloudFormation::Interface", build_interface(self.parameters.values()))
        self._acknowledge_empty_defaults()
        self._shorten_logical_ids()

    def _declare(self, settings: Settings, *, needs_key: bool) -> None:
        """Parameters and the conditions on them; outputs follow."""
        self.parameters = {one.name: one for one in list_parameters(settings, self._severities)}
        self.requirements = list_requirements(self._severities)
        self.outputs: dict[str, Condition | None] = {}
        self._elements = {name: make_parameter(self, one) for name, one in self.parameters.items()}
        self._conditions = self._name_conditions(needs_key=needs_key)
        for name, condition in self._conditions.items():
            CfnCondition(self, name, expression=write_expression(condition))

    def _acknowledge_empty_defaults(self) -> None:
        reason = "A condition and a rule keep an empty value out of where it does not fit."
        for finding in _EMPTY_DEFAULTS:
            id_ = f"CloudFormation-Validate::{finding}"
            Validations.of(self).acknowledge(Acknowledgment(id=id_, reason=reason))

    def _shorten_logical_ids(self) -> None:
        """Logical ids from the construct paths, without grouping scopes.

        Those of 0.1.0: with others, an upgrade would make every alarm anew under a name that is taken.
        Overriding `_allocate_logical_id` would call back into Python at each reference, thousands of times.
        """
        for element in find_elements(self, CfnElement):
            words = [word for word in element.node.path.split("/")[1:] if word not in _GROUPS]
            element.override_logical_id("".join(char for word in words for char in word if char.isalnum()))

    def _get_value(self, name: str) -> str:
        return self._elements[name].value_as_string

    def _name_conditions(self, *, needs_key: bool) -> Mapping[str, Condition]:
        makes_key = Equals("KeyArn", "")
        found: dict[str, Condition] = {"HasDashboard": Equals("Dashboard", "on")}
        if "Dashboard" not in self.parameters:
            found = {}
        if "Answers" in self.parameters:
            found["HasAnswers"] = Equals("Answers", "on")
        found["LooksUpLogGroup"] = Equals("LogGroupName", "")
        for name in ("Email", "Endpoint", *map(name_topic_parameter, self._severities)):
            found[f"Has{name}"] = is_given(name)
        found |= {"HasOwn": has_own_topic(), "MakesKey": makes_key}
        if not needs_key:
            found["HasKey"] = all_of(has_own_topic(), makes_key)
        for severity in self._severities:
            found[f"Tells{severity.capitalize()}"] = is_notified(severity, self._severities)
        return found

    @property
    def _key_condition(self) -> str:
        """The condition on which a key is made."""
        return "HasKey" if "HasKey" in self._conditions else "MakesKey"

    def _if(self, condition: str, then: str, otherwise: str = Aws.NO_VALUE) -> str:
        return Fn.condition_if(condition, then, otherwise).to_string()

    def _make_only_if(self, condition: str, resource: CfnResource) -> None:
        resource.cfn_options.condition = cast(CfnCondition, self.node.find_child(condition))

    def _resolve_log_group_name(self) -> str:
        """The name that is given, or that the SSM parameter holds; many resources use it.

        A template takes 60 dynamic references, so one is resolved once and kept as a parameter of our own.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
        """
        # Two braces in a row would be resolved where a stack set or another template holds this one.
        reference = Fn.sub("{${Brace}resolve:ssm:${LogGroupParameter}}}", {"Brace": "{"})
        # The prefix is last: no name of a parameter may begin with aws or ssm.
        properties = {"Name": f"Trail-{self._get_value('Prefix')}", "Type": "String", "Value": reference}
        resolved = CfnResource(self, "Trail", type="AWS::SSM::Parameter", properties=properties)
        self._make_only_if("LooksUpLogGroup", resolved)
        name = resolved.get_att("Value").to_string()
        return self._if("LooksUpLogGroup", name, self._get_value("LogGroupName"))

    def _use_parameters(self, settings: Settings) -> Settings:
        return replace(
            settings,
            prefix=self._get_value("Prefix"),
            namespace=self._get_value("Namespace"),
            subscribers=tuple(Subscriber(kind, self._get_value(name), name) for kind, name in _SUBSCRIBERS),
            subscribers_by_severity={},
            topic_arns=(),
            topic_arns_by_severity={},
            key_arn=None,
        )

    def _decide_what_is_made(self) -> None:
        """Conditions of what is below the topics, and of the dashboard."""
        below = self.monitoring.node.find_child("Notifications").node
        for name, condition in (
            ("All", "HasOwn"),
            ("All:Email", "HasEmail"),
            ("All:Endpoint", "HasEndpoint"),
            (WATCH.capitalize(), "HasOwn"),
            (f"{WATCH.capitalize()}:Email", "HasEmail"),
            (f"{WATCH.capitalize()}:Endpoint", "HasEndpoint"),
            ("Undelivered", "HasEndpoint"),
            ("Key", self._key_condition),
        ):
            for resource in find_elements(below.find_child(name), CfnResource):
                self._make_only_if(condition, resource)
        for topic in find_elements(self.monitoring, sns.CfnTopic):
            if topic.kms_master_key_id:
                topic.kms_master_key_id = self._if(
                    "MakesKey", str(topic.kms_master_key_id), self._get_value("KeyArn")
                )
        for dashboard in self.monitoring.dashboards.values():
            self._make_only_if("HasDashboard", dashboard)

    def _decide_who_is_notified(self) -> None:
        """Each alarm's topics; a rule refuses that there is none. What is answered instead stays quiet."""
        for one in self.monitoring.plan.controls:
            if one.alarm and not one.alarm.is_quiet:
                self.monitoring.alarms[one.id].alarm_actions = self._list_topics(one.severity, Aws.NO_VALUE)
        if self._severities:
            severest = self._severities[-1]
            topics, others = self._list_watch_topics(severest), self._list_topics(severest, Aws.NO_VALUE)
            notify_watchers(self.monitoring, topics, self._if, of_watch=others)

    def _list_watch_topics(self, severity: Severity) -> list[tuple[str, str]]:
        """ARNs of the topics that are notified of the monitoring itself, each with its condition."""
        existing, watch = name_topic_parameter(severity), self.monitoring.watch_topic
        own = [("HasOwn", watch.topic_arn)] if watch else []
        return [*own, (f"Has{existing}", self._get_value(existing))]

    def _list_topics(self, severity: Severity, otherwise: str) -> list[str]:
        """The topic of Email and Endpoint, and an existing one; `otherwise` where one is not notified."""
        own, existing = self.monitoring.topics["all"].topic_arn, name_topic_parameter(severity)
        return [
            self._if(f"Tells{severity.capitalize()}", own, otherwise),
            self._if(f"Has{existing}", self._get_value(existing), otherwise),
        ]

    def _answer(self) -> None:
        """The answers go where the alarms go; a parameter turns them off."""
        own, severities = self.monitoring.topics["all"], self._severities
        given = [self._if(f"Has{one}", self._get_value(one)) for one in map(name_topic_parameter, severities)]
        chat = [self.monitoring.chat_topic] if self.monitoring.chat_topic else []
        route = AnswerRoute(
            topic_arns=[self._if("HasOwn", own.topic_arn), *given, *(one.topic_arn for one in chat)],
            has_others=True,  # and none of their keys is known
            alarm_actions=[self._if(*one) for one in self._list_watch_topics(severities[-1])],
        )
        answers = self.monitoring.answer({one: self._list_topics(one, "") for one in severities}, route)
        channels = [self.monitoring.node.find_child("Chat")] if chat else []
        for part in (answers, *chat, *channels) if "Answers" in self.parameters else ():
            for resource in find_elements(part, CfnResource):
                self._make_only_if("HasAnswers", resource)

    def _add_outputs(self) -> None:
        """Stable names, and no exports: nothing of another stack depends on them."""
        prefix = self._get_value("Prefix")
        self._add_output("AlarmPrefix", f"{prefix}-")
        self._add_output("MetricNamespace", self._get_value("Namespace"))
        self._add_output("TopicArn", self.monitoring.topics["all"].topic_arn, "HasOwn")
        if alias := self.monitoring.key_alias:
            self._add_output("AlarmKeyAlias", alias, self._key_condition)
        if quiet := self.monitoring.quiet_topic:
            self._add_output("QuietTopicArn", quiet.topic_arn)
        if "overview" in self.monitoring.dashboards:
            self._add_output("DashboardName", f"{prefix}-overview", "HasDashboard")

    def _add_output(self, name: str, value: str, condition: str | None = None) -> None:
        self.outputs[name] = self._conditions[condition] if condition else None
        made = CfnOutput(self, name, value=value)
        if condition:
            made.condition = cast(CfnCondition, self.node.find_child(condition))


def template(settings: Settings, catalogue: Catalogue) -> SingleTemplate:
    """The template; the same text for the same settings.

    Raises:
        QueryError: with the faults of exclusions.
        SettingsError: if a quota would not hold, the template's length among them.
    """
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        stack = CisTemplate(app, "CisInsights", settings=settings, catalogue=catalogue)
        app.synth()
        text = Path(folder, stack.template_file).read_text(encoding="utf-8")
    made = SingleTemplate(
        description=_DESCRIPTION,
        parameters=stack.parameters,
        requirements=stack.requirements,
        outputs=stack.outputs,
        capabilities=read_capabilities(text),
        warnings=stack.monitoring.plan.warnings,
        text=text,
    )
    made.check_size()
    return made
