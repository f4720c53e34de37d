"""The page for an auditor: complete, standing alone, and inert whatever the account's names are."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cis_insights.verification.model import SetUp, Subscription
from cli.main import main
from cli.verify.annotations import write_github, write_sarif
from cli.verify.document import Evidence, build_document
from cli.verify.evidence import write_evidence
from cli.verify.screen import draw_screen

from ..support.set_ups import (
    NOW,
    TOPIC,
    alarm,
    catalogue,
    exact,
    metric,
    metric_filter,
    sound,
    topic,
    verified,
    with_alarm,
    with_pattern,
    with_topic,
)

ROOT, GROUPS = "root-account-usage", "security-group-changes"
HOSTILE = '"><script>alert(1)</script>\x1b[31m\u202e::error::<img src=x onerror=alert(1)>'


class _Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def write(setup: SetUp, **more: Any) -> str:
    """The page of a set-up."""
    return write_evidence(build_document(Evidence(found=verified(setup), now=NOW, **more)))


def page_of(setup: SetUp | None = None, **more: Any) -> _Page:
    return _Page(write(setup or sound(), **more))


def test_every_requirement_has_its_query_text_proof_alarm_and_subscriber() -> None:
    page = page_of()
    assert "CIS AWS Foundations 5.0.0, monitoring" in page.text
    assert "2026-11-25 12:00 UTC" in page.text
    for verdict in verified(sound()).controls:
        control = verdict.control
        assert control.query_text in page.text
        assert all(pattern.text in page.text for pattern in control.patterns)
        assert f"{verdict.section} {control.title}" in page.text
    assert page.text.count("character by character; proven to count exactly the events of the query") == 15
    assert page.text.count("arn:aws:sns:eu-west-1:111122223333:alarms:1") == 15
    assert page.text.count("CloudWatch.10: passes") == 1
    assert "15 of 15 requirements hold." in page.text
    assert "falls short" not in page.text


def test_the_requirements_of_other_standards_are_those_of_the_control_by_source() -> None:
    page = page_of()
    kms = page.text.partition("CloudWatch.7: passes")[2].partition("Query")[0]
    assert "3.13.10, 3.13.16, 3.14.6, 3.14.7 (AWS Security Hub, CloudWatch.7)" in kms
    assert "AU-6(1), AU-6(5), CA-7, SI-2, SI-4(12) (AWS Security Hub, CloudWatch.17)" in kms
    assert "PCI DSS v3.2.1, SOC 2, NIST SP 800-53 Rev. 5: neither source maps the check itself" in kms


def test_what_falls_short_is_said_with_since_and_what_mends_it() -> None:
    page = page_of(with_alarm(ROOT, actions_enabled=False, configured=NOW))
    assert "14 of 15 requirements hold; 1 falls short: 4.3." in page.text
    assert "the actions of the alarm root-account-usage are off" in page.text
    assert "since 2026-11-25 12:00 UTC" in page.text
    assert "aws cloudwatch enable-alarm-actions --alarm-names root-account-usage" in page.text


def test_what_security_hub_would_find_follows_the_text() -> None:
    other = page_of(with_pattern(ROOT, exact(ROOT).replace(" &&", "  &&")))
    assert "CloudWatch.1: fails: no filter has the exact text" in other.text
    alone = page_of(with_topic(subscriptions=()))
    assert "CloudWatch.1: fails: the exact text has no alarm with a subscriber" in alone.text


def test_the_text_of_an_alarm_says_what_is_excluded_and_why() -> None:
    text = "4.3 Usage of the root user\nExcluded: break glass (why: drill; owner: soc; until 2027-03-31)"
    page = page_of(with_alarm(ROOT, text=text))
    assert text in page.text


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


def hostile() -> SetUp:
    """A set-up whose names somebody else chose."""
    filters = [metric_filter(HOSTILE, exact(GROUPS), metric=metric(GROUPS))]
    person = Subscription(protocol="email", endpoint=HOSTILE, arn=f"{TOPIC}:2", is_authenticated=True)
    kept = tuple(one for one in sound().filters if one.metric.name != GROUPS)
    alarms = (*sound().alarms, alarm(HOSTILE, metrics=(metric(HOSTILE),)))
    return replace(
        sound(),
        filters=(*kept, *filters),
        alarms=alarms,
        topics={TOPIC: topic(subscriptions=(person,))},
    )


def test_names_that_others_chose_are_inert_wherever_they_are_shown() -> None:
    found = verified(hostile())
    page = page_of(hostile())
    assert HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd") in page.text
    assert not {name for name, _ in page.tags} & {"script", "img"}
    assert not [key for _, tag in page.tags for key in tag if key.startswith("on")]
    for text in (draw_screen(found), write_github(found)):
        assert all(line.isprintable() for line in re.sub(r"\x1b\[\d+m", "", text).splitlines())
    assert [line for line in write_github(found).splitlines() if not line.startswith("::")] == []
    assert "\x1b" not in write_sarif(found)


def test_it_is_written_beside_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.main.load_catalogue", lambda *_: catalogue())
    Path("empty.yaml").write_text("Resources: {}\n")
    result = CliRunner().invoke(main, ["verify", "empty.yaml", "--html", "evidence.html"])
    assert result.output.endswith("0 of 15 controls of CIS 5.0.0 hold\n")
    assert "CIS monitoring of files" in Path("evidence.html").read_text(encoding="utf-8")
    missing = CliRunner().invoke(main, ["verify", "empty.yaml", "--html", "no/evidence.html"])
    assert "no/evidence.html: No such file or directory" in missing.output
