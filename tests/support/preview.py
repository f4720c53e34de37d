"""Events, values and bodies for pages, and the browser that opens them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cis_insights import QueryError
from cis_insights.errors import Fault, Span
from cis_insights.metric_math import Series
from cli.preview.time_range import TimeRange
from cli.preview.values import AlarmState, Dashboard, Found, Metric, Values
from cli.preview.widgets import start_drawing

FOLDER = Path(__file__).parents[1] / "browser"
HOSTILE = "</script><script>globalThis.ran=1</script><img src=x onerror='globalThis.ran=1'>\u202e"
NEEDS_BROWSER = pytest.mark.skipif(
    not (FOLDER / "node_modules" / "playwright-core").exists() or not shutil.which("node"),
    reason="no browser in tests/browser/node_modules: make browser puts it there",
)


@dataclass
class ScriptedValues:
    """Values by name; what is missing is unknown."""

    time: TimeRange = TimeRange(0, 300, 4)
    metrics: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    alarms: Mapping[str, AlarmState] = field(default_factory=dict)

    def read_metric(self, metric: Metric, time: TimeRange) -> Series | None:
        known = self.metrics.get(metric.name)
        if known is None:
            return None
        return tuple(
            time.sum_up(
                (self.time.start + n * self.time.step, v) for n, v in enumerate(known) if v is not None
            )
        )

    def read_rows(self, text: str) -> Found:
        for part, rows in self.rows.items():
            if part in text:
                return Found(rows=rows)
        raise QueryError(Fault("no such query", Span(0, 0), text))

    def read_alarm(self, name: str) -> AlarmState | None:
        return self.alarms.get(name)


def draw_dashboard(dashboard: Dashboard, values: Values) -> dict[str, Any]:
    """What a page draws of one dashboard."""
    with ThreadPoolExecutor(1) as pool:
        return start_drawing(dashboard, values, pool)()


def make_event(
    minute: int, name: str = "DeleteSecurityGroup", *, user: str = "alice", **more: Any
) -> dict[str, Any]:
    """A record of EC2."""
    return {
        "eventVersion": "1.11",
        "eventTime": f"2026-11-19T{10 + minute // 60}:{minute % 60:02}:30Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "userIdentity": {
            "type": "IAMUser",
            "userName": user,
            "arn": f"arn:aws:iam::111122223333:user/{user}",
            "accountId": "111122223333",
        },
        "requestParameters": {"groupId": "sg-0abcdef1234567890"},
        "recipientAccountId": "111122223333",
        "readOnly": False,
        **more,
    }


def make_hostile_event(minute: int) -> dict[str, Any]:
    """A record whose every text that somebody else chooses is a script."""
    event = make_event(minute, user=HOSTILE)
    names = ("awsRegion", "sourceIPAddress", "userAgent", "errorMessage", "recipientAccountId")
    chosen = dict.fromkeys(names, HOSTILE)
    return (
        event | chosen | {"requestParameters": {"groupId": HOSTILE, HOSTILE: HOSTILE}, "errorCode": HOSTILE}
    )


def write_events(path: Path, *events: object) -> Path:
    """A file of CloudTrail."""
    path.write_text(json.dumps({"Records": events}), encoding="utf-8")
    return path


def read_data(html: str) -> dict[str, Any]:
    """What a page draws."""
    text = html.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    data: dict[str, Any] = json.loads(text)
    return data


def visit(page: Path, folder: Path, steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a browser found in a page, step by step.

    Args:
        folder: of the test; the browser is unpacked there.
    """
    node = shutil.which("node")
    assert node is not None
    home = {
        "PATH": f"{Path(node).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(  # noqa: S603  # the pinned browser, with our own arguments
        ["node", "preview.mjs", str(page), json.dumps(steps)],  # noqa: S607
        cwd=FOLDER,
        env=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
