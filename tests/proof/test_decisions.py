"""The figures in docs/decisions are those of the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cis_insights import compiler, limits, load_catalogue
from cis_insights.catalogue import Control
from cis_insights.filter_patterns import parser
from cis_insights.regex import automaton, text_classes, tree
from stacks import costs, log_alarm, notifications, quotas
from stacks.settings import Settings

PAGES = sorted(Path("docs/decisions").glob("[0-9]*.md"))
CATALOGUE = load_catalogue()
LIBRARY = Path("cli/preview/assets/echarts.common.min.js")

# Figures of the code, by the page that shows them.
OURS: dict[str, dict[str, Callable[[], float]]] = {
    "0001": {"1,024": lambda: parser.MAX_LENGTH},
    "0005": {"$0.40": lambda: (costs.METRIC + costs.ALARM) / 100},
    "0006": {
        "252": lambda: len(CATALOGUE["security-group-changes"].patterns[0].text),
        "44": lambda: len(CATALOGUE["security-group-changes"].patterns[1].text),
        "100": lambda: compiler.MAX_PATTERNS,
        "$0.30": lambda: costs.METRIC / 100,
    },
    "0007": {"14": notifications._KEPT.to_days},
    "0008": {
        "100": lambda: tree.MAX_REPEAT,
        "1,000": lambda: tree.MAX_TIMES,
        "1,024": lambda: tree.MAX_LENGTH,
        "40": lambda: tree.MAX_DEPTH,
        "10,000": lambda: automaton.MAX_SIZE,
        "500,000": lambda: text_classes.MAX_POSITIONS,
    },
    "0010": {"200": lambda: limits.MAX_FIELDS},
    "0012": {
        "300": lambda: Control.__dataclass_fields__["period"].default,
        "900": lambda: log_alarm.INGESTION_DELAY,
        "15": lambda: log_alarm.INGESTION_DELAY / 60,
    },
    "0015": {
        "786": lambda: len(CATALOGUE["organizations-changes"].patterns[0].text),
        "876": lambda: len(compiler.compile_query(CATALOGUE["organizations-changes"].query)[0]),
        "14": lambda: sum(c.security_hub is not None for c in CATALOGUE.values()),
        "15": lambda: CATALOGUE["organizations-changes"].number or 0,
    },
    "0016": {"1,024": lambda: parser.MAX_LENGTH},
    "0017": {"500": lambda: quotas.MAX_RESOURCES},
    "0024": {"715": lambda: round(len(LIBRARY.read_bytes()) / 1_000)},
    "0025": {"45": lambda: Settings.__dataclass_fields__["heartbeat"].default},
}
# Figures of others: years, versions, and what somebody else's texts hold.
OTHERS = {
    "0005": {"2023"},
    "0008": {"2022"},
    "0012": {"24"},
    "0014": {"2026", "22", "256", "751"},
    "0015": {"18", "21"},
    "0017": {"51,200", "152", "85,000", "1,000,000", "60"},
    "0023": {"262,144", "300"},
    "0024": {"210", "400"},
    "0025": {"30", "60"},
}


def figures(text: str) -> set[str]:
    """Numbers of two digits and more in a page's prose: no links, code, versions or sections."""
    _, body = text.split("\n", 1)
    prose = re.sub(r"decision \d+|\]\([^)]*\)|https?://\S+|`[^`]*`|\d+(?:\.\d+){2,}", " ", body)
    return set(re.findall(r"(?<![\w.])(?:\$\d+\.\d{2}|\d{1,3}(?:,\d{3})+|\d{2,})(?![\w,]*\d|\.\d)", prose))


def value(figure: str) -> float:
    return float(figure.replace("$", "").replace(",", ""))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_s_figures_are_the_code_s(page: Path) -> None:
    number = page.name[:4]
    ours = OURS.get(number, {})
    assert figures(page.read_text()) == {*ours, *OTHERS.get(number, ())}
    assert {figure: of_code() for figure, of_code in ours.items()} == {f: value(f) for f in ours}


def test_a_figure_in_prose_is_found_and_what_only_looks_like_one_is_not() -> None:
    text = "# 12. Title\n30,000 states, $0.40, 15 minutes; `99`, [1](http://x/77), CIS 4.15, 2.275.0, SHA256"
    assert figures(text) == {"30,000", "$0.40", "15"}
