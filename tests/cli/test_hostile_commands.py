"""Each command, given what it cannot use or nowhere to write: status 1 or 2 and a message, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cis_insights import Catalogue, load_catalogue
from cli.main import main

HEADER = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
ODD = "x\udcff\x1b[31m\u202e"  # no UTF-8, a colour, and what turns a line round
LONG = "x" * 5_000
DENIED = "unauthorized-api-calls"


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    for char in ("\x1b", "\u202e", "\udcff"):
        assert char not in result.output
    return result


def _refused(*arguments: object) -> str:
    result = _run(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert result.stderr.strip() and len(result.stderr) < 60_000
    return result.stderr


@cache
def _built_in() -> Catalogue:
    return load_catalogue()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One control that is right; the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "cli.loading.load_catalogue", lambda *paths: load_catalogue(*paths) if paths else _built_in()
    )
    (tmp_path / "right").mkdir()
    (tmp_path / "right" / "one.cwli").write_text(f'{HEADER}filter eventName = "StopLogging"')
    return tmp_path


# --- folders of controls ----------------------------------------------------------------

every_reader = pytest.mark.parametrize("command", ["check", "plan", "prove"])


@every_reader
def test_a_folder_that_is_right_is_taken(command: str) -> None:
    assert _run(command, "right").exit_code == 0


@every_reader
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere", "nowhere: error: there is no such folder"),
        ("right/one.cwli", "right/one.cwli: error: this is a file"),
        (os.devnull, f"{os.devnull}: error: this is a file"),
        (LONG, "error: cannot be read: File name too long"),
        (ODD, "x\ufffd\ufffd[31m\ufffd: error: there is no such folder"),
    ],
)
def test_what_is_no_folder_is_said_to_be_none(command: str, place: str, said: str) -> None:
    assert said in _refused(command, place)


@every_reader
def test_a_file_that_may_not_be_read_is_named(
    command: str, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def denied(path: Path, *_: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", denied)
    assert "right/one.cwli: error: cannot be read: Permission denied" in _refused(command, "right")


FILES = {
    "NUL": b"# title: a\x00b\nfilter a = 1",
    "UTF-16": "# title: T\nfilter a = 1".encode("utf-16"),
    "no UTF-8": b"# title: \xff",
    "half of a pair as CESU-8": b"# title: \xed\xa0\x80",
    "sixty-four kilobytes": b"#" * 70_000,
    "a line of sixty kilobytes": b"# title: " + b"x" * 60_000,
    "thousands of lines": b"# x\n" * 16_000,
    "thousands of keys": b"".join(b"# k%d: v\n" % number for number in range(5_000)),
    "nothing": b"",
    "only a header": HEADER.encode(),
    "old line ends": HEADER.replace("\n", "\r").encode() + b'filter eventName = "StopLogging"',
    "bars": (HEADER + "|" * 9_000).encode(),
    "quotes": (HEADER + "filter a = " + '"\\' * 4_000).encode(),
    "parentheses": (HEADER + "filter " + "(" * 9_000).encode(),
    "a pattern of parentheses": (HEADER + "# pattern: {" + "(" * 1_000 + "\nfilter a = 1").encode(),
}


@every_reader
@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_control_is_refused_with_its_name(command: str, content: bytes) -> None:
    Path("wrong").mkdir()
    Path("wrong/some-control.cwli").write_bytes(content)
    assert "wrong/some-control.cwli" in _refused(command, "wrong")


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_file_as_other_editors_save_it_is_taken(mark: str, end: str) -> None:
    text = mark + f'{HEADER}filter eventName = "StopLogging"\n'.replace("\n", end)
    Path("right/one.cwli").write_bytes(text.encode())
    assert _run("check", "right").exit_code == 0


def test_many_warnings_are_counted_and_the_first_are_shown() -> None:
    for number in range(300):
        Path(f"right/{number}.txt").touch()
    result = _run("check", "right")
    assert (result.exit_code, result.stderr.count("warning: this file is not read")) == (0, 200)
    assert result.stderr.endswith("... and 100 more\n\n")


# --- arguments --------------------------------------------------------------------------

WRONG = {
    "an unknown command": ([ODD], "No such command"),
    "an unknown option": (["check", f"--{ODD}"], "No such option"),
    "an unknown control": (["prove", "--control", ODD], "there is no control"),
    "a back-test of nothing": (["backtest"], "name files or folders to read"),
    "an empty place": (["backtest", ""], "not counted: not a regular file"),
    "an odd place": (["backtest", ODD], "there is no such file or folder"),
    "a long place": (["backtest", LONG], "cannot be read: File name too long"),
    "no time": (["backtest", ".", "--since", ODD], "is not a time such as"),
    "a time before all others": (
        ["backtest", ".", "--since", "0001-01-01T00:00+14:00"],
        "is not a time such as",
    ),
    "a time behind all others": (
        ["backtest", ".", "--until", "9999-12-31T23:59-14:00"],
        "is not a time such as",
    ),
    "no control to exclude from": (["backtest", ".", "--exclude", ODD], "is not CONTROL-ID=VALUE"),
    "no condition": (["backtest", ".", "--exclude", f"{DENIED}={ODD}"], "is not text"),
    "a deep condition": (
        ["backtest", ".", "--exclude", f"{DENIED}={'(' * 9_000}"],
        "more than 40 levels deep",
    ),
    "a second filter": (
        ["backtest", ".", "--exclude", f'{DENIED}=a = "x" | limit 1'],
        "the end of the condition",
    ),
    "no number": (["backtest", ".", "--threshold", f"{DENIED}={ODD}"], "is not a number of events"),
    "half a number": (["backtest", ".", "--threshold", f"{DENIED}=²"], "is not a number of events"),
    "a huge number": (
        ["backtest", ".", "--threshold", f"{DENIED}={'9' * 5_000}"],
        "is not a number of events",
    ),
    "an odd control": (["backtest", ".", "--control", ODD], "no control is called"),
    "odd queries": (["backtest", ".", "--queries", ODD], "there is no such folder"),
    "an odd table": (["backtest", "--athena", ODD, "--documented-table", "--sql"], "is not a text"),
    "an odd partition": (
        ["backtest", "--athena", "a.b", "--documented-table", "--sql", "--partition", f"{ODD}={ODD}"],
        "is not a partition column",
    ),
    "a setting without value": (["template", "-c", ODD], "error: no value"),
    "a setting that is none": (["template", "-c", f"{ODD}={ODD}"], "there is no such setting"),
    "an odd prefix": (["template", "-c", f"prefix={ODD}"], "does not fit"),
    "an odd tag": (["template", "-c", f"tags={ODD}={ODD}"], "are not tags"),
    "a huge threshold": (["template", "-c", f"vpc-changes:threshold={'9' * 5_000}"], "is not a whole number"),
    "odd folders": (["template", "-c", f"query-folders={ODD}"], "there is no such folder"),
    "deep JSON": (["template", "-c", f"controls={'[' * 50_000}"], "is not JSON"),
    "a folder to write to": (["template", "-o", "."], "is a directory"),
    "a folder that is missing": (
        ["rollout", "service-catalog", "-o", "nowhere/x"],
        "Error: nowhere/x: No such file or directory",
    ),
    "a full disk": (["rollout", "service-catalog", "-o", "/dev/full"], "Error: No space left on device"),
    "an odd name": (["rollout", "service-catalog", "--name", ODD], "holds what cannot be seen"),
    "an odd address": (["rollout", "service-catalog", "--template-url", ODD], "holds what cannot be seen"),
    "an odd unit": (["rollout", "stack-set", "--ou", ODD], "holds what cannot be seen"),
    "an odd parameter": (["rollout", "terraform", "-p", f"Email={ODD}@b.cd"], "holds what cannot be seen"),
    "an odd file": (["rollout", "lza", "--template-file", ODD], "holds what cannot be seen"),
    "a number too large": (
        ["rollout", "stack-set", "--max-concurrent", "9" * 5_000],
        "is not a valid integer",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_hostile_argument_is_refused_with_a_message(arguments: list[str], said: str) -> None:
    assert said in _refused(*arguments)


# --- where it is written to -------------------------------------------------------------


def _process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.run(  # noqa: S603  # this interpreter, our own command
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=root,
        stderr=subprocess.PIPE,
        check=False,
        **options,
    )


def test_a_full_disk_behind_standard_output_is_said(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = _process("plan", str(folder / "right"), stdout=full)
    assert (ran.returncode, ran.stderr) == (1, b"Error: No space left on device\n")


def test_a_reader_that_goes_away_ends_it_without_a_word(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = _process("plan", "--json", str(folder / "right"), stdout=writing)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, b"")


def test_closed_standard_output_is_no_error(folder: Path) -> None:
    ran = _process("check", str(folder / "right"), preexec_fn=lambda: os.close(1))
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_an_encoding_without_the_letters_of_an_event_shows_others(folder: Path) -> None:
    who = {"userName": "Jörg \u2603"}
    event = json.dumps(
        {"eventTime": "2026-11-01T12:00:00Z", "errorCode": "AccessDenied", "userIdentity": who}
    )
    (folder / "a.jsonl").write_text(event)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = _process(
        "backtest", "--control", DENIED, str(folder / "a.jsonl"), stdout=subprocess.PIPE, env=environment
    )
    assert (ran.returncode, b" J?rg ?\n" in ran.stdout) == (0, True)
