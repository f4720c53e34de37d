"""A plan of Terraform, as `terraform show -json` writes it, as what it would deploy.

What is known only after the apply is followed through the plan's configuration.
https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cis_insights.events.event_selectors import Selector
from cis_insights.verification.findings import Source
from cis_insights.verification.model import (
    Key,
    LogGroup,
    Metric,
    MetricAlarm,
    MetricFilter,
    SetUp,
    Subscription,
    Topic,
)
from cis_insights.verification.trails import Trail

from .answers import read_alarm
from .intrinsics import ACCOUNT, REGION
from .plan_references import References, without_index
from .unreadable import Unreadable

Values = Mapping[str, Any]
_ARNS = {
    "aws_sns_topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:",
    "aws_kms_key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/",
    "aws_cloudwatch_log_group": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:",
}


def is_plan(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document is a plan."""
    return "planned_values" in document and "Resources" not in document


def read_plan(document: Mapping[str, Any], text: str, path: str) -> SetUp:
    """What a plan would deploy.

    Args:
        text: the document as it is written, for its lines.

    Raises:
        Unreadable: if it is not as Terraform writes it.
    """
    try:
        return _Plan(document, text, path).read()
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError):
        raise Unreadable(path, 1, "this is not a plan as `terraform show -json` writes it") from None


@dataclass(frozen=True, slots=True)
class _Resource:
    address: str
    type: str
    values: Values

    @property
    def arn(self) -> str:
        """Its ARN; before the apply one that stands for it."""
        return str(self.values.get("arn") or f"{_ARNS.get(self.type, '')}{self.address}")


class _Plan:
    def __init__(self, document: Mapping[str, Any], text: str, path: str) -> None:
        self.text, self.path = text, path
        self.resources = list(_list_resources(document["planned_values"].get("root_module") or {}))
        self.references = References(document)

    def read(self) -> SetUp:
        """Everything that monitoring consists of."""
        return SetUp(
            place=None,
            trails=tuple(self.trail(one) for one in self.of_type("aws_cloudtrail")),
            filters=tuple(
                made for one in self.of_type("aws_cloudwatch_log_metric_filter") for made in self.filters(one)
            ),
            alarms=tuple(self.alarm(one) for one in self.of_type("aws_cloudwatch_metric_alarm")),
            topics={one.arn: self.topic(one) for one in self.of_type("aws_sns_topic")},
            log_groups=frozenset(
                LogGroup(REGION, str(one.values.get("name") or one.address))
                for one in self.of_type("aws_cloudwatch_log_group")
            ),
        )

    def of_type(self, kind: str) -> list[_Resource]:
        """The resources of a type."""
        return [one for one in self.resources if one.type == kind]

    def source(self, one: _Resource) -> Source:
        """Where its address is written: on one long line, unless somebody formatted the plan."""
        at = self.text.find(f'"{one.address}"')
        return Source(self.path, self.text.count("\n", 0, max(at, 0)) + 1)

    def referred(self, one: _Resource, argument: str, kind: str) -> list[_Resource]:
        """The resources of a type that an argument refers to."""
        names = self.references.of(one.address, argument)
        return [
            other
            for other in self.of_type(kind)
            if any(_is_of(name, without_index(other.address)) for name in names)
        ]

    def text_of(self, one: _Resource, argument: str, kind: str, attribute: str = "name") -> str:
        """An argument; before the apply an attribute of what it refers to."""
        if one.values.get(argument) is not None:
            return str(one.values[argument])
        known = (other.values.get(attribute) or other.address for other in self.referred(one, argument, kind))
        return str(next(known, f"${{{argument}}}"))

    def filters(self, one: _Resource) -> Iterator[MetricFilter]:
        """A metric filter, for each metric that it publishes to."""
        group = self.text_of(one, "log_group_name", "aws_cloudwatch_log_group")
        for to in one.values.get("metric_transformation") or ():
            dimensions = tuple(sorted(to.get("dimensions") or ()))
            default = to.get("default_value")
            yield MetricFilter(
                name=str(one.values.get("name") or one.address),
                log_group=LogGroup(REGION, group),
                pattern=str(one.values.get("pattern") or "${pattern}"),
                metric=Metric(REGION, str(to.get("namespace")), str(to.get("name")), dimensions),
                value=str(to.get("value", "1")),
                default=None if default in (None, "") else float(default),
                source=self.source(one),
            )

    def alarm(self, one: _Resource) -> MetricAlarm:
        """An alarm, by way of what DescribeAlarms would say of it."""
        values = one.values
        periods = values.get("evaluation_periods") or 1
        name = str(values.get("alarm_name") or one.address)
        answer = {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
            "Namespace": values.get("namespace") or "",
            "Dimensions": [{"Name": name} for name in values.get("dimensions") or ()],
            "Statistic": values.get("statistic") or values.get("extended_statistic"),
            "Period": values.get("period") or 300,
            "EvaluationPeriods": periods,
            "DatapointsToAlarm": values.get("datapoints_to_alarm") or periods,
            "Threshold": values.get("threshold") or 0,
            "ComparisonOperator": values.get("comparison_operator") or "",
            "TreatMissingData": values.get("treat_missing_data") or "missing",
            "ActionsEnabled": values.get("actions_enabled") is not False,
            "AlarmActions": self.actions(one),
            **self.watched(one),
        }
        return replace(read_alarm(answer, REGION, {}), source=self.source(one))

    def watched(self, one: _Resource) -> dict[str, Any]:
        """The metric by its name, or the queries of an expression."""
        if queries := one.values.get("metric_query"):
            return {"Metrics": [made for query in queries for made in _read_query(query)]}
        name = one.values.get("metric_name")
        if name is None:
            for other in self.referred(one, "metric_name", "aws_cloudwatch_log_metric_filter"):
                named = any(
                    "metric_transformation" in ref for ref in self.references.of(one.address, "metric_name")
                )
                name = other.values["metric_transformation"][0]["name"] if named else other.values.get("name")
        return {"MetricName": str(name or "${metric_name}")}

    def actions(self, one: _Resource) -> list[str]:
        """ARNs of topics; of a topic that is not in the plan, the argument's name."""
        known = [str(each) for each in one.values.get("alarm_actions") or () if each]
        topics = [other.arn for other in self.referred(one, "alarm_actions", "aws_sns_topic")]
        is_given = bool(self.references.of(one.address, "alarm_actions"))
        return known or topics or (["${alarm_actions}"] if is_given else [])

    def topic(self, one: _Resource) -> Topic:
        """A topic with what other resources add to it."""
        subscriptions = [
            Subscription(
                protocol=str(other.values.get("protocol")), endpoint=str(other.values.get("endpoint"))
            )
            for other in self.of_type("aws_sns_topic_subscription")
            if other.values.get("topic_arn") == one.arn
            or one in self.referred(other, "topic_arn", "aws_sns_topic")
        ]
        policies = [
            other.values.get("policy")
            for other in self.of_type("aws_sns_topic_policy")
            if other.values.get("arn") == one.arn or one in self.referred(other, "arn", "aws_sns_topic")
        ]
        policy = next((each for each in [one.values.get("policy"), *policies] if each), None)
        key = str(one.values.get("kms_master_key_id"))
        return Topic(
            arn=one.arn,
            policy=policy,
            key=Key(id=key, policy=None) if key.startswith("alias/aws/") else self.key(one),
            subscriptions=tuple(subscriptions),
            source=self.source(one),
        )

    def key(self, topic: _Resource) -> Key | None:
        """The key of a topic, if the plan makes it and its policy is known before the apply."""
        for one in self.referred(topic, "kms_master_key_id", "aws_kms_key"):
            if policy := one.values.get("policy"):
                return Key(id=one.arn, policy=policy, is_enabled=one.values.get("is_enabled") is not False)
        return None

    def trail(self, one: _Resource) -> Trail:
        """A trail in the words of DescribeTrails."""
        values = one.values
        groups = self.referred(one, "cloud_watch_logs_group_arn", "aws_cloudwatch_log_group")
        made = [f"{_ARNS[group.type]}{group.values.get('name') or group.address}:*" for group in groups]
        arn = values.get("cloud_watch_logs_group_arn") or next(iter(made), None)
        description = {
            "Name": values.get("name") or one.address,
            "HomeRegion": REGION,
            "IsMultiRegionTrail": bool(values.get("is_multi_region_trail")),
            "IncludeGlobalServiceEvents": values.get("include_global_service_events") is not False,
            "CloudWatchLogsLogGroupArn": arn,
        }
        return Trail(
            description=description,
            status={"IsLogging": values.get("enable_logging") is not False},
            selectors=list(_read_selectors(values)) or [{}],
            log_group={"logGroupName": arn or ""},
        )


