"""Verifies AWS Signature Version 4 with the secrets of this local cloud.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..ministack import enter_scope, load_module
from .messages import Request, ServiceError

_ACCOUNT = re.compile(r"\d{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_UNKNOWN_KEY = "The security token included in the request is invalid."
_OTHER_BODY = "The provided 'x-amz-content-sha256' header does not match what was computed."


@dataclass(frozen=True, slots=True)
class Caller:
    """The account, Region and service of a request's signature."""

    account: str  # or the access key, where it belongs to a session
    region: str
    service: str


def verify(request: Request, raw_path: str, secret: str) -> Caller:
    """Verifies a request's signature.

    Args:
        raw_path: undecoded.
        secret: of the accounts' root keys; users and sessions have their own.

    Raises:
        ServiceError: 403, unless a known user's key signed it.
    """
    sigv4, headers = load_module("core.sigv4"), request.headers
    signature = sigv4.parse_header_signature(headers)
    if isinstance(signature, tuple):
        raise ServiceError("IncompleteSignature", str(signature[1]), 403)
    key = signature.access_key_id
    account = load_module("core.iam_evaluator").find_iam_access_key_account(key) or key
    known = _find_secret(key, account, signature.region, headers, secret)
    failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature, known, request.method, raw_path, request.query, headers, request.body
    )
    if failure:
        raise ServiceError(failure[0], failure[1], 403)
    _check_body(headers, request.body)
    return Caller(account, signature.region, signature.service)


def _find_secret(key: str, account: str, region: str, headers: Mapping[str, str], secret: str) -> str:
    """The secret of an access key: of an account, of a user, of a session."""
    if _ACCOUNT.fullmatch(key):
        return secret
    session = load_module("services.sts")._sessions.get(key)
    if session and session.get("SessionToken") == headers.get("x-amz-security-token"):
        return str(session["SecretAccessKey"])
    with enter_scope(account, region):
        user: dict[str, Any] | None = load_module("services.iam")._access_keys.get(key)
    if user and user["Status"] == "Active":
        return str(user["SecretAccessKey"])
    raise ServiceError("InvalidClientTokenId", _UNKNOWN_KEY, 403)


def _check_body(headers: Mapping[str, str], body: bytes) -> None:
    """Checks the body against the hash in the signed header."""
    declared = headers.get("x-amz-content-sha256", "")
    if _HASH.fullmatch(declared) and declared != hashlib.sha256(body).hexdigest():
        raise ServiceError("XAmzContentSHA256Mismatch", _OTHER_BODY)
