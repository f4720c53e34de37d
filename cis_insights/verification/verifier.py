"""The whole set-up: its trails, the controls of the benchmark, and what belongs to none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ..catalogue import Catalogue
from ..errors import QueryError
from .findings import Finding, Level, has_error
from .metrics import Metrics, Scope, check_readable
from .model import Drift, LogGroup, Metric, MetricAlarm, SetUp
from .proofs import Subject, compare_declared, find_nearest, prepare_subject
from .rules import check_rules
from .trails import Place, Trail, check_trail, is_watchable
from .verdicts import ControlVerdict, check_notifications, judge


@dataclass(frozen=True, slots=True)
class TrailVerdict:
    """A trail and what was found of it."""

    trail: Trail
    findings: tuple[Finding, ...]

    @property
    def feeds(self) -> LogGroup | None:
        """The log group that it delivers to."""
        place = self.trail.feeds
        return LogGroup(place.region, self.trail.log_group_name) if place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found of a set-up."""

    setup: SetUp
    version: str  # of the benchmark
    trails: tuple[TrailVerdict, ...]
    controls: tuple[ControlVerdict, ...]  # all of the benchmark's, in its order, then others that are there
    others: tuple[Finding, ...]  # of what belongs to no control

    @property
    def holds(self) -> bool:
        """Whether each event that the benchmark asks for is recorded, counted, and notifies somebody."""
        recorded = any(is_watchable(one.findings) for one in self.trails)
        recorded = recorded or not (self.setup.is_deployed or self.trails)
        return recorded and all(one.holds for one in self.controls) and not has_error(self.others)


def verify(
    setup: SetUp, catalogue: Catalogue, version: str, now: datetime | None, only: Collection[str] = ()
) -> Verification:
    """Judges a set-up, whoever made it.

    Args:
        version: of the benchmark, such as 5.0.0; its controls have to hold.
        now: with a time zone; None for files.
        only: ids of the controls that have to hold; empty: all of that version.
    """
    trails = tuple(_judge_trails(setup, catalogue, now))
    groups = _find_fed(setup, trails)
    metrics = Metrics(setup, groups)
    unfed = Metrics(setup, frozenset(one.log_group for one in setup.filters) - groups)
    scope = Scope(version=version, now=now, fed=metrics, unfed=unfed)
    required, optional = _choose_subjects(catalogue, version, only)
    controls = [judge(one, scope) for one in required]
    beyond = [judge(one, scope) for one in optional if _is_there(one, required, metrics)]
    return Verification(
        setup=setup,
        version=version,
        trails=trails,
        controls=(*sorted(controls, key=_sort_key), *sorted(beyond, key=_sort_key)),
        others=(
            *_report_others(setup, metrics, required, [*controls, *beyond]),
            *_report_other_versions(setup, catalogue, [*controls, *beyond]),
        ),
    )


def _sort_key(verdict: ControlVerdict) -> tuple[bool, list[int], str]:
    numbers = [int(part) for part in verdict.section.split(".") if part.isdecimal()]
    return not verdict.section, numbers, verdict.control.id


def _judge_trails(setup: SetUp, catalogue: Catalogue, now: datetime | None) -> Iterator[TrailVerdict]:
    for trail in setup.trails:
        here = setup.place or trail.feeds or Place("", trail.home)
        yield TrailVerdict(trail, tuple(check_trail(trail, here, catalogue, now)))


def _find_fed(setup: SetUp, trails: Sequence[TrailVerdict]) -> frozenset[LogGroup]:
    """The log groups whose filters count.

    In an account those of trails that work, else of any. Files may leave the trail to others: then all
    that they do not themselves show to be fed by none.
    """
    working = {one.feeds for one in trails if is_watchable(one.findings)}
    fed = frozenset(one for one in working or {one.feeds for one in trails} if one)
    if setup.is_deployed:
        return fed
    groups = frozenset(one.log_group for one in setup.filters)
    return groups - (setup.log_groups - fed) if fed else groups


def _choose_subjects(
    catalogue: Catalogue, version: str, only: Collection[str]
) -> tuple[list[Subject], list[Subject]]:
    """The controls of a version of the benchmark, and all others; only those that patterns can express."""
    known = [one for one in catalogue.values() if one.is_alarm and one.patterns]
    asked = [one for one in known if (one.id in only if only else version in one.cis)]
    return [prepare_subject(one) for one in asked], [
        prepare_subject(one) for one in known if version not in one.cis
    ]