def _read_selectors(values: Values) -> Iterator[Selector]:
    """Event selectors in the words of GetEventSelectors."""
    for one in values.get("event_selector") or ():
        yield {
            "ReadWriteType": one.get("read_write_type") or "All",
            "IncludeManagementEvents": one.get("include_management_events") is not False,
            "ExcludeManagementEventSources": one.get("exclude_management_event_sources") or [],
        }
    for one in values.get("advanced_event_selector") or ():
        fields = [_read_field(each) for each in one.get("field_selector") or ()]
        yield {"FieldSelectors": fields}


def _read_field(one: Values) -> dict[str, Any]:
    named = {name: "".join(part.capitalize() for part in name.split("_")) for name in one}
    return {named[name]: value for name, value in one.items() if value}


def _read_query(query: Values) -> Iterator[dict[str, Any]]:
    for one in query.get("metric") or ():
        metric = {"Namespace": one.get("namespace") or "", "MetricName": one.get("metric_name") or ""}
        yield {
            "MetricStat": {
                "Metric": metric,
                "Period": one.get("period") or 300,
                "Stat": one.get("stat") or "",
            }
        }
    if query.get("expression"):
        yield {"Expression": str(query["expression"])}


def _list_resources(module: Mapping[str, Any]) -> Iterator[_Resource]:
    for one in module.get("resources") or ():
        if one.get("mode", "managed") == "managed":
            yield _Resource(str(one["address"]), str(one["type"]), one.get("values") or {})
    for child in module.get("child_modules") or ():
        yield from _list_resources(child)


def _is_of(reference: str, address: str) -> bool:
    return reference == address or reference.startswith(f"{address}.")
