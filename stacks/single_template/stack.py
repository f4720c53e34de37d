"""One template that deploys as it is: parameters in place of settings, no assets, no bootstrap.

The constructs are those of `CisStack`; conditions are added where a parameter decides what is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from aws_cdk import (
    Acknowledgment,
    App,
    Aws,
    BootstraplessSynthesizer,
    CfnCondition,
    CfnElement,
    CfnOutput,
    CfnParameter,
    CfnResource,
    CfnRule,
    CfnRuleAssertion,
    Fn,
    ICfnConditionExpression,
    Stack,
    Validations,
)
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct, IConstruct

from cis_insights import Catalogue

from ..monitoring import CisMonitoring
from ..plan import plan
from ..settings import Settings, Subscriber
from .conditions import Condition, Conjunction, Disjunction, Equals, Negation, all_of, is_given
from .single_template import SingleTemplate
from .template_parameters import (
    TemplateParameter,
    has_own_topic,
    is_notified,
    list_parameters,
    list_requirements,
    name_topic_parameter,
)

_Element = TypeVar("_Element", bound=CfnElement)
_DESCRIPTION = (
    "CIS AWS Foundations monitoring of a CloudTrail log group: queries, filters, alarms, notification"
)
_SUBSCRIBERS = (("email", "Email"), ("https", "Endpoint"))  # protocol and parameter
_GROUPS = ("Cis", "Notifications", "Queries", "Lines", "Subscription", "Resource")
# Findings about a parameter's empty default where a condition keeps the empty one out.
_EMPTY_DEFAULTS = ("F3031", "F3033", "E1155")


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
        planned = plan(catalogue, settings, notifies=False)
        self._severities = planned.severities
        self.inputs = {one.name: one for one in list_parameters(settings, self._severities)}
        self.requirements = list_requirements(self._severities)
        self.outputs: dict[str, Condition | None] = {}
        self._parameters = {name: _make_parameter(self, one) for name, one in self.inputs.items()}
        self._conditions = self._name_conditions(is_quiet_needed=any(one.twins for one in planned.controls))
        for name, condition in self._conditions.items():
            CfnCondition(self, name, expression=_write_expression(condition))
        self.monitoring = CisMonitoring(
            self,
            "Cis",
            log_group=logs.LogGroup.from_log_group_name(self, "LogGroup", self._resolve_log_group_name()),
            settings=self._use_parameters(settings),
            catalogue=catalogue,
            links_dashboard=False,  # there may be none
        )
        self._decide_what_is_made()
        self._decide_who_is_notified()
        self._add_rules()
        self._add_outputs()
        self.add_metadata("AWS::CloudFormation::Interface", _build_interface(self.inputs.values()))
        reason = "A condition and a rule keep an empty value out of where it does not fit."
        for finding in _EMPTY_DEFAULTS:
            id_ = f"CloudFormation-Validate::{finding}"
            Validations.of(self).acknowledge(Acknowledgment(id=id_, reason=reason))
        self._shorten_logical_ids()

    def _shorten_logical_ids(self) -> None:
        """Logical ids from the construct paths, without grouping scopes.

        Those of 0.1.0: with others, an upgrade would make every alarm anew under a name that is taken.
        Overriding `_allocate_logical_id` would call back into Python at each reference, thousands of times.
        """
        for element in _find_elements(self, CfnElement):
            words = [word for word in element.node.path.split("/")[1:] if word not in _GROUPS]
            element.override_logical_id("".join(char for word in words for char in word if char.isalnum()))

    def _get_value(self, name: str) -> str:
        return self._parameters[name].value_as_string

    def _name_conditions(self, *, is_quiet_needed: bool) -> Mapping[str, Condition]:
        makes_key = Equals("KeyArn", "")
        found: dict[str, Condition] = {"HasDashboard": Equals("Dashboard", "on")}
        if "Dashboard" not in self.inputs:
            found = {}
        found["LooksUpLogGroup"] = Equals("LogGroupName", "")
        for name in ("Email", "Endpoint", *map(name_topic_parameter, self._severities)):
            found[f"Has{name}"] = is_given(name)
        found |= {"HasOwn": has_own_topic(), "MakesKey": makes_key}
        if not is_quiet_needed:
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
            ("Undelivered", "HasEndpoint"),
            ("Key", self._key_condition),
        ):
            for resource in _find_elements(below.find_child(name), CfnResource):
                self._make_only_if(condition, resource)
        for topic in _find_elements(self.monitoring, sns.CfnTopic):
            topic.kms_master_key_id = self._if(
                "MakesKey", str(topic.kms_master_key_id), self._get_value("KeyArn")
            )
        for dashboard in self.monitoring.dashboards.values():
            self._make_only_if("HasDashboard", dashboard)

    def _decide_who_is_notified(self) -> None:
        """The topic of Email and Endpoint, and an existing one; a rule refuses that there is neither."""
        own = self.monitoring.topics["all"].topic_arn
        for one in self.monitoring.plan.controls:
            if one.alarm:
                existing = name_topic_parameter(one.severity)
                self.monitoring.alarms[one.id].alarm_actions = [
                    self._if(f"Tells{one.severity.capitalize()}", own),
                    self._if(f"Has{existing}", self._get_value(existing)),
                ]

    def _add_rules(self) -> None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html"""
        for rule, members in groupby(self.requirements, lambda one: one.rule):
            assertions = [
                CfnRuleAssertion(assert_=_write_expression(one.condition), assert_description=one.message)
                for one in members
            ]
            CfnRule(self, rule, assertions=assertions)

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


def _make_parameter(stack: Stack, one: TemplateParameter) -> CfnParameter:
    return CfnParameter(
        stack,
        one.name,
        default=one.default,
        description=one.description,
        allowed_pattern=one.pattern,
        allowed_values=list(one.choices) if one.choices else None,
        constraint_description=one.constraint if one.pattern else None,
    )


def _build_interface(declared: Iterable[TemplateParameter]) -> dict[str, Any]:
    """Groups and labels of the parameters, as the console shows them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-interface.html
    """
    groups = [
        {"Label": {"default": label}, "Parameters": [one.name for one in members]}
        for label, members in groupby(declared, lambda one: one.group)
    ]
    labels = {one.name: {"default": one.label} for one in declared if one.label}
    return {"ParameterGroups": groups, "ParameterLabels": labels}


def _write_expression(condition: Condition) -> ICfnConditionExpression:
    """A condition as a template says it."""
    match condition:
        case Equals(name, value):
            made = Fn.condition_equals(Fn.ref(name), value)
        case Negation(inner):
            made = Fn.condition_not(_write_expression(inner))
        case Conjunction(parts):
            made = Fn.condition_and(*map(_write_expression, parts))
        case Disjunction(parts):
            made = Fn.condition_or(*map(_write_expression, parts))
    return cast(ICfnConditionExpression, made)


def _find_elements(construct: IConstruct, kind: type[_Element]) -> list[_Element]:
    return [one for one in construct.node.find_all() if isinstance(one, kind)]


def _read_capabilities(text: str) -> tuple[str, ...]:
    """What a deploy of a template has to acknowledge."""
    kinds = [one["Type"] for one in json.loads(text)["Resources"].values()]
    return ("CAPABILITY_IAM",) if any(kind.startswith("AWS::IAM::") for kind in kinds) else ()


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
        parameters=stack.inputs,
        requirements=stack.requirements,
        outputs=stack.outputs,
        capabilities=_read_capabilities(text),
        warnings=stack.monitoring.plan.warnings,
        text=text,
    )
    made.check_size()
    return made
