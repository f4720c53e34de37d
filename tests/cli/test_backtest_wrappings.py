"""Records are taken out of whatever they come wrapped in, by content and not by name."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ..support.backtest import backtest, control, record


def _logged(minute: int) -> str:
    return json.dumps(record(minute))


def _quoted(minute: int) -> str:
    return '"' + _logged(minute).replace('"', '""') + '"'


# Every wrapping holds the records of the minutes 0 and 1.
WRAPPED = {
    "lookup-events": json.dumps(
        {"Events": [{"EventId": "1", "CloudTrailEvent": _logged(n)} for n in (0, 1)]}, indent=4
    ),
    "a list": json.dumps([record(0), record(1)], indent=1),
    "a list of lists": json.dumps([[record(0)], {"Records": [record(1)]}]),
    "GetQueryResults": json.dumps(
        {
            "results": [
                [{"field": "@timestamp", "value": "2026"}, {"field": "@message", "value": _logged(n)}]
                for n in (0, 1)
            ],
            "status": "Complete",
        }
    ),
    "an export of results": json.dumps([{"@timestamp": "2026", "@message": record(n)} for n in (0, 1)]),
    "FilterLogEvents": json.dumps({"events": [{"timestamp": 1, "message": _logged(n)} for n in (0, 1)]}),
    "an export of a log group": "".join(f"2026-11-01T12:00:00.000Z {_logged(n)}\n" for n in (0, 1)),
    "a subscription": json.dumps(
        {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": _logged(n)} for n in (0, 1)]}
    ),
    "EventBridge, a line each": "".join(
        json.dumps({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": record(n)}) + "\n"
        for n in (0, 1)
    ),
    "an object with event": json.dumps({"event": record(0)}) + "\n" + json.dumps({"event": record(1)}),
    "files, a line each": "".join(json.dumps({"Records": [record(n)]}) + "\n" for n in (0, 1)),
    "CSV": "@timestamp,@message\n" + "".join(f"2026,{_quoted(n)}\n" for n in (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("name", WRAPPED)
def test_a_wrapping_is_taken_off_whatever_the_file_is_called(tmp_path: Path, name: str, packed: bool) -> None:
    content = WRAPPED[name].encode()
    (tmp_path / "000000").write_bytes(gzip.compress(content) if packed else content)
    result = backtest(tmp_path)
    assert (result.exit_code, result.stderr.strip(), control(result)["events"]) == (0, "", 2)
    assert control(result)["by_day"] == [{"day": "2026-11-01", "events": 2, "alarms": 1}]


@pytest.mark.parametrize("content", ['{"event": {"name": "x"}}', "[1, 2]", '{"Events": [{"EventId": "1"}]}'])
def test_a_wrapping_without_records_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a").write_text(content)
    result = backtest(tmp_path)
    assert (result.exit_code, json.loads(result.stdout)["records"]) == (1, 0)
    assert "a: not counted: " in result.stderr
