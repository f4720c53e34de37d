"""The one exclusion that would remove most of a control's events, and that is safe to take.

It names a principal exactly, by the ARN of its role or by its service, and the few calls that make its
noise: whatever else that principal does still counts, and so does whoever has a name that looks alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cis_insights import Control, QueryError
from cis_insights.backtest.alarms import Firing, fire, sum_periods
from cis_insights.backtest.counts import Counts, Selection
from cis_insights.backtest.hits import WHO
from cis_insights.backtest.principals import Principal
from cis_insights.logs_insights.printer import print_text

from .tried import Setting, Tried

# An exclusion is suggested if it removes this share of so many events.
WORTH, MANY = 0.2, 10
# Calls that it names, if so few make this share of a principal's events.
MAX_CALLS, MOST = 5, 0.9
# Whom nothing is suggested for; the ladder of thresholds says what else helps.
_KEPT = {
    "person": "a person's calls deserve a look",
    "root": "calls of root deserve a look",
    "account": "calls of other accounts deserve a look",
}
Test = tuple[str, tuple[str, ...]]  # a column of `WHO`, and its values


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A condition to add to the exclusions of a control."""

    condition: str
    setting: dict[str, list[Setting]]  # as cdk.json takes it: what is configured, and this
    principal: str
    removes: int  # events
    leaves: int  # events
    leaves_firing: Firing
    leaves_principals: tuple[Principal, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing is suggested although one principal stands out."""

    reason: str


def suggest(
    tried: Tried, counts: Counts, principals: list[Principal], days: float
) -> Suggestion | Obstacle | None:
    """The exclusion of the noisiest role, service or IAM user; nothing of people, of root, or of little.

    Args:
        days: that were looked at; what happens less than once a day is not noise.
    """
    events = sum(one.events for one in principals)
    least = max(MANY, int(days), int(events * WORTH))
    noisy = [one for one in principals if one.events >= least]
    obstacles: list[str] = []
    for one in sorted(noisy, key=lambda one: one.kind == "user"):
        for tests in _candidates(tried, counts, one):
            condition = _write(tests)
            if reason := _find_obstacle(tried.control, condition):
                obstacles.append(f"{one.label} cannot be excluded: {reason}")
            elif found := _weigh(tried, counts, one, tests, events):
                return found
    obstacles += [f"most are of {one.label}: {_KEPT[one.kind]}" for one in noisy if one.kind in _KEPT]
    return Obstacle(obstacles[0]) if obstacles else None


def _candidates(tried: Tried, counts: Counts, one: Principal) -> Iterator[tuple[Test, ...]]:
    """The tests that name a principal: with its few noisy calls, then alone."""
    match one.kind:
        case "role":
            # An AssumedRole without the ARN of its role is named by nothing that is safe.
            whom: tuple[Test, ...] = (("role", one.key[:1]),) if ":role/" in one.key[0] else ()
        case "service":
            whom = (("type", ("AWSService",)), ("service", one.key[:1])) if one.key[0] else ()
        case "user":
            whom = (("arn", one.key[:1]),) if one.key[0] else ()
        case _:
            whom = ()
    if whom:
        if calls := _noisy_calls(tried.control.id, counts, whom, one.events):
            yield (*whom, ("event", calls))
        yield whom


def _noisy_calls(control: str, counts: Counts, whom: tuple[Test, ...], events: int) -> tuple[str, ...]:
    """The few calls that make most of a principal's events; nothing if they are many."""
    taken, names = 0, list[str]()
    for name, count in counts.top(Selection(control, whom, is_without=False), "event", MAX_CALLS):
        names.append(name)
        taken += count
        if taken >= events * MOST:
            return tuple(sorted(names))
    return ()


def _write(tests: tuple[Test, ...]) -> str:
    return " and ".join(_write_test(WHO[column][0], values) for column, values in tests)


def _write_test(field: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return f"{field} = {print_text(values[0])}"
    return f"{field} in [{', '.join(map(print_text, values))}]"


def _find_obstacle(control: Control, condition: str) -> str:
    """Why a condition cannot be an exclusion in a setting, which is one line; empty if it can."""
    if not condition.isprintable():
        return "it holds a line break or another character that cannot be seen"
    if "{{" in condition:
        return "it holds `{{`, which begins a parameter"
    try:
        control.excluding([condition])
    except QueryError as error:
        return error.faults[0].message
    return ""


def _weigh(
    tried: Tried, counts: Counts, one: Principal, tests: tuple[Test, ...], events: int
) -> Suggestion | None:
    """What an exclusion removes and leaves of so many events; None if it removes too little."""
    control, rest = tried.control.id, Selection(tried.control.id, tests)
    minutes = counts.minutes(rest)
    leaves = sum(events for _, events in minutes)
    removes = events - leaves
    if removes < max(MANY, events * WORTH):
        return None
    condition = _write(tests)
    return Suggestion(
        condition=condition,
        setting={f"cis-insights:{control}:exclude": [*tried.configured, *tried.excluded, condition]},
        principal=one.label,
        removes=removes,
        leaves=leaves,
        leaves_firing=fire(sum_periods(minutes, tried.period), tried.threshold),
        leaves_principals=tuple(counts.principals(rest)),
        warnings=tuple(_warnings(one, tests)),
    )


def _warnings(one: Principal, tests: tuple[Test, ...]) -> Iterator[str]:
    if one.kind == "user":
        whose = "of a person, and of whoever has their keys"
        yield f"{one.name} may be a person: this mutes denied calls {whose}"
    if one.is_foreign:
        yield f"{one.name} belongs to another account, {one.account}"
    if not any(column == "event" for column, _ in tests):
        yield f"its calls are many: this mutes whatever {one.name} does"
