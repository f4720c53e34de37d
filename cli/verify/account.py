"""What an account has, read with its credentials; nothing is changed.

A call that is refused is kept as such: the rest is read all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, TypeVar

from botocore.config import Config  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.verification.model import (
    EventRule,
    Metric,
    MetricAlarm,
    MetricFilter,
    MuteRule,
    SetUp,
    Topic,
)
from cis_insights.verification.trails import Answer, Place, Trail, Unanswered

from ..doctor.trails import ask, find_trails
from .answers import read_alarm, read_filters
from .drift import Present, list_alarms, list_subscriptions
from .resources import (
    read_dashboards,
    read_groups,
    read_machines,
    read_patterns,
    read_queries,
    read_rule,
)
from .stacks import Stacks
from .topics import read_topic

Kept = TypeVar("Kept")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: 5 calls a second
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8})
_MOST_METRICS = (
    500  # a call: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
)
HOUR = timedelta(hours=1)


def read_account(session: Any, now: datetime) -> SetUp:
    """Everything about monitoring in an account: where its trails deliver, else in the session's Region.

    Args:
        session: of boto3, with a Region.
        now: with a time zone.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: without valid credentials, or without a network.
    """
    place, found = find_trails(session)
    fed = {one.feeds.region for one in found if one.feeds and one.feeds.account == place.account}
    parts = [
        _Region(session, Place(place.account, region), found).read(now)
        for region in sorted(fed or {place.region})
    ]
    return SetUp(
        place=place,
        trails=tuple(found),
        filters=tuple(one for part in parts for one in part.filters),
        alarms=tuple(one for part in parts for one in part.alarms),
        topics={arn: topic for part in parts for arn, topic in part.topics.items()},
        datapoints={metric: count for part in parts for metric, count in part.datapoints.items()},
        rules=tuple(one for part in parts for one in part.rules),
        drifts=tuple(one for part in parts for one in part.drifts),
        queries={name: text for part in parts for name, text in part.queries.items()},
        unanswered=tuple(one for part in parts for one in part.unanswered),
    )


class _Region:
    """What is read of one Region."""

    def __init__(self, session: Any, place: Place, found: Iterable[Trail]) -> None:
        self.place, self.region = place, place.region
        region = place.region
        self.client: Callable[[str], Any] = cache(lambda name: session.client(name, region, config=_PATIENT))
        self.fed = {one.log_group_name for one in found if one.feeds and one.feeds.region == region}
        self.unanswered: list[Unanswered] = []

    def read(self, now: datetime) -> SetUp:
        """Filters first: they say which alarms matter."""
        filters = self.filters()
        alarms, stacks = self.alarms(), Stacks(self.client("cloudformation"), self.place)
        owned = self.with_stacks(alarms, {one.metric.namespace for one in filters}, stacks)
        rules = self.rules(stacks)
        targets = [arn for one in rules for arn in one.targets if ":sns:" in arn]
        actions = [arn for one in owned for arn in one.actions if ":sns:" in arn]
        topics = self.topics(dict.fromkeys([*actions, *targets]))
        present = self.read_present(stacks, filters, alarms, topics)
        drifts = self.kept(ask(lambda: tuple(stacks.find_drifts(present))), ())
        changed = {one.name for one in drifts}
        saved = present.kinds.get("saved query", {})
        queries = {
            name: saved[id]["QueryString"] for id, name in present.names.items() if name not in changed
        }
        return SetUp(
            place=None,
            filters=tuple(filters),
            alarms=tuple(owned),
            topics=topics,
            datapoints=self.datapoints(filters, now),
            rules=tuple(rules),
            drifts=drifts,
            queries=queries,
            unanswered=tuple(dict.fromkeys(self.unanswered)),
        )

    def collect(self, service: str, operation: str, key: str, **parameters: Any) -> list[Answer]:
        """All pages of a list; none where it is refused, which is kept."""
        return self.kept(self.try_collect(service, operation, key, **parameters), [])

    def try_collect(
        self, service: str, operation: str, key: str, **parameters: Any
    ) -> list[Answer] | Unanswered:
        """All pages of a list, or why it is refused."""
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        found: list[Answer] | Unanswered = ask(lambda: [one for page in pages for one in page.get(key, ())])
        return found

    def kept(self, answer: Kept | Unanswered, otherwise: Kept) -> Kept:
        """An answer, or something in its place."""
        if isinstance(answer, Unanswered):
            self.unanswered.append(answer)
            return otherwise
        return answer

    def filters(self) -> list[MetricFilter]:
        """The metric filters of all log groups."""
        found = self.collect("logs", "describe_metric_filters", "metricFilters")
        return [made for one in found for made in read_filters(one, self.region)]

    def alarms(self) -> list[MetricAlarm]:
        """All metric alarms."""
        found = self.collect("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"])
        rules = self.mute_rules()
        return [read_alarm(one, self.region, rules) for one in found]

    def mute_rules(self) -> dict[str, list[MuteRule]]:
        """Rules that mute now or will, by the names of their alarms."""
        found = self.collect(
            "cloudwatch",
            "list_alarm_mute_rules",
            "AlarmMuteRuleSummaries",
            Statuses=["ACTIVE", "SCHEDULED"],
        )
        get = self.client("cloudwatch").get_alarm_mute_rule
        rules: dict[str, list[MuteRule]] = {}
        for one in found:
            name = one["AlarmMuteRuleArn"].rsplit(":", 1)[-1]
            rule: Answer = self.kept(ask(partial(get, AlarmMuteRuleName=name)), {})
            made = MuteRule(name, one["Status"] == "ACTIVE", rule.get("ExpireDate"))
            for alarm in rule.get("MuteTargets", {}).get("AlarmNames", ()):
                rules.setdefault(alarm, []).append(made)
        return rules

    def with_stacks(
        self, alarms: Iterable[MetricAlarm], namespaces: set[str], stacks: Stacks
    ) -> list[MetricAlarm]:
        """Alarms on metrics in some namespaces, and the others of the stacks that made these."""
        first: list[MetricAlarm] = []
        rest: list[MetricAlarm] = []
        for one in alarms:
            (first if any(metric.namespace in namespaces for metric in one.metrics) else rest).append(one)
        named = [replace(one, stack=self.kept(ask(partial(stacks.owner, one.name)), "")) for one in first]
        beside = [replace(one, stack=stacks.known(one.name)) for one in rest]
        return [*(self.with_exclusions(one, stacks) for one in named), *(one for one in beside if one.stack)]

    def with_exclusions(self, alarm: MetricAlarm, stacks: Stacks) -> MetricAlarm:
        """An alarm with what its stack says that it leaves out."""
        if not alarm.stack:
            return alarm
        return replace(alarm, exclusions=self.kept(ask(partial(stacks.find_exclusions, alarm.name)), ()))

    def rules(self, stacks: Stacks) -> list[EventRule]:
        """The rules that the stacks have made and that are there, with their targets."""
        client = self.client("events")
        read = (ask(partial(read_rule, client, one.id, one.stack)) for one in stacks.list_made("rule"))
        return [one for one in (self.kept(each, None) for each in read) if one]

    def read_present(
        self,
        stacks: Stacks,
        filters: Sequence[MetricFilter],
        alarms: Sequence[MetricAlarm],
        topics: Mapping[str, Topic | None],
    ) -> Present:
        """What is there of the kinds that the stacks made; a kind that is refused is left out."""
        subscriptions, unsure = list_subscriptions(topics.values())
        readers = {
            "saved query": read_queries,
            "dashboard": read_dashboards,
            "rule": read_patterns,
            "state machine": read_machines,
            "log group": read_groups,
        }
        asked = {
            kind: ask(partial(read, self.client, ids))
            for kind, read in readers.items()
            if (ids := stacks.list_ids(kind))
        }
        kinds = {kind: one for kind, one in asked.items() if not isinstance(one, Unanswered)}
        names = {id: str(one["Name"]) for id, one in kinds.get("saved query", {}).items()}
        return Present(
            {
                **kinds,
                "filter": {one.name: {"FilterPattern": one.pattern} for one in filters},
                "alarm": list_alarms(alarms),
                "subscription": subscriptions,
            },
            names,
            unsure,
        )

    def topics(self, arns: Iterable[str]) -> dict[str, Topic | None]:
        """The topics that alarms notify; of one whose attributes are refused nothing is known."""
        found = {arn: ask(partial(read_topic, self.client, arn)) for arn in arns}
        self.unanswered += [one for one in found.values() if isinstance(one, Unanswered)]
        return {arn: one for arn, one in found.items() if not isinstance(one, Unanswered)}

    def datapoints(self, filters: Iterable[MetricFilter], now: datetime) -> dict[Metric, int]:
        """How many datapoints each metric of a fed log group has of the last hour."""
        fed = {one.metric for one in filters if one.log_group.name in self.fed and not one.metric.dimensions}
        metrics = sorted(fed)[:_MOST_METRICS]
        if not metrics:
            return {}
        queries = [_count_samples(number, metric) for number, metric in enumerate(metrics)]
        found = self.collect(
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            MetricDataQueries=queries,
            StartTime=now - HOUR,
            EndTime=now,
        )
        counts = dict.fromkeys(metrics, 0) if found else {}
        for one in found:
            counts[metrics[int(one["Id"][1:])]] += len(one["Values"])
        return counts


def _count_samples(number: int, metric: Metric) -> dict[str, Any]:
    stat = {"Namespace": metric.namespace, "MetricName": metric.name}
    return {"Id": f"m{number}", "MetricStat": {"Metric": stat, "Period": 60, "Stat": "SampleCount"}}
