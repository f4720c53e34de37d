"""Files and functions are short enough to be read in one go, and nothing in them is left open."""

from __future__ import annotations

import ast
from pathlib import Path

TOPS = ("cis_insights", "stacks", "local_cloud", "cli", "dev")
SOURCES = [Path("app.py"), *(path for top in TOPS for path in sorted(Path(top).rglob("*.py")))]
TESTS = [path for path in sorted(Path("tests").rglob("*.py")) if "node_modules" not in path.parts]
MAX_FILE, MAX_FUNCTION = 300, 40  # lines
LONGER = {
    "stacks/answers/state_machine.py: define_state_machine",
    "stacks/answers/state_machine.py: _define_answer",
    "stacks/answers/state_machine.py: _define_query",
    "stacks/answers/state_machine.py: _define_publish",
    "stacks/single_template/stack.py: __init__",
}


def longer(path: Path, text: str) -> list[str]:
    """A file, and its functions, that are too long to be read in one go."""
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    sizes = {f"{path}: {node.name}": (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    too_long = [name for name, size in sizes.items() if size > MAX_FUNCTION]
    return too_long if len(text.splitlines()) <= MAX_FILE else [str(path), *too_long]


def test_files_and_functions_are_short_but_those_of_the_table() -> None:
    found = {name for path in [*SOURCES, *TESTS] for name in longer(path, path.read_text(encoding="utf-8"))}
    assert found - LONGER == set()


def test_what_is_too_long_is_found() -> None:
    body = "    pass\n"
    text = f"def short():\n{body * (MAX_FUNCTION - 1)}async def long():\n{body * MAX_FUNCTION}"
    assert longer(Path("a.py"), text) == ["a.py: long"]
    assert longer(Path("a.py"), text + "\n" * MAX_FILE) == ["a.py", "a.py: long"]
    assert longer(Path("a.py"), "\n" * MAX_FILE) == []


def test_nothing_is_left_open_and_no_path_of_a_machine_is_named() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError", "/ho" + "me/", "/ro" + "ot/")
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path
