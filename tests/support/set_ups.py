"""Set-ups as models: one in which everything holds, and what others make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cis_insights import Catalogue, load_catalogue
from cis_insights.verification.findings import Finding
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
from cis_insights.verification.trails import Place, Trail
from cis_insights.verification.verifier import Verification, verify

ACCOUNT, REGION = "111122223333", "eu-west-1"
VERSION = "5.0.0"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GROUP = LogGroup(REGION, "cloudtrail")
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
POLICY = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"}},
    }
}
KEY_POLICY = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }
}
MAIL = Subscription(protocol="email", endpoint="soc@example.com", arn=f"{TOPIC}:1", is_authenticated=True)
KEY = Key(id=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", policy=KEY_POLICY)
TRAIL = Trail(
    description={
        "Name": "events",
        "TrailARN": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/events",
        "HomeRegion": REGION,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:cloudtrail:*",
    },
    status={"IsLogging": True, "LatestCloudWatchLogsDeliveryTime": NOW - timedelta(minutes=5)},
    selectors=[
        {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
    ],
    log_group={"logGroupName": "cloudtrail", "logGroupClass": "STANDARD", "retentionInDays": 365},
)


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with the package."""
    return load_catalogue()


def metric(name: str, *, namespace: str = "LogMetrics") -> Metric:
    """A metric in the Region."""
    return Metric(REGION, namespace, name)


def metric_filter(name: str, pattern: str, **values: Any) -> MetricFilter:
    """A filter on the trail's log group, made a day ago, to a metric of its own name."""
    usual = {"log_group": GROUP, "metric": metric(name), "default": 0.0, "created": NOW - timedelta(days=1)}
    return MetricFilter(name=name, pattern=pattern, **{**usual, **values})


def alarm(name: str, **values: Any) -> MetricAlarm:
    """An alarm on the metric of its own name, which notifies the topic."""
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
    usual = {"metrics": (metric(name),), "actions": (TOPIC,), "missing_data": "notBreaching", "state": "OK"}
    return MetricAlarm(name=name, arn=arn, **{**usual, **values})


def topic(**values: Any) -> Topic:
    """The topic, encrypted, with a confirmed mail address."""
    return Topic(**{"arn": TOPIC, "policy": POLICY, "key": KEY, "subscriptions": (MAIL,), **values})


@cache
def sound() -> SetUp:
    """Every control of the benchmark, watched by its own patterns."""
    controls = [one for one in catalogue().values() if VERSION in one.cis]
    filters = [
        metric_filter(f"{one.id}-{number}", pattern.text, metric=metric(one.id))
        for one in controls
        for number, pattern in enumerate(one.patterns)
    ]
    return SetUp(
        place=Place(ACCOUNT, REGION),
        trails=(TRAIL,),
        filters=tuple(filters),
        alarms=tuple(alarm(one.id) for one in controls),
        topics={TOPIC: topic()},
        datapoints={one.metric: 60 for one in filters},
    )


def with_alarm(name: str, **values: Any) -> SetUp:
    """The sound set-up, one of its alarms otherwise."""
    return _with_alarms(lambda one: replace(one, **values) if one.name == name else one)


def without_alarm(name: str) -> SetUp:
    """The sound set-up without one of its alarms."""
    kept = tuple(one for one in sound().alarms if one.name != name)
    return replace(sound(), alarms=kept)


def _with_alarms(change: Callable[[MetricAlarm], MetricAlarm]) -> SetUp:
    return replace(sound(), alarms=tuple(map(change, sound().alarms)))


def with_filters(name: str, *filters: MetricFilter) -> SetUp:
    """The sound set-up, the filters of one control replaced."""
    kept = [one for one in sound().filters if one.metric.name != name]
    return replace(sound(), filters=(*kept, *filters))


def with_pattern(name: str, pattern: str, **values: Any) -> SetUp:
    """The sound set-up, a control's filters replaced by one with this pattern."""
    return with_filters(name, metric_filter(f"{name}-0", pattern, metric=metric(name), **values))


def with_topic(**values: Any) -> SetUp:
    """The sound set-up, its topic otherwise."""
    return replace(sound(), topics={TOPIC: topic(**values)})


def verified(setup: SetUp, version: str = VERSION) -> Verification:
    """What is found of it."""
    return verify(setup, catalogue(), version, NOW if setup.is_deployed else None)


def found_of(setup: SetUp, name: str) -> list[Finding]:
    """The findings of a control, but those that it is well with."""
    (verdict,) = [one for one in verified(setup).controls if one.control.id == name]
    return [one for one in verdict.findings if one.level != "ok"]


def exact(name: str) -> str:
    """The exact text that Security Hub or CIS prescribes for a control."""
    return catalogue()[name].exact_pattern or ""


def said(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """Levels and texts."""
    return [(one.level, one.text) for one in findings]
