"""Texts of events in what a back-test prints: they obey nobody, and a suggestion means what it says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.backtest.report import ControlReport, as_csv
from cli.main import main

FOUND: dict[str, Any] = {
    "control": "vpc-changes", "title": "", "events": 3, "periods": 1, "alarms": 1, "threshold": 1,
    "period": 300, "addresses": [], "errors": [], "exclusion": "", "removes": 0,
}  # fmt: skip


def _cell(user: str) -> str:
    text = as_csv([ControlReport(**FOUND, users=[(user, 3)])])
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    _, row = csv.reader(io.StringIO(text))
    assert row[1:6] == ["3", "1", "1", "1", "300"]
    return row[6]


@pytest.mark.parametrize("sign", [*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize("before", ["", *"\n \u00a0\t\r\u200b\u202e\x1b\u3000"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(sign: str, before: str) -> None:
    assert _cell(f"{before}{sign}1+1").startswith("'")


@pytest.mark.parametrize("user", ["alice", "a=b", "arn:aws:iam::111122223333:user/x", "", "7"])
def test_other_texts_are_as_they_are(user: str) -> None:
    assert _cell(user) == user


def test_no_text_obeys_a_terminal() -> None:
    assert _cell("a\x1b]0;title\x07b\u202ec") == "a\ufffd]0;title\ufffdb\ufffdc"


def _run(folder: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["backtest", "--json", *options, str(folder)])
    assert result.exit_code == 0, result.output
    [control] = [one for one in json.loads(result.stdout)["controls"] if one["control"] == "vpc-changes"]
    return dict(control)


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
    assert (found["events"], found["removes"]) == (40, 20)
    condition = found["exclusion"].partition("exclude=")[2]
    assert _run(tmp_path, "--exclude", f"vpc-changes={condition}")["events"] == 20


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
    why = f"the most frequent userIdentity.arn cannot be excluded: {obstacle}"
    assert (found["exclusion"], found["not_suggested"]) == ("", why)
    shown = CliRunner().invoke(main, ["backtest", str(tmp_path)])
    assert f"\nvpc-changes: {why}\n" in shown.stdout


def test_of_a_value_that_can_be_named_nothing_else_is_said(tmp_path: Path) -> None:
    _write(tmp_path, "plain")
    assert _run(tmp_path)["not_suggested"] == ""
    assert "cannot be excluded" not in CliRunner().invoke(main, ["backtest", str(tmp_path)]).stdout
