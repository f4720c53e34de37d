"""`make check` is fast: what needs the CDK or the local cloud is marked so, and left out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from .support.markers import MARKED, left_out, markers_of

# What a test file may import only with the marker.
NEEDS = {
    "aws_cdk": "cdk",
    "jsii": "cdk",
    "constructs": "cdk",
    "local_cloud": "cloud",
    "ministack": "cloud",
}
FILES = sorted(Path("tests").rglob("test_*.py"))


def _imports(path: Path) -> Iterator[str]:
    """The names that importing a file imports: what a function imports comes later, if ever."""
    package = path.parent.parts
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                above = package[: len(package) - level + 1] if level else ()
                base = ".".join([*above, *([module] if module else [])])
                yield from (base, *(f"{base}.{alias.name}" for alias in names))
            case _:
                pass


_direct = cache(lambda path: frozenset(_imports(path)))


@cache
def _file(module: str) -> Path | None:
    """The file of a module of this project."""
    path = Path(*module.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)


def imported(path: Path) -> set[str]:
    """All names that a file imports, and those that the files of this project import which it imports."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        new = _direct(waiting.pop()) - found
        found |= new
        waiting += filter(None, map(_file, new))
    return found


def needed(path: Path) -> set[str]:
    """The markers that a file must have, by what it imports."""
    return {
        marker
        for name, marker in NEEDS.items()
        if any(f"{one}.".startswith(f"{name}.") for one in imported(path))
    }


def test_a_file_that_imports_the_cdk_or_the_local_cloud_is_marked_so() -> None:
    missing = {path: needed(path) - markers_of(path.as_posix()) for path in FILES}
    assert {path: markers for path, markers in missing.items() if markers} == {}


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("from tests.support.synth import stack", {"cdk"}),
        ("from local_cloud import LocalCloud", {"cloud"}),
        ("import cis_insights\ndef late():\n    import aws_cdk", set()),
    ],
)
def test_what_is_imported_in_between_counts(text: str, markers: set[str], tmp_path: Path) -> None:
    path = tmp_path / "test_through.py"
    path.write_text(text, encoding="utf-8")
    assert needed(path) == markers


def test_every_place_that_is_marked_exists() -> None:
    places = {place.partition("::")[0] for places in MARKED.values() for place in places.split()}
    assert [place for place in sorted(places) if not Path(place).exists()] == []


def test_a_marker_is_of_a_file_a_folder_or_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MARKED, "slow", "tests/a.py tests/b.py::test_x tests/c")
    marked = (
        "tests/a.py",
        "tests/a.py::test_y",
        "tests/b.py::test_x",
        "tests/b.py::test_x[1]",
        "tests/c/d.py",
    )
    others = ("tests/ab.py", "tests/b.py", "tests/b.py::test_y", "tests/b.py::test_xy", "tests/cd.py")
    assert [markers_of(place) for place in marked] == [{"slow"}] * len(marked)
    assert [markers_of(place) for place in others] == [set()] * len(others)


@pytest.mark.parametrize(
    ("expression", "markers"),
    [
        ("", set()),
        ("not cdk", {"cdk"}),
        ("not cdk and not slow", {"cdk", "slow"}),
        ("not cdk or slow", set()),
        ("cdk and not slow", set()),
    ],
)
def test_files_are_passed_over_only_where_the_expression_leaves_them_out(
    expression: str, markers: set[str]
) -> None:
    assert left_out(expression) == markers
