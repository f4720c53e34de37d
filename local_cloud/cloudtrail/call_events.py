"""Events of recorded calls on the default event bus: "AWS API Call via CloudTrail".

They need a trail that logs, and do not pass through its log group.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..events.bus import put_event
from ..ministack import enter_scope


def put_call_event(record: Mapping[str, Any]) -> None:
    """Sends the event of a call, in its account and Region: CloudWatch's calls are of `aws.monitoring`.

    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-monitoring.html
    """
    source = f"aws.{record['eventSource'].partition('.')[0]}"
    with enter_scope(record["recipientAccountId"], record["awsRegion"]):
        put_event(source, "AWS API Call via CloudTrail", dict(record), [])
