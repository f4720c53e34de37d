"""Query, patterns and SQL agree on recorded events, where such are at hand."""

from __future__ import annotations

from typing import Any

import pytest

from cis_insights import load_catalogue
from dev.cross_check import CORPUS, compare_engines, read_records

CONTROLS = [control for control in load_catalogue().values() if control.patterns]
Event = dict[str, Any]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    if not CORPUS.exists():
        pytest.skip("no recorded events at ../shared/corpus")
    found, broken = read_records([str(CORPUS)])
    assert (len(found), broken) == (6_294, [])
    return found


def test_every_recorded_event_is_found_by_query_patterns_and_sql_alike(events: list[Event]) -> None:
    hits, wrong = compare_engines(CONTROLS, {control.id: events for control in CONTROLS})
    assert wrong == 0
    assert hits.total() > 300
    assert sum(count > 0 for count in hits.values()) >= 15
