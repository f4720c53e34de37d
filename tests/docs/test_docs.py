"""The documentation names what is there, and its tables are what the compiler does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cis_insights import (
    Equivalent,
    NotCompilable,
    QueryError,
    load_catalogue,
    parse_pattern,
    parse_query,
    prove,
)
from cis_insights.compiler import compile_query
from cis_insights.logs_insights.commands import PARSE_MODES
from cis_insights.logs_insights.function_names import FUNCTION_NAMES
from cis_insights.logs_insights.parser import UNSUPPORTED
from cis_insights.sql import to_sql

DOCS = Path("docs")
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PAGES = [Path("CONTRIBUTING.md"), *sorted(DOCS.rglob("*.md"))]
SEMANTICS = (DOCS / "semantics.md").read_text()
PARTS = ("Context", "Decision", "Consequences", "Weighed")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]*\w(?:/|\.(?:py|cwli|md|json|toml|txt))|Makefile")

every_page = pytest.mark.parametrize("page", PAGES, ids=str)
every_decision = pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)


def dead_links(text: str, folder: Path) -> list[str]:
    """Relative links of a page in `folder` that lead nowhere."""
    links = [link.partition("#")[0] for link in _LINK.findall(text) if "://" not in link]
    return [link for link in links if link and not (folder / link).exists()]


def missing_files(text: str) -> list[str]:
    """Files and folders that stand in code spans and not in the tree."""
    return [name for name in _CODE.findall(text) if _FILE.fullmatch(name) and not Path(name).exists()]


def rows(marker: str) -> list[tuple[str, str]]:
    """Condition and second cell of each row of a table of semantics.md."""
    table = SEMANTICS.split(f"<!-- {marker} -->")[1].split(f"<!-- /{marker} -->")[0]
    lines = [line for line in table.strip().splitlines() if line.startswith("| `")]
    cells = [re.split(r"(?<!\\)\|", line)[1:3] for line in lines]
    left_and_right = [[cell.strip().replace("\\|", "|") for cell in row] for row in cells]
    return [(condition.strip("`"), answer) for condition, answer in left_and_right]


@every_page
def test_a_page_s_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page.read_text(), page.parent) == []


def test_a_dead_link_is_found() -> None:
    assert dead_links("[a](0099-no.md) [b](README.md#x) [c](https://x.invalid)", DOCS / "decisions") == [
        "0099-no.md"
    ]


@every_page
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    assert missing_files(page.read_text()) == []


def test_a_file_that_does_not_exist_is_found() -> None:
    text = "`cis_insights/nosuch.py`, `app.py`, `queries/nosuch/`, `f = 5.5`"
    assert missing_files(text) == ["cis_insights/nosuch.py", "queries/nosuch/"]


def test_the_index_lists_every_decision_by_its_title_in_order() -> None:
    index = (DOCS / "decisions" / "README.md").read_text()
    listed = re.findall(r"^\| (\d{4}) \| \[(.+)\]\((.+)\) \| \S.* \|$", index, re.MULTILINE)
    titles = [page.read_text().splitlines()[0] for page in DECISIONS]
    assert [(f"# {int(number)}. {title}", name) for number, title, name in listed] == [
        (title, page.name) for title, page in zip(titles, DECISIONS, strict=True)
    ]
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@every_decision
def test_a_decision_is_one_page_with_its_four_parts_and_a_source(page: Path) -> None:
    text = page.read_text()
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == PARTS
    assert len(text.splitlines()) <= 60
    assert "https://" in text


@pytest.mark.parametrize(("condition", "pattern"), rows("compiled"))
def test_a_condition_becomes_the_pattern_shown_and_is_proven(condition: str, pattern: str) -> None:
    query = parse_query(f"filter {condition}")
    assert compile_query(query) == (pattern.strip("`"),)
    assert prove(query, [parse_pattern(pattern.strip("`"))]) == Equivalent()


@pytest.mark.parametrize(("condition", "reason"), rows("not-compilable"))
def test_what_is_shown_as_not_compilable_is_for_the_reason_shown(condition: str, reason: str) -> None:
    with pytest.raises(NotCompilable) as raised:
        compile_query(parse_query(f"filter {condition}"))
    assert [fault.message for fault in raised.value.faults] == [reason]


def test_both_tables_have_rows() -> None:
    assert len(rows("compiled")) >= 16
    assert len(rows("not-compilable")) >= 9


def test_the_table_of_what_cannot_run_locally_names_just_that() -> None:
    table = SEMANTICS.split("<!-- not-local -->")[1].split("<!-- /not-local -->")[0]
    lines = [line.split(" | ")[1] for line in table.strip().splitlines()[2:]]
    commands, modes, functions = (set(re.findall(r"`(\w+)`", line)) for line in lines)
    assert (commands, modes) == (set(UNSUPPORTED), set(PARSE_MODES))
    assert functions == {name for name in FUNCTION_NAMES if not _runs(name)}


def _runs(name: str) -> bool:
    """Whether SQL can be written of a call of a function, with arguments that it takes."""
    calls = ("a", "", "5m", "a, 5m", "a, b", "a, 50", "a, b, c", 'a, "10.0.0.0/8"', 'a, "::/0"')
    return any(_translates(f"{stage} {name}({call})") for stage in ("fields", "stats") for call in calls)


def _translates(query: str) -> bool:
    try:
        return bool(to_sql(parse_query(query)))
    except QueryError:
        return False


def test_the_exclusions_on_the_page_on_coverage_are_compiled_and_proven() -> None:
    blocks = re.findall(r"```json\n(.*?)```", (DOCS / "coverage.md").read_text(), re.DOTALL)
    shown = [json.loads("{" + block + "}") for block in blocks]
    keys = [(key.split(":")[1], condition) for block in shown for key, condition in block.items()]
    assert [control for control, _ in keys] == ["monitoring-tampering", "root-account-usage"]
    for control, condition in keys:
        assert load_catalogue()[control].excluding([condition]).patterns
