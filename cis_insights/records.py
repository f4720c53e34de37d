"""Records made of dotted paths."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from typing import Any

Event = dict[str, object]
MAX_INDEX = 1_000


class Absent(Enum):
    """The value of a field that a record does not have."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def event_of(values: Mapping[str, object]) -> Event:
    """A record with these values at these dotted paths; an index makes a list."""
    event: Event = {}
    for path, value in values.items():
        if value is not ABSENT:
            _put(event, path.split("."), value)
    return event


def _put(record: Any, steps: list[str], value: object) -> None:
    for step, following in pairwise(steps):
        fresh: object = [] if following.isdecimal() else {}
        record = _slot(record, step, fresh)
    if isinstance(record, list):
        _slot(record, steps[-1], None)
        record[int(steps[-1])] = value
    elif isinstance(record, dict):
        record[steps[-1]] = value


def _slot(record: Any, step: str, fresh: object) -> object:
    """What stands at a step, put there if nothing does."""
    if isinstance(record, dict):
        return record.setdefault(step, fresh)
    if isinstance(record, list) and step.isdecimal() and int(step) < MAX_INDEX:
        record += [None] * (int(step) + 1 - len(record))
        record[int(step)] = record[int(step)] or fresh
        return record[int(step)]
    return None
