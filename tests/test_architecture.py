"""The code flows one way: queries, cis_insights, stacks, app.py; tools stand aside."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = [
    Path("app.py"),
    *(path for top in ("cis_insights", "stacks", "tools") for path in Path(top).rglob("*.py")),
]
LIBRARIES = {
    "cis_insights": set(),
    "cis_insights/sql": {"sqlglot", "duckdb"},
    "stacks": {"aws_cdk", "constructs"},
    "tools": {
        "boto3",
        "botocore",
        "click",
        "rich",
        "ministack",
        "hypercorn",
        "stacks",
        "defusedxml",
        "duckdb",
        "sqlglot",
        "yaml",
        "z3",
    },
    ".": {"aws_cdk", "stacks"},
}
# What would make the compiler depend on when and where it runs.
IMPURE = {"time", "datetime", "random", "socket", "subprocess", "os", "threading", "asyncio", "urllib"}


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Top-level package and full name of everything a file imports; relative ones as they resolve."""
    package = ".".join(path.with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.name.partition(".")[0], alias.name
            case ast.ImportFrom(module=module, level=0):
                yield str(module).partition(".")[0], str(module)
            case ast.ImportFrom(module=module, level=level):
                parent = package.split(".")[: len(package.split(".")) - level + 1]
                yield parent[0], ".".join([*parent, *([module] if module else [])])
            case _:
                pass


def _layer(path: Path) -> str:
    return next(
        layer
        for layer in ("cis_insights/sql", "cis_insights", "stacks", "tools", ".")
        if str(path).startswith(layer) or layer == "."
    )


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_file_imports_its_own_layer_those_below_and_its_libraries(path: Path) -> None:
    layer = _layer(path)
    own = {"cis_insights"} if layer == "." else {"cis_insights", layer.partition("/")[0]}
    allowed = own | LIBRARIES[layer] | set(sys.stdlib_module_names)
    assert {top for top, _ in _imports(path)} <= allowed


@pytest.mark.parametrize("path", [path for path in SOURCES if _layer(path) == "cis_insights"], ids=str)
def test_the_compiler_is_pure(path: Path) -> None:
    tops = {top for top, _ in _imports(path)}
    reads_files = path.name == "catalogue.py"
    assert tops & (IMPURE | {"pathlib"}) <= ({"os", "pathlib"} if reads_files else set())
    assert not [name for _, name in _imports(path) if name.startswith("cis_insights.sql")]


def test_query_evaluator_and_pattern_matcher_share_no_code() -> None:
    shared = {"cis_insights.errors", "cis_insights.reading"}
    for path in Path("cis_insights").glob("matcher*.py"):
        ours = {name for top, name in _imports(path) if top == "cis_insights"}
        assert all(name in shared or name.startswith("cis_insights.matcher") for name in ours), path
    for name in ("evaluate", "functions", "automaton", "regex"):
        ours = {name for _, name in _imports(Path(f"cis_insights/{name}.py"))}
        assert not any("matcher" in name for name in ours)


def test_duckdb_and_the_evaluator_share_no_evaluation() -> None:
    for path in Path("cis_insights/sql").glob("*.py"):
        ours = {name for _, name in _imports(path)}
        assert not ours & {"cis_insights.evaluate", "cis_insights.functions", "cis_insights.automaton"}


@pytest.mark.parametrize("path", [*SOURCES, *Path("tests").glob("*.py")], ids=str)
def test_no_file_grows_beyond_four_hundred_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_nothing_is_left_open_and_no_path_of_a_machine_is_named() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError", "/ho" + "me/", "/ro" + "ot/")
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path
