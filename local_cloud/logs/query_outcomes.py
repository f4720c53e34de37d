"""How queries go that do not simply complete: slow, failed, refused, or over events not yet indexed.

Tests of whoever asks plan them in the process, by `LocalCloud.plan_queries`; no request can.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """How one query goes.

    Args:
        polls: answers of GetQueryResults before the last status: first `Scheduled`, then `Running`.
        status: the last status.
        error: the code with which StartQuery refuses, `LimitExceededException` for example.
        indexed: False where the query finds none of the log events, as they are too new.
    """

    polls: int = 0
    status: Literal["Complete", "Failed", "Timeout", "Cancelled", "Unknown"] = "Complete"
    error: str = ""
    indexed: bool = True


def answer_poll(query: Query) -> Query:
    """The status, rows and statistics at one call of GetQueryResults, which counts."""
    status = find_status(query)
    if query["polls"]:
        query["polls"] -= 1
        query["polled"] = True
    is_complete = status == "Complete"
    return {
        "status": status,
        "results": query["results"] if is_complete else [],
        "statistics": query["statistics"] if is_complete else dict.fromkeys(query["statistics"], 0.0),
    }


def find_status(query: Query) -> str:
    """The present status of a query."""
    if not query["polls"]:
        return str(query["status"])
    return "Running" if query["polled"] else "Scheduled"


def stop(query: Query) -> bool:
    """Cancels a query that has not finished; says whether it did."""
    is_running = bool(query["polls"])
    if is_running:
        query |= {"polls": 0, "status": "Cancelled"}
    return is_running
