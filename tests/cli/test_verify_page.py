"""The form of the page of evidence: it is well-formed, read by everybody, and inert."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

from cis_insights.verification.model import DeclaredExclusion, SetUp, Subscription
from cli.verify.annotations import write_github, write_sarif
from cli.verify.page import STYLE
from cli.verify.screen import draw_screen

from ..support.evidence import DECLARED, RECORDS, excluding
from ..support.page import page_of, write
from ..support.set_ups import (
    NOW,
    TOPIC,
    alarm,
    exact,
    metric,
    metric_filter,
    sound,
    topic,
    verified,
)

GROUPS = "security-group-changes"
HOSTILE = '"><script>alert(1)</script>\x1b[31m\u202e::error::<img src=x onerror=alert(1)>'


def test_the_page_loads_and_runs_nothing() -> None:
    page = page_of()
    (policy,) = [
        tag["content"] for name, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy"
    ]
    style = write(sound()).partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {name for name, _ in page.tags} & {
        "script",
        "img",
        "iframe",
        "link",
        "form",
        "object",
        "embed",
    }
    places = {f"#{tag['id']}" for _, tag in page.tags if "id" in tag}
    links = {str(value) for _, tag in page.tags for key, value in tag.items() if key in ("src", "href")}
    assert links <= places
    assert links >= {f"#{one.control.id}" for one in verified(sound()).controls}


def test_tables_have_captions_and_heads_and_headings_have_an_order() -> None:
    page = page_of(excluding(DECLARED), records=RECORDS)
    names = [name for name, _ in page.tags]
    assert names.count("table") == names.count("caption")
    assert {tag.get("scope") for name, tag in page.tags if name == "th"} == {"row", "col"}
    levels = [int(name[1]) for name in names if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [name for name in names if name in ("header", "nav", "main")] == ["header", "nav", "main"]
    places = [tag["id"] for _, tag in page.tags if "id" in tag]
    assert len(places) == len(set(places))


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_is_read_on_its_paper() -> None:
    schemes = [dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in STYLE.split(":root")[1:]]
    assert len(schemes) == 3  # light, dark, print
    for colours in schemes:
        for paper in (colours["paper"], colours["code"]):
            for name in ("ink", "quiet", "link", "ok", "warning", "error"):
                low, high = sorted((_luminance(paper), _luminance(colours[name])))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (name, colours[name], paper)


def hostile() -> SetUp:
    """A set-up whose names somebody else chose."""
    filters = [metric_filter(HOSTILE, exact(GROUPS), metric=metric(GROUPS))]
    ended = DeclaredExclusion(f'userAgent = "{HOSTILE}"', HOSTILE, HOSTILE, NOW.date())
    person = Subscription(protocol="email", endpoint=HOSTILE, arn=f"{TOPIC}:2", is_authenticated=True)
    kept = tuple(one for one in sound().filters if one.metric.name != GROUPS)
    mine = alarm(HOSTILE, metrics=(metric(GROUPS),), text=HOSTILE, stack=HOSTILE, exclusions=(ended,))
    alarms = (*sound().alarms, alarm(HOSTILE, metrics=(metric(HOSTILE),)), mine)
    return replace(
        sound(),
        filters=(*kept, *filters),
        alarms=alarms,
        topics={TOPIC: topic(subscriptions=(person,))},
    )


def test_names_that_others_chose_are_inert_wherever_they_are_shown() -> None:
    found = verified(hostile())
    page = page_of(hostile(), records=replace(RECORDS, caller=HOSTILE, alias=HOSTILE, notes=(HOSTILE,)))
    assert HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd") in page.text
    assert not {name for name, _ in page.tags} & {"script", "img"}
    assert not [key for _, tag in page.tags for key in tag if key.startswith("on")]
    for text in (draw_screen(found), write_github(found)):
        assert all(line.isprintable() for line in re.sub(r"\x1b\[\d+m", "", text).splitlines())
    assert [line for line in write_github(found).splitlines() if not line.startswith("::")] == []
    assert "\x1b" not in write_sarif(found)
