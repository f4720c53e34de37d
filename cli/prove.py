"""`cis-insights prove`: query and filter patterns, control by control."""

from __future__ import annotations

import time

from cis_insights import Catalogue, Control, Equivalent, prove

from .error_handling import find_named
from .terminal import Advance


def choose(catalogue: Catalogue, only: tuple[str, ...]) -> list[Control]:
    """The controls that are named, or all that are alarms."""
    ids = find_named(catalogue, only)
    return [control for control in catalogue.values() if control.is_alarm and (not ids or control.id in ids)]


def describe_proof(control: Control, advance: Advance) -> tuple[str, bool]:
    """What is proven, in words, and whether it holds."""
    advance(description=f"proving {control.id}", advance=1)
    if control.not_compilable:
        message = control.not_compilable.faults[0].message
        return f"{control.id}: log alarm, no pattern to prove: {message}", True
    start = time.perf_counter()
    answer = prove(control.query, control.patterns)
    milliseconds = (time.perf_counter() - start) * 1000
    filters = f"{len(control.patterns)} filter{'s' if len(control.patterns) > 1 else ''}"
    return f"{control.id}: {answer} ({filters}, {milliseconds:.0f} ms)", isinstance(answer, Equivalent)
