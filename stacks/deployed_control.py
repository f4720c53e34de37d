"""The plan of a deployment, control by control: every name, text and number, before any construct is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cis_insights import Control
from cis_insights.catalogue import LeftOut
from cis_insights.catalogue.header import SEVERITIES, Severity

from .names import WATCH
from .settings import Exclusion, SettingFault, Settings, Subscriber
from .tampering_calls import RULES

TwinKind = Literal["exact", "cis"]

# CloudTrail delivers about five minutes late, and a log alarm looks at a time once: each run looks at the
# time from INGESTION_DELAY + period to INGESTION_DELAY ago.
INGESTION_DELAY = 900  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedAlarm:
    """An alarm, and the metric filters that feed it: the control's own, or a twin for the audit.

    Without patterns it is a log alarm, which runs the query itself.
    """

    id: str  # of its construct: the control's, with `-exact` or `-cis` for a twin
    name: str  # of alarm, metric and first filter: one value, so that they cannot disagree
    patterns: tuple[str, ...]
    threshold: int  # events
    period: int  # seconds
    text: str  # what the mail says, for `Fn::Sub` with `Page` and `Query`
    twin: TwinKind | None = None
    is_answered_instead: bool = False  # people get the answer only

    @property
    def is_quiet(self) -> bool:
        """Whether its own notification goes to the quiet topic, which audits see and nobody is paged by."""
        return self.twin is not None or self.is_answered_instead

    @property
    def is_log_alarm(self) -> bool:
        """Whether no filter pattern can say it."""
        return not self.patterns

    @property
    def delay(self) -> int:
        """Seconds between the end of the time that it looks at and the look."""
        return INGESTION_DELAY if self.is_log_alarm else 0

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Name and pattern of each metric filter."""
        names = [self.name, *(f"{self.name}-{number}" for number in range(2, len(self.patterns) + 1))]
        return list(zip(names, self.patterns, strict=False))


@dataclass(frozen=True, slots=True)
class DeployedExclusion:
    """An exclusion, and which part of the control it leaves out."""

    exclusion: Exclusion
    left_out: LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedControl:
    """A control with its exclusions and settings applied."""

    control: Control  # its exclusions are in the query
    severity: Severity
    section: str  # in the chosen benchmark version, such as 4.10; empty beyond CIS
    title: str  # `4.10 Security group changes`
    saved_query: str  # its folder and name
    alarm: DeployedAlarm | None  # None: no pattern can say it, and log alarms are off
    twins: tuple[DeployedAlarm, ...] = ()
    exclusions: tuple[DeployedExclusion, ...] = ()

    @property
    def id(self) -> str:
        """The control's id."""
        return self.control.id

    @property
    def alarms(self) -> tuple[DeployedAlarm, ...]:
        """Its own alarm, and those of its twins."""
        return (*([self.alarm] if self.alarm else []), *self.twins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one deployment consists of."""

    settings: Settings
    controls: tuple[DeployedControl, ...]  # in the order of the benchmark
    left_out: Mapping[str, str]  # why, by the id of each control that is not deployed
    investigations: tuple[Control, ...]  # saved queries without an alarm
    topics: Mapping[str, tuple[Subscriber, ...]]  # that are made here: `all`, or by severity
    warnings: tuple[SettingFault, ...]

    @property
    def alarms(self) -> tuple[DeployedAlarm, ...]:
        """The alarms of all controls, twins among them."""
        return tuple(alarm for one in self.controls for alarm in one.alarms)

    @property
    def answered(self) -> tuple[tuple[DeployedControl, DeployedAlarm], ...]:
        """Controls with the alarm that is answered by who did what; twins are not."""
        if self.settings.answers == "off":
            return ()
        return tuple((one, one.alarm) for one in self.controls if one.alarm)

    @property
    def topic_names(self) -> tuple[str, ...]:
        """Of all topics that are made here: `all`, or by severity, `quiet`, `chat` and `watch`."""
        quiet = ["quiet"] if any(alarm.is_quiet for alarm in self.alarms) else []
        chat = ["chat"] if self.answered and self.settings.has_chat else []
        watch = [WATCH] if self.watchers else []
        return (*self.topics, *quiet, *chat, *watch)

    @property
    def watchers(self) -> tuple[Subscriber, ...]:
        """Whom a topic of its own notifies when the monitoring dies: those whom the most severe alarms do."""
        severest = self.severities[-1:]
        return tuple(dict.fromkeys(one for name in ("all", *severest) for one in self.topics.get(name, ())))

    @property
    def has_heartbeat(self) -> bool:
        """Whether silence raises an alarm: somebody is notified of others."""
        return bool(self.settings.heartbeat and self.severities)

    @property
    def has_second_path(self) -> bool:
        """Whether rules say who tampers."""
        return self.settings.second_path and bool(self.severities)

    @property
    def delivery_alarms(self) -> int:
        """How many alarms count notifications that fail: one a topic of its own, one a rule."""
        return (len(self.topic_names) + len(RULES) * self.has_second_path) if self.severities else 0

    @property
    def severities(self) -> tuple[Severity, ...]:
        """Those that a control's own alarm has, the least first."""
        used = {one.severity for one in self.controls if one.alarm}
        return tuple(severity for severity in SEVERITIES if severity in used)
