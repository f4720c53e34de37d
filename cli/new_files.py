"""The texts of a new control and of its events; both read, and fit each other, before anything is edited."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from cis_insights.catalogue.columns import compose

_HEADER = """\
# title: {title}
# severity: medium
# alarm: 1 in 5m
# default: on
# why: One sentence: what somebody gains by this call.
# respond: One sentence: what to look at first.
"""
_FILTER = 'filter eventSource = "ssm.amazonaws.com" and eventName = "CreateDocument"\n'


def control_text(id: str) -> str:
    """A control file: header, a filter to edit, and the columns that all controls have."""
    title = id.replace("-", " ").capitalize()
    return _HEADER.format(title=title) + _FILTER + compose("requestParameters.name")


def demo_record(id: str) -> dict[str, object]:
    """A record that the filter finds."""
    return _record(id, "CreateDocument", {"name": "open-door", "documentType": "Command"}, read_only=False)


def other_record(id: str) -> dict[str, object]:
    """A record that it does not find, although much is alike."""
    return _record(id, "DescribeDocument", {"name": "open-door"}, read_only=True)


def _record(id: str, name: str, parameters: Mapping[str, str], *, read_only: bool) -> dict[str, object]:
    """A CloudTrail record of an account, a key and an address that nobody has.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    account, event_id = "111122223333", str(uuid5(NAMESPACE_URL, f"{id}/{name}"))
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": f"arn:aws:iam::{account}:user/alice",
            "accountId": account,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "alice",
        },
        "eventTime": "2026-11-14T09:30:00Z",
        "eventSource": "ssm.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "aws-cli/2.31.11",
        "requestParameters": dict(parameters),
        "responseElements": None,
        "requestID": str(uuid5(NAMESPACE_URL, f"{id}/{name}/request")),
        "eventID": event_id,
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
