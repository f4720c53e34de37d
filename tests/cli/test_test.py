"""`cis-insights test`: events against controls, and why one is not found as its folder says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ..support.own_events import FITTING, QUERY, RECORD, put, run, run_for_json


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)


def test_an_event_that_is_not_found_shows_the_leaf_and_the_value() -> None:
    put("vpcs.cwli", QUERY)
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    result = run("own")
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


def test_an_event_that_must_not_be_found_shows_the_leaves_that_are_met() -> None:
    put("vpcs.cwli", 'filter eventName like /Vpc/ or eventName = "x"')
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    result = run("own")
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


def test_events_that_are_found_as_they_should_be_are_counted() -> None:
    put("vpcs.cwli", FITTING)
    put("events/vpcs/match/0-demo.json", RECORD)
    put("events/vpcs/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    result = run("own")
    assert (result.exit_code, result.output) == (
        0,
        "vpcs  1 of 1 found  1 of 1 not found\n\n2 events of 1 control: all as they should be\n",
    )


def test_json_has_every_answer_and_place() -> None:
    put("vpcs.cwli", QUERY)
    put("events/vpcs/match/0-demo.json", RECORD)
    found = run_for_json("own")
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


LOG_ALARMS = {
    "a function": ('filter tolower(userAgent) = "curl"', True),
    "two fields": ("filter ispresent(eventName) and eventName = eventSource", False),
    "a column of parse": ('parse userAgent /(?<tool>[a-z]+)/\n| filter tool = "curl"', True),
}


@pytest.mark.parametrize("kind", LOG_ALARMS)
def test_a_control_that_no_pattern_can_say_is_tried_all_the_same(kind: str) -> None:
    query, is_found = LOG_ALARMS[kind]
    put("tools.cwli", query)
    put(f"events/tools/{'match' if is_found else 'nomatch'}/0-demo.json", RECORD)
    found = run_for_json("own")
    (event,) = found["events"]
    assert (event["patterns"], event["sql"], found["passed"]) == (None, is_found, True)
    put(f"events/tools/{'nomatch' if is_found else 'match'}/1-wrong.json", RECORD)
    passed = {Path(event["path"]).name: event["passed"] for event in run_for_json("own")["events"]}
    assert passed == {"0-demo.json": True, "1-wrong.json": False}


def test_without_duckdb_the_others_answer_and_it_says_how_to_ask_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cis_insights.sql", None)
    put("vpcs.cwli", 'filter eventName = "CreateVpc"')
    put("events/vpcs/match/0-demo.json", RECORD)
    result = run("own")
    assert result.exit_code == 0
    assert result.output.endswith(
        "1 event of 1 control: all as they should be\nSQL was not asked: pip install 'cis-insights[sql]'\n"
    )
    put("vpcs.cwli", LOG_ALARMS["a column of parse"][0])
    failed = run("own")
    assert failed.exit_code == 1
    assert "own/vpcs.cwli: error: nothing here can decide this query: " in failed.output


def test_a_condition_that_rests_on_what_aws_leaves_open_is_not_passed() -> None:
    put("codes.cwli", 'filter errorCode = "5" or requestParameters.count = 5')
    put("events/codes/match/0-demo.json", {"requestParameters": {"count": "5"}})
    (event,) = run_for_json("own")["events"]
    assert (event["query"], event["passed"]) == (False, False)


def test_controls_are_chosen_by_any_of_their_names() -> None:
    found = run_for_json("--control", "vpc-changes", "--control", "4.13", "--control", "CloudWatch.12")
    assert found["passed"]
    assert {event["control"] for event in found["events"]} == {
        "vpc-changes",
        "route-table-changes",
        "network-gateway-changes",
    }


def test_a_name_that_means_no_control_is_refused() -> None:
    put("vpcs.cwli", QUERY)
    result = run("own", "--control", "vpc")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: there is no control 'vpc'\n    hint: did you mean vpcs?\n",
    )


def test_an_investigation_with_events_is_tried_with_the_defaults_of_its_parameters() -> None:
    put("vpcs.cwli", FITTING)
    put("events/all/match/0-demo.json", RECORD)
    put("events/all/nomatch/other.json", RECORD | {"eventName": "DeleteVpc"})
    put("investigate/all.cwli", "")
    header = "# title: T\n# why: W.\n# parameter: name = CreateVpc | a call\n"
    Path("own/investigate/all.cwli").write_text(f'{header}filter eventName = "{{{{name}}}}"')
    found = run_for_json("own")
    assert [(one["control"], one["passed"]) for one in found["events"]] == [("all", True), ("all", True)]
    assert [fault["path"] for fault in found["faults"]] == ["own/vpcs.cwli", "own/vpcs.cwli"]


def test_a_record_is_asked_as_cloudtrail_delivers_it_on_one_line() -> None:
    put("vpcs.cwli", 'filter @message like /"CreateVpc".*"curl"/')
    put("events/vpcs/match/0-demo.json", json.dumps(RECORD, indent=2))
    (event,) = run_for_json("own")["events"]
    assert (event["query"], event["sql"], event["passed"]) == (True, True, True)


def test_a_part_of_a_clone_has_its_events_among_those_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    result = run("queries/extended", "--control", "vpn-changes")
    assert (result.exit_code, result.output.split()[0]) == (0, "vpn-changes")


def test_from_a_wheel_a_folder_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.test.command.clone_events", lambda: None)
    result = run()
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: there are no events of the built-in controls here: they are in the repository\n"
        "    hint: name a folder of controls; cis-insights new ID --folder FOLDER makes one\n",
    )
