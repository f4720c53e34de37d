"""Parameters of the single template: what is said when it is deployed, each with a safe default.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cis_insights.catalogue.header import Severity

from ..settings import Fault, Settings
from ..settings.readers import shown
from .conditions import Condition, Equals, Negation, both, either, is_given

_OPTIONAL_ARN = "^(arn:aws[a-z-]*:{service}:[a-z0-9-]+:[0-9]{{12}}:{name})?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A parameter: where the console shows it, what it may be and what it is unless given."""

    name: str
    group: str
    description: str
    label: str = ""  # where the name is not what the console shows
    default: str = ""
    pattern: str | None = None
    constraint: str | None = None  # what the console says of a value that does not fit the pattern
    choices: Sequence[str] | None = None

    def fault(self, value: str) -> Fault | None:
        """What CloudFormation would refuse of a value."""
        if self.choices:
            fits, form = value in self.choices, " or ".join(self.choices)
        else:
            fits, form = re.fullmatch(self.pattern or "", value) is not None, self.constraint or ""
        return None if fits else Fault(self.name, f"{shown(value)} does not fit", f"write {form}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What parameters have to be together: an assertion of a rule of the template."""

    rule: str
    condition: Condition
    message: str  # where it does not hold
    parameter: str  # that it is about
    hint: str


_TRAIL, _TOLD, _NAMES = "The trail", "Who is told", "Names and costs"

_DASHBOARD = Input(
    name="Dashboard",
    group=_NAMES,
    description="The dashboards, $3 a month each beyond the third",
    default="on",
    choices=("on", "off"),
)


_ANSWERS = Input(
    name="Answers",
    group=_TOLD,
    description="A second message says who did what: about $0.001 an alarm",
    default="on",
    choices=("on", "off"),
)


def inputs(settings: Settings, severities: Sequence[Severity]) -> tuple[Input, ...]:
    """The parameters, in the order of the console.

    Args:
        settings: the defaults.
        severities: those that alarms have, the least first.
    """
    return (*_trail(settings), *_notified(settings, severities), *_names(settings))


def _trail(settings: Settings) -> tuple[Input, ...]:
    return (
        Input(
            name="LogGroupName",
            group=_TRAIL,
            label="Log group",
            description="Log group the trail delivers to; or give LogGroupParameter",
            default=settings.log_group_name,
            pattern="^[A-Za-z0-9_./#-]{0,512}$",
            constraint="letters, digits and . _ / # -",
        ),
        Input(
            name="LogGroupParameter",
            group=_TRAIL,
            label="or SSM parameter",
            description="SSM parameter that holds the log group's name",
            pattern="^[A-Za-z0-9_./-]{0,1011}$",
            constraint="letters, digits and . _ / -",
        ),
    )


def _notified(settings: Settings, severities: Sequence[Severity]) -> tuple[Input, ...]:
    return (
        Input(
            name="Email",
            group=_TOLD,
            description="Confirms the subscription that SNS mails",
            pattern=r"^([^@\s,]+@[^@\s,]+\.[^@\s,]+)?$",
            constraint="one e-mail address",
        ),
        Input(
            name="Endpoint",
            group=_TOLD,
            description="https:// address besides",
            pattern=r"^(https://[^\s,]+)?$",
            constraint="one https:// address",
        ),
        Input(
            name="NotifyFrom",
            group=_TOLD,
            label="Least severity",
            description="that Email and Endpoint are told of",
            default=severities[0],  # the least of them
            choices=severities,
        ),
        *(_topic(severity, settings) for severity in reversed(severities)),
        Input(
            name="KeyArn",
            group=_TOLD,
            label="KMS key",
            description="Existing key for the topic, which CloudWatch may use; empty makes one",
            default=settings.key_arn or "",
            pattern=_OPTIONAL_ARN.format(service="kms", name="key/[A-Za-z0-9-]+"),
            constraint="the ARN of a KMS key",
        ),
        *([_ANSWERS] if settings.answers != "off" else []),
    )


def _names(settings: Settings) -> tuple[Input, ...]:
    return (
        Input(
            name="Prefix",
            group=_NAMES,
            description="Begins every name: a second stack needs another",
            default=settings.prefix,
            pattern="^[A-Za-z0-9_-]{1,60}$",
            constraint="1 to 60 letters, digits, - or _",
        ),
        Input(
            name="Namespace",
            group=_NAMES,
            description="of the metrics",
            default=settings.namespace,
            pattern="^(?!AWS/)[A-Za-z0-9_./#-]{1,255}$",
            constraint="letters, digits and . _ / # -",
        ),
        *([_DASHBOARD] if settings.dashboards else []),
    )


def _topic(severity: Severity, settings: Settings) -> Input:
    return Input(
        name=topic_input(severity),
        group=_TOLD,
        label=f"Topic for {severity}",
        description="Existing SNS topic in this Region, of any account",
        default=next(iter(settings.topic_arns_by_severity.get(severity, ())), ""),
        pattern=_OPTIONAL_ARN.format(service="sns", name="[A-Za-z0-9_.-]+"),
        constraint="the ARN of an SNS topic",
    )


def topic_input(severity: Severity) -> str:
    """Name of the parameter with the existing topic of a severity."""
    return f"{severity.capitalize()}Topic"


def has_own_topic() -> Condition:
    """That a topic is made here, which somebody subscribes to."""
    return either(is_given("Email"), is_given("Endpoint"))


def is_notified(severity: Severity, severities: Sequence[Severity]) -> Condition:
    """That alarms of a severity notify the topic that is made here.

    Args:
        severities: those that alarms have, the least first.
    """
    from_here = severities[: severities.index(severity) + 1]
    return both(has_own_topic(), either(*(Equals("NotifyFrom", least) for least in from_here)))


def requirements(severities: Sequence[Severity]) -> tuple[Requirement, ...]:
    """Exactly one log group, and somebody to notify of each severity (CIS 3.15).

    Args:
        severities: those that alarms have, the least first.
    """
    name, parameter = is_given("LogGroupName"), is_given("LogGroupParameter")
    log_group = Requirement(
        rule="OneLogGroup",
        condition=either(both(name, Negation(parameter)), both(parameter, Negation(name))),
        message="Give LogGroupName or LogGroupParameter, and not both.",
        parameter="LogGroupName",
        hint="give -p LogGroupName=NAME, or -p LogGroupParameter=NAME of an SSM parameter that holds it",
    )
    return (log_group, *(_notifies(severity, severities) for severity in severities))


def _notifies(severity: Severity, severities: Sequence[Severity]) -> Requirement:
    return Requirement(
        rule="Notified",
        condition=either(is_given(topic_input(severity)), is_notified(severity, severities)),
        message=f"Nobody would be told of {severity} alarms.",
        parameter="Email",
        hint="give -p Email=ADDRESS or -p Endpoint=URL, a lower -p NotifyFrom, or an existing topic, such as"
        " -p HighTopic=ARN",
    )
