"""The default event bus: services put events on it, rules match them and deliver them to targets.

MiniStack matches the patterns; dispatch is ours, as its own ignores rules for all management events.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..ministack import load_module
from .targets import Deliver

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
_WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

Event = dict[str, Any]


def put_event(source: str, detail_type: str, detail: Event, resources: Sequence[str]) -> None:
    """Puts an event of a service on the default bus of the account and Region in scope."""
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
        "Resources": [*resources],
    }
    load_module("services.eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)


def dispatch_to(deliver: Deliver) -> Callable[..., None]:
    """Returns a replacement of MiniStack's dispatch of an event: to the targets of all matching rules."""

    def dispatch(event: Event, view: Any = None) -> None:
        eventbridge = load_module("services.eventbridge")
        seen = view or eventbridge._pattern_event_view(event)
        for rule in list(_find_rules(event, seen)):
            key = eventbridge._rule_key(rule["Name"], rule["EventBusName"])
            for target in list(eventbridge._targets.get(key, ())):
                deliver(target, rule, seen)

    return dispatch


def _find_rules(event: Event, view: Any) -> Iterator[Event]:
    """The rules of an event's bus that are enabled for it and whose patterns match."""
    eventbridge = load_module("services.eventbridge")
    states = {"ENABLED", _WITH_READS}
    if (
        event["DetailType"] == "AWS API Call via CloudTrail"
        and view.event_with_detail()["detail"]["readOnly"]
    ):
        states = {_WITH_READS}
    for key, rule in eventbridge._rules.items():
        is_asked = rule["EventBusName"] == event["EventBusName"] and rule["State"] in states
        pattern = rule.get("EventPattern") if is_asked else None
        if pattern and eventbridge._matches_pattern_view(pattern, view, f"rule {key}"):
            yield rule
