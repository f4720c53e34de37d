"""`cis-insights plan`: what is deployed with some settings, whole screens and all of the JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main

from ..support.synth import whole as built_in

SET = ("log-group-name=trail", "subscribers=soc@example.com")
HEADER = "# title: T\n# severity: low\n# alarm: 2 in 10m\n# why: W.\n# respond: R.\n"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["plan", *map(str, arguments)])


def _with(*values: str) -> list[str]:
    return [word for value in values for word in ("-c", value)]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no cdk.json."""
    monkeypatch.chdir(tmp_path)


FEW = """\
control             CIS   severity  alarm      fed by  hub    month
root-account-usage  4.3   critical  1 in 5m    1       exact  $0.40
vpc-changes         4.14  low       20 in 15m  1       twin   $0.80

vpc-changes
  excluded: userAgent = "x"
    leaves out: of all 11 events, calls where userAgent = "x"
    why: nightly scan
    owner: SecOps
    until: 2999-12-31
  quiet twin: cis-vpc-changes-exact
  Security Hub CloudWatch.14: passes by the exact twin

on
  in controls  2 controls

{off}

notifies
  critical  soc@example.com
            arn:aws:sqs:eu-west-1:111122223333:pager
  low       soc@example.com

a month: $12.40 = 3 metrics at $0.30 + 3 alarms at $0.10 + 3 failed-answer
alarms at $0.10 + 1 heartbeat alarm at $0.10 + 8 failed-notification alarms at
$0.10 + 1 KMS key at $1.00 + 3 dashboards at $3.00 (us-east-1 list prices). What
is free (10 metrics, 10 alarms, 3 dashboards) is not subtracted. An answer to an
alarm besides: about $0.001.

a load of a dashboard scans: cis-overview nothing, cis-controls 5 times,
cis-queries 2 times the log of the time that is shown, at $0.005 a gigabyte
(us-east-1 list price).

cis-insights:subscribers-high: warning: no effect: no alarm of severity high is deployed
    hint: leave it out; there are alarms of: low, critical
"""


def test_a_screen_has_alarms_routes_exclusions_twins_and_costs() -> None:
    result = _run(
        *_with(
            *SET,
            "controls=vpc-changes,root-account-usage",
            "vpc-changes:threshold=20",
            "cis-insights:vpc-changes:period=900",
            "vpc-changes:severity=low",
            'vpc-changes:exclude={"condition": "userAgent = \\"x\\"", "why": "nightly scan",'
            ' "owner": "SecOps", "until": "2999-12-31"}',
            "subscribers-critical=arn:aws:sqs:eu-west-1:111122223333:pager",
            "subscribers-high=a@b.cd",
        )
    )
    head, off, tail = result.output.partition("off\n")
    off += tail.partition("\n\n")[0]
    assert result.output == FEW.format(off=off)
    hub = [one for one in built_in().values() if one.is_alarm and one.id not in head]
    assert off.split("\n")[1:] == [
        f"  {one.id:31}  not in controls" + (f"; {one.security_hub} fails" * bool(one.security_hub))
        for one in hub
    ]


def test_without_settings_own_folders_are_planned_and_what_is_missing_is_said(tmp_path: Path) -> None:
    (tmp_path / "curl.cwli").write_text(f'{HEADER}filter tolower(userAgent) = "curl"')
    (tmp_path / "mine.cwli").write_text(f'{HEADER}filter eventName = "CreateVpc"')
    result = _run(tmp_path)
    lines = result.output.split("\n")
    assert result.exit_code == 0
    assert lines[:6] == [
        "control  CIS  severity  alarm     fed by  hub  month",
        "curl     -    low       2 in 10m  query   -    ?",
        "mine     -    low       2 in 10m  1       -    $0.40",
        "",
        "curl",
        "  log alarm, since no filter pattern can say it:",
    ]
    assert "compares one field with constants and nothing else" in lines[6]
    assert result.output.endswith(
        "notifies\n"
        "  low       nobody yet\n\n"
        "a month: $10.20 = 1 metric at $0.30 + 1 alarm at $0.10 + 3 failed-answer alarms\n"
        "at $0.10 + 1 heartbeat alarm at $0.10 + 4 failed-notification alarms at $0.10 +\n"
        "3 dashboards at $3.00 (us-east-1 list prices). What is free (10 metrics, 10\n"
        "alarms, 3 dashboards) is not subtracted. Log alarms besides: 1, and the data\n"
        "that their queries scan. An answer to an alarm besides: about $0.001.\n\n"
        "a load of a dashboard scans: cis-overview nothing, cis-controls 5 times,\n"
        "cis-queries 2 times the log of the time that is shown, at $0.005 a gigabyte\n"
        "(us-east-1 list price).\n\n"
        "not set yet: the log group; cis-insights doctor finds it\n\n"
        "not set yet: whom to notify: cis-insights:subscribers (the key of their topic\n"
        "  costs $1.00 a month) or cis-insights:topic-arn\n"
    )
    off = _run(*_with("log-alarms=off"), tmp_path)
    assert "\ncurl     -    low       2 in 10m  -       -    $0.00\n" in off.output
    assert "no alarm, since no filter pattern can say it:" in off.output
    assert "log-alarms: warning: curl has no alarm" in off.output


def test_no_line_of_the_built_in_controls_is_wider_than_a_terminal_and_no_name_is_cut() -> None:
    for values in (
        (),
        ("extended=all", "console-authentication-failures:threshold=20"),
        ("controls=vpc-changes",),
    ):
        output = _run(*_with(*values)).output
        # The query of a log alarm is shown as it is.
        parts = [part for part in output.split("\n\n") if "since no filter pattern can say it" not in part]
        assert max(len(line) for part in parts for line in part.split("\n")) <= 80
        assert all(one.id in output for one in built_in().values() if one.is_alarm)


