"""The code flows one way, from room to room: a table says who may import whom, and every file keeps to it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

TOPS = ("cis_insights", "stacks", "local_cloud", "cli", "dev")
SOURCES = [path for top in TOPS for path in sorted(Path(top).rglob("*.py"))]


class Room(NamedTuple):
    """What a room may import: rooms above it in the table, or whole packages; and libraries."""

    imports: str = ""
    libraries: str = ""


_LANGUAGE = (
    "cis_insights.errors cis_insights.limits cis_insights.reading cis_insights.regex cis_insights.events"
)
_BOTH = f"{_LANGUAGE} cis_insights.filter_patterns cis_insights.logs_insights"
_SERVICES = "local_cloud.logs local_cloud.cloudwatch local_cloud.cloudtrail"
_SERVICE = "cis_insights local_cloud.ministack local_cloud.protocol"
# From the bottom up: a row names only rows above it, so nothing runs back up.
ROOMS = {
    "cis_insights.errors": Room(),
    "cis_insights.limits": Room(),
    "cis_insights.reading": Room(),
    "cis_insights.regex": Room("cis_insights.errors cis_insights.limits"),
    "cis_insights.events": Room("cis_insights.errors cis_insights.limits cis_insights.reading"),
    # The second opinion on what a query says: it shares no code with the first.
    "cis_insights.filter_patterns": Room("cis_insights.errors cis_insights.reading"),
    "cis_insights.logs_insights": Room(_LANGUAGE),
    # Of alarms and dashboards, in the local cloud and in the preview.
    "cis_insights.metric_math": Room("cis_insights.errors"),
    "cis_insights.compiler": Room(f"{_LANGUAGE} cis_insights.logs_insights"),
    "cis_insights.proof": Room(_BOTH),
    "cis_insights.catalogue": Room(f"{_BOTH} cis_insights.compiler cis_insights.proof"),
    # What others deployed, judged by the same proof.
    "cis_insights.verification": Room(f"{_BOTH} cis_insights.proof cis_insights.catalogue"),
    "cis_insights": Room(f"{_BOTH} cis_insights.proof cis_insights.catalogue"),
    "cis_insights.sql": Room(
        "cis_insights.errors cis_insights.limits cis_insights.reading cis_insights.events "
        "cis_insights.logs_insights",
        "sqlglot duckdb",
    ),
    "cis_insights.backtest": Room(
        "cis_insights.errors cis_insights.limits cis_insights.events "
        "cis_insights.logs_insights cis_insights.sql",
        "sqlglot duckdb",
    ),
    "stacks.settings": Room("cis_insights", "aws_cdk"),
    "stacks.nag_acknowledgements": Room("", "aws_cdk"),
    "stacks.failure_alarm": Room("", "aws_cdk constructs"),
    "stacks.answers": Room(
        "cis_insights stacks.settings stacks.nag_acknowledgements stacks.failure_alarm", "aws_cdk constructs"
    ),
    "stacks": Room(
        "cis_insights stacks.settings stacks.nag_acknowledgements stacks.failure_alarm stacks.answers",
        "aws_cdk constructs",
    ),
    "stacks.single_template": Room(
        "cis_insights stacks.settings stacks.answers stacks", "aws_cdk constructs"
    ),
    "stacks.rollout": Room("stacks.settings stacks.single_template", "aws_cdk constructs yaml"),
    "local_cloud.ministack": Room(),
    "local_cloud.protocol": Room("cis_insights local_cloud.ministack", "botocore"),
    "local_cloud.logs": Room(_SERVICE),
    "local_cloud.events": Room(_SERVICE),
    "local_cloud.cloudwatch": Room(f"{_SERVICE} local_cloud.events"),
    "local_cloud.cloudtrail": Room(f"{_SERVICE} local_cloud.events", "botocore"),
    "local_cloud.stepfunctions": Room(_SERVICE, "botocore"),
    "local_cloud.cloudformation": Room(
        f"{_SERVICE} {_SERVICES} local_cloud.events local_cloud.stepfunctions", "botocore"
    ),
    "local_cloud": Room(
        f"{_SERVICE} {_SERVICES} local_cloud.events local_cloud.stepfunctions local_cloud.cloudformation",
        "boto3 botocore duckdb hypercorn sqlglot",
    ),
    # `stacks` only for its types: it is loaded through one bridge, when a verb needs it.
    "cli": Room("cis_insights", "boto3 botocore cfnlint click jsonata markdown_it rich yaml"),
    "dev": Room("cis_insights stacks local_cloud cli", "botocore rich z3"),
    "app": Room("cis_insights stacks", "aws_cdk"),
}
# What would make the compiler depend on when and where it runs.
IMPURE = {
    "time",
    "datetime",
    "random",
    "socket",
    "subprocess",
    "os",
    "pathlib",
    "threading",
    "asyncio",
    "urllib",
}
READS_FILES = {Path("cis_insights/catalogue/loader.py"): {"os", "pathlib"}}
# Compares times that AWS gives with one that it is given; it asks no clock.
COMPARES_TIMES = Path("cis_insights/verification")
EVALUATION = {
    "cis_insights.logs_insights.evaluate",
    "cis_insights.logs_insights.functions",
    "cis_insights.regex.automaton",
}


def _statements(node: ast.AST, *, lazy: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements, but those for types only; inside functions only if `lazy`."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                pass
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not lazy:
                pass
            case ast.Import() | ast.ImportFrom():
                yield child
            case ast.stmt() | ast.excepthandler() | ast.match_case():
                yield from _statements(child, lazy=lazy)
            case _:  # an expression, which holds no statement
                pass


@cache
def imports(path: Path, text: str, *, lazy: bool = True) -> tuple[str, ...]:
    """Full names of the modules that a file imports; relative ones as they resolve."""
    return tuple(_find_imports(path, text, lazy=lazy))


def _find_imports(path: Path, text: str, *, lazy: bool) -> Iterator[str]:
    package = path.with_suffix("").parts[:-1]
    for node in _statements(ast.parse(text), lazy=lazy):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            continue
        parent = package[: len(package) - node.level + 1] if node.level else ()
        module = ".".join([*parent, *([node.module] if node.module else [])])
        for name in (f"{module}.{alias.name}" for alias in node.names):
            yield name if _is_module(name) else module


@cache
def _is_module(name: str) -> bool:
    path = Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The row of a module; in `cis_insights`, a new folder needs a row of its own."""
    rows = [row for row in ROOMS if module == row or module.startswith(f"{row}.")]
    room = max(rows, key=len)
    if room == "cis_insights" != module:
        raise LookupError(f"the table has no row for {module}")
    return room


