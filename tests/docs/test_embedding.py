"""The page about embedding: its commands and its code run as they stand."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import App
from click.testing import CliRunner

from cli.main import main
from local_cloud import LocalCloud

from ..support.synth import single_template

pytestmark = pytest.mark.usefixtures("made_once")

PAGE = Path("docs/embedding.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("s3").create_bucket(Bucket="my-templates")
        yield running


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_writes_the_file_it_names_or_says_the_url(
    line: str, tmp_path: Path, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    program, *arguments = shlex.split(line)
    monkeypatch.chdir(tmp_path)
    for folder in ("templates", "cloudformation"):
        (tmp_path / folder).mkdir()
    result = CliRunner().invoke(main, arguments)
    names_file = "-o" in arguments
    said = "" if names_file else "https://my-templates.s3.us-east-1.amazonaws.com/cis-insights.json\n"
    assert (program, result.exit_code, result.stdout) == ("cis-insights", 0, said)
    assert not names_file or (tmp_path / arguments[-1]).read_text()


@pytest.mark.parametrize("code", PYTHON, ids=["construct", "stage"])
def test_the_code_makes_alarms(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aws_cdk.App", lambda: App(outdir=str(tmp_path)))
    exec(code.replace("cis_insights.stacks", "stacks"), {})  # noqa: S102  # the page's own code
    templates = [path.read_text() for path in tmp_path.rglob("*.template.json")]
    assert sum('"AWS::CloudWatch::Alarm"' in text for text in templates) in (1, 2)


def test_every_parameter_and_output_of_the_template_is_named() -> None:
    found = json.loads(single_template())
    names = {*found["Parameters"], *found["Outputs"]}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_way_is_there() -> None:
    assert len(COMMANDS) == 10
    assert len(PYTHON) == 2
