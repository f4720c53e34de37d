"""What a back-test found, control by control."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from unicodedata import normalize

from rich.markup import escape
from rich.table import Table

from cis_insights import Control, QueryError
from cis_insights.backtest.counts import Counts
from cis_insights.errors import printable
from cis_insights.logs_insights.printer import print_text

TOP = 5
# What an exclusion would name, the narrower first where two remove as much.
_EXCLUDABLE = (
    ("arn", "userIdentity.arn"),
    ("role", "userIdentity.sessionContext.sessionIssuer.arn"),
    ("service", "userIdentity.invokedBy"),
    ("address", "sourceIPAddress"),
)
# An exclusion is suggested if it removes this share of so many events.
_WORTH, _MANY = 0.2, 10
_FORMULA = tuple("=+-@")


@dataclass(frozen=True, slots=True)
class ControlReport:
    """One control: events, what CloudWatch would have done, and who was behind it."""

    control: str
    title: str
    events: int
    periods: int  # with at least the threshold
    alarms: int  # runs of such periods: each sends one notification
    threshold: int
    period: int
    users: list[tuple[str, int]]
    addresses: list[tuple[str, int]]
    errors: list[tuple[str, int]]
    exclusion: str  # the one line that would have removed most, or empty
    removes: int  # events
    not_suggested: str = ""  # why there is no such line, where one value stands out and cannot be written


def evaluate_control(control: Control, counts: Counts, *, threshold: int | None = None) -> ControlReport:
    """What a control would have done with its period, and its threshold unless another is tried."""
    least = threshold or control.threshold
    firing = {number for number, events in counts.periods(control.id, control.period) if events >= least}
    suggestion = _suggest(control, counts)
    return ControlReport(
        control=control.id,
        title=control.title,
        events=counts.events(control.id),
        periods=len(firing),
        alarms=sum(number - 1 not in firing for number in firing),
        threshold=least,
        period=control.period,
        users=counts.top(control.id, "user", TOP),
        addresses=counts.top(control.id, "address", TOP),
        errors=counts.top(control.id, "error", TOP),
        exclusion=suggestion.exclusion,
        removes=suggestion.removes,
        not_suggested=suggestion.obstacle,
    )


@dataclass(frozen=True, slots=True)
class _Suggestion:
    exclusion: str = ""
    removes: int = 0
    obstacle: str = ""


def _suggest(control: Control, counts: Counts) -> _Suggestion:
    """The condition on one value that removes most events, if it is worth a line; or why there is none."""
    best, most = "", max(_MANY, int(counts.events(control.id) * _WORTH)) - 1
    obstacles: list[str] = []
    for column, field in _EXCLUDABLE:
        for value, events in counts.top(control.id, column, 1):
            condition = f"{field} = {print_text(value)}"
            if events <= most:
                continue
            if obstacle := _obstacle(control, condition):
                obstacles.append(f"the most frequent {field} cannot be excluded: {obstacle}")
            else:
                best, most = condition, events
    if best:
        return _Suggestion(f"cis-insights:{control.id}:exclude={best}", most)
    return _Suggestion(obstacle=next(iter(obstacles), ""))


def _obstacle(control: Control, condition: str) -> str:
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


def table(found: Iterable[ControlReport]) -> Table:
    """A row for each control, the noisiest first."""
    shown = Table("control", "events", "alarms", "periods", "threshold", "noisiest", box=None, pad_edge=False)
    for one in sorted(found, key=lambda one: (-one.alarms, one.control)):
        noisiest = ", ".join(f"{printable(user)} ({events})" for user, events in one.users[:2])
        limit = f"{one.threshold} in {one.period // 60}m"
        shown.add_row(
            one.control, f"{one.events:,}", f"{one.alarms:,}", f"{one.periods:,}", limit, escape(noisiest)
        )
    return shown


def as_json(found: Iterable[ControlReport], *, records: int, broken: int) -> str:
    """One document."""
    body = {"records": records, "broken": broken, "controls": [asdict(one) for one in found]}
    return json.dumps(body, indent=2)


def as_csv(found: Iterable[ControlReport]) -> str:
    """A line for each control; no text obeys a terminal, and none is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["control", "events", "alarms", "periods", "threshold", "period", "user", "exclusion"])
    for one in found:
        user = one.users[0][0] if one.users else ""
        row = [
            one.control,
            one.events,
            one.alarms,
            one.periods,
            one.threshold,
            one.period,
            user,
            one.exclusion,
        ]
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: object) -> object:
    """A number as it is; a text as the table shows it, with an apostrophe where it would be a formula."""
    if not isinstance(cell, str) or not cell:
        return cell
    # Spreadsheets pass over what cannot be seen, and take full-width signs for their plain forms.
    seen = "".join(char for char in normalize("NFKC", cell) if char.isprintable() and not char.isspace())
    return f"'{printable(cell)}" if seen[:1] in _FORMULA or not cell[0].isprintable() else printable(cell)