def breaches(path: Path, text: str) -> list[str]:
    """What a file imports and must not."""
    own = room_of(module_of(path))
    imported, libraries = (set(part.split()) for part in ROOMS[own])
    allowed = imported | {own}
    found = []
    for name in imports(path, text):
        top = name.partition(".")[0]
        if top in TOPS:
            beside = top in allowed and top != own.partition(".")[0]
            found += [name] if not beside and room_of(name) not in allowed else []
        elif top not in libraries and top not in sys.stdlib_module_names:
            found.append(name)
    return found


def test_a_row_names_only_rows_above_it() -> None:
    rows = list(ROOMS)
    for number, row in enumerate(rows):
        assert set(ROOMS[row].imports.split()) <= set(rows[:number]), row


def test_every_row_has_files() -> None:
    assert {room_of(module_of(path)) for path in [*SOURCES, Path("app.py")]} == set(ROOMS)


def test_a_file_imports_what_its_room_may() -> None:
    found = {path: breaches(path, path.read_text(encoding="utf-8")) for path in [*SOURCES, Path("app.py")]}
    assert {path: broken for path, broken in found.items() if broken} == {}


@pytest.mark.parametrize(
    ("path", "text", "breach"),
    [
        (
            "cis_insights/filter_patterns/a.py",
            "from ..logs_insights import parser",
            "cis_insights.logs_insights.parser",
        ),
        ("cis_insights/logs_insights/a.py", "from ..filter_patterns import pattern as a", None),
        ("cis_insights/regex/a.py", "def run():\n    import duckdb", "duckdb"),
        ("cis_insights/catalogue/a.py", "from ..sql import run_query", "cis_insights.sql"),
        ("cis_insights/a/b.py", "", LookupError),
        ("stacks/a.py", "from cli.main import main", "cli.main"),
        ("stacks/settings/a.py", "from ..stack import CisStack", "stacks.stack"),
        ("cli/a.py", "from stacks.stack import CisStack", "stacks.stack"),
        ("local_cloud/logs/a.py", "from ..server import LocalCloud", "local_cloud.server"),
        ("local_cloud/a.py", "from dev import demo", "dev.demo"),
    ],
)
def test_a_wall_that_is_broken_is_found(path: str, text: str, breach: str | type[Exception] | None) -> None:
    if isinstance(breach, type):
        with pytest.raises(breach):
            breaches(Path(path), text)
    else:
        assert breaches(Path(path), text) == [breach or "cis_insights.filter_patterns.pattern"]


