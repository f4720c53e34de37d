"""The metrics of a set-up, and what is wrong with the filters that publish them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from ..catalogue import Control
from ..filter_patterns.pattern import Pattern
from .findings import Finding, Source
from .model import DeclaredExclusion, LogGroup, Metric, MetricAlarm, MetricFilter, SetUp
from .proofs import Agreement, read_pattern

_SINCE_VERSION = re.compile(r"CIS (\d+\.\d+\.\d+) and later")
_YOUNG = timedelta(hours=1)  # a filter counts what arrives after it was made


class Metrics:
    """The metrics of a set-up that filters on some log groups publish, each with its readable patterns."""

    def __init__(self, setup: SetUp, groups: frozenset[LogGroup] | None) -> None:
        """`groups`: the log groups whose filters count; None: all of them."""
        self.setup = setup
        chosen = [one for one in setup.filters if groups is None or one.log_group in groups]
        self.filters: dict[Metric, list[MetricFilter]] = {}
        for one in chosen:
            self.filters.setdefault(one.metric, []).append(one)

    def read_patterns(self, metric: Metric) -> list[Pattern]:
        """The patterns of a metric that can be read; no other filter can be reasoned about."""
        found = (read_pattern(one.pattern) for one in self.filters[metric] if one.pattern.strip())
        return [one for one in found if not isinstance(one, str)]

    def find_alarms(self, metric: Metric) -> list[MetricAlarm]:
        """The alarms that watch a metric."""
        return [one for one in self.setup.alarms if metric in one.metrics]

    def list_exclusions(self, metric: Metric) -> tuple[DeclaredExclusion, ...]:
        """What the alarms on a metric say that it leaves out."""
        alarms = self.find_alarms(metric)
        return tuple(dict.fromkeys(one for alarm in alarms for one in alarm.exclusions))

    def find_idle_alarms(self) -> list[MetricAlarm]:
        """Alarms in the filters' namespaces on metrics that no filter publishes."""
        published = {(one.metric, one.metric.namespace) for one in self.setup.filters}
        metrics, namespaces = {metric for metric, _ in published}, {name for _, name in published}
        return [
            alarm
            for alarm in self.setup.alarms
            if len(alarm.metrics) == 1
            and alarm.metrics[0] not in metrics
            and alarm.metrics[0].namespace in namespaces
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked, and of which metrics."""

    version: str  # of the benchmark
    now: datetime | None  # with a time zone; None where nothing is deployed
    fed: Metrics  # of filters on log groups that a trail feeds
    unfed: Metrics  # of filters on other log groups


def check_metric(control: Control, metric: Metric, agreement: Agreement, scope: Scope) -> tuple[Finding, ...]:
    """What there is to say of a metric that is meant for a control, but for its alarms."""
    filters = scope.fed.filters[metric]
    return (
        *_report_agreement(control, scope.version, agreement, filters),
        *check_readable(filters),
        *_check_watched(scope.fed, metric),
        *(_check_datapoints(scope.fed.setup, metric, filters, scope.now) if scope.now else ()),
    )


def check_readable(filters: Sequence[MetricFilter]) -> Iterator[Finding]:
    """Filters whose patterns cannot be read."""
    for one in filters:
        reason = read_pattern(one.pattern) if one.pattern.strip() else None
        if isinstance(reason, str):
            text = f"the pattern of the filter {one.name} cannot be read: {reason}"
            yield Finding("warning", text, since=one.created, source=one.source)


def _check_watched(metrics: Metrics, metric: Metric) -> Iterator[Finding]:
    if metrics.find_alarms(metric):
        return
    source = metrics.filters[metric][0].source
    hint = "make an alarm on its sum: Period 300, Threshold 1, GreaterThanOrEqualToThreshold"
    for alarm in metrics.find_idle_alarms():
        if _is_alike(alarm.metrics[0].name, metric.name):
            watched = f"{alarm.metrics[0]}, which no filter publishes"
            hint = f"let the alarm {alarm.name} watch it, instead of {watched}"
    yield Finding("error", f"no alarm watches {metric}", hint, source=source)


def _is_alike(one: str, other: str) -> bool:
    """Whether two names differ in a prefix, a suffix or a slip."""
    return one in other or other in one or SequenceMatcher(None, one, other).ratio() > 0.9


def _check_datapoints(
    setup: SetUp, metric: Metric, filters: Sequence[MetricFilter], now: datetime
) -> Iterator[Finding]:
    """With a default value there is a datapoint for each minute in which events arrive."""
    if metric not in setup.datapoints or setup.datapoints[metric]:
        return
    is_young = any(one.created and now - one.created < _YOUNG for one in filters)
    if not is_young and any(one.default is not None for one in filters):
        text = f"{metric} has no datapoint of the last hour, although events without a match count 0"
        yield Finding("warning", text, "see whether events arrive in the log group", source=filters[0].source)


def _report_agreement(
    control: Control, version: str, agreement: Agreement, filters: Sequence[MetricFilter]
) -> Iterator[Finding]:
    names = " and ".join(sorted(one.name for one in filters))
    verb = f"the filter{'s' * (len(filters) > 1)} {names}"
    source = filters[0].source
    match agreement.relation:
        case "exact":
            yield Finding("ok", f"{verb}: the exact text, proven", source=source)
        case "equal":
            yield Finding("ok", f"{verb}: other words, proven to count the same events", source=source)
        case "excluding":
            text = f"{verb}: proven to count the same events, but for those of the declared exclusions"
            yield Finding("ok", text, event=agreement.missed, source=source)
            yield from _report_extra(agreement, verb, source)
        case "open":
            yield Finding("error", f"{verb}: not proven: {agreement.reason}", source=source)
        case _:
            yield from _report_missed(control, version, agreement, filters, verb)
            yield from _report_extra(agreement, verb, source)
    if agreement.twice is not None:
        yield Finding("warning", f"{verb}: an event counts twice", event=agreement.twice, source=source)


def _report_missed(
    control: Control, version: str, agreement: Agreement, filters: Sequence[MetricFilter], verb: str
) -> Iterator[Finding]:
    if agreement.missed is None:
        return
    event, source = agreement.missed, filters[0].source
    since = _SINCE_VERSION.search(control.covers_more or "")
    if (
        since
        and _read_version(version) < _read_version(since[1])
        and control.exact_pattern in {one.pattern for one in filters}
    ):
        yield Finding(
            "ok", f"{verb}: the exact text; CIS {since[1]} asks for more", event=event, source=source
        )
        return
    yield Finding(
        "error", f"{verb}: an event is not counted", _suggest_patterns(control), event=event, source=source
    )


def _suggest_patterns(control: Control) -> str:
    texts = [one.text for one in control.patterns]
    return f"the pattern: {texts[0]}" if len(texts) == 1 else f"the patterns: {' and '.join(texts)}"


def _report_extra(agreement: Agreement, verb: str, source: Source | None) -> Iterator[Finding]:
    if agreement.extra is not None:
        text = f"{verb}: an event counts that the control does not ask for"
        yield Finding("warning", text, event=agreement.extra, source=source)


def _read_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
