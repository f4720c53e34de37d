"""JSON that DuckDB reads: it refuses a whole text for one half of a surrogate pair.

JSON may say `\\ud800` alone, Python reads it, and anybody who may name something can write it.
https://www.rfc-editor.org/rfc/rfc8259#section-8.2
"""

from __future__ import annotations

import re

# A whole pair or any other escape is kept, so that `\\ud800`, a backslash and letters, is no half.
_HALF = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_SOME = re.compile(rb"\\u[dD][89a-fA-F]")  # all that most texts are looked through for
_REPLACEMENT = rb"\ufffd"


def without_halves(content: bytes) -> bytes:
    """UTF-8 of a JSON text with U+FFFD, the replacement character, for each half of a pair."""
    return _HALF.sub(lambda found: found[1] or _REPLACEMENT, content) if _SOME.search(content) else content
