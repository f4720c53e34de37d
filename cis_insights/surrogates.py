"""Halves of surrogate pairs, which are no characters: each becomes U+FFFD, the replacement character.

JSON may say `\\ud800` alone, Python reads it, and anybody who may name something can write it;
DuckDB refuses a whole text for one. https://www.rfc-editor.org/rfc/rfc8259#section-8.2
"""

from __future__ import annotations

import re

# A whole pair or any other escape is kept, so that `\\ud800`, a backslash and letters, is no half.
_ESCAPED = (
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_IN_BYTES = re.compile(_ESCAPED.encode())
_SOME = re.compile(rb"\\u[dD][89a-fA-F]")  # all that most texts are looked through for
_IN_TEXT = re.compile(_ESCAPED + "|[\ud800-\udfff]")


def without_halves(content: bytes) -> bytes:
    """UTF-8 of a JSON text without halves."""
    if not _SOME.search(content):
        return content
    return _IN_BYTES.sub(lambda found: found[1] or rb"\ufffd", content)


def whole(text: str) -> str:
    """A JSON text without halves, escaped or not."""
    if "\\u" not in text and text.isascii():
        return text
    return _IN_TEXT.sub(lambda found: found[1] or "\ufffd", text)


def utf8(text: str) -> bytes:
    """UTF-8 of any text."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
