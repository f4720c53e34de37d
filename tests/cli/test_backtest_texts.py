"""Texts of events in what a back-test prints: they obey nobody, and a suggestion means what it says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cis_insights.backtest.alarms import Firing
from cis_insights.errors import printable
from cli.backtest.formats import as_csv
from cli.backtest.outcome import Outcome
from cli.backtest.report import ControlReport, Span

from ..support.backtest import backtest, control, invoke

VPC = "vpc-changes"


def _cell(name: str) -> str:
    """What a line of CSV makes of the name of an error."""
    one = ControlReport(
        control=VPC, title="", severity="low", threshold=1, period=300, configured=(), events=3,
        firing=Firing(1, 1, 1), days=1, by_day=(), by_hour=(), ladder=(), principals=(), calls=(),
        addresses=(), errors=((name, 3),), suggestion=None, not_suggested="", comparison=None,
    )  # fmt: skip
    span = Span(None, None)
    text = as_csv(Outcome(records=3, is_empty=False, span=span, controls=(one,), broken=()))
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["events"], row["alarms"], row["alarms_a_day"]) == ("3", "1", "1.0")
    return row["errors"].removesuffix(": 3")


@pytest.mark.parametrize("sign", [*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize("before", ["", *"\n \u00a0\t\r\u200b\u202e\x1b\u3000"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(sign: str, before: str) -> None:
    assert _cell(f"{before}{sign}1+1").startswith("'")


@pytest.mark.parametrize("user", ["alice", "a=b", "arn:aws:iam::111122223333:user/x", "", "7"])
def test_other_texts_are_as_they_are(user: str) -> None:
    assert _cell(user) == user


def test_a_long_cell_is_whole() -> None:
    assert _cell("long " * 4_000 + "\x1b") == "long " * 4_000 + "\ufffd"


def test_no_text_obeys_a_terminal() -> None:
    assert _cell("a\x1b]0;title\x07b\u202ec") == "a\ufffd]0;title\ufffdb\ufffdc"


def _run(folder: Path, *options: str) -> dict[str, Any]:
    result = backtest("--control", VPC, *options, folder)
    assert result.exit_code == 0, result.output
    return control(result, VPC)


def _write(folder: Path, name: str) -> None:
    event = json.loads(min(Path("tests/events/vpc-changes/match").iterdir()).read_text())
    noisy = {"type": "IAMUser", "arn": f"arn:aws:iam::111122223333:user/{name}", "userName": name}
    records = [
        {
            **event,
            "userIdentity": {**noisy, "arn": noisy["arn"] if number % 2 else f"arn:other-{number}"},
            "sourceIPAddress": f"192.0.2.{number}",
            "eventID": str(number),
        }
        for number in range(40)
    ]
    (folder / "111122223333_CloudTrail_us-east-1_a.json").write_text(json.dumps({"Records": records}))


NAMES = ['a"b', "a\\b", 'a" or 1=1', '" or ispresent(eventName) or "a" = "', "a\\", "plain"]


@pytest.mark.parametrize("name", NAMES)
def test_a_suggestion_removes_exactly_what_it_says(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name)
    found = _run(tmp_path)
    assert (found["events"], found["suggestion"]["removes"]) == (40, 20)
    condition = found["suggestion"]["condition"]
    assert _run(tmp_path, "--exclude", f"{VPC}={condition}")["events"] == 20


UNSEEN = "it holds a line break or another character that cannot be seen"
OBSTACLES = {
    "a\nb": UNSEEN,
    "a\x1b": UNSEEN,
    "a\u202eb": UNSEEN,
    "{{x}}": "it holds `{{`, which begins a parameter",
    "a*b": "`*` in a literal is an asterisk: this finds nothing",
}


@pytest.mark.parametrize(("name", "obstacle"), OBSTACLES.items())
def test_a_value_that_no_line_can_name_is_not_suggested_and_why(
    tmp_path: Path, name: str, obstacle: str
) -> None:
    _write(tmp_path, name)
    found = _run(tmp_path)
    assert (found["suggestion"], found["not_suggested"]) == (None, f"{name} cannot be excluded: {obstacle}")
    shown = " ".join(invoke("--control", VPC, tmp_path).stdout.split())
    assert f"no exclusion is suggested: {printable(name)} cannot be excluded: {obstacle}" in shown


def test_of_a_value_that_can_be_named_nothing_else_is_said(tmp_path: Path) -> None:
    _write(tmp_path, "plain")
    assert _run(tmp_path)["not_suggested"] == ""
    assert "cannot be excluded" not in invoke("--control", VPC, tmp_path).stdout
