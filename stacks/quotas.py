"""What AWS takes of each kind, counted before a deploy fails half-way.

What others have in the same account is not known here: the counts are of one deployment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from cis_insights import parse_pattern

from .answer_facts import describe_control
from .answers.state_machine import MAX_VARIABLE
from .deployed_control import Plan
from .settings import PREFIX, SettingFault
from .tampering_calls import RULES, write_pattern

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_FILTERS = 100  # of a log group
MAX_REGEX_FILTERS = 5  # of a log group
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
MAX_WIDGETS = 500  # of a dashboard
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MAX_ACTIONS = 5  # of an alarm, in one state
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES = 500  # of a stack; an account takes twice as many saved queries
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
MAX_EVENT_PATTERN = 2048  # characters
_OTHER_WIDGETS = 2  # of the dashboard with each control's query: the text, and what a load costs


@dataclass(frozen=True, slots=True)
class Quota:
    """How many there would be, how many there can be, and what to do about it."""

    count: int
    limit: int
    key: str
    what: str
    hint: str


def find_faults(plan: Plan) -> list[SettingFault]:
    """The quotas that would not hold."""
    return [
        SettingFault(f"{PREFIX}{one.key}", f"{one.count:,} {one.what.format(f'{one.limit:,}')}", one.hint)
        for one in _list_quotas(plan)
        if one.count > one.limit
    ]


def _list_quotas(plan: Plan) -> Iterator[Quota]:
    settings, texts = plan.settings, [text for alarm in plan.alarms for text in alarm.patterns]
    fewer = "leave out some controls"
    yield Quota(len(texts), MAX_FILTERS, "controls", "metric filters, and a log group takes {}", fewer)
    yield Quota(
        sum(parse_pattern(text).has_regex for text in texts),
        MAX_REGEX_FILTERS,
        "controls",
        "filters with regular expressions, and a log group takes {}",
        r"say them by anchored text, such as /^role\/ci-/",
    )
    yield Quota(_count_resources(plan), MAX_RESOURCES, "controls", "resources, and a stack takes {}", fewer)
    for severity in plan.severities:
        yield Quota(
            settings.topics_of(severity),
            MAX_ACTIONS,
            f"topic-arn-{severity}" if settings.topic_arns_by_severity.get(severity) else "topic-arn",
            f"topics for an alarm of severity {severity}, and it notifies {{}}",
            "name fewer; a topic takes any number of subscribers",
        )
    facts = json.dumps({one.id: describe_control(one, alarm, "-" * 36) for one, alarm in plan.answered})
    yield Quota(
        len(facts.encode()),
        MAX_VARIABLE,
        "answers",
        "bytes are what answers know of the controls, and a state machine's variable takes {}",
        f"turn them off, or {fewer}",
    )
    if plan.has_second_path:
        yield Quota(
            _measure_pattern(plan),
            MAX_EVENT_PATTERN,
            "second-path",
            "characters of the event pattern, and a rule takes {}",
            f"turn it off, or choose a shorter {PREFIX}prefix",
        )
    if settings.dashboards and settings.query_dashboard:
        widgets, off = len(plan.controls) + _OTHER_WIDGETS, f"turn it off, or {fewer}"
        yield Quota(widgets, MAX_WIDGETS, "query-dashboard", "widgets, and a dashboard takes {}", off)


def _measure_pattern(plan: Plan) -> int:
    """The length of the longest pattern of the second path."""
    prefix, name = plan.settings.prefix, plan.settings.log_group_name
    patterns = [write_pattern(one, prefix=prefix, log_group=name, account="0" * 12) for one in RULES]
    return max(len(json.dumps(one, separators=(",", ":"))) for one in patterns)


def _count_resources(plan: Plan) -> int:
    """Of controls and investigations: topics, dashboards and a trail are few, and the CDK counts all."""
    queries = len(plan.controls) + len(plan.investigations)
    return queries + len(plan.alarms) + sum(len(alarm.patterns) for alarm in plan.alarms)
