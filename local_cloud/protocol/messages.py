"""Requests and answers in the protocols of AWS, read and written by botocore's models.

MiniStack understands CloudWatch in JSON best; a client may speak CBOR (boto3 1.43) or Query
(boto3 1.40, many tools). https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape as escape_markup

import botocore.session  # type: ignore[import-untyped]  # botocore has no types
from botocore.parsers import ResponseParserError, RpcV2CBORParser  # type: ignore[import-untyped]
from botocore.serialize import RpcV2CBORSerializer  # type: ignore[import-untyped]

from . import query_form, rest
from .constraints import Unfit, check_value

# Error codes for an invalid parameter, where not the usual one.
_INVALID = {"logs": "InvalidParameterException", "monitoring": "ValidationError"}

Answer = tuple[int, dict[str, str], bytes]
Parameters = dict[str, Any]

# MiniStack's name of a service where botocore has another.
_BOTOCORE_NAMES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "elasticloadbalancing": "elbv2",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "tagging": "resourcegroupstaggingapi",
}


class ServiceError(Exception):
    """An error that AWS would answer with: its code and message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request as the handler of a service gets it."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, list[str]]

    @property
    def protocol(self) -> str:
        """`json`, `cbor`, `query` or `rest`, by headers and body."""
        if "cbor" in self.headers.get("content-type", "") or "smithy-protocol" in self.headers:
            return "cbor"
        if "." in self.headers.get("x-amz-target", ""):
            return "json"
        return "query" if "Action" in self.form else "rest"

    @property
    def form(self) -> dict[str, str]:
        """Names and values of a Query request."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[-1] for name, values in {**self.query, **fields}.items()}


@lru_cache(maxsize=1)
def load_session() -> Any:
    """Loads botocore's models; its credentials are never used."""
    return botocore.session.Session(include_builtin_handlers=False)


@lru_cache(maxsize=64)
def load_service_model(service: str) -> Any:
    """botocore's model of one of MiniStack's services, or None."""
    name = _BOTOCORE_NAMES.get(service, service)
    if name not in load_session().get_available_services():
        return None
    return load_session().get_service_model(name)


def find_operation(request: Request) -> Any:
    """botocore's model of the operation that a request asks for, or None."""
    model = load_service_model(request.service)
    name = _find_operation_name(request, model) if model else None
    return model.operation_model(name) if name in (model.operation_names if model else ()) else None


def _find_operation_name(request: Request, model: Any) -> str | None:
    match request.protocol:
        case "json":
            return request.headers["x-amz-target"].rsplit(".", 1)[-1]
        case "cbor":
            return request.path.rsplit("/operation/", 1)[-1]
        case "query":
            return request.form["Action"]
        case "rest" if model.protocol.startswith("rest"):
            return rest.find_operation_name(model, request.method, request.path, request.query)
        case "rest":
            return None
        case protocol:
            raise ValueError(f"not a protocol: {protocol}")


def read_parameters(request: Request, operation: Any) -> Parameters:
    """Reads the parameters of a request, as boto3 names them.

    Raises:
        ServiceError: if they cannot be read, or violate the operation's model.
    """
    if operation.input_shape is None:
        return {}
    try:
        found = _read(request, operation)
        return found if request.protocol == "rest" else dict(check_value(found, operation.input_shape))
    except Unfit as error:
        message = f"1 validation error detected: {error}"
        raise ServiceError(_INVALID.get(request.service, "ValidationException"), message) from error
    except RecursionError as error:
        raise ServiceError("SerializationException", "nested too deep") from error
    except (ValueError, KeyError, ResponseParserError) as error:
        raise ServiceError("SerializationException", str(error)) from error


def _read(request: Request, operation: Any) -> Any:
    match request.protocol:
        case "json":
            return json.loads(request.body or b"{}")
        case "cbor":
            return _parse_cbor(request.body)
        case "rest":
            return rest.read_parameters(operation, request.path, request.query, request.headers, request.body)
        case _:
            protocol = operation.service_model.protocol
            return query_form.read_parameters(
                query_form.build_tree(request.form), operation.input_shape, protocol
            )


