"""Catalogue and settings -> what is deployed, every exclusion compiled and proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cis_insights import Catalogue, Control, QueryError, parse_pattern
from cis_insights import Fault as QueryFault
from cis_insights.header import Severity
from cis_insights.matcher import Compare, RegexText

from .settings import PREFIX, Fault, Settings, SettingsError

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_FILTERS = 100
MAX_REGEX_FILTERS = 5
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
MAX_TABLES = 490  # of 500 widgets of a dashboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One control as it is deployed: its exclusions in the query, its settings applied."""

    control: Control
    severity: Severity
    threshold: int  # events
    period: int  # seconds
    exact_twin: str | None = None  # Security Hub's text, where the control itself excludes something
    cis_twin: str | None = None  # CIS's own text, where it differs from Security Hub's

    @property
    def twins(self) -> dict[str, str]:
        """Pattern texts that an auditor looks for and nobody is paged by, by a name for each."""
        twins = {"exact": self.exact_twin, "cis": self.cis_twin}
        return {name: text for name, text in twins.items() if text is not None}


def select(catalogue: Catalogue, settings: Settings) -> tuple[Watched, ...]:
    """The controls to deploy, in the order of the benchmark; file names do not matter.

    Raises:
        QueryError: with the faults of all exclusions.
        SettingsError: if nothing is left, an alarm would tell nobody, or a quota would not hold.
    """
    chosen = sorted((one for one in catalogue.values() if _is_chosen(one, settings)), key=_place)
    faults: list[QueryFault] = []
    watched: list[Watched] = []
    for control in chosen:
        try:
            watched.append(_watched(control, settings))
        except QueryError as error:
            faults += error.at(f"{PREFIX}{control.id}:exclude").faults
    if faults:
        raise QueryError(faults)
    _check_quotas(watched)
    _check_heard(watched, settings)
    return tuple(watched)


def _place(control: Control) -> tuple[bool, list[int], str]:
    """By section of the newest benchmark that has one, the others behind by their ids."""
    section = next(reversed(list(control.cis.values())), "")
    return not section, [int(part) for part in section.split(".") if part], control.id


def _is_chosen(control: Control, settings: Settings) -> bool:
    if not control.is_alarm or control.id in settings.controls_off:
        return False
    if settings.controls:
        return control.id in settings.controls
    if control.group != "extended":
        return control.default
    named = control.id in settings.extended or "all" in settings.extended
    return named or (control.default and "default" in settings.extended)


def _watched(control: Control, settings: Settings) -> Watched:
    own = settings.for_control(control)
    # Auditors ask for the benchmark's controls only.
    is_twin = bool(own.exclude and control.cis) and settings.exact_twins
    return Watched(
        control=control.excluding(own.exclude),
        severity=own.severity or control.severity,
        threshold=own.threshold or control.threshold,
        period=own.period or control.period,
        exact_twin=control.exact_pattern if is_twin else None,
        cis_twin=control.cis_pattern.text if control.cis_pattern and settings.cis_twins else None,
    )


def _check_quotas(watched: Sequence[Watched]) -> None:
    texts = [pattern.text for one in watched for pattern in one.control.patterns]
    texts += [text for one in watched for text in one.twins.values()]
    regexes = sum(map(_has_regex, texts))
    faults = []
    if not watched:
        faults.append(Fault(f"{PREFIX}controls", "no control is left to watch", "leave out fewer of them"))
    if len(texts) > MAX_FILTERS:
        message = f"{len(texts)} metric filters, and a log group takes {MAX_FILTERS}"
        faults.append(Fault(f"{PREFIX}controls", message, "leave out some controls"))
    if regexes > MAX_REGEX_FILTERS:
        message = f"{regexes} filters with regular expressions, and a log group takes {MAX_REGEX_FILTERS}"
        faults.append(Fault(f"{PREFIX}controls", message, "say them by anchored text, such as /^role\\/ci-/"))
    if len(watched) > MAX_TABLES:
        message = f"{len(watched)} controls, and a dashboard has room for {MAX_TABLES}"
        faults.append(Fault(f"{PREFIX}controls", message, "leave out some controls"))
    if faults:
        raise SettingsError(faults)


def _has_regex(pattern: str) -> bool:
    leaves = parse_pattern(pattern).leaves if "%" in pattern else ()
    return any(isinstance(leaf, Compare) and isinstance(leaf.operand, RegexText) for leaf in leaves)


def _check_heard(watched: Sequence[Watched], settings: Settings) -> None:
    """CIS 3.15: each alarm tells somebody."""
    if settings.subscribers or settings.topic_arns:
        return
    apart = (settings.subscribers_by_severity, settings.topic_arns_by_severity)
    heard = {severity for routes in apart for severity, told in routes.items() if told}
    unheard = {one.severity for one in watched} - heard
    faults = [
        Fault(
            f"{PREFIX}subscribers-{severity}",
            f"nobody would be told of alarms of severity {severity} (CIS 3.15)",
            f"set it, or {PREFIX}subscribers for all severities",
        )
        for severity in sorted(unheard)
    ]
    if faults:
        raise SettingsError(faults)
