"""Control files of a test's own, and what the catalogue says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cis_insights import QueryError, load_catalogue

HEADER = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
PATTERN = "# pattern: {($.eventName=CreateTrail) || ($.eventName=DeleteTrail)}\n"
Write = Callable[..., Path]


def screen_of(folder: Path) -> str:
    """All faults of a folder, as they are shown."""
    with pytest.raises(QueryError) as caught:
        load_catalogue(folder)
    return str(caught.value)


def messages_of(folder: Path) -> list[str]:
    """What is wrong with a folder, without places and hints."""
    with pytest.raises(QueryError) as caught:
        load_catalogue(folder)
    return [fault.message for fault in caught.value.faults]
