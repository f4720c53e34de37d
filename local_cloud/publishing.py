"""Messages that SNS refuses and MiniStack takes.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

from .ministack import load_module

MAX_SUBJECT = 100  # characters: a subject has fewer

Publish = Callable[[dict[str, Any]], Any]


def check_messages(publish: Publish) -> Publish:
    """Returns MiniStack's Publish with SNS's own refusals."""

    def checked(request: dict[str, Any]) -> Any:
        sns = load_module("services.sns")
        subject, message, structure = (
            sns._p(request, name) for name in ("Subject", "Message", "MessageStructure")
        )
        if subject and not _is_subject(subject):
            return sns._error("InvalidParameter", "Invalid parameter: Subject", 400)
        if structure == "json" and not _has_default(message):
            reason = "Message Structure - No default entry in JSON message body"
            return sns._error("InvalidParameter", f"Invalid parameter: {reason}", 400)
        return publish(request)

    return checked


def _is_subject(text: str) -> bool:
    """Fewer than 100 characters, without line breaks and control characters."""
    return len(text) < MAX_SUBJECT and not any(
        unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text
    )


def _has_default(message: str) -> bool:
    try:
        found = json.loads(message)
    except ValueError:
        return False
    return isinstance(found, dict) and isinstance(found.get("default"), str)
