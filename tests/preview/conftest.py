"""One page for all tests: two controls, events that are known, one whose every text is a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.preview.command import preview_files, read_plan

from ..support.preview import make_event, make_hostile_event, read_data, write_events

CONTEXT = ("controls=security-group-changes,unauthorized-api-calls", "subscribers=soc@example.com")
EVENTS = (
    *(make_event(minute) for minute in (0, 1, 30)),
    make_event(31, user="bob", recipientAccountId="444455556666"),
    make_event(2, "DescribeVpcs"),
    make_event(90, "GetObject", user="carol", errorCode="AccessDenied"),
    make_hostile_event(150),
)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview")
    made = preview_files(read_plan((), CONTEXT), [str(write_events(folder / "events.json", *EVENTS))])
    path = folder / "page.html"
    path.write_text(made.html, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def data(page: Path) -> dict[str, Any]:
    return read_data(page.read_text(encoding="utf-8"))