def _parse_cbor(body: bytes) -> Any:
    parser = RpcV2CBORParser()
    try:
        return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
    except Exception as error:  # botocore reads what AWS writes: it has many exceptions for invalid CBOR
        raise ValueError(f"invalid CBOR: {error}") from error


def write_answer(request: Request, operation: Any, result: Parameters) -> Answer:
    """Writes a result in the protocol of its request, without members unknown to the model."""
    result = _conform(result, operation.output_shape) if operation.output_shape else {}
    match request.protocol:
        case "cbor":
            return 200, dict(_CBOR), _write_cbor(result, operation.output_shape)
        case "query":
            return 200, dict(_XML), _write_xml(operation, result).encode()
        case _:
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(result).encode()


def _write_cbor(value: Parameters, shape: Any) -> bytes:
    """A value as CBOR; empty without a shape."""
    return bytes(RpcV2CBORSerializer()._serialize_body_params(value, shape)) if shape else b""


def write_error(request: Request, error: ServiceError) -> Answer:
    """Writes an error in the protocol of its request."""
    if request.protocol == "query":
        text = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        error_xml = f"<Error><Type>Sender</Type>{text}</Error><RequestId>{uuid.uuid4()}</RequestId>"
        return error.status, dict(_XML), f"<ErrorResponse>{error_xml}</ErrorResponse>".encode()
    if request.protocol == "rest" and request.service == "s3":
        text = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        whole = f"<Error>{text}<RequestId>{uuid.uuid4()}</RequestId></Error>"
        return error.status, dict(_XML), whole.encode()
    body = {"__type": error.code, "message": error.message}
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code}
    if request.protocol == "cbor":
        shape = load_session().get_service_model("logs").shape_for("TagLogGroupRequest").members["tags"]
        return error.status, headers | _CBOR, _write_cbor(body, shape)
    return error.status, headers, json.dumps(body).encode()


def clean_xml(reply: Answer) -> Answer:
    """Replaces characters that XML does not allow in an error: MiniStack repeats parts of the request."""
    status, headers, body = reply
    if status < 400 or not isinstance(body, bytes) or not body.lstrip().startswith(b"<"):
        return reply
    return status, headers, _NOT_IN_XML.sub("\ufffd", body.decode("utf-8", "replace")).encode()


def escape(text: str) -> str:
    """Escapes a text for XML, and replaces the control characters that XML does not allow."""
    return escape_markup(_NOT_IN_XML.sub("\ufffd", text))


# https://www.w3.org/TR/xml/#charsets
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Copied for each answer: the server adds its own headers to them.
_XML = {"Content-Type": "text/xml"}
_CBOR = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def _conform(value: Any, shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            known = ((name, value.get(name)) for name in shape.members)
            return {name: _conform(item, shape.members[name]) for name, item in known if item is not None}
        case "list":
            return [_conform(item, shape.member) for item in value]
        case "map":
            return {key: _conform(item, shape.value) for key, item in value.items()}
        case _:
            return value


def _write_xml(operation: Any, result: Parameters) -> str:
    name, space = operation.name, operation.service_model.metadata.get("xmlNamespace", "")
    inner = _write_xml_members(result, operation.output_shape) if operation.output_shape else ""
    return (
        f'<{name}Response xmlns="{space}"><{name}Result>{inner}</{name}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{name}Response>"
    )


def _write_xml_members(value: Parameters, shape: Any) -> str:
    tags = ((shape.members[name].serialization.get("name", name), name, item) for name, item in value.items())
    return "".join(
        f"<{tag}>{_write_xml_value(item, shape.members[name])}</{tag}>" for tag, name, item in tags
    )


def _write_xml_value(value: Any, shape: Any) -> str:
    match shape.type_name:
        case "structure":
            return _write_xml_members(value, shape)
        case "list":
            return "".join(f"<member>{_write_xml_value(item, shape.member)}</member>" for item in value)
        case "map":
            return "".join(
                f"<entry><key>{escape(k)}</key><value>{_write_xml_value(v, shape.value)}</value></entry>"
                for k, v in value.items()
            )
        case "boolean":
            return str(value).lower()
        case "timestamp" if not isinstance(value, str):
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return escape(str(value))
