"""What is on record beside the set-up: who asked, when alarms fired, when subscriptions were confirmed.

None of it decides whether something holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cis_insights.verification.trails import Answer


@dataclass(frozen=True, slots=True)
class Firing:
    """The last time that an alarm went to ALARM, as far as CloudWatch keeps its history."""

    time: datetime | None  # None: not in its history
    succeeded: int = 0  # actions
    failed: int = 0
    since: datetime | None = None  # how far back the history goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What is on record; empty for files."""

    caller: str = ""  # ARN of the identity that asked
    alias: str = ""  # of the account
    fired: Mapping[str, Firing] = field(default_factory=dict)  # by the alarm's ARN
    confirmed: Mapping[str, datetime] = field(default_factory=dict)  # by the subscription's ARN
    looked_up: frozenset[str] = frozenset()  # Regions whose events of 90 days were read
    notes: tuple[str, ...] = ()  # what could not be read


def find_firing(items: Iterable[Answer]) -> Firing | None:
    """The last change to ALARM in a history, and what became of its actions; None if there is no history.

    Args:
        items: the newest first; read no further than needed.
    """
    outcomes: list[str] = []
    since: datetime | None = None
    for item in items:
        since = item["Timestamp"].astimezone(UTC)
        data = _read_json(item.get("HistoryData"))
        if item["HistoryItemType"] == "Action":
            outcomes.append(str(data.get("actionState")))
        elif item["HistoryItemType"] == "StateUpdate":
            if _read_state(data) == "ALARM":
                return Firing(since, outcomes.count("Succeeded"), outcomes.count("Failed"), since)
            outcomes.clear()  # they were of this change
    return Firing(None, since=since) if since else None


def _read_state(data: Mapping[str, Any]) -> object:
    state = data.get("newState")
    return state.get("stateValue") if isinstance(state, Mapping) else None


def _read_json(text: object) -> Mapping[str, Any]:
    """A JSON object; an empty one where it is none."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def read_confirmations(events: Iterable[Answer]) -> Iterator[tuple[str, datetime]]:
    """ARNs of confirmed subscriptions, and when, from events of LookupEvents; failed calls have none."""
    for event in events:
        answer = _read_json(event.get("CloudTrailEvent")).get("responseElements")
        arn = answer.get("subscriptionArn") if isinstance(answer, Mapping) else None
        if isinstance(arn, str):
            yield arn, event["EventTime"].astimezone(UTC)
