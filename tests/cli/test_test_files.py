"""`cis-insights test`: files of events that cannot be read, or are in a wrong place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cis_insights import load_catalogue

from ..support.own_events import FITTING, QUERY, RECORD, put, run, run_for_json

FORM = "write one CloudTrail record: a JSON object, texts in double quotes, no comma behind the last"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)


def test_an_event_without_a_control_is_an_error_and_a_control_without_events_a_warning() -> None:
    put("vpcs.cwli", QUERY)
    put("events/vpc/match/0-demo.json", RECORD)
    put("investigate/all.cwli", "")
    Path("own/investigate/all.cwli").write_text("# title: T\n# why: W.\nfields eventName")
    result = run("own")
    assert (result.exit_code, result.output) == (
        1,
        "own/events/vpc/match/0-demo.json: error: there is no control `vpc` for this event\n"
        "    hint: did you mean vpcs?\n"
        "\n"
        "own/vpcs.cwli: warning: no event that it has to find\n"
        "    hint: put a record into own/events/vpcs/match/\n"
        "\n"
        "own/vpcs.cwli: warning: no event that it must not find\n"
        "    hint: put a record into own/events/vpcs/nomatch/\n"
        "\n"
        "no event was tried; 1 error in their files\n",
    )


BROKEN: dict[str, tuple[object, str]] = {
    "a comma too many": (
        '{"eventName": "CreateVpc",\n "a": [1,, 2]}',
        "own/events/vpcs/match/x.json:2:10: error: this is not JSON: Expecting value\n"
        '     "a": [1,, 2]}\n'
        "             ^\n"
        f"    hint: {FORM}",
    ),
    "a list": (
        [RECORD],
        f"own/events/vpcs/match/x.json: error: this is not one record\n    hint: {FORM}",
    ),
    "a delivered file": (
        {"Records": [RECORD]},
        "own/events/vpcs/match/x.json: error: the record is inside of `Records`\n"
        "    hint: take it out of `Records`",
    ),
    "an EventBridge event": (
        {"detail-type": "AWS API Call via CloudTrail", "detail": RECORD},
        "own/events/vpcs/match/x.json: error: the record is inside of `detail`\n"
        "    hint: take it out of `detail`",
    ),
    "too long": (
        {"a": "x" * 1_048_576},
        "own/events/vpcs/match/x.json: error: more than 1,048,576 bytes\n    hint: an event has fewer",
    ),
    "too deep": (
        "[" * 100_000,
        f"own/events/vpcs/match/x.json: error: this is not JSON that can be read\n    hint: {FORM}",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_event_is_named_with_its_place_and_what_to_write(kind: str) -> None:
    content, screen = BROKEN[kind]
    put("vpcs.cwli", FITTING)
    put("events/vpcs/match/x.json", content)
    put("events/vpcs/match/y.json", RECORD)
    result = run("own")
    assert result.exit_code == 1
    assert f"\n{screen}\n" in result.output
    assert result.output.endswith("\n1 event of 1 control: all as they should be; 1 error in their files\n")


def test_bytes_that_are_not_text_and_files_in_a_wrong_place_are_named() -> None:
    put("vpcs.cwli", FITTING)
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/y.json", RECORD | {"userAgent": "wget"})
    put("events/vpcs/mach/z.json", RECORD)
    put("events/vpcs/match/notes.txt", "{}")
    put("events/vpcs/match/README.md", "{}")
    Path("own/events/vpcs/match/b.json").write_bytes(b'{"a": "\xff"}')
    assert [(one["path"], one["message"], one["severity"]) for one in run_for_json("own")["faults"]] == [
        ("own/events/vpcs/mach/z.json", "is in neither `match` nor `nomatch` of a control", "error"),
        ("own/events/vpcs/match/b.json", "byte 7 is not UTF-8", "error"),
        ("own/events/vpcs/match/notes.txt", "this file is not read", "warning"),
    ]


def test_events_in_a_folder_of_controls_are_no_warning_of_check_but_other_files_are() -> None:
    put("vpcs.cwli", 'filter eventName = "CreateVpc"')
    put("events/vpcs/match/0-demo.json", RECORD)
    assert not load_catalogue("own").warnings
    put("other/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/match/a.txt", "")
    assert [fault.path for fault in load_catalogue("own").warnings] == [
        "own/events/vpcs/match/a.txt",
        "own/other/vpcs/match/0-demo.json",
    ]


def test_a_folder_without_events_fails() -> None:
    put("vpcs.cwli", QUERY)
    assert run("own").exit_code == 1
