"""Records are taken out of whatever they come wrapped in, by content and not by name."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ..support.backtest import backtest, control, record

Record = dict[str, Any]


def _wrap(first: Record, second: Record) -> dict[str, str]:
    """Two records in every wrapping."""
    both = (first, second)
    one, other = map(json.dumps, both)
    quoted = ['"' + text.replace('"', '""') + '"' for text in (one, other)]
    rows = [
        [{"field": "@timestamp", "value": "2026"}, {"field": "@message", "value": text}]
        for text in (one, other)
    ]
    messages = [{"id": "1", "message": text} for text in (one, other)]
    details = [
        json.dumps({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": each}) + "\n"
        for each in both
    ]
    return {
        "lookup-events": json.dumps(
            {"Events": [{"EventId": "1", "CloudTrailEvent": text} for text in (one, other)]}, indent=4
        ),
        "a list": json.dumps(both, indent=1),
        "a list of lists": json.dumps([[first], {"Records": [second]}]),
        "GetQueryResults": json.dumps({"results": rows, "status": "Complete"}),
        "an export of results": json.dumps([{"@timestamp": "2026", "@message": each} for each in both]),
        "FilterLogEvents": json.dumps(
            {"events": [{"timestamp": 1, "message": text} for text in (one, other)]}
        ),
        "an export of a log group": "".join(f"2026-11-01T12:00:00.000Z {text}\n" for text in (one, other)),
        "a subscription": json.dumps({"messageType": "DATA_MESSAGE", "logEvents": messages}),
        "EventBridge, a line each": "".join(details),
        "an object with event": json.dumps({"event": first}) + "\n" + json.dumps({"event": second}),
        "files, a line each": "".join(json.dumps({"Records": [each]}) + "\n" for each in both),
        "CSV": "@timestamp,@message\n" + "".join(f"2026,{text}\n" for text in quoted),
    }


def test_a_wrapping_is_taken_off_whatever_the_file_is_called(tmp_path: Path) -> None:
    days = {}
    for name in _wrap({}, {}):
        for form in ("plain", "packed"):
            day = f"2026-10-{len(days) + 1:02}"
            days[day] = f"{name}, {form}"
            two = [record(minute, eventTime=f"{day}T12:0{minute}:00Z") for minute in (0, 1)]
            content = _wrap(*two)[name].encode()
            (tmp_path / f"{len(days):06}").write_bytes(
                gzip.compress(content) if form == "packed" else content
            )
    result = backtest(tmp_path)
    assert (result.exit_code, result.stderr.strip()) == (0, "")
    found = {one["day"]: (one["events"], one["alarms"]) for one in control(result)["by_day"]}
    assert {days[day]: counts for day, counts in found.items()} == dict.fromkeys(days.values(), (2, 1))


@pytest.mark.parametrize("content", ['{"event": {"name": "x"}}', "[1, 2]", '{"Events": [{"EventId": "1"}]}'])
def test_a_wrapping_without_records_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a").write_text(content)
    result = backtest(tmp_path)
    assert (result.exit_code, json.loads(result.stdout)["records"]) == (1, 0)
    assert "a: not counted: " in result.stderr
