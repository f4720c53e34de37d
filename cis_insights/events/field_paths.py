"""Fields of a record by their dotted paths."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from typing import Any

from ..reading import Event

MAX_INDEX = 1_000


class Absent(Enum):
    """The value of a field that a record does not have."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def index_of(step: str) -> int | None:
    """A step of a path as an index of a list, or None."""
    return int(step) if step.isascii() and step.isdecimal() and len(step) < 10 else None


def has_place(path: str) -> bool:
    """Whether `event_of` can make a record with a value at this path."""
    return all(index is None or index < MAX_INDEX for index in map(index_of, path.split(".")))


def lookup(event: Event, steps: tuple[str, ...]) -> tuple[bool, object]:
    """Whether the flattened field exists, and its JSON value; list items go by their index.

    NaN, which JSON does not have and Python reads, is null.
    """
    value: object = event
    for step in steps:
        if isinstance(value, dict):
            if step not in value:
                return False, None
            value = value[step]
        elif isinstance(value, list):
            index = index_of(step)
            if index is None or index >= len(value):
                return False, None
            value = value[index]
        else:
            return False, None
    return True, None if isinstance(value, float) and math.isnan(value) else value


def event_of(values: Mapping[str, object]) -> Event:
    """A record with these values at these dotted paths; an index, of at most 999, makes a list.

    A value whose place another has made impossible is left out.
    """
    event: dict[str, object] = {}
    for path, value in values.items():
        if value is not ABSENT:
            _put(event, path.split("."), value)
    return event


def _put(record: Any, steps: list[str], value: object) -> None:
    for step, following in pairwise(steps):
        fresh: object = {} if index_of(following) is None else []
        record = _slot(record, step, fresh)
    index = index_of(steps[-1])
    if isinstance(record, dict):
        record[steps[-1]] = value
    elif isinstance(record, list) and index is not None:
        _slot(record, steps[-1], None)
        record[index] = value


def _slot(record: Any, step: str, fresh: object) -> object:
    """The value at a step; `fresh`, which is put there, if there is none."""
    if isinstance(record, dict):
        return record.setdefault(step, fresh)
    index = index_of(step)
    if isinstance(record, list) and index is not None and index < MAX_INDEX:
        record += [None] * (index + 1 - len(record))
        record[index] = record[index] or fresh
        return record[index]
    return None
