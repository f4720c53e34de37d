"""A file that is neither a template nor a plan."""

from __future__ import annotations

from cis_insights.errors import printable


class Unreadable(ValueError):
    """Why a file cannot be read, and where."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(f"{printable(path)}:{line}: error: {printable(reason)}")
