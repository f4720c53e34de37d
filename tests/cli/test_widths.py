"""Every verb at 80, 120 and 200 columns: nothing is cut, what is copied is whole; in a pipe nothing moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from cis_insights.verification.trails import Place
from cli.layout import align, fold, wrap
from cli.main import main
from cli.terminal import LOG, measure_width

from ..support.backtest import DENIED, record
from ..support.control_files import HEADER
from ..support.month import month
from ..support.terminals import CONTROL, Shown, find_missing, find_too_wide, run_on_terminal
from ..support.verify_files import template
from .test_doctor import TRAIL, described

WIDTHS = (80, 120, 200)
LONG = "a-role-whose-name-is-as-long-as-aws-lets-a-name-of-a-role-be-x64"
FAR = 'filter eventSource = "ec2.amazonaws.com" and eventName in ["CreateVpc", "DeleteVpc", "DeleteSubnet"]'
ID = "a-control-of-ones-own-with-a-name-as-long-as-it-may-possibly"  # 60 characters
EXCLUDED = {
    "condition": f"userIdentity.sessionContext.sessionIssuer.arn = 'arn:aws:iam::111122223333:role/{LONG}'",
    "why": "the pipeline asks for what it may not have, several times an hour, and pages somebody each time",
    "owner": "platform@example.com",
}
TRAILS = [
    TRAIL,
    described(Name="b" * 120, IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False),
    replace(TRAIL, status={"IsLogging": False}),
]
VERBS: dict[str, tuple[str, ...]] = {
    "check": ("check",),
    "check: faults": ("check", "faulty"),
    "plan": ("plan",),
    "plan: settings": ("plan", "-c", "extended=all", "-c", "subscribers=soc@example.com"),
    "plan: faults": ("plan", "-c", "extended=nothing", "-c", "treshold=2"),
    "prove": ("prove", "--control", "4.1", "--control", "4.14"),
    "test": ("test", "own"),
    "new": ("new", "taken-already", "--folder", "own"),
    "backtest": ("backtest", "--control", DENIED, "--control", "root-account-usage", "events.json"),
    "backtest: faults": ("backtest", "--control", "vpc-chanegs", "--threshold", "x", "events.json"),
    "verify": ("verify", "alarms.yaml"),
    "doctor": ("doctor", "--region", "eu-west-1"),
    "template": ("template", "-c", "subscribers=soc@example.com", "-c", "termination-protection=true"),
    "rollout": ("rollout", "cfct", "--template-url", "https://b.s3.amazonaws.com/k", "-p", "LogGroupName"),
    "a wrong option": ("verify", "--benchmark-version", "9.9.9"),
}


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with something for each verb, and trails without an account."""
    place = tmp_path_factory.mktemp("widths")
    _write_files(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        place_of_trails = Place("111122223333", "eu-west-1")
        patch.setattr("cli.doctor.command.find_trails", lambda _: (place_of_trails, TRAILS))
        yield place


def _write_files(place: Path) -> None:
    settings = {f"cis-insights:{DENIED}:exclude": [EXCLUDED], "cis-insights:query-folders": ["own"]}
    other = {"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances"}
    texts = {
        "faulty/far-to-the-right.cwli": f'{HEADER}{FAR} and userAgent == "curl"',
        f"own/{ID}.cwli": HEADER + FAR,
        "own/no-pattern.cwli": f'{HEADER}{FAR} and tolower(userAgent) = "curl"',
        "own/taken-already.cwli": HEADER + 'filter eventName = "DeleteVpc"',
        f"own/events/{ID}/match/a.json": json.dumps(other),
        "cdk.json": json.dumps({"context": settings}),
        "events.json": json.dumps({"Records": [*month(), record(0, user=LONG)]}),
        "alarms.yaml": template(security_group_changes='{ $.eventName = "DeleteSecurityGroup" }'),
    }
    for name, text in texts.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")


@cache
def _show(verb: str, width: int) -> Shown:
    return run_on_terminal(width, *VERBS[verb])


@pytest.mark.parametrize("verb", VERBS)
def test_no_line_is_wider_than_the_terminal_but_what_is_copied(verb: str) -> None:
    for width in WIDTHS:
        assert _show(verb, width).text.strip()
        assert find_too_wide(_show(verb, width).text, width) == [], width


@pytest.mark.parametrize("verb", VERBS)
def test_a_narrow_terminal_has_all_that_a_wide_one_has(verb: str) -> None:
    for width in (80, 120):
        assert _find_missing(_show(verb, width).text, verb) == [], width


@pytest.mark.parametrize("verb", VERBS)
def test_in_a_pipe_nothing_is_coloured_and_nothing_moves(verb: str) -> None:
    output = CliRunner().invoke(main, list(VERBS[verb]), prog_name="cis-insights").output
    assert "\x1b" not in output and "proving" not in output
    assert _find_missing(output, verb) == []


def _find_missing(narrow: str, verb: str) -> list[str]:
    """What 200 columns have besides; the last column of a back-test's table is in what is below it, too."""
    last = {"most", "them", "sessions):"} if verb == "backtest" else ()
    return [one for one in find_missing(narrow, _show(verb, 200).text) if one not in last]


def test_what_moves_is_on_standard_error_and_gone_in_the_end() -> None:
    seen = {"check": "proving the controls", "backtest": "evaluating", "verify": "reading the files"}
    for verb, words in seen.items():
        shown = _show(verb, 80)
        assert words in shown.err and words not in shown.out
        assert words not in shown.text
        assert "\x1b[?25" not in shown.out


def test_no_color_takes_the_colours_and_nothing_else() -> None:
    coloured, plain = _show("verify", 80), run_on_terminal(80, *VERBS["verify"], NO_COLOR="1")
    assert "\x1b[31m" in coloured.out
    assert "\x1b" not in plain.out
    assert plain.out == CONTROL.sub("", coloured.out)
    assert "\x1b" not in run_on_terminal(80, *VERBS["verify"], TERM="dumb").out


def test_a_cut_line_a_wide_one_and_an_ellipsis_are_noticed() -> None:
    wide = _show("doctor", 200).text
    assert find_missing(wide, wide) == [] and find_too_wide(wide, 200) == []
    cut = wide.replace("start-logging --name events", "start-logging")
    assert find_missing(cut, wide) == ["hint: aws cloudtrail start-logging --name events"]
    assert find_missing(wide.replace("2026-11-25 11:55", "2026-11-25"), wide) == ["11:55"]
    assert find_missing(f"{wide}\ncloudt…", wide) == ["cloudt…"]
    assert find_too_wide(f"{'word ' * 17}\n{'w' * 90}\n  aws {'word ' * 20}", 80) == ["word " * 17]


def test_bins_of_the_timeline_follow_the_width() -> None:
    def line(width: int) -> str:
        return next(one for one in _show("backtest", width).text.split("\n") if one.startswith("  by "))

    assert all(len(line(width)) <= width for width in WIDTHS)
    assert "by day" in line(80)


def test_a_screen_is_as_wide_as_columns_says_else_as_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, width in (("97", 97), ("3", 40), ("0", LOG), ("wide", LOG), ("", LOG)):
        monkeypatch.setenv("COLUMNS", given)
        assert measure_width() == width
    monkeypatch.delenv("COLUMNS")
    assert measure_width(stderr=True) == LOG


def test_what_is_copied_is_folded_in_one_piece() -> None:
    command = "aws cloudtrail update-trail --name events --is-multi-region-trail --region eu-west-1"
    assert fold(f"    hint: let it record all Regions: {command}, or make another", 90).split("\n") == [
        "    hint: let it record all Regions:",
        f"    {command},",
        "    or make another",
    ]
    assert wrap("give -p Name=VALUE, or `a b`", 12) == ["give", "-p Name=VALUE,", "or `a b`"]
    assert fold(f"a {'b' * 20} c", 10) == f"a\n  {'b' * 20}\n  c"


def test_prose_is_folded_below_its_label_and_a_source_with_its_underline() -> None:
    assert fold("  hint: one two three four", 16) == "  hint: one two\n        three\n        four"
    assert fold("  error    one two", 14) == "  error    one\n           two"
    assert fold("one two", 5) == "one\n  two" and fold("one two", 7) == "one two"
    assert fold("    abcdefghij\n          ~~^", 8) == "    abcd\n    efgh\n      ~~\n    ij\n    ^"


def test_columns_that_are_too_wide_have_their_first_above_them() -> None:
    rows = [("name", "count"), ("a-long-name", "7")]
    assert align(rows, 18, right=(1,)) == ["name         count", "a-long-name      7"]
    assert align(rows, 17, right=(1,)) == ["name  count", "a-long-name", "          7"]
    assert align(rows, 7) == ["name", "    count", "a-long-name", "    7"]
