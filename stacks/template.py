"""One template that deploys as it is: parameters in place of settings, no assets, no bootstrap.

The constructs are those of `CisStack`; conditions are added where a parameter decides what is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar, cast

from aws_cdk import (
    Acknowledgment,
    App,
    Aws,
    BootstraplessSynthesizer,
    CfnCondition,
    CfnElement,
    CfnOutput,
    CfnResource,
    CfnRule,
    CfnRuleAssertion,
    Fn,
    ICfnConditionExpression,
    ICfnRuleConditionExpression,
    Stack,
    Validations,
)
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct, IConstruct

from cis_insights import Catalogue
from cis_insights.header import Severity

from .inputs import declare, inputs, topic_input
from .keys import Subscriber
from .monitoring import CisMonitoring
from .plan import plan
from .settings import Settings

_Resource = TypeVar("_Resource", bound=CfnResource)
_DESCRIPTION = (
    "CIS AWS Foundations monitoring of a CloudTrail log group: queries, filters, alarms, notification"
)
_SUBSCRIBERS = (("email", "Email"), ("https", "Endpoint"))  # protocol and parameter
_GROUPS = ("Cis", "Notifications", "Queries", "Lines", "Subscription", "Resource")
_GIVEN_WHEN_DEPLOYED = (Subscriber("email", "given.when@deployed.invalid"),)
_NO_GROUP = "Give LogGroupName or LogGroupParameter, and not both."
# The CDK takes a parameter's default for its value, whatever conditions say.
_OF_EMPTY_TEXTS = ("E1155", "F3031", "F3033")
_WHY_EMPTY = "Conditions and rules of the template keep what is empty out of its resources."
_NOBODY = "Nobody would be told of {} alarms."


class CisTemplate(Stack):
    """The monitoring, its inputs parameters; see `inputs`."""

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
        planned = plan(catalogue, replace(settings, subscribers=_GIVEN_WHEN_DEPLOYED))
        self._severities = planned.severities
        self._parameters = declare(self, inputs(settings, self._severities))
        is_quiet_needed = any(one.twins for one in planned.controls)
        self._conditions = self._declared_conditions(is_quiet_needed=is_quiet_needed)
        self.monitoring = CisMonitoring(
            self,
            "Cis",
            log_group=logs.LogGroup.from_log_group_name(self, "LogGroup", self._log_group_name()),
            settings=self._with_parameters(settings),
            catalogue=catalogue,
            links_dashboard=False,  # there may be none
        )
        self._decide_what_is_made()
        self._decide_who_is_notified()
        self._refuse_what_can_not_be()
        self._put_out()
        for rule in _OF_EMPTY_TEXTS:
            acknowledgment = Acknowledgment(id=f"CloudFormation-Validate::{rule}", reason=_WHY_EMPTY)
            Validations.of(self).acknowledge(acknowledgment)

    def _allocate_logical_id(self, element: CfnElement) -> str:
        """Logical id from the construct path, without grouping scopes.

        Those of 0.1.0: with others, an upgrade would make every alarm anew under a name that is taken.
        """
        words = [word for word in element.node.path.split("/")[1:] if word not in _GROUPS]
        return "".join(char for word in words for char in word if char.isalnum())

    def _value(self, name: str) -> str:
        return self._parameters[name].value_as_string

    def _is(self, name: str, value: str) -> ICfnRuleConditionExpression:
        return Fn.condition_equals(self._value(name), value)

    def _given(self, name: str) -> ICfnRuleConditionExpression:
        return Fn.condition_not(self._is(name, ""))

    def _declared_conditions(self, *, is_quiet_needed: bool) -> Mapping[str, CfnCondition]:
        found: dict[str, CfnCondition] = {}

        def declared(name: str, expression: ICfnConditionExpression) -> None:
            found[name] = CfnCondition(self, name, expression=expression)

        def both(one: str, other: ICfnRuleConditionExpression) -> ICfnRuleConditionExpression:
            return Fn.condition_and(cast(ICfnConditionExpression, found[one]), other)

        if "Dashboard" in self._parameters:
            declared("HasDashboard", self._is("Dashboard", "on"))
        # By the name that is not given: linters see then that it is given where it is used.
        declared("HasLogGroupParameter", self._is("LogGroupName", ""))
        for name in ("Email", "Endpoint", *map(topic_input, self._severities)):
            declared(f"Has{name}", self._given(name))
        declared("HasOwn", Fn.condition_or(self._given("Email"), self._given("Endpoint")))
        declared("MakesKey", self._is("KeyArn", ""))
        if not is_quiet_needed:
            declared("HasKey", both("HasOwn", self._is("KeyArn", "")))
        for number, severity in enumerate(self._severities, 1):
            asked = [self._is("NotifyFrom", least) for least in self._severities[:number]]
            wide = Fn.condition_or(*asked) if len(asked) > 1 else asked[0]
            declared(f"Tells{severity.capitalize()}", both("HasOwn", wide))
        return found

    def _if(self, condition: str, then: str, otherwise: str = Aws.NO_VALUE) -> str:
        return Fn.condition_if(condition, then, otherwise).to_string()

    def _log_group_name(self) -> str:
        """The name that is given, or that the SSM parameter holds; many resources use it.

        A template takes 60 dynamic references, so one is resolved once and kept as a parameter of our own.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
        """
        # Two braces in a row would be resolved where a stack set or another template holds this one.
        reference = Fn.sub("{${Brace}resolve:ssm:${LogGroupParameter}}}", {"Brace": "{"})
        # The prefix is last: no name of a parameter may begin with aws or ssm.
        properties = {"Name": f"Trail-{self._value('Prefix')}", "Type": "String", "Value": reference}
        resolved = CfnResource(self, "Trail", type="AWS::SSM::Parameter", properties=properties)
        resolved.cfn_options.condition = self._conditions["HasLogGroupParameter"]
        name = resolved.get_att("Value").to_string()
        return self._if("HasLogGroupParameter", name, self._value("LogGroupName"))

    def _with_parameters(self, settings: Settings) -> Settings:
        return replace(
            settings,
            prefix=self._value("Prefix"),
            namespace=self._value("Namespace"),
            subscribers=tuple(Subscriber(kind, self._value(name), name) for kind, name in _SUBSCRIBERS),
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
            ("Undelivered", "HasEndpoint"),
            ("Key", "HasKey" if "HasKey" in self._conditions else "MakesKey"),
        ):
            for resource in _resources(below.find_child(name), CfnResource):
                resource.cfn_options.condition = self._conditions[condition]
        for topic in _resources(self.monitoring, sns.CfnTopic):
            topic.kms_master_key_id = self._if(
                "MakesKey", str(topic.kms_master_key_id), self._value("KeyArn")
            )
        for dashboard in self.monitoring.dashboards.values():
            dashboard.cfn_options.condition = self._conditions["HasDashboard"]

    def _decide_who_is_notified(self) -> None:
        """The topic of Email and Endpoint, and an existing one; a rule refuses that there is neither."""
        for one in self.monitoring.plan.controls:
            if one.alarm:
                self.monitoring.alarms[one.id].alarm_actions = self._notified(one.severity)

    def _notified(self, severity: Severity) -> list[str]:
        """ARNs of the topics for alarms of one severity; what is not given is no value."""
        own, name = self.monitoring.topics["all"].topic_arn, topic_input(severity)
        return [
            self._if(f"Tells{severity.capitalize()}", own),
            self._if(f"Has{name}", self._value(name)),
        ]

    def _refuse_what_can_not_be(self) -> None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html"""
        no_name, no_parameter = (self._is(one, "") for one in ("LogGroupName", "LogGroupParameter"))
        one_of_two = Fn.condition_or(
            Fn.condition_and(no_name, Fn.condition_not(no_parameter)),
            Fn.condition_and(no_parameter, Fn.condition_not(no_name)),
        )
        self._rule("OneLogGroup", {_NO_GROUP: one_of_two})
        self._rule("Heard", {_NOBODY.format(one): self._heard(one) for one in self._severities})

    def _heard(self, severity: Severity) -> ICfnRuleConditionExpression:
        """CIS 3.15: alarms of this severity tell somebody."""
        least = self._severities[: self._severities.index(severity) + 1]
        told = Fn.condition_contains([*least], self._value("NotifyFrom"))
        nobody = Fn.condition_and(self._is("Email", ""), self._is("Endpoint", ""))
        return Fn.condition_or(
            self._given(topic_input(severity)), Fn.condition_and(told, Fn.condition_not(nobody))
        )

    def _rule(self, id: str, holds: Mapping[str, ICfnRuleConditionExpression]) -> None:
        """Conditions of the parameters by what is said where one does not hold."""
        assertions = [CfnRuleAssertion(assert_=one, assert_description=text) for text, one in holds.items()]
        CfnRule(self, id, assertions=assertions)

    def _put_out(self) -> None:
        """Stable names, and no exports: nothing of another stack depends on them."""
        prefix = self._value("Prefix")
        CfnOutput(self, "AlarmPrefix", value=f"{prefix}-")
        CfnOutput(self, "MetricNamespace", value=self._value("Namespace"))
        topic = self.monitoring.topics["all"].topic_arn
        CfnOutput(self, "TopicArn", value=topic, condition=self._conditions["HasOwn"])
        if quiet := self.monitoring.quiet_topic:
            CfnOutput(self, "QuietTopicArn", value=quiet.topic_arn)
        if "overview" in self.monitoring.dashboards:
            name, condition = f"{prefix}-overview", self._conditions["HasDashboard"]
            CfnOutput(self, "DashboardName", value=name, condition=condition)


def _resources(construct: IConstruct, kind: type[_Resource]) -> list[_Resource]:
    return [one for one in construct.node.find_all() if isinstance(one, kind)]


def template(settings: Settings, catalogue: Catalogue) -> str:
    """The template as JSON; the same text for the same settings.

    Raises:
        QueryError: with the faults of exclusions.
        SettingsError: if a quota would not hold.
    """
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        stack = CisTemplate(app, "CisInsights", settings=settings, catalogue=catalogue)
        app.synth()
        synthesized = json.loads(Path(folder, stack.template_file).read_text(encoding="utf-8"))
    return json.dumps(synthesized, indent=1, ensure_ascii=False)
