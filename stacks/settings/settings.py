"""All settings: each is declared once, with its key, type, default, reader and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields

from cis_insights import Control
from cis_insights.catalogue.header import SEVERITIES, Severity
from cis_insights.catalogue.naming import BENCHMARK_VERSION

from . import references
from .answer_modes import ANSWER_MODES, AnswerMode
from .exclusions import Exclusion, read_exclusions
from .faults import PREFIX, SettingFault, SettingsError
from .fields import declare, list_settings
from .readers import (
    make_choice_reader,
    make_text_reader,
    read_account_names,
    read_flag,
    read_heartbeat,
    read_names,
    read_period,
    read_tags,
    read_threshold,
    read_version,
)
from .subscribers import Subscriber, read_subscribers, read_topics
from .trail_modes import TRAIL_KINDS, TRAIL_MODES, TrailKind

__all__ = ["PREFIX", "ControlSettings", "SettingFault", "Settings", "SettingsError"]

MAX_PREFIX = 60  # characters
_LOG_GROUP = re.compile(r"[\w./#-]{1,512}", re.ASCII)
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_PREFIX}}}")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_NAMESPACE = re.compile(r"(?!AWS/)[\w.\-/#]{1,255}", re.ASCII)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html
_SLACK_WORKSPACE = re.compile(r"[0-9A-Z]{1,255}")
_SLACK_CHANNEL = re.compile(r"[A-Za-z0-9]{1,255}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TEAMS_CHANNEL = re.compile(r"[A-Za-z0-9_.=%+/-]{1,255}")
_KEY_ARN = re.compile(r"arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]{1,256}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """Settings of one control (`cis-insights:CONTROL-ID:KEY`); None leaves what its file says."""

    threshold: int | None = declare(
        "threshold", read_threshold, "events in one period that raise the alarm", default=None
    )
    period: int | None = declare("period", read_period, "seconds over which events are summed", default=None)
    severity: Severity | None = declare(
        "severity", make_choice_reader(SEVERITIES), "critical, high, medium or low", default=None
    )
    exclude: tuple[str | Exclusion, ...] = declare(
        "exclude",
        read_exclusions,
        "Logs Insights conditions of events that do not count: texts, or objects with why, owner and until",
        default=(),
    )

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """All of them as such."""
        return tuple(Exclusion(one) if isinstance(one, str) else one for one in self.exclude)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of all exclusions."""
        return tuple(one.condition for one in self.exclusions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    log_group_name: str = declare(
        "log-group-name",
        make_text_reader(_LOG_GROUP, "letters, digits and . _ / # -", "cloudtrail/logs"),
        "log group that the trail delivers to",
    )
    trail: TrailKind = declare(
        "trail",
        make_choice_reader(TRAIL_KINDS),
        "where the trail is: `existing`, `organization`, `control-tower`, `accelerator`, or `new` (make one)",
        default="existing",
    )
    subscribers: tuple[Subscriber, ...] = declare(
        "subscribers",
        read_subscribers,
        "who is notified of every alarm: e-mail or https:// addresses, ARNs of queues or Lambda functions",
        default=(),
    )
    subscribers_by_severity: Mapping[Severity, tuple[Subscriber, ...]] = declare(
        "subscribers-SEVERITY",
        read_subscribers,
        "who else is notified of alarms of one severity (critical, high, medium, low), by a topic of its own",
        default_factory=dict,
    )
    topic_arns: tuple[str, ...] = declare(
        "topic-arn",
        read_topics,
        "existing topics, of any account, that every alarm notifies besides or instead of subscribers",
        default=(),
    )
    topic_arns_by_severity: Mapping[Severity, tuple[str, ...]] = declare(
        "topic-arn-SEVERITY",
        read_topics,
        "existing topics that alarms of one severity notify besides",
        default_factory=dict,
    )
    key_arn: str | None = declare(
        "key-arn",
        make_text_reader(_KEY_ARN, "the ARN of a KMS key", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"),
        "existing KMS key that encrypts the topics made here; CloudWatch must be allowed to use it",
        default=None,
    )
    benchmark_version: str = declare(
        "benchmark-version",
        read_version,
        "CIS version of the sections in titles and settings",
        default=BENCHMARK_VERSION,
    )
    controls: tuple[str, ...] = declare(
        "controls", read_names, "deploy only these controls; empty: those that are on by default", default=()
    )
    controls_off: tuple[str, ...] = declare("controls-off", read_names, "controls to leave out", default=())
    extended: tuple[str, ...] = declare(
        "extended",
        read_names,
        "controls beyond CIS: `default`, `all`, `none`, or their ids",
        default=("default",),
    )
    exact_twins: bool = declare(
        "exact-twins",
        read_flag,
        "keep an alarm on Security Hub's exact text for a control with exclusions; it notifies a quiet topic",
        default=True,
    )
    cis_twins: bool = declare(
        "cis-twins",
        read_flag,
        "add an alarm on CIS's own text where Security Hub's differs; it notifies the quiet topic",
        default=False,
    )
    namespace: str = declare(
        "namespace",
        make_text_reader(_NAMESPACE, "letters, digits and . _ / # -, and AWS/ is AWS's own", "LogMetrics"),
        "namespace of the metrics",
        default="LogMetrics",
    )
    prefix: str = declare(
        "prefix",
        make_text_reader(_NAME, "letters, digits, - and _, at most 60", "cis"),
        "begins every name: a second deployment in one account needs another",
        default="cis",
    )
    dashboards: bool = declare("dashboards", read_flag, "deploy the dashboards", default=True)
    investigations: bool = declare(
        "investigations", read_flag, "deploy the investigations and their dashboard", default=True
    )
    query_dashboard: bool = declare(
        "query-dashboard",
        read_flag,
        "deploy the dashboard that runs each control's own query, $3 a month beyond an account's third",
        default=True,
    )
    log_alarms: bool = declare(
        "log-alarms",
        read_flag,
        "deploy a log alarm for a control that no filter pattern can say",
        default=True,
    )
    termination_protection: bool = declare(
        "termination-protection", read_flag, "refuse to delete the stack", default=False
    )
    query_folders: tuple[str, ...] = declare(
        "query-folders", read_names, "folders with control files of your own", default=()
    )
    tags: Mapping[str, str] = declare(
        "tags", read_tags, "tags of every resource that takes tags", default_factory=dict
    )
    answers: AnswerMode = declare(
        "answers",
        make_choice_reader(ANSWER_MODES),
        "who did what, by a second message: `besides` the alarm's own, `instead` of it, or `off`",
        default="besides",
    )
    account_names: Mapping[str, str] = declare(
        "account-names", read_account_names, "names of accounts, which answers show", default_factory=dict
    )
    slack_workspace: str | None = declare(
        "slack-workspace",
        make_text_reader(_SLACK_WORKSPACE, "the id of a Slack workspace", "T01ABCDEFGH"),
        "workspace of Slack that gets the answers, authorised in Amazon Q Developer in chat applications",
        default=None,
    )
    slack_channel: str | None = declare(
        "slack-channel",
        make_text_reader(_SLACK_CHANNEL, "the id of a Slack channel", "C01ABCDEFGH"),
        "channel of that workspace",
        default=None,
    )
    teams_tenant: str | None = declare(
        "teams-tenant",
        make_text_reader(_UUID, "the id of a tenant", "12345678-1234-1234-1234-123456789012"),
        "tenant of Microsoft Teams that gets the answers, authorised likewise",
        default=None,
    )
    teams_team: str | None = declare(
        "teams-team",
        make_text_reader(_UUID, "the id of a team", "12345678-1234-1234-1234-123456789012"),
        "team of that tenant",
        default=None,
    )
    teams_channel: str | None = declare(
        "teams-channel",
        make_text_reader(_TEAMS_CHANNEL, "the id in the link of a channel", "19%3ab6ef%40thread.tacv2"),
        "channel of that team",
        default=None,
    )
    heartbeat: int = declare(
        "heartbeat",
        read_heartbeat,
        "minutes without any event in the log group that raise the heartbeat alarm, or `off`",
        default=45,
    )
    second_path: bool = declare(
        "second-path",
        read_flag,
        "say at once who tampers with the monitoring, by rules that need neither log group nor alarm",
        default=True,
    )
    overrides: Mapping[str, ControlSettings] = field(default_factory=dict)  # by control id

    def __post_init__(self) -> None:
        """However they were made, nothing of them is deployed with a dynamic reference in it.

        Raises:
            SettingsError: with each attribute that holds one.
        """
        values = {slot.name: getattr(self, slot.name) for slot in dataclass_fields(self)}
        if faults := list(find_references(values)):
            raise SettingsError(faults)

    @property
    def has_chat(self) -> bool:
        """Whether a channel of Slack or Teams gets the answers."""
        return bool(self.slack_channel or self.teams_channel)

    @property
    def spans_accounts(self) -> bool:
        """Whether the trail brings the events of other accounts too."""
        return TRAIL_MODES[self.trail].spans_accounts

    def own_subscribers(self, severity: Severity) -> tuple[Subscriber, ...]:
        """Who is notified of one severity and not of every alarm anyway."""
        apart = self.subscribers_by_severity.get(severity, ())
        return tuple(one for one in apart if one not in self.subscribers)

    def existing_topics(self, severity: Severity) -> tuple[str, ...]:
        """ARNs of the existing topics that alarms of one severity notify, each once."""
        apart = self.topic_arns_by_severity.get(severity, ())
        return tuple(dict.fromkeys((*self.topic_arns, *apart)))

    def topics_of(self, severity: Severity) -> int:
        """How many topics an alarm of one severity notifies."""
        made = bool(self.subscribers) + bool(self.own_subscribers(severity))
        return made + len(self.existing_topics(severity))

    def for_control(self, control: Control) -> ControlSettings:
        """Settings of one control."""
        return self.overrides.get(control.id, ControlSettings())


SETTINGS = list_settings(Settings)
CONTROL_SETTINGS = list_settings(ControlSettings)
# `subscribers` for `subscribers-SEVERITY`: the setting of all severities.
BY_SEVERITY = {one.key.removesuffix("-SEVERITY"): one for one in SETTINGS if one.key.endswith("-SEVERITY")}
SEVERITY_KEYS = tuple(f"{name}-{severity}" for name in BY_SEVERITY for severity in SEVERITIES)


def find_references(
    values: Mapping[str, object], scope: str = "", *, or_token: bool = False
) -> Iterator[SettingFault]:
    """A fault for each value with a dynamic reference, or a token of the CDK, in one of its texts."""
    for key, value in values.items():
        if references.contains_reference((key, value), or_token=or_token):
            yield SettingFault(scope + key, references.MESSAGE, references.HINT)
