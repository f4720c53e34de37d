"""What an alarm uses is in the alarm's Region: its topics, their key, a function that they call.

Queues are not: SNS delivers to those of other Regions as well.
https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .readers import show

_ARN = re.compile(r"arn:aws[\w-]*:\w+:([a-z0-9-]+):")
_HINT = "alarms, topics, their key and the functions that these call are in one Region: the trail's"


def find_other_regions(found: Mapping[str, Any], region: str | None = None) -> Iterator[tuple[str, str, str]]:
    """Key, message and hint of each ARN that is of another Region.

    Args:
        found: settings by attribute.
        region: the stack's; without it, that of the first ARN, of which another may be the wrong one.
    """
    where = f"and the stack in {region}"
    for key, arn in _list_arns(found):
        if not (match := _ARN.match(arn)):
            continue  # known only when deployed
        if region is None:
            region, where = match[1], f"and {show(arn)} in {match[1]}"
        elif match[1] != region:
            yield key, f"{show(arn)} is in {match[1]}, {where}", _HINT


def _list_arns(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Those of topics, keys and functions, by the key of the setting that has them."""
    apart_subscribers = found.get("subscribers_by_severity", {})
    apart_topics = found.get("topic_arns_by_severity", {})
    for arn in found.get("topic_arns", ()):
        yield "topic-arn", arn
    for severity, arns in apart_topics.items():
        yield from ((f"topic-arn-{severity}", arn) for arn in arns)
    if arn := found.get("key_arn"):
        yield "key-arn", arn
    lists = {"subscribers": found.get("subscribers", ())}
    lists |= {f"subscribers-{severity}": subscribers for severity, subscribers in apart_subscribers.items()}
    for key, subscribers in lists.items():
        yield from ((key, one.endpoint) for one in subscribers if one.protocol == "lambda")
