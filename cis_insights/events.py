"""A log event's text -> the event, read as every engine here reads it.

JSON leaves open what a text means that CloudTrail never writes. DuckDB, which runs whole queries,
settles it: of a key that stands twice in one object the first counts, a number may be infinite.
Half of a surrogate pair is U+FFFD, the replacement character.
https://www.rfc-editor.org/rfc/rfc8259#section-4
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from .surrogates import whole

Event = dict[str, object]
_MAX_DIGITS = 400  # a number of more digits is infinite, as a double-precision number


def read_event(text: str) -> Event | None:
    """The JSON object in a text; None of any other text, and of one nested deeper than Python reads."""
    try:
        found = json.loads(whole(text), object_pairs_hook=_first, parse_int=_whole)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first(pairs: Sequence[tuple[str, object]]) -> Event:
    found = dict(pairs)
    return found if len(found) == len(pairs) else found | dict(reversed(pairs))


def _whole(digits: str) -> float:
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return -math.inf if digits.startswith("-") else math.inf
