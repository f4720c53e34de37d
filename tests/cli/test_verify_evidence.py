"""The page for an auditor: complete, standing alone, and inert whatever the account's names are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from click.testing import CliRunner

from cis_insights.verification.model import DeclaredExclusion
from cis_insights.verification.trails import Unanswered
from cli.main import main
from cli.verify.annotations import find_version
from cli.verify.document import Evidence, build_document, write_document
from cli.verify.drill_file import read_drill
from cli.verify.evidence import write_evidence
from cli.verify.records import Firing

from ..support.evidence import ALARM, DECLARED, DRILL, RECORDS, document, excluding
from ..support.page import Page, page_of
from ..support.set_ups import (
    NOW,
    TRAIL,
    catalogue,
    exact,
    sound,
    verified,
    with_alarm,
    with_pattern,
    with_topic,
)

ROOT = "root-account-usage"


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


def test_the_front_says_what_was_examined_when_by_whom_and_with_what() -> None:
    page = page_of(records=RECORDS)
    front = " ".join(page.text.partition("Summary")[0].split())
    for part in (
        "CIS monitoring of account 111122223333 (acme-prod), eu-west-1, 2026-11-25 12:00 UTC",
        "15 of 15 requirements hold.",
        "Trailsevents, to the log group cloudtrail",
        "Byarn:aws:sts::111122223333:assumed-role/Auditor/anna",
        f"Withcis-insights {find_version()}",
        "Drillnone is cited",
        "WarningsnoneNot readLookupEvents was refused: no",
    ):
        assert part in front


def test_the_front_names_the_places_of_warnings() -> None:
    warned = excluding(DeclaredExclusion(DECLARED.condition))
    short = replace(TRAIL, log_group={"logGroupName": "cloudtrail", "retentionInDays": 30})
    front = page_of(replace(warned, trails=(short,))).text.partition("SHA-256")[0]
    assert front.endswith("WarningsTrail events, 4.14")


def test_the_page_has_the_sum_of_the_document_that_is_printed() -> None:
    found = document(records=RECORDS)
    digest = hashlib.sha256(write_document(found).encode()).hexdigest()
    assert digest in write_evidence(found)
    assert digest not in write_evidence(document())


def test_what_the_trail_rests_on_is_part_of_the_verdict() -> None:
    stopped = replace(TRAIL, status={**TRAIL.status, "IsLogging": False})  # type: ignore[dict-item]
    page = page_of(replace(sound(), trails=(stopped,)))
    assert "15 of 15 requirements hold, but what they rest on falls short" in page.text


def test_how_long_the_log_group_keeps_events_is_said_or_that_it_is_not_known() -> None:
    def kept(**group: Any) -> str:
        trail = replace(TRAIL, log_group=group or Unanswered("DescribeLogGroups", "no"))
        page = page_of(replace(sound(), trails=(trail,)))
        return page.text.partition("Log group keeps")[2].partition("Delivered last")[0]

    assert kept(logGroupName="cloudtrail", retentionInDays=400) == "400 daysLog group's keynone"
    assert kept(logGroupName="cloudtrail", kmsKeyId="arn") == "for everLog group's keyarn"
    assert kept() == "not knownLog group's keynot known"


def test_an_exclusion_is_shown_with_why_owner_and_end() -> None:
    page = page_of(excluding(DECLARED))
    assert "15 of 15 requirements hold, 1 of them with exclusions." in page.text
    assert 'eventName = "CreateVpc"made each nightSecOps2027-03-31' in page.text
    unsaid = page_of(excluding(DeclaredExclusion(DECLARED.condition)))
    assert unsaid.text.count("not said") == 2 * 3  # in the summary, and in its section


def test_a_subscriber_is_confirmed_on_a_day_or_it_is_said_why_that_is_not_known() -> None:
    known = page_of(records=RECORDS).text
    assert known.count("on 2026-10-16 12:00 UTC (CloudTrail); only AWS credentials can end it") == 15
    unrecorded = page_of(records=replace(RECORDS, confirmed={})).text
    assert "AWS records no date of a mail's link; only AWS credentials can end it" in unrecorded
    assert "confirmed; when was not looked up" in page_of().text


def test_an_alarm_says_when_it_fired_last() -> None:
    assert "Last fired2026-11-22 12:00 UTC; 1 of its actions succeeded" in page_of(records=RECORDS).text
    quiet = replace(RECORDS, fired={ALARM: Firing(None, since=NOW - timedelta(9))})
    said = "Last firednot in its history, which goes back to 2026-11-16 12:00 UTC"
    assert said in page_of(records=quiet).text
    assert "Last fired" not in page_of().text


def drilled(days: int) -> Page:
    place = sound().place
    assert place
    with NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(DRILL))
        file.flush()
        now = datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(days)
        drill = read_drill(Path(file.name), [place], now)
    return Page(write_evidence(build_document(Evidence(found=verified(sound()), now=now, drill=drill))))


def test_a_drill_is_shown_step_by_step_and_an_old_one_is_said_to_be() -> None:
    young, old = drilled(5).text, drilled(91).text
    assert "called after 0 s, recorded after 61.5 s, counted after 122 s, alarmed after 180 s" in young
    assert "no message in 300 s" in young
    assert "Not drilled: nobody calls as root" in young
    assert "5 days ago" in young and "older than 90 days" not in young
    assert "91 days ago older than 90 days" in old


def test_it_is_written_beside_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())
    Path("empty.yaml").write_text("Resources: {}\n")
    result = CliRunner().invoke(main, ["verify", "empty.yaml", "--html", "evidence.html"])
    assert result.output.endswith("0 of 15 controls of CIS 5.0.0 hold\n")
    assert "CIS monitoring of files" in Path("evidence.html").read_text(encoding="utf-8")
    printed = CliRunner().invoke(main, ["verify", "empty.yaml", "--html", "evidence.html", "--json"]).output
    digest = hashlib.sha256(printed.encode()).hexdigest()
    assert digest in Path("evidence.html").read_text(encoding="utf-8")
    assert json.loads(printed)["files"] == ["empty.yaml"]
    missing = CliRunner().invoke(main, ["verify", "empty.yaml", "--html", "no/evidence.html"])
    assert "no/evidence.html: No such file or directory" in missing.output
