"""Readings of what AWS does not document.

A proof and every test go through all readings: a control that depends on one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

Event = Mapping[str, object]  # a JSON object, as `json.loads` returns it


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading, given to the query and to the pattern alike; the default is the likely one."""

    # Logs Insights: is a negative leaf (`!=`, `not in`, `not like`) true on a field that is absent?
    # (A pattern's `!=` on an absent field is false.)
    absent_differs: bool = False
    # Does an explicit JSON null count as present (`ispresent` true, `NOT EXISTS` false, `!=` true)?
    # `IS NULL` is true on it either way.
    null_exists: bool = False
    # Does a number compare with a string that looks like one?
    numeric_text: bool = False


ALL_READINGS = tuple(Reading(*switches) for switches in product((False, True), repeat=3))
