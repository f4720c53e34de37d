"""The keys of the settings: how each is written, which attribute it is, what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cis_insights.header import SEVERITIES

from .trails import TRAIL_KINDS
from .values import (
    Reader,
    Refused,
    conditions,
    flag,
    names,
    one_of,
    period,
    shown,
    tags,
    text,
    threshold,
    version,
)

_LOG_GROUP = re.compile(r"[\w./#-]{1,512}", re.ASCII)
MAX_PREFIX = 60  # characters
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_PREFIX}}}")
_NAMESPACE = re.compile(r"[\w.\-/#]{1,255}", re.ASCII)
_SNS_ARN = re.compile(r"arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}", re.ASCII)
_KEY_ARN = re.compile(r"arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]{1,256}", re.ASCII)
MAX_ENDPOINT = 2_048  # characters; an address of a million could be cut at a million dots
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_ENDPOINTS = {
    "sqs": re.compile(r"arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?"),
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
    return tuple(map(_subscriber, dict.fromkeys(names(value))))


def _subscriber(endpoint: str) -> Subscriber:
    is_text = endpoint.isascii() and endpoint.isprintable() and len(endpoint) <= MAX_ENDPOINT
    for protocol, form in _ENDPOINTS.items():
        if is_text and form.fullmatch(endpoint):
            return Subscriber(protocol, endpoint)
    hint = "write an e-mail address, an https:// address, or the ARN of an SQS queue or a Lambda function"
    raise Refused(f"{shown(endpoint)} is nobody who can be told", hint)


def _topics(value: object) -> tuple[str, ...]:
    return tuple(map(_TOPIC, dict.fromkeys(names(value))))


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
        "who else is told of alarms of one severity (critical, high, medium, low); one topic each then",
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
        text(_NAMESPACE, "letters, digits and . _ / # -", "LogMetrics"),
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
