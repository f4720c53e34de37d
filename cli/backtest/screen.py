"""What a back-test found, for a reader: as wide as the terminal, and no id and no name is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from json import dumps

from cis_insights.backtest.alarms import Day, Firing
from cis_insights.backtest.principals import Principal
from cis_insights.errors import inert, printable

from ..layout import PROSE, align, count_noun, fold, wrap
from .outcome import Outcome
from .report import EPOCH, Comparison, ControlReport, Span, show_day, show_minute
from .suggestion import Suggestion

SHOWN = 8  # principals of a control
_NONE, _BARS = "·", "▁▂▃▄▅▆▇█"
_INDENT = 11  # columns before a sparkline


def draw_screen(outcome: Outcome, width: int) -> str:
    """The table of all controls, then each that had events or that something was tried on.

    Args:
        width: of a line, in columns.
    """
    reports = sorted(outcome.controls, key=lambda one: (-one.firing.alarms, -one.events, one.control))
    parts = [[_headline(outcome)], _table(reports, width)]
    parts += [list(_lines(one, outcome.span, width)) for one in reports if one.events or one.comparison]
    if quiet := sum(not one.events for one in reports):
        parts.append([f"{quiet} of {len(reports)} controls had no events."])
    return "\n\n".join("\n".join(part) for part in parts)


def _headline(outcome: Outcome) -> str:
    span = outcome.span
    times = (
        f", {span.first:%Y-%m-%d %H:%M} to {span.last:%Y-%m-%d %H:%M} UTC" if span.first and span.last else ""
    )
    return f"{outcome.records:,} records{times}"


_HEAD = ("control", "events", "mails", "a day", "a week", "alarm", "most of them")
_FIGURES = (1, 2, 3, 4)


def _table(reports: Sequence[ControlReport], width: int) -> list[str]:
    """A row for each control that had events; who was behind most of them where there is room for it."""
    rows = [_HEAD, *(_cells(one) for one in reports if one.events)]
    lines = align(rows, width, right=_FIGURES)
    return lines if len(lines) == len(rows) else align([row[:-1] for row in rows], width, right=_FIGURES)


def _cells(one: ControlReport) -> tuple[str, ...]:
    rates = (f"{one.rate(1):,.1f}", f"{one.rate(7):,.1f}")
    limit = f"{one.threshold} in {one.period // 60}m"
    noisiest = printable(f"{one.principals[0].label}: {one.principals[0].events:,}")
    return one.control, f"{one.events:,}", f"{one.firing.alarms:,}", *rates, limit, noisiest


def _lines(one: ControlReport, span: Span, width: int) -> Iterator[str]:
    prose = min(width, PROSE)
    yield fold(f"{one.control}: {one.title}", prose)
    if one.comparison:
        yield from _comparison(one, one.comparison, prose)
    if not one.events:
        return
    mails, periods = count_noun(one.firing.alarms, "mail"), count_noun(one.firing.periods, "period")
    events = count_noun(one.events, "event")
    yield f"  {mails} for {periods} with {one.threshold} or more in {one.period // 60}m; {events}"
    yield f"  first {_time(one.first)}, last {_time(one.last)}"
    if worst := one.worst:
        mails, events = count_noun(worst.alarms, "mail"), count_noun(worst.events, "event")
        yield f"  worst day {show_day(worst.day)}: {mails}, {events}"
    yield from _timeline(one.by_day, span, width)
    yield f"  by hour  {sparkline(one.by_hour)}  00 to 23 UTC"
    yield from _ladder(one.ladder)
    yield from _principals(one, prose)
    if one.suggestion:
        yield from _suggestion(one, one.suggestion, prose)
    elif one.not_suggested:
        yield fold(f"  no exclusion is suggested: {printable(one.not_suggested)}", prose)


def _time(minute: int | None) -> str:
    return show_minute(minute or 0).replace("T", " ").removesuffix("Z")


def _timeline(days: Sequence[Day], span: Span, width: int) -> Iterator[str]:
    """Events of each day, or of so many days together that the line fits."""
    first = _day_of(span.first) if span.first else days[0].day
    last = _day_of(span.last) if span.last else days[-1].day
    first, last = min(first, days[0].day), max(last, days[-1].day)
    ends = f"  {show_day(first)} to {show_day(last)}"
    room = max(10, width - _INDENT - len(ends))
    each = -(-(last - first + 1) // room)  # days of one bar, rounded up
    bars = [0] * ((last - first) // each + 1)
    for one in days:
        bars[(one.day - first) // each] += one.events
    name = "by day " if each == 1 else f"by {each}d".ljust(7)
    yield f"  {name}  {sparkline(bars)}{ends}"


def _day_of(time: datetime) -> int:
    """The day since 1970."""
    return time.toordinal() - EPOCH.toordinal()


def sparkline(values: Sequence[int]) -> str:
    """A bar for each value: a dot for none, the full height for the most."""
    most = max(values, default=0)
    return "".join(_BARS[(value * len(_BARS) - 1) // most] if value else _NONE for value in values)


def _ladder(steps: Sequence[Firing]) -> Iterator[str]:
    """Under each threshold its mails, and the periods that reach it."""
    for name in ("threshold", "alarms", "periods"):
        cells = (f"{getattr(step, name):>8,}" for step in steps)
        yield f"  {'mails' if name == 'alarms' else name:<9}{''.join(cells)}"


def _principals(one: ControlReport, width: int) -> Iterator[str]:
    for who in one.principals[:SHOWN]:
        yield from _principal(who, one.events, width)
    if rest := one.principals[SHOWN:]:
        events = sum(who.events for who in rest)
        yield f"  {events:>7,}       {count_noun(len(rest), 'other')}; --json lists them"


def _principal(who: Principal, events: int, width: int) -> list[str]:
    days = f"{show_minute(who.first)[:10]} to {show_minute(who.last)[5:10]}"
    figures = f"  {who.events:>7,} {who.events / events:>4.0%}  {days}  "
    return wrap(printable(who.label), width, first=figures, rest=" " * len(figures))


def _comparison(one: ControlReport, found: Comparison, width: int) -> Iterator[str]:
    for condition in found.conditions:
        yield f"  tried: {printable(condition)}"
    yield f"  before  {count_noun(found.events, 'event')}, {count_noun(found.firing.alarms, 'mail')}"
    yield f"  after   {count_noun(one.events, 'event')}, {count_noun(one.firing.alarms, 'mail')}"
    yield f"  hides {count_noun(found.hidden.events, 'event')}, such as"
    for record in found.hidden.records:
        parts = (_time(record.minute), record.who, record.event, record.error, record.address)
        yield fold("    " + printable("  ".join(part for part in parts if part)), width)
    for warning in found.hidden.warnings:
        yield fold(f"  warning: it hides {warning}", width)


def _suggestion(one: ControlReport, found: Suggestion, width: int) -> Iterator[str]:
    """The line for `cdk.json`, with what is configured already; it is copied, so it stays in one piece."""
    left = ", ".join(f"{who.label}: {who.events:,}" for who in found.leaves_principals[:SHOWN])
    more = len(found.leaves_principals) - SHOWN
    left += f", and {count_noun(more, 'other')}" if more > 0 else ""
    share = f"{found.removes / one.events:.0%} ({count_noun(found.removes, 'event')})"
    yield fold(f"  to leave out {share} of {printable(found.principal)}, in cdk.json:", width)
    for key, conditions in found.setting.items():
        yield "    " + inert(f"{dumps(key)}: {dumps(conditions, ensure_ascii=False)}")
    events, mails = count_noun(found.leaves, "event"), count_noun(found.leaves_firing.alarms, "mail")
    yield fold(f"  that leaves {events}, {mails}" + (f" ({printable(left)})" if left else ""), width)
    for warning in found.warnings:
        yield fold(f"  warning: {printable(warning)}", width)
