"""The page as a document: nothing but itself, its policy, and hostile text that stays text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cis_insights import load_catalogue
from cis_insights.backtest.in_duckdb import Backtest, Text
from cli.preview.page import ASSETS, CHARTS, SCRIPTS, build_page, write_json

from ..support.preview import FOLDER, HOSTILE

NPM = FOLDER / "node_modules" / "echarts"


class _Elements(HTMLParser):
    """Elements, with the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style") and data.strip():
            self.texts.append((self.found[-1][0], data))


@pytest.fixture(scope="module")
def elements(page: Path) -> _Elements:
    return _Elements(page.read_text(encoding="utf-8"))


def test_the_document_has_its_own_elements_and_no_other(elements: _Elements) -> None:
    assert Counter(tag for tag, _ in elements.found) == {
        "html": 1, "head": 1, "meta": 5, "title": 1, "link": 1, "style": 1, "body": 1, "a": 1, "header": 1,
        "main": 1, "noscript": 1, "script": 3,
    }  # fmt: skip
    assert not [
        name
        for _, attributes in elements.found
        for name in attributes
        if name.startswith("on") or name == "src"
    ]


def test_the_policy_allows_these_scripts_and_this_style_by_their_hashes(elements: _Elements) -> None:
    policy = next(
        str(a["content"]) for _, a in elements.found if a.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    scripts = [text for tag, text in elements.texts if tag == "script"][1:]  # the first is data
    styles = [text for tag, text in elements.texts if tag == "style"]
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == " ".join(map(_hash, scripts))
    assert rules["style-src-elem"] == " ".join(map(_hash, styles))
    assert len(scripts) == 2


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_no_text_ends_the_element_that_holds_it() -> None:
    assert "<" not in write_json([HOSTILE, {"\u2028<": "<!--"}])
    html = build_page({"title": HOSTILE, "dashboards": []})
    assert HOSTILE not in html
    assert html.count("<script") == 3


def test_hostile_text_is_there_as_text_and_what_reverses_others_is_not(data: dict[str, Any]) -> None:
    rows = next(one for one in data["controls"] if one["id"] == "security-group-changes")["events"]["rows"]
    shown = HOSTILE.replace("\u202e", "\ufffd")
    assert any(shown in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if "\u202e" in cell]


def test_values_are_those_of_the_back_test(data: dict[str, Any], page: Path) -> None:
    queries = {
        one.id: one.query
        for one in load_catalogue().values()
        if one.id in {c["id"] for c in data["controls"]}
    }
    run = Backtest(queries)
    run.add([Text("events.json", 0, (page.parent / "events.json").read_bytes())])
    assert {one["id"]: one["total"] for one in data["controls"]} == {id: run.events(id) for id in queries}
    assert {one["id"]: len(one["raised"]) for one in data["controls"]} == {
        "security-group-changes": 3,
        "unauthorized-api-calls": 1,
    }


def test_a_mail_and_its_answer_say_who(data: dict[str, Any]) -> None:
    kinds = {mail["title"]: [letter["kind"] for letter in mail["letters"]] for mail in data["mails"]}
    assert kinds["4.10 Security group changes"] == ["The alarm's mail", "The mail that answers"]
    carol = next(mail for mail in data["mails"] if mail["control"] == "unauthorized-api-calls")
    alarm, answer = carol["letters"]
    assert alarm["subject"] == 'ALARM: "cis-unauthorized-api-calls" in eu-west-1'
    assert answer["subject"] == "[medium] 4.1 Unauthorized API calls: carol in 111122223333, eu-west-1"
    assert answer["text"].startswith("1 event by carol, 11:30:30 UTC on 19 November 2026\n")


@pytest.mark.skipif(
    not NPM.exists(), reason="no echarts in tests/browser/node_modules: make browser puts it there"
)
def test_the_chart_library_is_the_one_of_npm() -> None:
    """npm checks the package against the integrity in tests/browser/package-lock.json."""
    assert (ASSETS / CHARTS).read_bytes() == (NPM / "dist" / CHARTS).read_bytes()
    assert (ASSETS / "echarts.LICENSE").read_bytes() == (NPM / "LICENSE").read_bytes()


def test_the_chart_library_says_its_licence() -> None:
    assert "Apache License" in (ASSETS / CHARTS).read_text(encoding="utf-8")[:900]
    assert "Apache License" in (ASSETS / "echarts.LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SCRIPTS, "page.css"])
def test_own_assets_stay_short_and_read_no_html(name: str) -> None:
    text = (ASSETS / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|@import|url\(", text
    )


def _read_colours() -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the style sheet, in light and in dark."""
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", part)) for part in (light, dark)]
    return found[0], found[0] | found[1]


def _find_luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _find_contrast(one: str, other: str) -> float:
    dark, light = sorted((_find_luminance(one), _find_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *((text, ground) for text in ("text", "muted", "accent") for ground in ("card", "page")),
    *((text, "card") for text in ("critical", "high", "medium", "low", "alarm", "ok", "none")),
    *((text, f"{ground}-bg") for ground in ("alarm", "ok", "none") for text in ("text", ground)),
    ("top-text", "top"),
    ("top-muted", "top"),
]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_texts_are_told_from_their_ground_in_light_and_dark(text: str, ground: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1."""
    for colours in _read_colours():
        assert _find_contrast(colours[text], colours[ground]) >= 4.5


def test_a_ground_that_hides_a_text_is_found() -> None:
    assert _find_contrast("#777777", "#888888") < 4.5
    assert round(_find_contrast("#000000", "#ffffff"), 1) == 21.0
