"""A drill that evidence cites: of this account and Region, as `drill -o` has written it, or a message."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cis_insights.verification.trails import Place
from cli.main import main
from cli.verify.drill_file import Drill, NoDrill, read_drill

from ..support.evidence import DRILL, VPC
from ..support.set_ups import NOW

PLACE = Place("111122223333", "eu-west-1")
ELSEWHERE = Place("111122223333", "eu-north-1")  # where the trail delivers


def read(folder: Path, text: str, now: datetime = NOW) -> Drill:
    path = folder / "drill.json"
    path.write_text(text, encoding="utf-8")
    return read_drill(path, [PLACE, ELSEWHERE], now)


def changed(**values: Any) -> str:
    return json.dumps({**DRILL, **values})


def test_a_drill_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    drill = read(tmp_path, json.dumps(DRILL))
    assert (drill.id, drill.mode) == (DRILL["id"], "calls+notify")
    assert drill.started == datetime(2026, 11, 20, 9, tzinfo=UTC)
    called, notified = drill.find(VPC)
    assert list(called.steps) == ["called", "recorded", "counted", "alarmed", "notified", "answered"]
    assert (called.is_complete, notified.is_complete) == (True, False)
    assert drill.find("config-changes") == ()
    assert drill.undrilled == {"root-account-usage": "nobody calls as root"}


CONTROL = DRILL["controls"][0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("[]", "this is not a JSON object"),
        ("{}", "`version` is missing, or is not of type int"),
        (changed(version=2), "version 2 of the document is not known"),
        (
            changed(account="999988887777"),
            "a drill of 999988887777, eu-west-1, and what is verified is "
            "111122223333, eu-west-1 or 111122223333, eu-north-1",
        ),
        (
            changed(region="us-east-1"),
            "a drill of 111122223333, us-east-1, and what is verified is "
            "111122223333, eu-west-1 or 111122223333, eu-north-1",
        ),
        (changed(started=1), "`started` is missing, or is not of type str"),
        (
            changed(started="2026-11-20"),
            "`started`: '2026-11-20' is not a time with a time zone, as ISO 8601 writes it",
        ),
        (
            changed(finished="later\x1b[31m"),
            "`finished`: 'later\ufffd[31m' is not a time with a time zone, as ISO 8601 writes it",
        ),
        (
            changed(finished="2026-11-20T08:00:00Z"),
            "its times are not in order: `started`, `finished`, now",
        ),
        (changed(controls={}), "`controls` is missing, or is not of type list"),
        (changed(controls=[1]), "`id` is missing, or is not of type str"),
        (
            changed(controls=[{**CONTROL, "complete": 1}]),
            "`complete` is missing, or is not of type bool",
        ),
        (
            changed(controls=[{**CONTROL, "steps": {"called": "0"}}]),
            "the step `called`: '0' is not a number of seconds",
        ),
        (
            changed(controls=[{**CONTROL, "steps": {"called": -1}}]),
            "the step `called`: '-1' is not a number of seconds",
        ),
        (changed(undrilled=1), "`undrilled` is missing, or is not of type list"),
        (f'"{"a" * (4 << 20)}"', "more than 4,194,304 bytes"),
        (changed(undrilled=[{"id": "a"}]), "`reason` is missing, or is not of type str"),
    ],
)
def test_what_is_no_drill_of_this_account_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(NoDrill) as caught:
        read(tmp_path, text)
    assert str(caught.value) == message


def test_a_drill_may_be_of_the_region_in_which_the_log_group_is(tmp_path: Path) -> None:
    assert read(tmp_path, changed(region="eu-north-1")).id == DRILL["id"]


def test_a_drill_of_the_future_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoDrill, match="not in order"):
        read(tmp_path, json.dumps(DRILL), now=NOW - timedelta(30))


@pytest.mark.parametrize("more", [["a.yaml", "--html", "e.html"], [], ["--organization", "--role", "a"]])
def test_a_drill_belongs_to_the_evidence_of_an_account(more: list[str], tmp_path: Path) -> None:
    path = tmp_path / "drill.json"
    path.write_text("{}", encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", "--drill", str(path), *more])
    assert result.exit_code == 2
    assert "Error: --drill is of the evidence of one account: --html FILE or --json\n" in result.output
