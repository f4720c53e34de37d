"""CloudTrail files of any size, for benchmarks: the recorded events of the controls among quiet ones."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from . import ROOT

PER_FILE = 5_000
LOUD = 0.05  # share of events that some control asks for
SEED = 20_261_123


def write_recordings(folder: Path, count: int) -> None:
    """Writes `count` records over thirty days as CloudTrail delivers them: `.json.gz` with `Records`."""
    generator = random.Random(SEED)  # noqa: S311  # the same files in every run
    loud = [_read_record(path) for path in sorted((ROOT / "tests" / "events").glob("*/match/*.json"))]
    quiet = [
        _read_record(path) for path in sorted((ROOT / "tests" / "events").glob("*/nomatch/describe-*.json"))
    ]
    start = datetime(2026, 10, 1, tzinfo=UTC)
    for first in range(0, count, PER_FILE):
        records = []
        for number in range(first, min(count, first + PER_FILE)):
            time = start + timedelta(days=30) * number / count
            chosen = generator.choice(loud if generator.random() < LOUD else quiet)
            records.append(
                chosen | {"eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "eventID": f"{number:036}"}
            )
        content = json.dumps({"Records": records}, separators=(",", ":")).encode()
        (folder / f"{first:012}.json.gz").write_bytes(gzip.compress(content, 6))


def _read_record(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record
