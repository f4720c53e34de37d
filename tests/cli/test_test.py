"""`cis-insights test`: events against controls, and why one is not found as its folder says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cis_insights import load_catalogue
from cli.main import main

from ..support.control_files import HEADER

QUERY = 'filter eventName = "CreateVpc"\n    and userAgent = "Curl"'
FITTING = QUERY.replace("Curl", "curl")
FORM = "write one CloudTrail record: a JSON object, texts in double quotes, no comma behind the last"
RECORD = {"eventSource": "ec2.amazonaws.com", "eventName": "CreateVpc", "userAgent": "curl"}
Put = Callable[[str, object], None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Writes a file below a folder `own`: a control if it is a text, else a record."""
    monkeypatch.chdir(tmp_path)

    def put(name: str, content: object) -> None:
        path = Path("own") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(HEADER + text if name.endswith(".cwli") else text, encoding="utf-8")

    return put


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["test", *arguments])


def _json(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run("--json", *arguments).output)
    return found


def test_an_event_that_is_not_found_shows_the_leaf_and_the_value(put: Put) -> None:
    put("vpcs.cwli", QUERY)
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    result = _run("own")
    assert (result.exit_code, result.output) == (
        1,
        "vpcs  0 of 1 found  1 of 1 not found  <-\n"
        "\n"
        "own/events/vpcs/match/0-demo.json: error: vpcs has to find this event, and it is not found\n"
        '  own/vpcs.cwli:7:9: error: `userAgent = "Curl"` is not met:'
        ' the event has userAgent = "curl"\n'
        '          and userAgent = "Curl"\n'
        "              ~~~~~~~~~~~~~~~~~^\n"
        '      hint: write "curl" for "Curl": upper and lower case differ\n'
        "\n"
        "2 events of 1 control: 1 not as they should be\n",
    )


def test_an_event_that_must_not_be_found_shows_the_leaves_that_are_met(put: Put) -> None:
    put("vpcs.cwli", 'filter eventName like /Vpc/ or eventName = "x"')
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    result = _run("own")
    assert (result.exit_code, result.output) == (
        1,
        "vpcs  1 of 1 found  0 of 1 not found  <-\n"
        "\n"
        "own/events/vpcs/nomatch/other.json: error: vpcs must not find this event, and it is found\n"
        '  own/vpcs.cwli:6:8: error: `eventName like /Vpc/` is met: the event has eventName = "DeleteVpc"\n'
        '      filter eventName like /Vpc/ or eventName = "x"\n'
        "             ~~~~~~~~~~~~~~~~~~~^\n"
        "\n"
        "2 events of 1 control: 1 not as they should be\n",
    )


def test_events_that_are_found_as_they_should_be_are_counted(put: Put) -> None:
    put("vpcs.cwli", FITTING)
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    result = _run("own")
    assert (result.exit_code, result.output) == (
        0,
        "vpcs  1 of 1 found  1 of 1 not found\n\n2 events of 1 control: all as they should be\n",
    )


def test_json_has_every_answer_and_place(put: Put) -> None:
    put("vpcs.cwli", QUERY)
    put("events/vpcs/match/0-demo.json", RECORD)
    found = _json("own")
    assert (found["passed"], found["asked"]) == (False, ["query", "patterns", "sql"])
    assert found["events"] == [
        {
            "control": "vpcs",
            "path": "own/events/vpcs/match/0-demo.json",
            "expected": True,
            "query": False,
            "patterns": False,
            "sql": False,
            "passed": False,
            "why": [
                {
                    "path": "own/vpcs.cwli",
                    "line": 7,
                    "column": 9,
                    "message": '`userAgent = "Curl"` is not met: the event has userAgent = "curl"',
                    "hint": 'write "curl" for "Curl": upper and lower case differ',
                }
            ],
        }
    ]
    assert [fault["severity"] for fault in found["faults"]] == ["warning"]


def test_an_event_without_a_control_is_an_error_and_a_control_without_events_a_warning(put: Put) -> None:
    put("vpcs.cwli", QUERY)
    put("events/vpc/match/0-demo.json", RECORD)
    put("investigate/all.cwli", "")
    Path("own/investigate/all.cwli").write_text("# title: T\n# why: W.\nfields eventName")
    result = _run("own")
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
def test_a_broken_event_is_named_with_its_place_and_what_to_write(put: Put, kind: str) -> None:
    content, screen = BROKEN[kind]
    put("vpcs.cwli", FITTING)
    put("events/vpcs/match/x.json", content)
    put("events/vpcs/match/y.json", RECORD)
    result = _run("own")
    assert result.exit_code == 1
    assert f"\n{screen}\n" in result.output
    assert result.output.endswith("\n1 event of 1 control: all as they should be; 1 error in their files\n")


def test_bytes_that_are_not_text_and_files_in_a_wrong_place_are_named(put: Put) -> None:
    put("vpcs.cwli", FITTING)
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/y.json", RECORD | {"userAgent": "wget"})
    put("events/vpcs/mach/z.json", RECORD)
    put("events/vpcs/match/notes.txt", "{}")
    put("events/vpcs/match/README.md", "{}")
    Path("own/events/vpcs/match/b.json").write_bytes(b'{"a": "\xff"}')
    assert [(one["path"], one["message"], one["severity"]) for one in _json("own")["faults"]] == [
        ("own/events/vpcs/mach/z.json", "is in neither `match` nor `nomatch` of a control", "error"),
        ("own/events/vpcs/match/b.json", "byte 7 is not UTF-8", "error"),
        ("own/events/vpcs/match/notes.txt", "this file is not read", "warning"),
    ]


