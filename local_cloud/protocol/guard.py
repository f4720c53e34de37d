"""Around the application: a bound on request bodies, no CORS, and an answer to every failure."""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .door import strip_cors
from .messages import ServiceError

# Larger than any asset of this app; a body is held in memory as a whole.
MAX_BODY = 128 * 1024 * 1024
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LOG = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


class _TooLarge(Exception):
    """A body beyond MAX_BODY."""


def guard(application: Application) -> Any:
    """Wraps an application as the server calls it."""

    async def serve(scope: Any, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await _handle_lifespan(receive, send)
            case "http":
                await _answer(application, scope, receive, send)
            case _:  # a WebSocket: closed before it opens is 403
                await send({"type": "websocket.close"})

    return serve


async def _answer(application: Application, scope: Any, receive: Receive, send: Send) -> None:
    started = False

    async def send_checked(message: Message) -> None:
        nonlocal started
        if "headers" in message:
            message["headers"] = strip_cors(message["headers"])
            if any(_CONTROL.search(value) for _, value in message["headers"]):
                raise ValueError("a header with control characters")
        started = True
        await send(message)

    try:
        await application(scope, _limit(receive), send_checked)
    except _TooLarge:
        await _refuse(send, 413, "RequestEntityTooLargeException", f"more than {MAX_BODY:,} bytes")
    except ServiceError as error:
        await _refuse(send, error.status, error.code, error.message)
    except Exception as error:  # every request gets an answer
        _LOG.error("%s: %r", scope.get("path"), error)
        if not started:
            await _refuse(send, 400, "MalformedRequest", "The request cannot be read.")


async def _handle_lifespan(receive: Receive, send: Send) -> None:
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})


def _limit(receive: Receive) -> Receive:
    size = 0

    async def receive_limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise _TooLarge
        return message

    return receive_limited


async def _refuse(send: Send, status: int, code: str, words: str) -> None:
    body = json.dumps({"__type": code, "message": words}).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", code.encode())]
    headers += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def inflate(body: bytes, headers: dict[str, str]) -> bytes:
    """Decompresses a body to at most MAX_BODY. Replaces MiniStack's function, which has no bound."""
    encodings = [one.strip() for one in headers.get("content-encoding", "").split(",")]
    if "gzip" not in [one.lower() for one in encodings]:
        return body
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(body)).read(MAX_BODY + 1)
    except (OSError, EOFError):
        return body  # the operation says that it cannot read it
    if len(found) > MAX_BODY:
        raise _TooLarge
    del headers["content-encoding"]
    if others := ", ".join(one for one in encodings if one.lower() != "gzip"):
        headers["content-encoding"] = others
    return found
