"""A made-up week of CloudTrail events from the recorded ones that the demo sends: the same in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cis_insights.backtest.in_duckdb import Text

END = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
DAYS = 7
SEED = 20_261_119
SOURCE = "a made-up week of recorded events"
_BUSY = {"unauthorized-api-calls": 60, "security-group-changes": 24, "iam-policy-changes": 16}
_TIMES = 6  # that another control's event happens
_QUIET = 2_500  # calls that nothing asks for
_LAST = (
    "security-group-changes",
    "unauthorized-api-calls",
)  # happen at the end: their alarms are still raised


def find_event(control: str, name: str = "match/0-demo.json") -> Path:
    """The recorded event of a control: within the package, or among the tests of a clone."""
    here = Path(__file__)
    inside = here.parents[2] / "demo_events"
    folder = inside if inside.is_dir() else here.parents[2] / "tests" / "events"
    return folder / control / name


def load_event(control: str, name: str = "match/0-demo.json") -> dict[str, Any]:
    """One recorded event."""
    record: dict[str, Any] = json.loads(find_event(control, name).read_text(encoding="utf-8"))
    return record


def write_week(controls: list[str]) -> Text:
    """A file of CloudTrail with a week of events of some controls, and of calls that nothing asks for."""
    chance = random.Random(SEED)  # noqa: S311  # the same week in every run
    records = sorted(_list_records(controls, chance), key=lambda one: str(one["eventTime"]))
    return Text(SOURCE, 0, json.dumps({"Records": records}).encode())


def _list_records(controls: list[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    quiet = load_event("security-group-changes", "nomatch/describe-only.json")
    for _ in range(_QUIET):
        yield quiet | {"eventTime": _choose_time(chance)}
    for control in controls:
        if not find_event(control).exists():
            continue
        record = load_event(control)
        for _ in range(chance.randint(1, _BUSY.get(control, _TIMES))):
            yield record | {"eventTime": _choose_time(chance)}
        if control in _LAST:
            yield record | {"eventTime": _write_time(END - timedelta(seconds=chance.randint(5, 120)))}


def _choose_time(chance: random.Random) -> str:
    """A time of the week, most of them in working hours."""
    hour = min(max(chance.gauss(13, 3.5), 0), 23.99) if chance.random() < 0.8 else chance.uniform(0, 24)
    day = END.replace(hour=0) - timedelta(days=chance.randrange(DAYS) + (1 if hour >= END.hour else 0))
    return _write_time(day + timedelta(hours=hour))


def _write_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
