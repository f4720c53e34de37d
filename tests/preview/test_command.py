"""The command: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cis_insights.errors import printable
from cli.main import main
from cli.preview.demo import END, load_event, write_week

from ..support.preview import make_event, read_data, write_events

ONE = ("-c", "controls=security-group-changes", "-c", "investigations=off", "-c", "query-dashboard=off")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_page_of_files_is_written_and_named() -> None:
    write_events(Path("a.json"), make_event(0))
    done = CliRunner().invoke(main, ["preview", "a.json", "-o", "page.html", *ONE])
    assert (done.exit_code, done.output) == (0, "page: page.html\n")
    data = read_data(Path("page.html").read_text(encoding="utf-8"))
    assert [one["total"] for one in data["controls"]] == [1]
    assert data["source"] == "account 111122223333, eu-west-1: 1 event: a.json"


def test_settings_apply_and_exclusions_are_listed() -> None:
    write_events(Path("a.json"), make_event(0), make_event(1, user="bob"))
    condition = 'userIdentity.userName = "bob"'
    Path("cdk.json").write_text(
        json.dumps(
            {
                "context": {
                    "cis-insights:security-group-changes:exclude": [{"condition": condition, "why": "W"}]
                }
            }
        )
    )
    done = CliRunner().invoke(main, ["preview", "a.json", *ONE, "-c", "prefix=own"])
    assert (done.exit_code, done.output) == (0, "page: preview.html\n")
    (control,) = read_data(Path("preview.html").read_text(encoding="utf-8"))["controls"]
    assert (control["total"], control["rule"]["name"]) == (1, "own-security-group-changes")
    assert [(one["condition"], one["why"]) for one in control["exclusions"]] == [(condition, "W")]


def test_what_is_broken_is_named_and_the_rest_is_drawn() -> None:
    write_events(Path("a.json"), make_event(0))
    Path("b.json").write_text("{")
    done = CliRunner().invoke(main, ["preview", "a.json", "b.json", *ONE])
    assert (done.exit_code, done.output) == (1, "b.json: not read: no valid JSON\npage: preview.html\n")


def test_nothing_to_draw_is_an_error() -> None:
    done = CliRunner().invoke(main, ["preview", "gone.json", *ONE])
    assert done.exit_code == 1
    assert done.output == (
        "Error: no event was read\ngone.json: not read: there is no such file or folder\n"
        "    hint: name a file or a folder with CloudTrail's records, or s3://BUCKET/AWSLogs/\n"
    )
    assert not Path("preview.html").exists()


def test_wrong_settings_are_said() -> None:
    done = CliRunner().invoke(main, ["preview", "-c", "periods=3"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: the settings cannot be used\n")


def test_the_week_is_the_same_in_every_run_and_has_every_control() -> None:
    ids = ["security-group-changes", "root-account-usage", "a-control-without-an-event"]
    week = write_week(ids)
    assert week == write_week(ids)
    records = json.loads(week.content)["Records"]
    names = {record["eventName"] for record in records}
    assert {load_event(id)["eventName"] for id in ids[:2]} < names
    assert max(record["eventTime"] for record in records) < END.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert printable(week.name) == week.name
