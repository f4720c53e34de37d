"""Records out of what they come wrapped in: lookups, queries, exports and deliveries of other services."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from .decode import read_json, replace_lone_surrogates

MAX_DEPTH = 8
MAX_WRAPPED = 64 * 1024 * 1024  # bytes; Python's objects of them take ten times as much
_FIRST_KEY = re.compile(rb'\s*\{\s*"(\w+)"\s*:')
# Of a record, and of a file as CloudTrail delivers it: DuckDB reads them as they are.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
_PLAIN = frozenset(
    b"Records eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent"
    b" errorCode errorMessage requestParameters responseElements additionalEventData requestID eventID"
    b" eventType apiVersion managementEvent readOnly resources recipientAccountId serviceEventDetails"
    b" sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory addendum sessionCredentialFromConsole"
    b" edgeDeviceDetails tlsDetails".split()
)
# Lists of records, of the output of these calls or of messages of subscriptions:
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
_LISTS = ("Records", "Events", "results", "events", "logEvents")
# A record, as an object or as a text: EventBridge's `detail`, a log event's `message`.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
_SINGLE = ("CloudTrailEvent", "@message", "message", "Message", "detail", "event")


def unwrap(content: bytes) -> bytes:
    """JSON of some records in any wrapping -> JSON of an object with `Records`.

    Whatever has none is returned as it is, and so is what needs no unwrapping.
    """
    key = _FIRST_KEY.match(content)
    if (key and key[1] in _PLAIN) or len(content) > MAX_WRAPPED:
        return content
    try:
        records = list(_records(replace_lone_surrogates(content.decode()), MAX_DEPTH))
    except (ValueError, RecursionError):
        return content
    if not any(isinstance(record, Mapping) and "eventTime" in record for record in records):
        return content
    return json.dumps({"Records": records}).encode()


def _records(value: object, depth: int) -> Iterator[object]:
    """The records in a value; what is none of the known wrappings comes out as it is."""
    if depth and isinstance(value, str) and "{" in value:
        value = _read(value)
    if (
        not depth
        or not isinstance(value, Mapping | list)
        or (isinstance(value, Mapping) and "eventTime" in value)
    ):
        yield value
        return
    cells = _cells(value)
    for item in cells if isinstance(cells, list) else _content(cells):
        if item is cells:
            yield item
        else:
            yield from _records(item, depth - 1)


def _cells(value: Mapping[str, object] | list[object]) -> Mapping[str, object] | list[object]:
    """A row of GetQueryResults, which is a list of fields and values, as an object of them."""
    if isinstance(value, list) and value and all(isinstance(c, Mapping) and "field" in c for c in value):
        return {str(cell["field"]): cell.get("value") for cell in value if isinstance(cell, Mapping)}
    return value


def _content(value: Mapping[str, object]) -> list[object]:
    """What an object wraps, or itself."""
    for name in _LISTS:
        if isinstance(found := value.get(name), list):
            return found
    for name in _SINGLE:
        found = value.get(name)
        if isinstance(found, Mapping) or (isinstance(found, str) and "{" in found):
            return [found]
    return [value]


def _read(text: str) -> object:
    """JSON in a text, behind a time where an export has put one; the text itself if it is none."""
    try:
        return read_json(text if text.lstrip()[:1] in ("{", "[") else text[text.index("{") :])
    except (ValueError, RecursionError):
        return text