def _is_there(optional: Subject, required: Sequence[Subject], metrics: Metrics) -> bool:
    """Whether a control beyond the benchmark is counted: nobody has to, so half of it is not a fault."""
    read = {one: metrics.read_patterns(one) for one in metrics.filters}
    meant = {one: patterns for one, patterns in read.items() if optional.is_meant(patterns)}
    agreements = (
        compare_declared(optional.control, patterns, metrics.list_exclusions(one))
        for one, patterns in meant.items()
    )
    return any(one.is_complete for one in agreements) and not any(
        one.is_meant(patterns) for one in required for patterns in meant.values()
    )


def _report_others(
    setup: SetUp, metrics: Metrics, required: Sequence[Subject], controls: Sequence[ControlVerdict]
) -> Iterator[Finding]:
    """Of what belongs to no control: what is gone, alarms on nothing, filters that count something else."""
    yield from map(_report_drift, setup.drifts)
    for alarm in metrics.find_idle_alarms():
        text = f"the alarm {alarm.name} watches {alarm.metrics[0]}, which no filter publishes"
        yield Finding("warning", text, "name the metric of a filter, or delete it", source=alarm.source)
    yield from _report_unfed(setup)
    counted = {each.metric for one in controls for each in one.counted}
    yield from _check_other_alarms(setup, counted)
    yield from check_rules(setup)
    for metric in sorted(set(metrics.filters) - counted):
        yield from check_readable(metrics.filters[metric])
        yield from _report_unrelated(metrics, metric, required)
    for refused in setup.unanswered:
        yield Finding("warning", f"{refused.call} was refused: {refused.reason}", "ask with other rights")


def _report_unrelated(metrics: Metrics, metric: Metric, required: Sequence[Subject]) -> Iterator[Finding]:
    if not (patterns := metrics.read_patterns(metric)):
        return
    names = " and ".join(sorted(one.name for one in metrics.filters[metric]))
    near = find_nearest(required, patterns)
    what = f"; nearest is {near.control.id}" if near else ""
    text = f"{names}: meant for no control of the benchmark{what}"
    yield Finding("ok", text, source=metrics.filters[metric][0].source)


def _check_other_alarms(setup: SetUp, counted: set[Metric]) -> Iterator[Finding]:
    """What is wrong with the other alarms of a stack that watches controls, a heartbeat for example."""
    ours = {alarm.stack for alarm in setup.alarms if counted.intersection(alarm.metrics)} - {""}
    found: dict[str, Finding] = {}  # what is wrong with a topic is said once
    for alarm in setup.alarms:
        if alarm.stack in ours and not counted.intersection(alarm.metrics):
            for one in (*check_notifications(alarm, setup), *_check_state(alarm)):
                found.setdefault(one.text, one)
    yield from (one for one in found.values() if one.level == "error")


def _check_state(alarm: MetricAlarm) -> Iterator[Finding]:
    """An alarm on the monitoring itself that is in ALARM; those of controls are on what others do."""
    if alarm.state == "ALARM" and all(one.namespace.startswith("AWS/") for one in alarm.metrics):
        text = f"the alarm {alarm.name}, which watches the monitoring itself, is in ALARM"
        yield Finding("error", text, "its description says what to look at", since=alarm.state_since)


def _report_unfed(setup: SetUp) -> Iterator[Finding]:
    """Log groups that the files make and filter, and feed by no trail."""
    if not setup.trails:
        for group in sorted(setup.log_groups & {one.log_group for one in setup.filters}):
            text = f"no trail in these files feeds the log group {group.name}"
            yield Finding("warning", text, "filter the log group of the trail: an empty one counts nothing")


def _report_drift(one: Drift) -> Finding:
    """What detects or notifies, and is not as it was deployed, is an error; what only shows is not."""
    change = "is gone" if one.is_gone else "is not as it was deployed"
    level: Level = "warning" if one.kind in ("saved query", "dashboard") else "error"
    text = f"the stack {one.stack} made the {one.kind} {one.name}, which {change}"
    return Finding(level, text, f"cdk deploy {one.stack} --revert-drift")


def _report_other_versions(
    setup: SetUp, catalogue: Catalogue, controls: Sequence[ControlVerdict]
) -> Iterator[Finding]:
    """Saved queries that are as their stack deployed them, and not as this version would."""
    texts = {one.title: {one.query_text} for one in catalogue.values()}
    for one in controls:
        texts[one.control.title] |= set(_exclude(one))
    for name, text in sorted(setup.queries.items()):
        title = next((one for one in texts if name.endswith(one)), None)
        if title and text not in texts[title]:
            said = f"the saved query {name} is another version's, or has exclusions that are not declared"
            yield Finding("ok", said, "cdk deploy, with this version")


def _exclude(verdict: ControlVerdict) -> Iterator[str]:
    """The query without what is declared to be left out, if that can be."""
    if verdict.exclusions:
        with suppress(QueryError):
            yield verdict.control.excluding([one.condition for one in verdict.exclusions]).query_text
