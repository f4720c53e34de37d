"""What is compared with a stack's template: the properties of each kind that decide whether it works.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cis_insights.verification.model import MetricAlarm, Subscription, Topic
from cis_insights.verification.trails import Unanswered

from .intrinsics import is_unknown

Properties = Mapping[str, Any]
KINDS = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::Logs::MetricFilter": "filter",
    "AWS::Logs::LogGroup": "log group",
    "AWS::Logs::QueryDefinition": "saved query",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::Events::Rule": "rule",
    "AWS::StepFunctions::StateMachine": "state machine",
    "AWS::SNS::Subscription": "subscription",
}


@dataclass(frozen=True, slots=True)
class Present:
    """What is there, by kind and physical id: the properties that are compared, as a template names them.

    Of a kind that was not read nothing is missing.
    """

    kinds: Mapping[str, Mapping[str, Properties]]
    names: Mapping[str, str] = field(default_factory=dict)  # of saved queries, by id
    unsure: frozenset[str] = frozenset()  # topics with subscriptions whose ARNs are not known

    def has(self, kind: str, id: str) -> bool:
        """Whether it is there."""
        return kind not in self.kinds or id in self.kinds[kind] or id.rpartition(":")[0] in self.unsure

    def differs(self, kind: str, id: str, deployed: Properties) -> bool:
        """Whether it is there, and a property that is compared is not as the template has it."""
        actual = self.kinds.get(kind, {}).get(id, {})
        return any(
            _normalise(value) != _normalise(deployed[name])
            for name, value in actual.items()
            if name in deployed and not is_unknown(json.dumps(deployed[name]))
        )


def _normalise(value: Any) -> Any:
    """Values that mean the same alike: numbers and JSON as texts, lists in any order."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return float(value)
        case str():
            return _normalise_text(value)
        case list() | tuple():
            return sorted((_normalise(one) for one in value), key=repr)
        case dict():
            return {str(key): _normalise(one) for key, one in value.items()}
        case _:
            return value


def _normalise_text(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(found, str) else _normalise(found)


def list_alarms(alarms: Iterable[MetricAlarm]) -> dict[str, Properties]:
    """Properties of alarms by name; an alarm on an expression is only there."""
    return {one.name: _describe_alarm(one) for one in alarms}


def _describe_alarm(alarm: MetricAlarm) -> Properties:
    if len(alarm.metrics) != 1 or alarm.expression:
        return {}
    return {
        "Namespace": alarm.metrics[0].namespace,
        "MetricName": alarm.metrics[0].name,
        "Statistic": alarm.statistic,
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.missing_data,
        "AlarmActions": list(alarm.actions),
    }


def list_subscriptions(topics: Iterable[Topic | None]) -> tuple[dict[str, Properties], frozenset[str]]:
    """Subscriptions by ARN, and the topics that have some whose ARN is not known."""
    found: dict[str, Properties] = {}
    unsure: set[str] = set()
    for topic in topics:
        if topic is None:
            continue
        known: Iterable[Subscription] = (
            () if isinstance(topic.subscriptions, Unanswered) else topic.subscriptions
        )
        found |= {one.arn: {} for one in known if one.is_confirmed}
        if isinstance(topic.subscriptions, Unanswered) or not all(one.is_confirmed for one in known):
            unsure.add(topic.arn)
    return found, frozenset(unsure)
