"""A template of CloudFormation, JSON or YAML, as what it would deploy: read by cfn-lint, with its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped]  # cfn-lint has no types
from yaml import YAMLError  # type: ignore[import-untyped]

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
from .exclusions import read_exclusions
from .intrinsics import ACCOUNT, REGION, Resolver, TooDeep
from .unreadable import Unreadable

Properties = Mapping[str, Any]


def read_template(text: str, path: str, parameters: Mapping[str, str]) -> SetUp:
    """What a template would deploy, with these parameters, else their defaults.

    Raises:
        Unreadable: with the line, if cfn-lint's decoder does not read it.
    """
    template = _decode(text, path)
    resources = template.get("Resources")
    if not isinstance(resources, Mapping):
        raise Unreadable(path, 1, "this has no Resources: neither a template nor a plan")
    try:
        return _Template(template, parameters, path).read()
    except (TooDeep, RecursionError):
        raise Unreadable(path, 1, "functions within functions beyond the bounds") from None


def _decode(text: str, path: str) -> Mapping[str, Any]:
    try:
        found = cfn_yaml.loads(text)
    except (YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error) or "nested beyond the bounds"
        raise Unreadable(path, mark.line + 1 if mark else 1, str(problem)) from None
    return found if isinstance(found, Mapping) else {}


# The property that names a resource; else its logical id does.
_NAMES = {
    "AWS::SNS::Topic": "TopicName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Logs::MetricFilter": "FilterName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudTrail::Trail": "TrailName",
}
# How each resource is referred to, by attribute; the empty one is that of `Ref`.
_ATTRIBUTES: Mapping[tuple[str, str], str] = {
    ("AWS::SNS::Topic", ""): f"arn:aws:sns:{REGION}:{ACCOUNT}:",
    ("AWS::SNS::Topic", "TopicArn"): f"arn:aws:sns:{REGION}:{ACCOUNT}:",
    ("AWS::SNS::Topic", "TopicName"): "",
    ("AWS::CloudWatch::Alarm", ""): "",
    ("AWS::CloudWatch::Alarm", "Arn"): f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:",
    ("AWS::Logs::MetricFilter", ""): "",
    ("AWS::Logs::LogGroup", ""): "",
    ("AWS::Logs::LogGroup", "Arn"): f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:",
    ("AWS::KMS::Key", ""): "",
    ("AWS::KMS::Key", "KeyId"): "",
    ("AWS::KMS::Key", "Arn"): f"arn:aws:kms:{REGION}:{ACCOUNT}:key/",
}

_NUMBERS = {"Threshold": 1.0, "Period": 300.0, "EvaluationPeriods": 1.0, "DatapointsToAlarm": None}


class _Template:
    """The resources of a template that is read, with the lines they are written in."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str], path: str) -> None:
        self.path, resources = path, template["Resources"]
        self.raw = {str(key): one for key, one in resources.items() if isinstance(one, Mapping)}
        self.lines = {str(key): _find_line(key) for key in resources}
        self.resolver = Resolver(template, parameters, self.attribute)

    def attribute(self, id: str, attribute: str) -> str:
        """How a resource is referred to."""
        prefix = _ATTRIBUTES.get((self.type_of(id), attribute)) if id in self.raw else None
        if prefix is None:
            return f"${{{id}.{attribute}}}" if attribute else f"${{{id}}}"
        is_group = (self.type_of(id), attribute) == ("AWS::Logs::LogGroup", "Arn")
        return f"{prefix}{self.name(id)}{':*' * is_group}"

    def type_of(self, id: str) -> str:
        return str(self.raw[id].get("Type"))

    def name(self, id: str) -> str:
        """The name of a resource, if it is given one; else its logical id."""
        given = _find_properties(self.raw[id]).get(_NAMES.get(self.type_of(id), ""))
        return str(self.resolver.resolve(given)) if given is not None else id

    def of_type(self, kind: str) -> Iterator[tuple[str, Properties]]:
        """Logical id and resolved properties of each resource of a type that is made."""
        for id, one in self.raw.items():
            if one.get("Type") == f"AWS::{kind}" and self.resolver.is_made(one):
                found = self.resolver.resolve(_find_properties(one))
                yield id, found if isinstance(found, Mapping) else {}

    def source(self, id: str, key: str = "") -> Source:
        """Where a resource is written, or one of its properties."""
        found = next((one for one in _find_properties(self.raw[id]) if one == key), None)
        return Source(self.path, _find_line(found) if found is not None else self.lines[id])

    def read(self) -> SetUp:
        """Everything that monitoring consists of."""
        groups = {self.name(id) for id, _ in self.of_type("Logs::LogGroup")}
        return SetUp(
            place=None,
            trails=tuple(_read_trail(self.name(id), one) for id, one in self.of_type("CloudTrail::Trail")),
            filters=tuple(
                one for id, found in self.of_type("Logs::MetricFilter") for one in self.filters(id, found)
            ),
            alarms=tuple(self.alarm(id, found) for id, found in self.of_type("CloudWatch::Alarm")),
            topics={one.arn: one for one in self.topics()},
            log_groups=frozenset(LogGroup(REGION, name) for name in groups),
        )

    def filters(self, id: str, found: Properties) -> Iterator[MetricFilter]:
        """A metric filter, for each metric that it publishes to."""
        for to in _list_mappings(found.get("MetricTransformations")):
            names = tuple(sorted(str(one.get("Key")) for one in _list_mappings(to.get("Dimensions"))))
            metric = Metric(REGION, _get_text(to, "MetricNamespace"), _get_text(to, "MetricName"), names)
            yield MetricFilter(
                name=self.name(id),
                log_group=LogGroup(REGION, _find_group_name(_get_text(found, "LogGroupName"))),
                pattern=_get_text(found, "FilterPattern"),
                metric=metric,
                value=_get_text(to, "MetricValue"),
                default=_read_number(to.get("DefaultValue"), None),
                source=self.source(id, "FilterPattern"),
            )

    def alarm(self, id: str, found: Properties) -> MetricAlarm:
        """An alarm, by way of what DescribeAlarms would say of it.

        Raises:
            Unreadable: if CloudFormation would not take it either.
        """
        numbers = {key: _read_number(found.get(key), default) for key, default in _NUMBERS.items()}
        answer = {
            **{key: one for key, one in found.items() if key not in _NUMBERS},
            **{key: one for key, one in numbers.items() if one is not None},
            "AlarmName": self.name(id),
            "AlarmArn": self.attribute(id, "Arn"),
            "ActionsEnabled": _is_on(found.get("ActionsEnabled"), default=True),
            "AlarmActions": [str(one) for one in _as_list(found.get("AlarmActions"))],
        }
        try:
            read = read_alarm(answer, REGION, {})
            return replace(read, source=self.source(id), exclusions=read_exclusions(self.raw[id]))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
            raise Unreadable(self.path, self.lines[id], f"{id} is not an alarm of CloudFormation") from None

    def topics(self) -> Iterator[Topic]:
        """Topics with what other resources add to them."""
        policies = [one for _, one in self.of_type("SNS::TopicPolicy")]
        subscriptions = [one for _, one in self.of_type("SNS::Subscription")]
        for id, found in self.of_type("SNS::Topic"):
            arn = self.attribute(id, "")
            own = [one for one in subscriptions if one.get("TopicArn") == arn]
            inline = _list_mappings(found.get("Subscription"))
            yield Topic(
                arn=arn,
                policy=next(
                    (one.get("PolicyDocument") for one in policies if arn in _as_list(one.get("Topics"))),
                    None,
                ),
                key=self.key(_get_text(found, "KmsMasterKeyId")),
                subscriptions=tuple(_read_subscription(one) for one in (*inline, *own)),
                source=self.source(id),
            )

    def key(self, id: str) -> Key | None:
        """A key by its id, ARN or alias; None where it is not in the template."""
        if id.startswith("alias/aws/"):
            return Key(id=id, policy=None)
        aliases = {
            _get_text(one, "AliasName"): _get_text(one, "TargetKeyId")
            for _, one in self.of_type("KMS::Alias")
        }
        name = aliases.get(id, id).rpartition("/")[2]
        keys = dict(self.of_type("KMS::Key"))
        return (
            Key(id=self.attribute(name, "Arn"), policy=keys[name].get("KeyPolicy") or {})
            if name in keys
            else None
        )


