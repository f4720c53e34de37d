"""Parameters of the single template, which are given when it is deployed, each with a safe default.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cis_insights.catalogue.header import Severity

from ..settings import SettingFault, Settings
from ..settings.readers import show
from .conditions import Condition, Equals, Negation, all_of, any_of, is_given

_OPTIONAL_ARN = "^(arn:aws[a-z-]*:{service}:[a-z0-9-]+:[0-9]{{12}}:{name})?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateParameter:
    """A parameter: where the console shows it, what it may be and what it is unless given."""

    name: str
    group: str
    description: str
    label: str = ""  # where the name is not what the console shows
    default: str = ""
    pattern: str | None = None
    constraint: str | None = None  # what the console says of a value that does not fit the pattern
    choices: Sequence[str] | None = None

    def find_fault(self, value: str) -> SettingFault | None:
        """What CloudFormation would refuse of a value."""
        if self.choices:
            fits, form = value in self.choices, " or ".join(self.choices)
        else:
            fits, form = re.fullmatch(self.pattern or "", value) is not None, self.constraint or ""
        return None if fits else SettingFault(self.name, f"{show(value)} does not fit", f"write {form}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What parameters have to be together: an assertion of a rule of the template."""

    rule: str
    condition: Condition
    message: str  # where it does not hold
    parameter: str  # that it is about
    hint: str


_TRAIL, _TOLD, _NAMES = "The trail", "Who is notified", "Names and costs"

_DASHBOARD = TemplateParameter(
    name="Dashboard",
    group=_NAMES,
    description="The dashboards, $3 a month each beyond the third",
    default="on",
    choices=("on", "off"),
)


_ANSWERS = TemplateParameter(
    name="Answers",
    group=_TOLD,
    description="A second message says who did what: about $0.001 an alarm",
    default="on",
    choices=("on", "off"),
)


def list_parameters(settings: Settings, severities: Sequence[Severity]) -> tuple[TemplateParameter, ...]:
    """The parameters, in the order of the console.

    Args:
        settings: the defaults.
        severities: those that alarms have, the least first.
    """
    return (*_list_trail(settings), *_list_notified(settings, severities), *_list_names(settings))


def _list_trail(settings: Settings) -> tuple[TemplateParameter, ...]:
    return (
        TemplateParameter(
            name="LogGroupName",
            group=_TRAIL,
            label="Log group",
            description="Log group the trail delivers to; or give LogGroupParameter",
            default=settings.log_group_name,
            pattern="^[A-Za-z0-9_./#-]{0,512}$",
            constraint="letters, digits and . _ / # -",
        ),
        TemplateParameter(
            name="LogGroupParameter",
            group=_TRAIL,
            label="or SSM parameter",
            description="SSM parameter that holds the log group's name",
            pattern="^[A-Za-z0-9_./-]{0,1011}$",
            constraint="letters, digits and . _ / -",
        ),
    )


def _list_notified(settings: Settings, severities: Sequence[Severity]) -> tuple[TemplateParameter, ...]:
    return (
        TemplateParameter(
            name="Email",
            group=_TOLD,
            description="Confirms the subscription that SNS mails",
            pattern=r"^([^@\s,]+@[^@\s,]+\.[^@\s,]+)?$",
            constraint="one e-mail address",
        ),
        TemplateParameter(
            name="Endpoint",
            group=_TOLD,
            description="https:// address besides",
            pattern=r"^(https://[^\s,]+)?$",
            constraint="one https:// address",
        ),
        TemplateParameter(
            name="NotifyFrom",
            group=_TOLD,
            label="Least severity",
            description="that Email and Endpoint are notified of",
            default=severities[0],  # the least of them
            choices=severities,
        ),
        *(_make_topic(severity, settings) for severity in reversed(severities)),
        TemplateParameter(
            name="KeyArn",
            group=_TOLD,
            label="KMS key",
            description="Existing key for the topic, which CloudWatch may use; empty makes one",
            default=settings.key_arn or "",
            pattern=_OPTIONAL_ARN.format(service="kms", name="key/[A-Za-z0-9-]+"),
            constraint="the ARN of a KMS key",
        ),
        *([_ANSWERS] if settings.answers == "besides" else []),  # else nobody would be notified
    )


def _list_names(settings: Settings) -> tuple[TemplateParameter, ...]:
    return (
        TemplateParameter(
            name="Prefix",
            group=_NAMES,
            description="Begins every name: a second stack needs another",
            default=settings.prefix,
            pattern="^[A-Za-z0-9_-]{1,60}$",
            constraint="1 to 60 letters, digits, - or _",
        ),
        TemplateParameter(
            name="Namespace",
            group=_NAMES,
            description="of the metrics",
            default=settings.namespace,
            pattern="^(?!AWS/)[A-Za-z0-9_./#-]{1,255}$",
            constraint="letters, digits and . _ / # -",
        ),
        *([_DASHBOARD] if settings.dashboards else []),
    )


def _make_topic(severity: Severity, settings: Settings) -> TemplateParameter:
    return TemplateParameter(
        name=name_topic_parameter(severity),
        group=_TOLD,
        label=f"Topic for {severity}",
        description="Existing SNS topic in this Region, of any account",
        default=next(iter(settings.topic_arns_by_severity.get(severity, ())), ""),
        pattern=_OPTIONAL_ARN.format(service="sns", name="[A-Za-z0-9_.-]+"),
        constraint="the ARN of an SNS topic",
    )


def name_topic_parameter(severity: Severity) -> str:
    """Name of the parameter with the existing topic of a severity."""
    return f"{severity.capitalize()}Topic"


def has_own_topic() -> Condition:
    """That a topic is made here, which somebody subscribes to."""
    return any_of(is_given("Email"), is_given("Endpoint"))


def is_notified(severity: Severity, severities: Sequence[Severity]) -> Condition:
    """That alarms of a severity notify the topic that is made here.

    Args:
        severities: those that alarms have, the least first.
    """
    from_here = severities[: severities.index(severity) + 1]
    return all_of(has_own_topic(), any_of(*(Equals("NotifyFrom", least) for least in from_here)))


def list_requirements(severities: Sequence[Severity]) -> tuple[Requirement, ...]:
    """Exactly one log group, and somebody to notify of each severity (CIS 3.15).

    Args:
        severities: those that alarms have, the least first.
    """
    name, parameter = is_given("LogGroupName"), is_given("LogGroupParameter")
    log_group = Requirement(
        rule="OneLogGroup",
        condition=any_of(all_of(name, Negation(parameter)), all_of(parameter, Negation(name))),
        message="Give LogGroupName or LogGroupParameter, and not both.",
        parameter="LogGroupName",
        hint="give -p LogGroupName=NAME, or -p LogGroupParameter=NAME of an SSM parameter that holds it",
    )
    return (log_group, *(_require_notified(severity, severities) for severity in severities))


def _require_notified(severity: Severity, severities: Sequence[Severity]) -> Requirement:
    return Requirement(
        rule="Notified",
        condition=any_of(is_given(name_topic_parameter(severity)), is_notified(severity, severities)),
        message=f"Nobody would be notified of {severity} alarms.",
        parameter="Email",
        hint="give -p Email=ADDRESS or -p Endpoint=URL, a lower -p NotifyFrom, or an existing topic, such as"
        " -p HighTopic=ARN",
    )
