"""The expressions of the state machine: JSONata, each in a file of its own, as a definition holds them.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
# Functions that several use: a variable of a state machine cannot be one.
_SHARED = ("clean", "links", "chat")


def read_expression(name: str) -> str:
    """`{% .. %}` with the expression of a file, and the functions that it uses."""
    body = _read(name)
    shared = [text for text in map(_read, _SHARED) if any(f"{word}(" in body for word in _defined(text))]
    return f"{{% (\n{''.join(shared)}{body}) %}}"


def _read(name: str) -> str:
    return _COMMENT.sub("", (_FOLDER / f"{name}.jsonata").read_text(encoding="utf-8"))


def _defined(text: str) -> list[str]:
    return re.findall(r"^(\$\w+) := function", text, re.MULTILINE)
