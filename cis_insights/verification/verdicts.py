"""Control by control: what counts its events, which alarm fires, and whom that notifies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from ..catalogue import Control
from .alarms import check_actions, check_alarm
from .findings import Finding, has_error
from .metrics import Metrics, Scope, check_metric
from .model import DeclaredExclusion, Metric, MetricAlarm, MetricFilter, SetUp, Subscription
from .notifications import Route, follow_action
from .proofs import RELATIONS, Agreement, Subject, compare, compare_declared


@dataclass(frozen=True, slots=True)
class AlarmVerdict:
    """An alarm on a metric, and where its actions lead."""

    alarm: MetricAlarm
    routes: tuple[Route, ...]
    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        """Whether it fires on an event and notifies somebody."""
        return not has_error(self.findings)

    @property
    def is_unknown(self) -> bool:
        """Whether it notifies somebody who is not known."""
        return not all(one.is_known for one in self.routes)

    @property
    def notified(self) -> tuple[Subscription, ...]:
        """Whom it notifies, each once."""
        return tuple(dict.fromkeys(one for way in self.routes for one in way.subscriptions))


@dataclass(frozen=True, slots=True)
class Counted:
    """A metric that is meant for a control: its filters, how they agree with it, and its alarms."""

    metric: Metric
    filters: tuple[MetricFilter, ...]
    agreement: Agreement
    alarms: tuple[AlarmVerdict, ...]
    findings: tuple[Finding, ...]  # of filters and metric
    exclusions: tuple[DeclaredExclusion, ...] = ()  # that are declared, where not all events count

    @property
    def works(self) -> bool:
        """Whether every event of the control raises an alarm that notifies somebody."""
        return not has_error(self.findings) and any(one.works for one in self.alarms)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Those of the alarms, too; of an alarm that fails, only if no other works."""
        working = [one for one in self.alarms if one.works]
        return (*self.findings, *(each for one in working or self.alarms for each in one.findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlVerdict:
    """A control, and all that is meant for it; what works best comes first."""

    control: Control
    section: str  # in the chosen benchmark version; empty beyond it
    counted: tuple[Counted, ...]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether each of its events raises an alarm that notifies somebody."""
        return not has_error(self.findings)

    @property
    def exclusions(self) -> tuple[DeclaredExclusion, ...]:
        """All that is left out on purpose."""
        return tuple(dict.fromkeys(each for one in self.counted for each in one.exclusions))

    @property
    def security_hub_says(self) -> str:
        """What Security Hub's control finds, which compares the text of a filter; empty if there is none.

        https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
        """
        if not self.control.security_hub:
            return ""
        exact = [
            one
            for one in self.counted
            if self.control.exact_pattern in {each.pattern for each in one.filters}
        ]
        if not exact:
            return "fails: no filter has the exact text"
        notified = any(each.notified for one in exact for each in one.alarms)
        return "passes" if notified else "fails: the exact text has no alarm with a subscriber"


def judge(subject: Subject, scope: Scope) -> ControlVerdict:
    """What becomes of a control's events."""
    meant = [one for one in scope.fed.filters if subject.is_meant(scope.fed.read_patterns(one))]
    counted = sorted((_judge_metric(subject, one, scope) for one in meant), key=_rank)
    return ControlVerdict(
        control=subject.control,
        section=subject.control.cis.get(scope.version, ""),
        counted=tuple(counted),
        findings=(*_sum_up(subject, counted, scope), *_check_exclusions(counted, scope)),
    )


def _rank(counted: Counted) -> tuple[bool, int, bool, int, bool, Metric]:
    """Smaller is better; what leaves something out on purpose comes before a twin that nobody is paged by."""
    errors = sum(one.level == "error" for one in counted.all_findings)
    exactness = RELATIONS.index(counted.agreement.relation)
    declares = bool(counted.exclusions) and counted.agreement.is_complete
    return not counted.works, errors, not declares, exactness, not counted.alarms, counted.metric


def _sum_up(subject: Subject, counted: Sequence[Counted], scope: Scope) -> Iterator[Finding]:
    if not counted:
        yield from _report_uncounted(subject, scope.unfed)
        return
    best, *rest = counted
    together = [one for one in counted if _is_alive(one)]
    if not best.works and len(together) > 1 and _complete_together(subject, scope.fed, together):
        names = ", ".join(sorted(str(one.metric) for one in together))
        yield Finding("ok", f"counted by several metrics together: {names}")
        yield from (each for one in together for each in one.all_findings if not _is_about_events(each))
        return
    yield from best.all_findings
    for one in rest:
        yield from (replace(each, level="warning") for each in one.all_findings if each.level == "error")


def _check_exclusions(counted: Sequence[Counted], scope: Scope) -> Iterator[Finding]:
    """Exclusions that have ended, and those that nobody can judge."""
    for one in dict.fromkeys(each for metric in counted for each in metric.exclusions):
        if one.until and scope.now and one.until <= scope.now.astimezone(UTC).date():
            text = f"the exclusion {one.condition} ended on {one.until}, and its events still do not count"
            yield Finding("error", text, "deploy with a later date, or without it")
        if missing := [name for name in ("why", "owner", "until") if not getattr(one, name)]:
            text = f"the exclusion {one.condition} does not say: {', '.join(missing)}"
            form = '{"condition": "..", "why": "..", "owner": "..", "until": "2027-03-31"}'
            yield Finding("warning", text, f"deploy it as {form}")


def _is_about_events(finding: Finding) -> bool:
    return finding.event is not None


def _is_alive(counted: Counted) -> bool:
    return any(one.works for one in counted.alarms) and not any(
        each.level == "error" and each.event is None for each in counted.findings
    )


def _complete_together(subject: Subject, metrics: Metrics, counted: Sequence[Counted]) -> bool:
    patterns = [pattern for one in counted for pattern in metrics.read_patterns(one.metric)]
    return compare(subject.control, patterns).is_complete


def _report_uncounted(subject: Subject, others: Metrics) -> Iterator[Finding]:
    elsewhere = [one for one in others.filters if subject.is_meant(others.read_patterns(one))]
    for metric in elsewhere:
        for one in others.filters[metric]:
            text = f"the filter {one.name} is on the log group {one.log_group.name}, which no trail feeds"
            hint = "put it on the log group of the trail"
            yield Finding("error", text, hint, since=one.created, source=one.source)
    if not elsewhere:
        yield Finding("error", "no metric filter counts it", event=subject.example or None)


def _judge_metric(subject: Subject, metric: Metric, scope: Scope) -> Counted:
    control, filters = subject.control, scope.fed.filters[metric]
    exclusions = scope.fed.list_exclusions(metric)
    agreement = compare_declared(control, scope.fed.read_patterns(metric), exclusions)
    return Counted(
        metric=metric,
        filters=tuple(filters),
        agreement=agreement,
        alarms=tuple(_judge_alarm(one, control, metric, scope) for one in scope.fed.find_alarms(metric)),
        findings=check_metric(control, metric, agreement, scope),
        exclusions=exclusions if agreement.missed is not None else (),
    )


def _judge_alarm(alarm: MetricAlarm, control: Control, metric: Metric, scope: Scope) -> AlarmVerdict:
    routes = tuple(follow_action(alarm, action, scope.fed.setup) for action in alarm.actions)
    found = [*check_alarm(alarm, scope.fed.filters[metric], control, scope.now), *_weigh_routes(routes)]
    placed = (replace(one, source=one.source or alarm.source) for one in found)
    return AlarmVerdict(alarm, routes, tuple(_name_stack(one, alarm) for one in placed))


def check_notifications(alarm: MetricAlarm, setup: SetUp) -> list[Finding]:
    """What keeps an alarm, whatever it watches, from notifying anybody."""
    routes = tuple(follow_action(alarm, action, setup) for action in alarm.actions)
    return [_name_stack(one, alarm) for one in (*check_actions(alarm), *_weigh_routes(routes))]


def _name_stack(finding: Finding, alarm: MetricAlarm) -> Finding:
    """What a stack made it can also put back as it was."""
    if finding.level != "error" or not alarm.stack:
        return finding
    hint = f"cdk deploy {alarm.stack} --revert-drift, or {finding.hint}" if finding.hint else ""
    return replace(finding, hint=hint)


def _weigh_routes(routes: Sequence[Route]) -> Iterator[Finding]:
    """One route that works is enough: what is wrong with the others is a warning."""
    works = any(one.subscriptions and not has_error(one.findings) for one in routes)
    for one in routes:
        for finding in one.findings:
            yield replace(finding, level="warning") if works and finding.level == "error" else finding
