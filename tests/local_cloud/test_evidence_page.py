"""The evidence of `verify --html` in a real browser: what others have named is text, and nothing is cut.

Chromium comes from npm (`make browser`); nothing is installed on the machine.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cis_insights.verification.model import DeclaredExclusion, SetUp, Subscription
from cli.verify.evidence import write_evidence

from ..support.browser import is_missing, run_script
from ..support.evidence import DECLARED, RECORDS, VPC, document, excluding
from ..support.set_ups import NOW, TOPIC, TRAIL, topic

pytestmark = pytest.mark.skipif(
    is_missing(), reason="no browser in tests/browser/node_modules: make browser puts it there"
)
VIEWS = ("light", "dark", "narrow", "printed")
RUNS = "window.run=(window.run??0)+1"
# Ways out of text, of an attribute, of a style and of a comment; what would load, and what would run.
HOSTILE = (
    f"\"'></td></style></title><script>{RUNS}</script><img src=http://127.0.0.1:9/a onerror={RUNS}>"
    f"<svg onload={RUNS}><a href=javascript:{RUNS}>x</a><base href=http://127.0.0.1:9/>"
    "<style>@import url(http://127.0.0.1:9/b);*{display:none}</style><!--\x1b[31m\u202e" + "W" * 300
)


def _poison() -> SetUp:
    """A set-up in which everything that somebody can name has a hostile name."""
    ended = DeclaredExclusion(f"userAgent = '{HOSTILE}'", HOSTILE, HOSTILE, NOW.date())
    found = excluding(DECLARED, ended)
    person = Subscription(
        protocol=HOSTILE, endpoint=HOSTILE, arn=f"{TOPIC}:{HOSTILE}", is_authenticated=False
    )
    trail = {**TRAIL.description, "Name": HOSTILE, "S3BucketName": HOSTILE, "KmsKeyId": HOSTILE}
    return replace(
        found,
        trails=(replace(TRAIL, description=trail, selectors=[*TRAIL.selectors, {"Name": HOSTILE}]),),  # type: ignore[misc]
        filters=tuple(replace(one, name=HOSTILE) for one in found.filters),
        alarms=tuple(
            replace(one, name=f"{HOSTILE}{number}", text=HOSTILE, stack=HOSTILE, state=HOSTILE)
            for number, one in enumerate(found.alarms)
        ),
        topics={TOPIC: topic(subscriptions=(person,))},
    )


NOT_INERT = (
    f"<html><body><pre>{'W' * 300}</pre><script>{RUNS}</script><img src='http://127.0.0.1:9/a'></body></html>"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What a browser shows of two pages, and does: the evidence, and one that is not inert."""
    folder = tmp_path_factory.mktemp("evidence")
    records = replace(RECORDS, caller=HOSTILE, alias=HOSTILE, notes=(HOSTILE,))
    texts = (write_evidence(document(_poison(), records=records)), NOT_INERT)
    paths = [folder / f"{number}.html" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    found: list[Any] = json.loads(run_script("read.mjs", folder, *(path.as_uri() for path in paths)))
    return found


@pytest.fixture
def evidence(pages: list[Any]) -> Any:
    return pages[0]


def test_nothing_that_others_have_named_runs_loads_or_shows_as_anything_but_text(evidence: Any) -> None:
    assert [one.rpartition("/")[2] for one in evidence["requests"]] == ["0.html"] * len(VIEWS)
    assert evidence["messages"] == []
    assert evidence["run"] == 0
    assert not {"script", "img", "svg", "base", "iframe", "link", "form"} & {*evidence["elements"]}
    shown = HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert evidence["text"]["light"].count(shown) > 50


def test_nothing_is_cut_on_a_screen_a_phone_or_paper(evidence: Any) -> None:
    assert evidence["cut"] == {name: [] for name in VIEWS}
    assert all(VPC in text for text in evidence["text"].values())


def test_it_is_light_or_dark_as_its_reader_is_and_paper_is_white(evidence: Any) -> None:
    white, black = "rgb(255, 255, 255)", "rgb(20, 23, 26)"
    assert evidence["paper"] == {"light": white, "dark": black, "narrow": white, "printed": white}


def test_the_first_stop_of_the_keyboard_is_the_summary(evidence: Any) -> None:
    assert evidence["focused"] == "#summary"


def test_a_page_that_is_not_inert_is_noticed(pages: list[Any]) -> None:
    """The same reader sees what the tests above say that there is not."""
    found = pages[1]
    assert found["run"] == 1
    assert found["cut"]["narrow"]
    assert "http://127.0.0.1:9/a" in found["requests"]
    assert found["messages"]
    assert "script" in found["elements"]
