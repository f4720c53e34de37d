"""Admission: tools on this machine may send requests, web pages may not.

A browser lets every page send requests to 127.0.0.1, and a site may give its own name that address
(DNS rebinding). So a request passes only if it names this machine, has nothing that browsers add,
and is signed as AWS's clients sign.

https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
https://github.com/w3c/private-network-access/blob/main/explainer.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .messages import ServiceError

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
ALGORITHM = "AWS4-HMAC-SHA256"
# An address as endpoint makes clients name buckets in the path, so no other host names occur.
_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_OF_BROWSERS = re.compile(r"origin|referer|cookie|sec-.+|access-control-.+|upgrade", re.IGNORECASE)

Headers = Iterable[tuple[bytes, bytes]]


def admit(method: str, headers: Headers) -> None:
    """Admits a request by its method and headers, before its body is read.

    Raises:
        ServiceError: 403, in AWS's form.
    """
    found = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    if method not in METHODS:
        raise _deny(f"no operation is called with {method}")
    hosts = [value for name, value in found if name.lower() == "host"]
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise _deny("the local cloud is called by 127.0.0.1 or localhost only")
    if of_browser := next((name for name, _ in found if _OF_BROWSERS.fullmatch(name)), None):
        raise _deny(f"requests of browsers are refused, and {of_browser} is a header of theirs")
    signatures = [value for name, value in found if name.lower() == "authorization"]
    if len(signatures) != 1 or not signatures[0].startswith(f"{ALGORITHM} "):
        raise ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def _deny(why: str) -> ServiceError:
    return ServiceError("AccessDenied", f"Access denied: {why}", 403)


def strip_cors(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Removes the headers that would let a page of another site read an answer."""
    return [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
