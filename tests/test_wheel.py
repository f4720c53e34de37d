"""The wheel holds everything under one name, and its core needs neither CDK nor Node."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents, and nothing of the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), "."]
    subprocess.run(wheel, check=True)  # noqa: S603
    (built,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(built)], check=True)  # noqa: S603
    return folder / "site"


def _run(site: Path, code: str, *, hidden: tuple[str, ...] = ()) -> str:
    """What `code` prints where only the wheel is importable, besides libraries that are not hidden."""
    prelude = f"import sys; sys.path[:0] = [{str(site)!r}]; sys.modules.update(dict.fromkeys({hidden!r}))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", f"{prelude}\n{code}"],
        cwd=site,
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


def test_the_command_and_the_local_cloud_are_part_of_it(site: Path) -> None:
    assert "no faults" in _run(
        site,
        "import sys; sys.argv = ['cis-insights', 'check']\nfrom cis_insights.tools.cli import main; main()",
    )
    assert (
        _run(site, "from cis_insights.tools.local_cloud import LocalCloud; print(LocalCloud.__name__)")
        == "LocalCloud"
    )


def test_it_takes_no_other_name(site: Path) -> None:
    assert {path.name for path in site.iterdir() if path.is_dir() and "dist-info" not in path.name} == {
        "cis_insights",
        "bin",
    }
