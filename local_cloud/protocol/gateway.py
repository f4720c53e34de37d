"""Dispatches requests: to our operations first, then to MiniStack; each call is observed once.

MiniStack keeps a handler for each service in one table. Each is replaced by one that runs this
package's own operations, forwards all others, and passes the finished call to the recorder.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..ministack import get_scope, load_module, replace_items
from .absent import refuse_absent
from .messages import (
    Answer,
    Parameters,
    Request,
    ServiceError,
    clean_xml,
    find_operation,
    read_parameters,
    write_answer,
    write_error,
)
from .sandbox import check_operation

_LOG = logging.getLogger(__name__)
_FAILED = "The request processing has failed because of an unknown error, exception or failure."

Operation = Callable[[Parameters], Parameters]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A finished call, for the recorder."""

    request: Request
    answer: Answer
    operation: Any
    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Our operations by service and name, and observers of calls: notified before and after each."""

    operations: Mapping[str, Mapping[str, Operation]]
    watch: Callable[[], Callable[[Call], None]]

    @contextmanager
    def install(self) -> Iterator[None]:
        """Routes MiniStack's requests through this gateway; restores it afterwards."""
        handlers = load_module("app").SERVICE_HANDLERS
        wrapped = {service: self._wrap(service, handler) for service, handler in handlers.items()}
        with replace_items(handlers, wrapped):
            yield

    def _wrap(self, service: str, handler: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
        ) -> Answer:
            request = Request(
                service=service, method=method, path=path, headers=headers, body=body, query=query
            )
            operation, seen = find_operation(request), self.watch()
            reply = await self._reply(handler, request, operation)
            account, region = get_scope()
            call = Call(request=request, answer=reply, operation=operation, account=account, region=region)
            try:
                seen(call)
            except Exception:  # a failing recorder must not break this call or the next
                _LOG.exception("%s was not recorded", operation.name if operation else service)
            return reply

        return handle

    async def _reply(self, handler: Handler, request: Request, operation: Any) -> Answer:
        ours = self.operations.get(request.service, {}).get(operation.name) if operation else None
        try:
            check_operation(request.service, operation.name if operation else "")
            if ours:
                return write_answer(request, operation, ours(read_parameters(request, operation)))
            return await _forward(handler, request, operation)
        except ServiceError as error:
            return write_error(request, error)
        except Exception as error:  # a client always gets an answer that it can parse
            _LOG.error("%s %s: %r", request.service, operation.name if operation else "", error)
            return write_error(request, ServiceError("InternalFailure", _FAILED, 500))


async def _forward(handler: Handler, request: Request, operation: Any) -> Answer:
    if operation is None and request.protocol == "cbor":
        raise ServiceError("UnknownOperationException", f"no operation of {request.path}", 404)
    if operation:
        parameters = read_parameters(request, operation)  # MiniStack does not check them
        refuse_absent(request.service, operation.name, parameters)
    if request.service == "monitoring" and operation and request.protocol != "json":
        return await _forward_in_json(handler, request, operation)
    reply = await handler(
        request.method, request.path, dict(request.headers), request.body, dict(request.query)
    )
    return clean_xml(reply)


async def _forward_in_json(handler: Handler, request: Request, operation: Any) -> Answer:
    """CloudWatch by way of JSON: MiniStack's Query answers lack most members, CBOR needs a library."""
    target = f"GraniteServiceVersion20100801.{operation.name}"
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
    body = json.dumps(read_parameters(request, operation), default=_convert_time).encode()
    status, reply_headers, reply = await handler("POST", "/", headers, body, {})
    result = json.loads(reply or b"{}")
    if status < 400:
        return write_answer(request, operation, result)
    code = result.get("__type") or reply_headers.get("x-amzn-errortype", "InternalFailure")
    raise ServiceError(code, result.get("message", ""), status)


def _convert_time(value: Any) -> float:
    return float(value.timestamp())


def call_ministack(name: str, operation: str, body: Parameters) -> Parameters:
    """Calls a function of one of MiniStack's JSON services, and returns its result.

    Raises:
        ServiceError: as the service answers.
    """
    return _parse_result(getattr(load_module(f"services.{name}"), operation)(body))


def call_cloudwatch(operation: str, body: Parameters) -> Parameters:
    """Calls a function of MiniStack's CloudWatch, in JSON, and returns its result.

    Raises:
        ServiceError: as CloudWatch answers.
    """
    return _parse_result(getattr(load_module("services.cloudwatch"), operation)({}, body, False, True))


def _parse_result(given: Answer) -> Parameters:
    status, _, reply = given
    result: Parameters = json.loads(reply or b"{}")
    if status >= 400:
        raise ServiceError(result.get("__type", "InternalFailure"), result.get("message", ""), status)
    return result
