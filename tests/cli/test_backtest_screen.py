"""What a reader sees: whole at 80 columns, the same facts at 120 and 200, and inert."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cis_insights import load_catalogue
from cis_insights.backtest.in_duckdb import Backtest, Text
from cli.backtest.command import evaluate_all
from cli.backtest.options import BacktestOptions
from cli.backtest.screen import draw_screen, sparkline
from cli.backtest.tried import choose_controls, queries_of

from ..support.backtest import DENIED, invoke, record
from ..support.month import month

ROOT = "root-account-usage"
LONG = "arn-of-a-person-with-a-rather-long-name-that-fills-a-line-of-its-own@department.example.com"
CATALOGUE = load_catalogue()
Draw = Callable[..., str]


def _draw(width: int, records: list[Any], *only: str, exclude: tuple[str, ...] = ()) -> str:
    """The screen of some records at a width."""
    options = BacktestOptions(
        places=(), since=None, until=None, threshold=(), only=only, exclude=exclude, form="table",
        athena=None, is_dry_run=False, is_agreed=False,
    )  # fmt: skip
    tried = choose_controls(CATALOGUE, options, None)
    counts = Backtest(queries_of(tried))
    counts.add([Text("month", 0, json.dumps({"Records": records}).encode())])
    return draw_screen(evaluate_all(tried, counts, options), width)


@pytest.fixture(scope="module")
def draw() -> Draw:
    """The screen of the month, with somebody of a long name and an exclusion that is too wide."""
    wide = (f"{DENIED}=userIdentity.arn like /assumed-role\\/ci-/",)
    return cache(lambda width: _draw(width, [*month(), record(0, user=LONG)], DENIED, ROOT, exclude=wide))


def test_the_page_shows_the_screen_of_the_month() -> None:
    page = Path("docs/backtest.md").read_text()
    assert f"```text\n{_draw(80, month(), DENIED).rstrip()}\n```" in page


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_id_and_no_name_is_cut_at_any_width(draw: Draw, width: int) -> None:
    shown = draw(width)
    assert "…" not in shown
    for whole in (
        DENIED,
        ROOT,
        LONG,
        "alice@example.com",
        "root of 111122223333",
        "2026-10-01 to 2026-11-01",
    ):
        assert whole in shown
    table = shown.split("\n\n")[1].splitlines()
    assert len(table) == 3 and all(len(line) <= width for line in table)
    for name in ("by day", "by hour", "threshold"):
        (first, *_) = [line for line in shown.splitlines() if line.strip().startswith(name)]
        assert len(first) <= width


def test_who_makes_most_of_it_is_in_the_table_where_there_is_room(draw: Draw) -> None:
    assert "most of them" in draw(200) and "most of them" not in draw(60)


def test_a_control_at_80_columns(draw: Draw) -> None:
    part = draw(80).split("\n\n")[3]
    assert part.splitlines() == [
        "root-account-usage: Usage of the root user",
        "  4 mails for 6 periods with 1 or more in 5m; 8 events",
        "  first 2026-10-06 07:00, last 2026-10-22 07:50",
        "  worst day 2026-10-06: 2 mails, 4 events",
        "  by day   ·····█···············█··········  2026-10-01 to 2026-11-01",
        "  by hour  ·······█················  00 to 23 UTC",
        "  threshold       1       3       5      10      20",
        "  mails           4       0       0       0       0",
        "  periods         6       0       0       0       0",
        "        8 100%  2026-10-06 to 10-22  root of 111122223333",
    ]


def test_what_is_tried_comes_with_before_after_and_three_records(draw: Draw) -> None:
    lines = draw(80).split("\n\n")[2].splitlines()[1:9]
    assert [re.sub(r"[\d,]+ (events|mails)", r"N \1", line) for line in lines] == [
        "  tried: userIdentity.arn like /assumed-role\\/ci-/",
        "  before  N events, N mails",
        "  after   N events, N mails",
        "  hides N events, such as",
        "    2026-10-17 02:10  mallory  ListUsers  AccessDenied  203.0.113.66",
        "    2026-10-01 08:03  role ci-deploy  HeadBucket  AccessDenied  192.0.2.0",
        "    2026-10-17 02:13  mallory  ListRoles  AccessDenied  203.0.113.66",
        "  warning: it hides failed calls of people: 4",
    ]


def test_a_sparkline_has_a_bar_for_each_value() -> None:
    assert sparkline([0, 1, 50, 100]) == "·▁▄█"
    assert (sparkline([]), sparkline([0, 0]), sparkline([7])) == ("", "··", "█")


def test_a_year_fits_into_a_line(tmp_path: Path) -> None:
    times = [f"2026-{month:02}-11T12:00:00Z" for month in range(1, 13)]
    lines = "\n".join(json.dumps(record(0, eventTime=time)) for time in times)
    (tmp_path / "a.jsonl").write_text(lines)
    shown = invoke("--control", DENIED, tmp_path).stdout
    (line,) = [one for one in shown.splitlines() if re.match(r"  by \d+d ", one)]
    assert len(line) <= 120 and line.count("█") == 12


def test_markup_and_escapes_of_an_event_are_text(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(record(0, user="[red]x[/red]\x1b[31m\u202e")))
    shown = invoke("--control", DENIED, tmp_path).stdout
    assert "[red]x[/red]\ufffd[31m\ufffd" in shown and "\x1b" not in shown