def test_it_says_why_each_control_is_on_or_off(tmp_path: Path) -> None:
    own = f'{HEADER}filter eventName = "CreateVpc"'
    (tmp_path / "extended").mkdir()
    (tmp_path / "extended" / "one.cwli").write_text(own)
    (tmp_path / "extended" / "two.cwli").write_text(f"# default: on\n{own}")
    (tmp_path / "three.cwli").write_text(own)
    (tmp_path / "four.cwli").write_text(f"# default: off\n{own}")
    said = _run(*_with(*SET), tmp_path).output
    assert (
        "\non\n"
        "  on by default (# default: on)      two\n"
        "  on by default (no # default line)  three\n\n"
        "off\n"
        "  one   off by default (no # default line)\n"
        "  four  off by default (# default: off)\n"
    ) in said
    named = json.loads(_run("--json", *_with(*SET, "extended=one"), tmp_path).output)["controls"]
    assert {one["id"]: one["on_because"] or one["off_because"] for one in named} == {
        "one": "in extended",
        "two": "not in extended",
        "three": "on by default (no # default line)",
        "four": "off by default (# default: off)",
    }


def _controls(*values: str) -> dict[str, Any]:
    found = json.loads(_run("--json", *_with(*SET, *values)).output)
    return {one["id"]: one for one in found["controls"]}


def test_json_has_the_texts_of_every_filter_and_twin() -> None:
    found = _controls('vpc-changes:exclude=userAgent = "x"')["vpc-changes"]
    (filter_,), (twin,) = found["filters"], found["twins"]
    exact = built_in()["vpc-changes"].exact_pattern
    assert (filter_["name"], found["patterns"]) == ("cis-vpc-changes", [filter_["pattern"]])
    assert twin == {"kind": "exact", "name": "cis-vpc-changes-exact", "pattern": exact}
    assert filter_["pattern"] != exact
    assert found["excluded"] == ['userAgent = "x"']
    (exclusion,) = found["exclusions"]
    leaves_out = exclusion.pop("leaves_out")
    assert exclusion == {"condition": 'userAgent = "x"', "why": "", "owner": "", "until": None}
    assert leaves_out["text"] == 'of all 11 events, calls where userAgent = "x"'
    assert (leaves_out["wholly"], len(leaves_out["partly"]), leaves_out["untouched"]) == ([], 11, [])
    assert found["notifies"] == ["soc@example.com"]
    assert found["monthly_cost"] == 0.8


@pytest.mark.parametrize(
    ("values", "control", "said"),
    [
        ((), "vpc-changes", "exact text"),
        (('vpc-changes:exclude=userAgent = "x"',), "vpc-changes", "passes by the exact twin"),
        (
            ('vpc-changes:exclude=userAgent = "x"', "exact-twins=off"),
            "vpc-changes",
            "fails: exclusions without the exact twin",
        ),
        (("controls-off=vpc-changes",), "vpc-changes", "fails: not deployed"),
        (("cis-twins=on",), "iam-policy-changes", "exact text"),
        ((), "organizations-changes", ""),
    ],
)
def test_what_security_hub_finds(values: tuple[str, ...], control: str, said: str) -> None:
    assert _controls(*values)[control]["security_hub_says"] == said


def test_the_settings_are_those_of_cdk_json_and_options_go_before_them(tmp_path: Path) -> None:
    context = {"cis-insights:subscribers": ["a@b.cd"], "cis-insights:prefix": "soc", "@aws-cdk/x": True}
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "x", "context": context}))
    found = json.loads(_run("--json", *_with("subscribers=c@d.ef")).output)
    assert found["notifies"]["high"] == ["c@d.ef"]
    assert found["controls"][0]["filters"][0]["name"].startswith("soc-")
    assert found["not_set"] == ["log-group-name"]
    assert json.loads(_run("--json").output)["notifies"]["high"] == ["a@b.cd"]


WRONG = {
    "misspelt": (
        ["prefx=a", "dashboards=maybe"],
        "cis-insights:prefx: error: there is no such setting\n    hint: did you mean prefix?\n\n"
        "cis-insights:dashboards: error: 'maybe' is neither on nor off\n    hint: write on or off\n",
    ),
    "no value": (["prefix"], "prefix: error: no value\n    hint: write key=value\n"),
    "nobody": (
        ["subscribers=", "subscribers-critical=a@b.cd"],
        "cis-insights:subscribers-high: error: nobody would be notified of alarms of severity high"
        " (CIS 3.15)\n",
    ),
    "nothing left": (
        ["controls=vpc-changes", "controls-off=vpc-changes"],
        "cis-insights:controls-off: error: ",
    ),
    "an exclusion": (
        ['vpc-changes:exclude=userAgnet = "x"'],
        "cis-insights:vpc-changes:exclude:1:1: error: ",
    ),
}


@pytest.mark.parametrize(("values", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_can_not_be_deployed_is_said(values: list[str], said: str) -> None:
    result = _run(*_with(*SET, *values))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(said)
    assert result.stderr.endswith("\n\nnothing can be deployed\n")


def test_a_cdk_json_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("{")
    result = _run()
    assert result.exit_code == 1
    assert result.stderr.startswith("cdk.json: error: ")
    (tmp_path / "cdk.json").write_text('{"context": []}')
    assert "its context is not an object" in _run().stderr


def test_it_needs_neither_the_cdk_nor_node() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('aws_cdk', 'constructs', 'jsii')));"
        "sys.argv = ['cis-insights', 'plan']; from cli.main import main; main()"
    )
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("control ")
