"""The ASGI application: a signed request goes to the handler of the service that it is signed for.

MiniStack's own application is not used: it also serves a hundred services more, paths of
administration, hosts of load balancers and functions, and allows the pages of every site.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from ..ministack import load_module
from . import door, signatures
from .guard import Receive, Send, inflate
from .messages import Answer, Request, ServiceError, write_error

_UNKNOWN = "The local cloud has no service {service}."


@dataclass(frozen=True, slots=True)
class Front:
    """Serves requests signed with `secret`, or with the key of a user or session of this cloud."""

    secret: str

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answers one request.

        Raises:
            ServiceError: if the request is not admitted; its body is then unread.
        """
        door.admit(scope["method"], scope["headers"])
        if (body := await _read_body(receive)) is None:
            return
        request = _build_request(scope, body)
        try:
            answer = await self._answer(request, scope)
        except ServiceError as error:
            answer = write_error(request, error)
        await _send(send, request, answer)

    async def _answer(self, request: Request, scope: Any) -> Answer:
        headers, query = dict(request.headers), dict(request.query)
        raw_path = (scope.get("raw_path") or quote(request.path).encode()).decode("latin-1")
        caller = signatures.verify(request, raw_path, self.secret)
        handler = load_module("app").SERVICE_HANDLERS.get(caller.service)
        if handler is None:
            code = "InvalidAction" if request.protocol == "query" else "UnknownOperationException"
            raise ServiceError(code, _UNKNOWN.format(service=caller.service))
        responses = load_module("core.responses")
        responses.set_request_account_id(caller.account)
        responses.set_request_region(caller.region)
        # What was signed is the body as it came; a service reads it unpacked.
        body = load_module("app")._decode_aws_chunked_body(request.body, headers)
        if caller.service != "s3":  # there the header belongs to the object
            body = inflate(body, headers)
        found: Answer = await handler(request.method, request.path, headers, body, query)
        return _adapt_answer(caller.service, request, headers, found)


def _build_request(scope: Any, body: bytes) -> Request:
    query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        text = load_module("core.sigv4").decode_header_value(value)
        key = name.decode("latin-1").lower()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text  # RFC 9110, 5.2
    service = _find_service(headers["authorization"])
    return Request(
        service=service, method=scope["method"], path=scope["path"], headers=headers, body=body, query=query
    )


def _find_service(authorization: str) -> str:
    """The service in a credential's scope, `KEY/DATE/REGION/SERVICE/aws4_request`; "" if there is none."""
    parts = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return parts[3] if len(parts) == 5 else ""


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, or None if the client went away before its end."""
    pieces = []
    while (message := await receive())["type"] == "http.request":
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
    return None


def _adapt_answer(service: str, request: Request, headers: dict[str, str], answer: Answer) -> Answer:
    """Adapts an answer as MiniStack's application does: its content type, and S3's answers to HEAD."""
    responses, s3 = load_module("core.responses"), load_module("services.s3")
    status, named, _ = answer
    responses.fix_error_content_type(service, status, named)
    responses.fix_success_content_type(service, status, named)
    asked = (request.method, request.path, headers, dict(request.query))
    if service == "s3" and request.method == "HEAD" and s3.is_standard_object_request(*asked):
        return s3.format_head_response(request.path, headers, answer)  # type: ignore[no-any-return]
    return answer


async def _send(send: Send, request: Request, answer: Answer) -> None:
    status, headers, body = answer
    if not isinstance(body, (bytes, str)):  # an event stream, of CloudWatch Logs' live tail
        raise ServiceError("UnknownOperationException", "The local cloud streams no events.")
    identifiers = {"x-amzn-requestid": str(uuid.uuid4()), "x-amz-request-id": str(uuid.uuid4())}
    head = request.method == "HEAD"
    await load_module("app")._send_response(send, status, identifiers | headers, body, head=head)