def _read_trail(name: str, found: Properties) -> Trail:
    """A trail in the words of DescribeTrails."""
    arn = _get_text(found, "CloudWatchLogsLogGroupArn")
    selectors = found.get("AdvancedEventSelectors") or found.get("EventSelectors") or [{}]
    description = {
        "Name": name,
        "HomeRegion": REGION,
        "IsMultiRegionTrail": _is_on(found.get("IsMultiRegionTrail"), default=False),
        "IncludeGlobalServiceEvents": _is_on(found.get("IncludeGlobalServiceEvents"), default=True),
        "CloudWatchLogsLogGroupArn": arn if arn.startswith("arn:") and arn.count(":") > 5 else None,
    }
    group = {"logGroupName": _find_group_name(arn)}
    taken = [_read_selector(one) for one in _list_mappings(selectors)]
    status = {"IsLogging": _is_on(found.get("IsLogging"), default=True)}
    return Trail(description=description, status=status, selectors=taken, log_group=group)


def _read_selector(found: Properties) -> Properties:
    """A selector; what is known only when it is deployed is taken for the default.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudtrail-trail-eventselector.html
    """
    if "FieldSelectors" in found:
        fields = [one for one in _list_mappings(found["FieldSelectors"]) if "Field" in one]
        return {"FieldSelectors": fields}
    kind = found.get("ReadWriteType")
    return {
        "ReadWriteType": kind if kind in ("ReadOnly", "WriteOnly") else "All",
        "IncludeManagementEvents": _is_on(found.get("IncludeManagementEvents"), default=True),
        "ExcludeManagementEventSources": _as_list(found.get("ExcludeManagementEventSources")),
    }


def _read_subscription(found: Properties) -> Subscription:
    return Subscription(protocol=_get_text(found, "Protocol"), endpoint=_get_text(found, "Endpoint"))


def _find_group_name(value: str) -> str:
    """The name of a log group, which may be given by its ARN."""
    return ":".join(value.split(":")[6:]).removesuffix(":*") if value.startswith("arn:") else value


def _find_properties(resource: Mapping[str, Any]) -> Properties:
    found = resource.get("Properties")
    return found if isinstance(found, Mapping) else {}


def _find_line(node: Any) -> int:
    mark = getattr(node, "start_mark", None)
    return int(mark.line) + 1 if mark else 1


def _get_text(found: Properties, key: str) -> str:
    value = found.get(key)
    return "" if value is None else str(value)


def _read_number(value: Any, default: float | None) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def _is_on(value: Any, *, default: bool) -> bool:
    return default if value is None else str(value).lower() == "true"


def _list_mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in _as_list(value) if isinstance(one, Mapping)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
