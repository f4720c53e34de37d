"""Files and functions are short enough to be read in one go, and nothing in them is left open."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

TOPS = ("cis_insights", "stacks", "local_cloud", "cli", "dev")
SOURCES = [Path("app.py"), *(path for top in TOPS for path in sorted(Path(top).rglob("*.py")))]
TESTS = [path for path in sorted(Path("tests").rglob("*.py")) if "node_modules" not in path.parts]
MAX_FILE, MAX_FUNCTION = 300, 40  # lines


def longer(path: Path, text: str) -> list[str]:
    """A file, and its functions, that are too long to be read in one go."""
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    sizes = {f"{path}: {node.name}": (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    too_long = [name for name, size in sizes.items() if size > MAX_FUNCTION]
    return too_long if len(text.splitlines()) <= MAX_FILE else [str(path), *too_long]


def test_files_and_functions_are_short() -> None:
    paths = [*SOURCES, *TESTS]
    assert [name for path in paths for name in longer(path, path.read_text(encoding="utf-8"))] == []


def test_what_is_too_long_is_found() -> None:
    body = "    pass\n"
    text = f"def short():\n{body * (MAX_FUNCTION - 1)}async def long():\n{body * MAX_FUNCTION}"
    assert longer(Path("a.py"), text) == ["a.py: long"]
    assert longer(Path("a.py"), text + "\n" * MAX_FILE) == ["a.py", "a.py: long"]
    assert longer(Path("a.py"), "\n" * MAX_FILE) == []


def read_trip() -> list[tuple[Path, list[str]]]:
    """The files through which one control goes into the template, with the functions that it meets."""
    page = Path("CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.split("## One control, from file to template")[1].split("\n## ")[0]
    steps = [
        re.findall(r"`([^`]+)`", line.partition("):")[0])
        for line in section.splitlines()
        if line[:1].isdigit()
    ]
    return [(Path(file), functions) for file, *functions in steps]


def count_lines(path: Path, names: Sequence[str]) -> int:
    """The lines of some functions of a file.

    Raises:
        KeyError: if it does not have one of them.
    """
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = {node.name: node for node in tree if isinstance(node, ast.FunctionDef)}
    return sum((found[name].end_lineno or 0) - found[name].lineno + 1 for name in names)


def test_the_way_of_a_control_into_the_template_is_read_in_one_go() -> None:
    trip = read_trip()
    assert len(trip) == 15
    assert [path for path, _ in trip if not path.is_file()] == []
    assert 400 < sum(count_lines(path, names) for path, names in trip if names) < 600


def test_a_function_that_is_gone_is_noticed() -> None:
    with pytest.raises(KeyError, match="gone"):
        count_lines(Path("app.py"), ["gone"])


def test_nothing_is_left_open_and_no_path_of_a_machine_is_named() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError", "/ho" + "me/", "/ro" + "ot/")
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path
