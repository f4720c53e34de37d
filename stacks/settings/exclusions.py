"""Exclusions: a condition alone, or with a reason, somebody who answers for it, and an end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date

from .readers import Refused, raise_all, read_list, show, suggest_nearest

# Ours: with its reason an exclusion is a line or two of a mail.
MAX_LENGTH = {"why": 200, "owner": 100}  # characters
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FORM = 'write {"condition": "..", "why": "..", "owner": "..", "until": "2027-03-31"}'


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Events that do not count for a control.

    Attributes:
        condition: a Logs Insights condition that they meet.
        why: the reason, for an auditor.
        owner: who answers for it.
        until: the day from which they count again; synthesis stops then until it is renewed or removed.
    """

    condition: str
    why: str = ""
    owner: str = ""
    until: date | None = None

    def __str__(self) -> str:
        """`userAgent = "x" (SecOps, until 2027-03-31: nightly scan)`."""
        until = f"until {self.until}" if self.until else ""
        note = ": ".join(filter(None, (", ".join(filter(None, (self.owner, until))), self.why)))
        return f"{self.condition} ({note})" if note else self.condition


def read_exclusions(value: object) -> tuple[str | Exclusion, ...]:
    """Conditions, each a text or an object; a text alone is one, whatever commas it has.

    Raises:
        Refused: with everything that does not read.
    """
    found: list[str | Exclusion] = []
    refused: list[Refused] = []
    for item in read_list(value):
        try:
            found += [item] if isinstance(item, str) else [_read_object(item)]
        except Refused as error:
            refused += error.all
    raise_all(refused)
    return tuple(one for one in found if not isinstance(one, str) or one.strip())


def _read_object(item: object) -> Exclusion:
    if isinstance(item, Exclusion):
        item = {slot.name: value for slot in fields(item) if (value := getattr(item, slot.name))}
    if not isinstance(item, Mapping):
        raise Refused(f"{show(item)} is neither a condition nor an object with one", _FORM)
    raise_all(list(_find_faults(item)))
    until = item.get("until")
    return Exclusion(**{**item, "until": until if isinstance(until, date) else _parse_date(until)})


def _find_faults(item: Mapping[object, object]) -> Iterator[Refused]:
    keys = [slot.name for slot in fields(Exclusion)]
    for key in item:
        if key not in keys:
            yield Refused(f"{show(key)} is not a key of an exclusion", suggest_nearest(str(key), keys))
    condition = item.get("condition")
    if not isinstance(condition, str) or not condition.strip():
        yield Refused("an exclusion has no condition", _FORM)
    for key, longest in MAX_LENGTH.items():
        text = item.get(key, "")
        if not isinstance(text, str) or not text.isprintable() or len(text) > longest:
            message = f"{key}: {show(text)} is not a line of text"
            yield Refused(message, f"write at most {longest} characters on one line")
    until = item.get("until")
    if until is not None and not isinstance(until, date) and _parse_date(until) is None:
        yield Refused(f"until: {show(until)} is not a date", "write year-month-day, such as 2027-03-31")


def _parse_date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:  # there is no such day
        return None
