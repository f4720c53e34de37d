"""Names of the state machine that answers, and of the alarms on failed answers."""

from __future__ import annotations

FAILED, TIMED_OUT, NOT_STARTED = "failed", "timed-out", "not-started"


def name_machine(prefix: str) -> str:
    """Name of the state machine."""
    return f"{prefix}-answers"


def name_answer_alarm(prefix: str, ending: str) -> str:
    """Name of one of the alarms on failed answers."""
    return f"{name_machine(prefix)}-{ending}"


def list_answer_alarms(prefix: str) -> list[str]:
    """Names of all alarms on failed answers."""
    return [name_answer_alarm(prefix, ending) for ending in (FAILED, TIMED_OUT, NOT_STARTED)]
