"""The demo's table is read on every terminal: no control's id, no event and no user is cut."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cis_insights import load_catalogue
from dev.demo import WIDE, Row, _build_table

USER = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Administrator_0123456789abcdef/erin@example.com"
ANSWER = {"kind": "answer", "counts": {"events": 1}, "rows": [{"user": USER}]}
ROWS = [
    Row(control, "StopConfigurationRecorder", 1, "ALARM", {"AlarmName": "a"}, ANSWER)
    for control in load_catalogue().values()
    if control.group == "cis"
]


def _lines(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(_build_table(ROWS, is_wide=width >= WIDE))
    return str(console.file.getvalue()).splitlines()  # type: ignore[attr-defined]  # a StringIO


@pytest.mark.parametrize("width", [80, WIDE - 1, WIDE, 120, 200])
def test_every_id_event_and_user_is_whole(width: int) -> None:
    lines = _lines(width)
    start = lines[0].index("user")
    assert max(map(len, lines)) <= width
    assert [row.control.id for row in ROWS if not any(row.control.id in line for line in lines)] == []
    assert sum("StopConfigurationRecorder" in line for line in lines) == len(ROWS)
    assert "".join(line[start:].strip() for line in lines[1:]) == USER * len(ROWS)


def test_in_eighty_columns_the_event_is_below_its_control() -> None:
    lines = [line.rstrip() for line in _lines(80)]
    assert lines[:3] == [
        "control, its event                    alarm  mail     answer   user",
        "4.1  unauthorized-api-calls           ALARM  arrived  arrived  arn:aws:sts::1111",
        "     StopConfigurationRecorder                                 22223333:assumed-",
    ]


def test_a_wide_terminal_has_one_line_for_each() -> None:
    lines = _lines(220)
    assert len(lines) == 1 + len(ROWS)
    assert lines[1].split()[:3] == ["4.1", "unauthorized-api-calls", "StopConfigurationRecorder"]
