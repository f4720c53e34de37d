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
from cis_insights.errors import printable
from cis_insights.printer import print_text
from cis_insights.sql.counts import Counts

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
class Found:
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


def judged(control: Control, counts: Counts, *, threshold: int | None = None) -> Found:
    """What a control would have done with its period, and its threshold unless another is tried."""
    least = threshold or control.threshold
    firing = {number for number, events in counts.periods(control.id, control.period) if events >= least}
    exclusion, removes = _suggestion(control, counts)
    return Found(
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
        exclusion=exclusion,
        removes=removes,
    )


def _suggestion(control: Control, counts: Counts) -> tuple[str, int]:
    """The condition on one value that removes most events, if it is worth a line."""
    best, most = "", max(_MANY, int(counts.events(control.id) * _WORTH)) - 1
    for column, field in _EXCLUDABLE:
        for value, events in counts.top(control.id, column, 1):
            condition = f"{field} = {print_text(value)}"
            if events > most and _compiles(control, condition):
                best, most = condition, events
    return (f"cis-insights:{control.id}:exclude={best}", most) if best else ("", 0)


def _compiles(control: Control, condition: str) -> bool:
    """Whether a condition can be handed on in a setting: on one line, and without a parameter's place."""
    if not condition.isprintable() or "{{" in condition:
        return False
    try:
        control.excluding([condition])
    except QueryError:
        return False
    return True


def table(found: Iterable[Found]) -> Table:
    """A row for each control, the noisiest first."""
    shown = Table("control", "events", "alarms", "periods", "threshold", "noisiest", box=None, pad_edge=False)
    for one in sorted(found, key=lambda one: (-one.alarms, one.control)):
        noisiest = ", ".join(f"{printable(user)} ({events})" for user, events in one.users[:2])
        limit = f"{one.threshold} in {one.period // 60}m"
        shown.add_row(
            one.control, f"{one.events:,}", f"{one.alarms:,}", f"{one.periods:,}", limit, escape(noisiest)
        )
    return shown


def as_json(found: Iterable[Found], *, records: int, broken: int) -> str:
    """One document."""
    body = {"records": records, "broken": broken, "controls": [asdict(one) for one in found]}
    return json.dumps(body, indent=2)


def as_csv(found: Iterable[Found]) -> str:
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
