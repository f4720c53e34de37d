"""Errors of executions, and the size of what passes between states.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..ministack import load_module

MAX_DATA = 262_144  # bytes of the input or result of a state
# States.ALL and States.TaskFailed do not include these.
_TERMINAL = ("States.DataLimitExceeded", "States.Runtime")


def fail(error: str, cause: str) -> Exception:
    """MiniStack's error of an execution."""
    found: Exception = load_module("services.stepfunctions")._ExecutionError(error, cause)
    return found


def check_size(value: Any, place: str) -> None:
    """Refuses a value that is too large for a state."""
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_DATA:
        words = "returned a result with a size exceeding the maximum number of bytes service limit."
        raise fail("States.DataLimitExceeded", f"The state/task '{place}' {words}")


def match_error(names: Sequence[str], error: str) -> bool:
    """Whether the ErrorEquals of a Retry or Catch includes an error, by its name or by a wildcard."""
    if error in names:
        return True
    if error in _TERMINAL:
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")