def test_a_type_may_be_named_across_a_wall() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from stacks.stack import CisStack\n"
    assert breaches(Path("cli/a.py"), text) == []


def circle(files: dict[Path, str]) -> list[str]:
    """The modules of one circle of imports, if there is any."""
    graph = {module_of(path): set(imports(path, text, lazy=False)) for path, text in files.items()}
    try:
        TopologicalSorter(graph).prepare()
    except ValueError as error:
        return list(error.args[1])
    return []


def test_no_import_runs_in_a_circle() -> None:
    assert circle({path: path.read_text(encoding="utf-8") for path in SOURCES}) == []


def test_a_circle_is_found() -> None:
    files = {
        Path("cis_insights/errors.py"): "from .reading import a",
        Path("cis_insights/reading.py"): "from .errors import a",
    }
    assert len(circle(files)) == 3


def test_stacks_are_loaded_by_the_command_in_one_place() -> None:
    bridges = [path for path in Path("cli").rglob("*.py") if "import_module" in path.read_text("utf-8")]
    assert len(bridges) <= 1


def test_the_compiler_is_pure() -> None:
    for path in SOURCES:
        if path.parts[0] == "cis_insights" and path.parts[1] not in ("sql", "backtest"):
            tops = {name.partition(".")[0] for name in imports(path, path.read_text(encoding="utf-8"))}
            allowed = {"datetime"} if path.parent == COMPARES_TIMES else READS_FILES.get(path, set())
            assert tops & IMPURE <= allowed, path


def test_what_compares_times_asks_no_clock() -> None:
    for path in COMPARES_TIMES.glob("*.py"):
        assert not re.search(r"\b(now|utcnow|today)\(", path.read_text(encoding="utf-8")), path


def test_duckdb_and_the_evaluator_share_no_evaluation() -> None:
    for folder in ("sql", "backtest"):
        for path in Path("cis_insights", folder).glob("*.py"):
            assert not set(imports(path, path.read_text(encoding="utf-8"))) & EVALUATION, path


def test_every_room_that_is_shipped_is_in_the_wheel() -> None:
    listed = set(tomllib.loads(Path("pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    shipped = (
        path.parent for top in ("cis_insights", "stacks", "cli") for path in Path(top).rglob("__init__.py")
    )
    names = {".".join(folder.parts) for folder in shipped}
    rooms = {name if name.startswith("cis_insights") else f"cis_insights.{name}" for name in names}
    assert listed - {"cis_insights.queries", "cis_insights.demo_events"} == rooms
