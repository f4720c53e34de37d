"""The command says everything, and nothing else."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cis_insights import load_catalogue
from cli.backtest.options import BacktestOptions, use_ids
from cli.main import main

HEADER = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_check_counts_what_is_there() -> None:
    result = _run("check")
    alarms = [control.is_alarm for control in load_catalogue().values()]
    counts = f"{sum(alarms)} controls and {len(alarms) - sum(alarms)} investigations"
    assert result.exit_code == 0
    assert result.output.endswith(f"\n\n{counts}: no faults\n")
    assert max(map(len, result.output.splitlines())) <= 80


def test_check_says_whether_each_control_is_on_and_why(tmp_path: Path) -> None:
    own = f'{HEADER}filter eventName = "CreateVpc"'
    (tmp_path / "extended").mkdir()
    (tmp_path / "extended" / "one.cwli").write_text(own)
    (tmp_path / "extended" / "two.cwli").write_text(f"# default: on\n{own}")
    (tmp_path / "three.cwli").write_text(own)
    (tmp_path / "four.cwli").write_text(f"# default: off\n{own}")
    assert _run("check", tmp_path).output == (
        "one    off  no # default line\n"
        "two    on   # default: on\n"
        "four   off  # default: off\n"
        "three  on   no # default line\n"
        "off: turned on by cis-insights:extended, or the line # default: on\n"
        "\n"
        "4 controls and 0 investigations: no faults\n"
    )


def test_a_folder_without_a_control_is_an_error(tmp_path: Path) -> None:
    result = _run("check", tmp_path)
    assert (result.exit_code, result.output) == (
        1,
        f"{tmp_path}: error: there is no control in this folder\n"
        "    hint: a control's name ends in .cwli; cis-insights new ID --folder FOLDER writes one\n\n"
        "1 error, 0 warnings\n",
    )


def test_check_prints_every_fault_and_fails(tmp_path: Path) -> None:
    (tmp_path / "one.cwli").write_text(f'{HEADER}filter userAgent != "x"')
    (tmp_path / "two.cwli").write_text(f"{HEADER}filter eventName = CreateTrail")
    result = _run("check", tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path.name}/one.cwli:6:8: error: AWS does not say whether this is true" in result.output
    assert (
        f"{tmp_path.name}/two.cwli:6:20: error: `CreateTrail` without quotes is the name of a field"
        in result.output
    )
    assert result.output.endswith("2 errors, 0 warnings\n")


def test_check_shows_warnings_and_succeeds(tmp_path: Path) -> None:
    (tmp_path / "one.cwli").write_text(f'{HEADER}filter eventName = "SomethingNew"')
    result = _run("check", tmp_path)
    assert result.exit_code == 0
    assert "no known service has an event `SomethingNew`" in result.output
    assert result.output.endswith("1 control and 0 investigations: no faults, 1 warning\n")


def test_plan_says_what_each_control_becomes() -> None:
    plan = json.loads(_run("plan", "--json").output)
    (found,) = [control for control in plan["controls"] if control["id"] == "security-group-changes"]
    assert found["patterns"][1] == '{ $.eventName = "ModifySecurityGroupRules" }'
    assert (found["security_hub"], found["security_hub_says"]) == ("CloudWatch.10", "exact text")
    assert (found["threshold"], found["period"], found["severity"]) == (1, 300, "medium")
    lines = _run("plan").output.splitlines()
    assert any(line.split()[:2] == ["security-group-changes", "4.10"] for line in lines)


def test_plan_says_why_a_control_becomes_a_log_alarm(tmp_path: Path) -> None:
    (tmp_path / "one.cwli").write_text(f'{HEADER}filter tolower(userAgent) = "x"')
    output = _run("plan", tmp_path).output
    assert "log alarm" in output
    assert "a pattern compares one field with constants and nothing else" in output


def test_prove_says_so_for_each_control() -> None:
    result = _run("prove", "--control", "vpc-changes", "--control", "4.13", "--control", "CloudWatch.13")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.partition(" (1 filter, ")[0] for line in lines] == [
        "route-table-changes: equivalent",
        "vpc-changes: equivalent",
    ]


def test_prove_shows_the_event_that_tells_query_and_pattern_apart(tmp_path: Path) -> None:
    header = HEADER + "# pattern: {($.eventName=CreateTrail)}\n"
    (tmp_path / "one.cwli").write_text(f'{header}filter eventName in ["CreateTrail", "DeleteTrail"]')
    result = _run("prove", tmp_path)
    assert result.exit_code == 1
    assert 'the query matches {"eventName": "DeleteTrail"}, but no pattern does' in result.output


def test_a_control_that_is_not_there_is_an_error() -> None:
    result = _run("prove", "--control", "vpc-change")
    assert result.exit_code == 2
    assert result.stderr == "Error: there is no control 'vpc-change'\n    hint: did you mean vpc-changes?\n"


def test_a_backtest_takes_every_name_of_a_control_and_leaves_others_to_be_refused() -> None:
    named = {
        "only": ("4.14", "nobody"),
        "exclude": ('CloudWatch.14=a = "b=c"',),
        "threshold": ("4.13=3", "x"),
    }
    others: dict[str, Any] = dict.fromkeys(slot.name for slot in fields(BacktestOptions))
    found = use_ids(BacktestOptions(**others | named), load_catalogue())
    assert (found.only, found.exclude, found.threshold) == (
        ("vpc-changes", "nobody"),
        ('vpc-changes=a = "b=c"',),
        ("route-table-changes=3", "x"),
    )
