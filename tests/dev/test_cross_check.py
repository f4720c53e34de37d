"""`make proof` counts what agrees, and names what does not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cis_insights import Control, load_catalogue
from dev import cross_check

CATALOGUE = load_catalogue()
VPC, ROOT_USER = CATALOGUE["vpc-changes"], CATALOGUE["root-account-usage"]
WRONG = replace(VPC, patterns=ROOT_USER.patterns)
EVENT = json.loads(
    next(Path("tests/events/vpc-changes/match").glob("*.json")).read_text(encoding="utf-8"),
)


def _run(check: cross_check.Check, *controls: Control) -> tuple[int, str]:
    out = io.StringIO()
    return check(controls, Console(file=out, soft_wrap=True)), out.getvalue()


def test_patterns_of_another_query_are_counted_as_not_proven() -> None:
    assert _run(cross_check.check_proofs, VPC, ROOT_USER)[0] == 0
    assert _run(cross_check.check_proofs, WRONG, ROOT_USER)[0] == 1


def test_generated_events_tell_patterns_of_another_query_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_check, "GENERATED", 200)
    failures, text = _run(cross_check.check_generated, VPC)
    assert failures == 0
    assert "200 events" in text
    failures, text = _run(cross_check.check_generated, WRONG)
    assert failures > 0
    assert f"{failures:,} disagreements" in text


def test_a_query_that_sql_reads_otherwise_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    events = {VPC.id: [EVENT, {}]}
    assert cross_check.compare_engines([VPC], events) == ({VPC.id: 1}, 0)
    monkeypatch.setattr(cross_check, "find_by_sql", lambda control, events: {1})
    assert cross_check.compare_engines([VPC], events) == ({VPC.id: 1}, 2)


def test_recorded_events_are_read_from_files_and_folders_and_what_is_unread_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"Records": [EVENT, EVENT]}), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(f"{json.dumps(EVENT)}\n{json.dumps({'event': EVENT})}\n", "utf-8")
    failures, text = _run(cross_check.check_recorded([str(tmp_path)]), VPC)
    assert failures == 0
    assert "4 events: query, patterns and SQL agree but for 0" in text
    assert "found: vpc-changes 4" in text
    assert _run(cross_check.check_recorded([str(tmp_path)]), WRONG)[0] > 0
    (tmp_path / "c.json").write_text("[", encoding="utf-8")
    failures, text = _run(cross_check.check_recorded([str(tmp_path), str(tmp_path / "none.json")]), VPC)
    assert failures == 2
    assert "c.json:0: no JSON object" in text
    assert "none.json:0: there is no such file or folder" in text


@pytest.mark.parametrize(("failures", "code"), [(0, 0), (3, 1)])
def test_the_command_fails_where_anything_disagrees(
    failures: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cross_check, "list_checks", lambda places: [lambda controls, console: failures])
    assert cross_check.main([]) == code
    assert ("no disagreement" in capsys.readouterr().out) is (code == 0)
