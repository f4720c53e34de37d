"""The text of a log event -> the event, as every engine here reads it.

JSON leaves open what a text means that CloudTrail never writes. DuckDB, which runs whole queries,
settles it: if an object has a key twice the first one counts, and a number may be infinite. A lone
UTF-16 surrogate becomes U+FFFD, the replacement character: `\\ud800` alone is valid JSON and Python
reads it, but DuckDB rejects it.
https://www.rfc-editor.org/rfc/rfc8259#section-4
https://www.rfc-editor.org/rfc/rfc8259#section-8.2
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from ..reading import Event

_MAX_DIGITS = 400  # a number of more digits is infinite, as a double-precision number

# The first group is kept: a surrogate pair, or any other escape, so that `\\ud800`, a backslash and
# letters, is not taken for a surrogate.
_ESCAPED = (
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_IN_BYTES = re.compile(_ESCAPED.encode())
_CANDIDATE = re.compile(rb"\\u[dD][89a-fA-F]")  # quick to look for; most texts have none
_IN_TEXT = re.compile(_ESCAPED + "|[\ud800-\udfff]")


def read_event(text: str) -> Event | None:
    """The JSON object in a text; None if it is anything else, or nested deeper than Python reads."""
    try:
        found = read_json(replace_lone_surrogates(text))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read_json(text: str) -> object:
    """Any JSON value.

    Raises:
        ValueError: if it is no JSON.
        RecursionError: if it is nested deeper than Python reads.
    """
    found: object = json.loads(text, object_pairs_hook=_keep_first_values, parse_int=_read_integer)
    return found


def _keep_first_values(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else found | dict(reversed(pairs))


def _read_integer(digits: str) -> float:
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return -math.inf if digits.startswith("-") else math.inf


def replace_lone_surrogate_escapes(content: bytes) -> bytes:
    """JSON in UTF-8 with U+FFFD for each lone surrogate that is written as an escape."""
    if not _CANDIDATE.search(content):
        return content
    return _IN_BYTES.sub(lambda found: found[1] or rb"\ufffd", content)


def replace_lone_surrogates(text: str) -> str:
    """A JSON text with U+FFFD for each lone surrogate, written as an escape or not."""
    if "\\u" not in text and text.isascii():
        return text
    return _IN_TEXT.sub(lambda found: found[1] or "\ufffd", text)


def encode_utf8(text: str) -> bytes:
    """UTF-8 of any text, lone surrogates replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