def test_events_in_a_folder_of_controls_are_no_warning_of_check_but_other_files_are(put: Put) -> None:
    put("vpcs.cwli", 'filter eventName = "CreateVpc"')
    put("events/vpcs/match/0-demo.json", RECORD)
    assert not load_catalogue("own").warnings
    put("other/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/match/a.txt", "")
    assert [fault.path for fault in load_catalogue("own").warnings] == [
        "own/events/vpcs/match/a.txt",
        "own/other/vpcs/match/0-demo.json",
    ]


LOG_ALARMS = {
    "a function": ('filter tolower(userAgent) = "curl"', True),
    "two fields": ("filter ispresent(eventName) and eventName = eventSource", False),
    "a column of parse": ('parse userAgent /(?<tool>[a-z]+)/\n| filter tool = "curl"', True),
}


@pytest.mark.parametrize("kind", LOG_ALARMS)
def test_a_control_that_no_pattern_can_say_is_tried_all_the_same(put: Put, kind: str) -> None:
    query, is_found = LOG_ALARMS[kind]
    put("tools.cwli", query)
    put(f"events/tools/{'match' if is_found else 'nomatch'}/0-demo.json", RECORD)
    found = _json("own")
    (event,) = found["events"]
    assert (event["patterns"], event["sql"], found["passed"]) == (None, is_found, True)
    put(f"events/tools/{'nomatch' if is_found else 'match'}/1-wrong.json", RECORD)
    passed = {Path(event["path"]).name: event["passed"] for event in _json("own")["events"]}
    assert passed == {"0-demo.json": True, "1-wrong.json": False}


def test_without_duckdb_the_others_answer_and_it_says_how_to_ask_sql(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cis_insights.sql", None)
    put("vpcs.cwli", 'filter eventName = "CreateVpc"')
    put("events/vpcs/match/0-demo.json", RECORD)
    result = _run("own")
    assert result.exit_code == 0
    assert result.output.endswith(
        "1 event of 1 control: all as they should be\nSQL was not asked: pip install 'cis-insights[sql]'\n"
    )
    put("vpcs.cwli", LOG_ALARMS["a column of parse"][0])
    failed = _run("own")
    assert failed.exit_code == 1
    assert "own/vpcs.cwli: error: nothing here can decide this query: " in failed.output


def test_a_condition_that_rests_on_what_aws_leaves_open_is_not_passed(put: Put) -> None:
    put("codes.cwli", 'filter errorCode = "5" or requestParameters.count = 5')
    put("events/codes/match/0-demo.json", {"requestParameters": {"count": "5"}})
    (event,) = _json("own")["events"]
    assert (event["query"], event["passed"]) == (False, False)


def test_controls_are_chosen_by_any_of_their_names() -> None:
    found = _json("--control", "vpc-changes", "--control", "4.13", "--control", "CloudWatch.12")
    assert found["passed"]
    assert {event["control"] for event in found["events"]} == {
        "vpc-changes",
        "route-table-changes",
        "network-gateway-changes",
    }


def test_a_name_that_means_no_control_is_refused(put: Put) -> None:
    put("vpcs.cwli", QUERY)
    result = _run("own", "--control", "vpc")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: there is no control 'vpc'\n    hint: did you mean vpcs?\n",
    )


def test_a_folder_without_events_fails(put: Put) -> None:
    put("vpcs.cwli", QUERY)
    assert _run("own").exit_code == 1


def test_an_investigation_with_events_is_tried_with_the_defaults_of_its_parameters(put: Put) -> None:
    put("vpcs.cwli", FITTING)
    put("events/all/match/0-demo.json", RECORD)
    put("events/all/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    put("investigate/all.cwli", "")
    header = "# title: T\n# why: W.\n# parameter: name = CreateVpc | a call\n"
    Path("own/investigate/all.cwli").write_text(f'{header}filter eventName = "{{{{name}}}}"')
    found = _json("own")
    assert [(one["control"], one["passed"]) for one in found["events"]] == [("all", True), ("all", True)]
    assert [fault["path"] for fault in found["faults"]] == ["own/vpcs.cwli", "own/vpcs.cwli"]


def test_a_record_is_asked_as_cloudtrail_delivers_it_on_one_line(put: Put) -> None:
    put("vpcs.cwli", 'filter @message like /"CreateVpc".*"curl"/')
    put("events/vpcs/match/0-demo.json", json.dumps(RECORD, indent=2))
    (event,) = _json("own")["events"]
    assert (event["query"], event["sql"], event["passed"]) == (True, True, True)


def test_a_part_of_a_clone_has_its_events_among_those_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    result = _run("queries/extended", "--control", "vpn-changes")
    assert (result.exit_code, result.output.split()[0]) == (0, "vpn-changes")


def test_from_a_wheel_a_folder_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.test.command.clone_events", lambda: None)
    result = _run()
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: there are no events of the built-in controls here: they are in the repository\n"
        "    hint: name a folder of controls; cis-insights new ID --folder FOLDER makes one\n",
    )
