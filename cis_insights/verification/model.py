"""What a set-up has: filters, metrics, alarms, topics and who is subscribed. Readers fill it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from .findings import Source
from .trails import Place, Trail, Unanswered

Policy = str | Mapping[str, Any]


class LogGroup(NamedTuple):
    """A log group by its name; without a Region in a template."""

    region: str
    name: str


class Metric(NamedTuple):
    """A metric, with the names of its dimensions; a filter and an alarm mean the same if these are equal."""

    region: str
    namespace: str
    name: str
    dimensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = f" by {', '.join(self.dimensions)}" if self.dimensions else ""
        return f"{self.namespace}/{self.name}{names}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFilter:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricFilter.html"""

    name: str
    log_group: LogGroup
    pattern: str
    metric: Metric
    value: str = "1"
    default: float | None = None
    created: datetime | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlarm:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html"""

    name: str
    arn: str
    metrics: tuple[Metric, ...]  # several, or none, where it watches an expression
    statistic: str = "Sum"
    period: int = 300  # seconds
    evaluation_periods: int = 1
    datapoints_to_alarm: int = 1
    threshold: float = 1
    comparison: str = "GreaterThanOrEqualToThreshold"
    missing_data: str = "missing"
    actions_enabled: bool = True
    actions: tuple[str, ...] = ()  # ARNs, on ALARM
    expression: str = ""  # of metric math, if it watches one
    text: str = ""  # its description
    state: str = ""
    state_since: datetime | None = None
    configured: datetime | None = None  # last changed
    muted_by: tuple[MuteRule, ...] = ()
    stack: str = ""  # of CloudFormation, that made it
    exclusions: tuple[DeclaredExclusion, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class DeclaredExclusion:
    """Events that a deployment says to leave out on purpose; the prover decides whether it is so."""

    condition: str  # of Logs Insights
    why: str = ""
    owner: str = ""
    until: date | None = None  # the day from which they have to count again


@dataclass(frozen=True, slots=True)
class MuteRule:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html"""

    name: str
    is_active: bool  # it mutes now; else it will
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html"""

    protocol: str
    endpoint: str
    arn: str = ""  # PendingConfirmation and Deleted, too; nothing in a template
    is_authenticated: bool | None = None  # whether only AWS credentials can remove it, where that is known

    @property
    def is_confirmed(self) -> bool:
        """Whether it has a real ARN: CIS's audit asks for one."""
        return self.arn.startswith("arn:")

    def __str__(self) -> str:
        return f"{self.protocol} {self.endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A KMS key; without a policy it is one of AWS's own."""

    id: str
    policy: Policy | Unanswered | None
    is_enabled: bool = True
    is_kept: bool = True  # else it will be deleted, and cannot be used


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html"""

    arn: str
    policy: Policy | Unanswered | None  # None: the default, which lets the account's own alarms publish
    key: Key | Unanswered | None = None
    subscriptions: Sequence[Subscription] | Unanswered = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Rule.html"""

    name: str
    arn: str
    stack: str  # of CloudFormation, that made it
    is_enabled: bool = True
    targets: tuple[str, ...] = ()  # ARNs


@dataclass(frozen=True, slots=True)
class Drift:
    """What a stack of CloudFormation made, and somebody deleted or changed since."""

    stack: str
    kind: str  # alarm, filter, rule, state machine, subscription, log group, saved query or dashboard
    name: str
    is_gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Everything that was read of an account, or of some files."""

    place: Place | None  # None: files
    trails: tuple[Trail, ...] = ()
    filters: tuple[MetricFilter, ...] = ()
    alarms: tuple[MetricAlarm, ...] = ()
    topics: Mapping[str, Topic | None] = field(default_factory=dict)  # by ARN; None: there is none
    log_groups: frozenset[LogGroup] = frozenset()  # that are made in the files
    datapoints: Mapping[Metric, int] = field(default_factory=dict)  # of the last hour, where asked
    rules: tuple[EventRule, ...] = ()  # of the stacks that made alarms
    drifts: tuple[Drift, ...] = ()
    queries: Mapping[str, str] = field(default_factory=dict)  # texts of the stacks' saved queries, by name
    unanswered: tuple[Unanswered, ...] = ()

    @property
    def is_deployed(self) -> bool:
        """Whether it is an account, in which everything has its final name and state."""
        return self.place is not None
