"""Calls that a state machine makes as its role, by botocore's models: the local cloud's own operations.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ParamValidationError  # type: ignore[import-untyped]
from botocore.parsers import create_parser  # type: ignore[import-untyped]
from botocore.serialize import create_serializer  # type: ignore[import-untyped]
from botocore.validate import validate_parameters  # type: ignore[import-untyped]

from ..ministack import get_scope, load_module
from ..protocol.messages import Answer, Parameters, load_service_model

_PROTOCOLS = ("json", "query", "ec2")
_AGENT = "states.amazonaws.com"
TIMEOUT = 60.0  # seconds


class CallError(Exception):
    """An error of the called service: its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of a service, with parameters by Step Functions' names."""

    service: str  # as it is signed
    operation: Any  # botocore's model of it
    arguments: Mapping[str, Any]

    @property
    def parameters(self) -> Parameters:
        """The parameters by the names of the API.

        Raises:
            ValueError: for an unknown, missing or wrong parameter.
        """
        shape = self.operation.input_shape
        found: Parameters = _to_api(dict(self.arguments), shape) if shape else {}
        try:
            if shape:
                validate_parameters(found, shape)
        except ParamValidationError as error:
            raise ValueError(str(error)) from error
        return found


def find_operation(service: str, action: str) -> Any:
    """botocore's model of an operation, by its name in camel case; None if there is none."""
    model = load_service_model(service)
    name = action[:1].upper() + action[1:]
    return model.operation_model(name) if model and name in model.operation_names else None


def send(call: Call, access_key: str) -> Parameters:
    """Sends a call, signed with the key of a session, and returns the result by Step Functions' names.

    Raises:
        CallError: as the service answers.
        ValueError: for an unknown, missing or wrong parameter.
    """
    protocols = call.operation.service_model.metadata.get("protocols", ())
    protocol = next(name for name in _PROTOCOLS if name in protocols)
    request = create_serializer(protocol, False).serialize_to_request(call.parameters, call.operation)
    body = request["body"]
    content = urlencode(body).encode() if isinstance(body, dict) else body
    headers = {name.lower(): value for name, value in request["headers"].items()}
    headers |= {"user-agent": _AGENT, "authorization": _write_authorization(access_key, call.service)}
    answer = _run(call.service, headers, content)
    return _parse(protocol, call.operation, answer)


def _write_authorization(access_key: str, service: str) -> str:
    """The header by which handlers know the caller; inside of the process no signature is verified."""
    scope = f"{access_key}/20260101/{get_scope()[1]}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}"


def _run(service: str, headers: dict[str, str], body: bytes) -> Answer:
    """Runs a handler on the server's loop, for the account and Region in scope."""
    app, scope = load_module("app"), get_scope()

    async def handle() -> Answer:
        responses = load_module("core.responses")
        responses.set_request_account_id(scope[0])
        responses.set_request_region(scope[1])
        answer: Answer = await app.SERVICE_HANDLERS[service]("POST", "/", headers, body, {})
        return answer

    return asyncio.run_coroutine_threadsafe(handle(), app._MAIN_LOOP).result(TIMEOUT)


def _parse(protocol: str, operation: Any, answer: Answer) -> Parameters:
    status, headers, body = answer
    lowered = {name.lower(): value for name, value in headers.items()}
    response = {"status_code": status, "headers": lowered, "body": body}
    parsed = create_parser(protocol).parse(response, operation.output_shape)
    if status >= 400:
        error = parsed.get("Error", {})
        raise CallError(error.get("Code", "InternalFailure"), error.get("Message", ""))
    parsed.pop("ResponseMetadata", None)
    result: Parameters = _from_api(parsed, operation.output_shape) if operation.output_shape else {}
    return result


def _name(member: str) -> str:
    """A member's name in Step Functions, as in the AWS SDK for Java: `logGroupName` -> `LogGroupName`."""
    name: str = load_module("services.stepfunctions")._api_name_to_sfn_key(member)
    return name[:1].upper() + name[1:]


def _to_api(value: Any, shape: Any) -> Any:
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            members = {_name(member): member for member in shape.members}
            if unknown := [name for name in value if name not in members]:
                raise ValueError(f"The field {unknown[0]!r} is not supported by Step Functions")
            return {
                members[name]: _to_api(item, shape.members[members[name]]) for name, item in value.items()
            }
        case "list" if isinstance(value, list):
            return [_to_api(item, shape.member) for item in value]
        case "map" if isinstance(value, dict):
            return {key: _to_api(item, shape.value) for key, item in value.items()}
        case _:
            return value


def _from_api(value: Any, shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            known = ((member, value.get(member)) for member in shape.members)
            return {
                _name(name): _from_api(item, shape.members[name]) for name, item in known if item is not None
            }
        case "list":
            return [_from_api(item, shape.member) for item in value]
        case "map":
            return {key: _from_api(item, shape.value) for key, item in value.items()}
        case "timestamp" if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return value
