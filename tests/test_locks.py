"""What is chosen in requirements*.in is locked in requirements*.txt, and only that is installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CHOSEN = sorted(ROOT.glob("requirements*.in"))
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
Lock = dict[str, list[tuple[Requirement, frozenset[str]]]]


def chosen(path: Path) -> list[Requirement]:
    """The requirements of an .in file and of those it names."""
    found: list[Requirement] = []
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            found += chosen(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.append(Requirement(line))
    return found


def lock(path: Path) -> Lock:
    """Each distribution with its requirements, one for each marker, and their hashes."""
    found: Lock = {}
    for entry in path.read_text().replace("\\\n", "").splitlines():
        if entry and not entry.lstrip().startswith("#"):
            requirement = Requirement(HASH.sub("", entry).strip())
            hashes = frozenset(HASH.findall(entry))
            found.setdefault(canonicalize_name(requirement.name), []).append((requirement, hashes))
    return found


def missing(locked: Lock, roots: list[Requirement]) -> set[str]:
    """What the installed distributions ask for, from these on, and the lock has not."""
    absent, seen, waiting = set(), set(), [(one, "") for one in roots]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        versions = [one for one, _ in locked.get(name, []) if one.marker is None or one.marker.evaluate()]
        if [f"=={metadata.version(name)}"] != [str(one.specifier) for one in versions]:
            absent.add(name)
        for one in requirement.extras or {""}:
            if (name, one) not in seen:
                seen.add((name, one))
                waiting += [(Requirement(text), one) for text in metadata.requires(name) or ()]
    return absent


@pytest.mark.parametrize("path", CHOSEN, ids=lambda path: path.stem)
def test_every_locked_distribution_has_one_version_and_its_hashes(path: Path) -> None:
    locked = lock(path.with_suffix(".txt"))
    for name, entries in locked.items():
        for requirement, hashes in entries:
            assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), name
            assert hashes, name


@pytest.mark.parametrize("path", CHOSEN, ids=lambda path: path.stem)
def test_a_lock_holds_what_was_chosen_in_the_version_that_was_chosen(path: Path) -> None:
    locked = lock(path.with_suffix(".txt"))
    for requirement in chosen(path):
        (entry,) = locked[canonicalize_name(requirement.name)]
        assert (requirement.specifier, requirement.marker) == (entry[0].specifier, entry[0].marker)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_lock_covers_everything_that_its_distributions_depend_on(name: str) -> None:
    path = ROOT / f"{name}.in"
    locked = lock(path.with_suffix(".txt"))
    assert missing(locked, chosen(path)) == set()
    assert missing({**locked, "jsii": []}, chosen(path)) == {"jsii"}


def test_the_app_and_the_checks_lock_the_same_versions() -> None:
    app, everything = lock(ROOT / "requirements.txt"), lock(ROOT / "requirements-dev.txt")
    assert {name: everything.get(name) for name in app} == app


def test_a_deployment_needs_no_more_than_three_distributions_of_its_own() -> None:
    assert [one.name for one in chosen(ROOT / "requirements.in")] == ["aws-cdk-lib", "constructs", "boto3"]


def test_what_builds_the_package_is_locked_as_well() -> None:
    build = re.search(r'^requires = \["(.*)"\]$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert build
    assert Requirement(build[1]) in chosen(ROOT / "requirements-dev.in")


def test_no_file_says_where_its_distributions_come_from() -> None:
    origin = re.compile(r"://|--(extra-)?index-url|--find-links|\"resolved\"")
    for path in [*CHOSEN, *(path.with_suffix(".txt") for path in CHOSEN), ROOT / "package-lock.json"]:
        assert not origin.search(path.read_text()), path.name


def test_every_package_of_npm_has_its_hash() -> None:
    for lock in ("package-lock.json", "tests/browser/package-lock.json"):
        packages = json.loads((ROOT / lock).read_text())["packages"]
        assert len(packages) > 1
        for path, package in packages.items():
            assert path == "" or package["integrity"].startswith("sha512-"), path


def test_make_installs_nothing_that_is_not_locked() -> None:
    for line in (ROOT / "Makefile").read_text().splitlines():
        if "pip install" in line:
            assert "--require-hashes --only-binary :all:" in line or "--no-deps --no-build-isolation" in line
        if "npm " in line and not line.startswith("#"):
            assert re.match(r"@?(cd tests/browser && )?npm ci ", line.strip())


def test_a_distribution_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "six-1.17.0-py2.py3-none-any.whl"
    wheel.write_bytes(b"another")
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(tmp_path), "--no-deps"]
    text = re.search(r"^six==.*?(?=^\s*#)", (ROOT / "requirements.txt").read_text(), re.MULTILINE | re.DOTALL)
    assert text
    (tmp_path / "lock.txt").write_text(text.group().rstrip(" \\\n") + "\n")
    command = [*pip, "--require-hashes", "--target", str(tmp_path / "site"), "-r", str(tmp_path / "lock.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
