"""Between the network and MiniStack: bounds of a request's body, and an answer to all that fails."""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .emulator import module

# Larger than any asset of this app; a body is held in memory as a whole.
MAX_BODY = 128 * 1024 * 1024
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LOG = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _TooLarge(Exception):
    """A body beyond MAX_BODY."""


async def application(scope: Any, receive: Any, send: Any) -> None:
    """MiniStack without its own start: that would open further ports, on every interface."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    started = False

    async def sending(message: Message) -> None:
        nonlocal started
        if any(_CONTROL.search(value) for _, value in message.get("headers", ())):
            raise ValueError("a header with control characters")
        started = True
        await send(message)

    try:
        await module("app").app(scope, _bounded(receive), sending)
    except _TooLarge:
        await _refuse(send, 413, "RequestEntityTooLargeException", f"more than {MAX_BODY:,} bytes")
    except Exception as error:  # no request may go without an answer
        _LOG.error("%s: %r", scope.get("path"), error)
        if not started and scope["type"] == "http":
            await _refuse(send, 400, "MalformedRequest", "The request can not be read.")


async def _lifespan(receive: Receive, send: Send) -> None:
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})


def _bounded(receive: Receive) -> Receive:
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise _TooLarge
        return message

    return bounded


async def _refuse(send: Send, status: int, code: str, words: str) -> None:
    body = json.dumps({"__type": code, "message": words}).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", code.encode())]
    headers += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def inflated(body: bytes, headers: dict[str, str]) -> bytes:
    """A body that came packed, of at most MAX_BODY; exchanged for MiniStack's, which knows no bound."""
    encodings = [one.strip() for one in headers.get("content-encoding", "").split(",")]
    if "gzip" not in [one.lower() for one in encodings]:
        return body
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(body)).read(MAX_BODY + 1)
    except (OSError, EOFError):
        return body  # the operation says that it can not read it
    if len(found) > MAX_BODY:
        raise _TooLarge
    del headers["content-encoding"]
    if others := ", ".join(one for one in encodings if one.lower() != "gzip"):
        headers["content-encoding"] = others
    return found
