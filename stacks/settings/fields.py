"""The keys of the settings: how each is written, which attribute it is, what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cis_insights.catalogue.header import SEVERITIES

from .readers import (
    Reader,
    Refused,
    conditions,
    flag,
    names,
    nearest,
    one_of,
    period,
    shown,
    tags,
    text,
    threshold,
    version,
)
from .trail_modes import TRAIL_KINDS

_LOG_GROUP = re.compile(r"[\w./#-]{1,512}", re.ASCII)
MAX_PREFIX = 60  # characters
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_PREFIX}}}")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_NAMESPACE = re.compile(r"(?!AWS/)[\w.\-/#]{1,255}", re.ASCII)
# CloudWatch notifies FIFO topics too.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
_SNS_ARN = re.compile(r"arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,251}(\.fifo|[\w-]{0,5})", re.ASCII)
_KEY_ARN = re.compile(r"arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]{1,256}", re.ASCII)
MAX_ENDPOINT = 2_048  # characters; an address of a million could be cut at a million dots
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_ENDPOINTS = {
    "sqs": re.compile(r"arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+"),
    "lambda": re.compile(r"arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w-]+)?"),
    "https": re.compile(r"https://[^\s,]+"),
    "email": re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+"),
}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told: an SNS protocol and its endpoint; `id` names one that is known only when deployed."""

    protocol: str
    endpoint: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: its attribute of `Settings`, how it is read, what it means."""

    key: str
    attribute: str
    read: Reader
    doc: str


def _subscribers(value: object) -> tuple[Subscriber, ...]:
    """Texts, or in code `Subscriber` as well."""
    if isinstance(value, list | tuple) and any(isinstance(one, Subscriber) for one in value):
        given: Iterable[object] = value
    else:
        given = names(value)
    return tuple(dict.fromkeys(map(_subscriber, given)))


def _subscriber(one: object) -> Subscriber:
    if isinstance(one, Subscriber):
        return _fitting(one)
    if not isinstance(one, str):
        raise Refused(f"{shown(one)} is not a subscriber", _WHO)
    is_text = one.isascii() and one.isprintable() and len(one) <= MAX_ENDPOINT
    for protocol, form in _ENDPOINTS.items():
        if is_text and form.fullmatch(one):
            return Subscriber(protocol, one)
    if is_text and _ENDPOINTS["sqs"].fullmatch(one.removesuffix(".fifo")):
        # https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
        hint = "name a standard queue; or subscribe it to a FIFO topic, and name that as topic-arn"
        raise Refused(f"{shown(one)} is a FIFO queue, and the topics made here are standard topics", hint)
    raise Refused(f"{shown(one)} is nobody who can be told", _WHO)


def _fitting(one: Subscriber) -> Subscriber:
    """One made in code, as it is."""
    if one.protocol not in PROTOCOLS:
        raise Refused(f"{shown(one.protocol)} is not a protocol", nearest(str(one.protocol), PROTOCOLS))
    if (read := _subscriber(str(one.endpoint))).protocol != one.protocol:
        raise Refused(f"{shown(one.endpoint)} is not for {one.protocol}", f"its protocol is {read.protocol}")
    return one


def _topics(value: object) -> tuple[str, ...]:
    return tuple(map(_TOPIC, dict.fromkeys(names(value))))


PROTOCOLS = tuple(_ENDPOINTS)
_WHO = "write an e-mail address, an https:// address, or the ARN of an SQS queue or a Lambda function"
_TOPIC = text(_SNS_ARN, "the ARN of an SNS topic", "arn:aws:sns:eu-west-1:111122223333:security")
_WORD = text(_NAME, "letters, digits, - and _, at most 60", "cis")
SETTINGS = (
    Setting(
        "log-group-name",
        "log_group_name",
        text(_LOG_GROUP, "letters, digits and . _ / # -", "cloudtrail/logs"),
        "log group that the trail delivers to",
    ),
    Setting(
        "trail",
        "trail",
        one_of(TRAIL_KINDS),
        "where the trail is: `existing`, `organization`, `control-tower`, `accelerator`, or `new` (make one)",
    ),
    Setting(
        "subscribers",
        "subscribers",
        _subscribers,
        "who is told of every alarm: e-mail or https:// addresses, ARNs of SQS queues or Lambda functions",
    ),
    Setting(
        "subscribers-SEVERITY",
        "subscribers_by_severity",
        _subscribers,
        "who else is told of alarms of one severity (critical, high, medium, low), by a topic of its own",
    ),
    Setting(
        "topic-arn",
        "topic_arns",
        _topics,
        "existing topics, of any account, that every alarm notifies besides or instead of subscribers",
    ),
    Setting(
        "topic-arn-SEVERITY",
        "topic_arns_by_severity",
        _topics,
        "existing topics that alarms of one severity notify besides",
    ),
    Setting(
        "key-arn",
        "key_arn",
        text(_KEY_ARN, "the ARN of a KMS key", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"),
        "existing KMS key that encrypts the topics made here; CloudWatch must be allowed to use it",
    ),
    Setting(
        "benchmark-version", "benchmark_version", version, "CIS version whose section numbers titles show"
    ),
    Setting("controls", "controls", names, "deploy only these controls; empty: those that are on by default"),
    Setting("controls-off", "controls_off", names, "controls to leave out"),
    Setting("extended", "extended", names, "controls beyond CIS: `default`, `all`, `none`, or their ids"),
    Setting(
        "exact-twins",
        "exact_twins",
        flag,
        "keep an alarm on Security Hub's exact text for a control with exclusions; it notifies a quiet topic",
    ),
    Setting(
        "cis-twins",
        "cis_twins",
        flag,
        "add an alarm on CIS's own text where Security Hub's differs; it notifies the quiet topic",
    ),
    Setting(
        "namespace",
        "namespace",
        text(_NAMESPACE, "letters, digits and . _ / # -, and AWS/ is AWS's own", "LogMetrics"),
        "namespace of the metrics",
    ),
    Setting("prefix", "prefix", _WORD, "begins every name: a second deployment in one account needs another"),
    Setting("dashboards", "dashboards", flag, "deploy the dashboards"),
    Setting("investigations", "investigations", flag, "deploy the investigations and their dashboard"),
    Setting(
        "log-alarms", "log_alarms", flag, "deploy a log alarm for a control that no filter pattern can say"
    ),
    Setting("termination-protection", "termination_protection", flag, "refuse to delete the stack"),
    Setting("query-folders", "query_folders", names, "folders with control files of your own"),
    Setting("tags", "tags", tags, "tags of every resource that takes tags"),
)
# cis-insights:<control-id>:<key>
CONTROL_SETTINGS = (
    Setting("threshold", "threshold", threshold, "events in one period that raise the alarm"),
    Setting("period", "period", period, "seconds over which events are summed"),
    Setting("severity", "severity", one_of(SEVERITIES), "critical, high, medium or low"),
    Setting("exclude", "exclude", conditions, "Logs Insights conditions of events that are no alarm"),
)
BY_SEVERITY: Mapping[str, tuple[str, Reader]] = {
    "subscribers": ("subscribers_by_severity", _subscribers),
    "topic-arn": ("topic_arns_by_severity", _topics),
}
SEVERITY_KEYS = tuple(f"{name}-{severity}" for name in BY_SEVERITY for severity in SEVERITIES)
