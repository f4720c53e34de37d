"""The page about trails: its commands are read as they stand, and watch the log group that it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from stacks.settings import read_settings
from stacks.settings.trail_modes import TRAIL_KINDS

from ..support.synth import built_in, of_type, resources, stack

PAGE = Path("docs/trail.md").read_text()
LINES = [
    shlex.split(line)
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
DEPLOYS = [line for line in LINES if line[:2] == ["cdk", "deploy"]]
WATCHED = [
    "cloudtrail",
    "org-trail",
    "aws-controltower/CloudTrailLogs",
    "aws-controltower/CloudTrailLogs-c9n-gze",
    "aws-accelerator-cloudtrail-logs",
    "corp-cloudtrail-logs",
    "cis-cloudtrail",
]


def _context(words: list[str]) -> dict[str, object]:
    pairs = [setting.partition("=") for setting in words[3::2]]
    return {key: value for key, _, value in pairs}


@pytest.mark.parametrize(("words", "name"), [*zip(DEPLOYS, WATCHED, strict=True)], ids=WATCHED)
def test_a_deploy_of_the_page_watches_its_log_group(words: list[str], name: str) -> None:
    settings = read_settings(_context(words), built_in())
    assert settings.log_group_name == name
    assert settings.subscribers


def test_every_way_is_on_the_page() -> None:
    kinds = {read_settings(_context(words), built_in()).trail for words in DEPLOYS}
    assert kinds == set(TRAIL_KINDS)


@pytest.mark.parametrize("words", [line for line in LINES if line[0] == "cis-insights"], ids=" ".join)
def test_a_command_of_the_page_has_its_options(words: list[str]) -> None:
    shown = CliRunner().invoke(main, [words[1], "--help"]).output
    assert [word for word in words[2:] if word.startswith("--") and word not in shown] == []


def test_what_it_says_of_a_new_trail_is_so() -> None:
    found = resources(stack(trail="new", log_group_name=""))
    (trail,) = of_type(found, "CloudTrail::Trail")
    assert f"`{trail['TrailName']}`" in PAGE
    (group,) = of_type(found, "Logs::LogGroup")
    assert f"kept for {group['RetentionInDays']} days" in PAGE
    days = re.findall(r"'TransitionInDays': (\d+)", str(of_type(found, "S3::Bucket")))
    assert [f"after {day} days" in PAGE for day in days] == [True]
