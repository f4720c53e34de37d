"""Parameters of the single template: what is said when it is deployed, each with a safe default.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aws_cdk import CfnParameter, Stack

from cis_insights.header import Severity

from .settings import Settings

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


_TRAIL, _TOLD, _NAMES = "The trail", "Who is told", "Names and costs"

_DASHBOARD = Input(
    name="Dashboard",
    group=_NAMES,
    description="The dashboards, $3 a month each beyond the third",
    default="on",
    choices=("on", "off"),
)


def inputs(settings: Settings, severities: Sequence[Severity]) -> tuple[Input, ...]:
    """The parameters, in the order of the console.

    Args:
        settings: the defaults.
        severities: those that alarms have, the least first.
    """
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


def declare(stack: Stack, declared: Sequence[Input]) -> Mapping[str, CfnParameter]:
    """Puts the parameters and their groups into the stack's template; the parameters by name."""
    groups = [
        {"Label": {"default": label}, "Parameters": [one.name for one in members]}
        for label, members in groupby(declared, lambda one: one.group)
    ]
    labels = {one.name: {"default": one.label} for one in declared if one.label}
    interface: dict[str, Any] = {"ParameterGroups": groups, "ParameterLabels": labels}
    stack.add_metadata("AWS::CloudFormation::Interface", interface)
    return {one.name: _parameter(stack, one) for one in declared}


def _parameter(stack: Stack, one: Input) -> CfnParameter:
    return CfnParameter(
        stack,
        one.name,
        default=one.default,
        description=one.description,
        allowed_pattern=one.pattern,
        allowed_values=list(one.choices) if one.choices else None,
        constraint_description=one.constraint if one.pattern else None,
    )
