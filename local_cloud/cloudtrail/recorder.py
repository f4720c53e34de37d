"""Builds CloudTrail's record of a call.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from botocore.parsers import ResponseParserError, create_parser  # type: ignore[import-untyped]

from cis_insights.events import read_event

from ..protocol.gateway import Call
from ..protocol.messages import Parameters, ServiceError, read_parameters
from .identity import build_user_identity
from .trails import GLOBAL_SOURCES

VERSION = "1.11"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

_READ = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Lookup",
    "Search",
    "BatchGet",
    "Test",
    "Simulate",
    "Query",
    "Scan",
)

# Services that call others for a role: CloudTrail has their name as address and user agent.
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html
SERVICE_AGENTS = ("states.amazonaws.com",)

# Calls on data: a trail records them only where its selectors name the resource.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
DATA_CALLS = {
    "logs": ("PutLogEvents", "GetLogEvents", "FilterLogEvents"),
    "monitoring": ("PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics"),
    "sns": ("Publish", "PublishBatch"),
    "sqs": ("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"),
    "lambda": ("Invoke", "InvokeAsync"),
}

# Names that differ from the API's.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
NAMES = {
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "ListObjectsV2": "ListObjects",
}


def summarize(record: dict[str, Any], now: float) -> dict[str, Any]:
    """A record as LookupEvents of MiniStack keeps it."""
    user = record["userIdentity"]
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "EventTime": now,
        "Username": user.get("userName") or user["arn"].rsplit("/", 1)[-1],
        "AccessKeyId": user["accessKeyId"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "Resources": [],
        "CloudTrailEvent": json.dumps(record),
    }


def is_recorded(call: Call) -> bool:
    """Whether a call is a management event."""
    if call.operation is None:
        return False
    members = call.operation.input_shape.members if call.operation.input_shape else {}
    about_an_object = call.request.service == "s3" and (
        "Key" in members or call.operation.name.startswith("ListObject")
    )
    return not about_an_object and call.operation.name not in DATA_CALLS.get(call.request.service, ())


def build_record(call: Call, now: float) -> dict[str, Any]:
    """The record of a call that was answered at `now`, in seconds since 1970."""
    source = f"{call.operation.service_model.endpoint_prefix}.amazonaws.com"
    read_only = call.operation.name.startswith(_READ)
    error, response = _parse_response(call)
    agent = call.request.headers.get("user-agent", "")
    return {
        "eventVersion": VERSION,
        "userIdentity": build_user_identity(call.request, call.account),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": source,
        "eventName": NAMES.get(call.operation.name, call.operation.name),
        "awsRegion": "us-east-1" if source in GLOBAL_SOURCES else call.region,
        "sourceIPAddress": agent if agent in SERVICE_AGENTS else "127.0.0.1",
        "userAgent": agent,
        **error,
        "requestParameters": _render_request(call),
        "responseElements": None if read_only or error else response,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    }


def _render_request(call: Call) -> Any:
    shape = call.operation.input_shape
    if shape is None:
        return None
    try:
        given = read_parameters(call.request, call.operation)
    except ServiceError:
        return None
    if call.request.service == "s3":
        return _render_bucket_request(call, given) or None
    return render(given, shape, call.operation.service_model.protocol) or None


def _render_bucket_request(call: Call, given: Parameters) -> Parameters:
    """S3's own parameter names: bucket, host, subresource, and a policy as an object."""
    found = {"bucketName": given.get("Bucket"), "Host": call.request.headers.get("host")}
    found |= {name: values[0] for name, values in call.request.query.items()}
    if call.operation.name == "PutBucketPolicy":
        found["bucketPolicy"] = read_event(call.request.body.decode("utf-8", "replace"))
    return {name: value for name, value in found.items() if value is not None}


def _parse_response(call: Call) -> tuple[dict[str, str], Any]:
    """Error code and message of a failed call; the response elements of another."""
    if call.operation.has_streaming_output or call.operation.has_event_stream_output:
        return {}, None
    status, headers, body = call.answer
    shape, parser = call.operation.output_shape, create_parser(_find_protocol(call))
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        parsed = parser.parse({"status_code": status, "headers": lowered, "body": body}, shape)
    except ResponseParserError:
        return {}, None
    if status >= 400:
        error = parsed.get("Error", {})
        return {
            "errorCode": _spell_code(call, error.get("Code", "")),
            "errorMessage": error.get("Message", ""),
        }, None
    parsed.pop("ResponseMetadata", None)
    return {}, (render(parsed, shape, call.operation.service_model.protocol) or None) if shape else None


def _find_protocol(call: Call) -> str:
    protocol = call.request.protocol
    match protocol:
        case "cbor":
            return "smithy-rpc-v2-cbor"
        case "json" | "query" if call.operation.service_model.protocol != "ec2":
            return protocol
        case _:
            return str(call.operation.service_model.protocol)


def _spell_code(call: Call, code: str) -> str:
    """EC2 writes `Client.` before a code, as in Client.UnauthorizedOperation."""
    return f"Client.{code}" if call.request.service == "ec2" else code


def render(value: Any, shape: Any, protocol: str) -> Any:
    """Parameters with CloudTrail's names, in its shape: `{"GroupName": ..}` -> `{"groupName": ..}`."""
    if shape.metadata.get("sensitive"):
        return HIDDEN
    match shape.type_name:
        case "structure":
            known = {name: item for name, item in value.items() if name in shape.members and item is not None}
            return {
                _spell_name(name, shape.members[name], protocol): render(item, shape.members[name], protocol)
                for name, item in known.items()
            }
        case "list":
            items = [render(item, shape.member, protocol) for item in value]
            return {"items": items} if protocol == "ec2" else items
        case "map":
            return {key: render(item, shape.value, protocol) for key, item in value.items()}
        case "blob" | "timestamp":
            return str(value)
        case _:
            return value


def _spell_name(name: str, shape: Any, protocol: str) -> str:
    """EC2 uses the names on the wire, and `Set` for a list: `Filter.1` -> `filterSet`."""
    wire: str = shape.serialization.get("name", name) if protocol == "ec2" else name
    wire = wire[0].lower() + wire[1:]
    if protocol != "ec2":
        return wire
    if shape.type_name == "list" and not wire.endswith(("s", "Set")):
        return f"{wire}Set"
    return "_return" if wire == "return" else wire
