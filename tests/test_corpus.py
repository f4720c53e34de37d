"""Query and patterns agree on recorded events, where such are at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cis_insights import ALL_READINGS, load_catalogue

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "events.jsonl.gz"


@pytest.mark.skipif(not CORPUS.exists(), reason="no recorded events at ../shared/corpus")
def test_every_recorded_event_is_counted_by_exactly_the_query() -> None:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        events = [json.loads(line)["event"] for line in lines]
    hits = 0
    for control in load_catalogue().values():
        for reading in ALL_READINGS if control.is_alarm else ():
            for event in events:
                found = control.query.matches(event, reading)
                hits += found
                assert sum(pattern.matches(event, reading) for pattern in control.patterns) == found, (
                    control.id
                )
    assert hits > 1000
