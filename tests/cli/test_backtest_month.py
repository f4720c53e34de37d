"""A month of noise with one attacker in it: the numbers are right, and the suggestion is one to take."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from cis_insights.logs_insights.parser import parse_filter

from ..support.backtest import DENIED, backtest, control, invoke
from ..support.month import ATTACKER, ROLE, Record, month

ROOT = "root-account-usage"
BOTH = ("--control", DENIED, "--control", ROOT)
RECORDS = month()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The month as CloudTrail delivers it, five hundred records a file."""
    folder = tmp_path_factory.mktemp("month")
    for first in range(0, len(RECORDS), 500):
        content = json.dumps({"Records": RECORDS[first : first + 500]}).encode()
        (folder / f"{first}.json.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture(scope="module")
def plain(folder: Path) -> Result:
    return backtest(*BOTH, folder)


@pytest.fixture(scope="module")
def excluded(folder: Path, plain: Result) -> Result:
    condition = control(plain)["suggestion"]["condition"]
    return backtest(*BOTH, "--exclude", f"{DENIED}={condition}", folder)


# --- an independent count: plain Python, no code of the project ---------------------------


def _is_denied(record: Record) -> bool:
    error = record.get("errorCode", "")
    return bool(error.startswith("AccessDenied") or error.endswith("UnauthorizedOperation"))


def _is_root(record: Record) -> bool:
    identity = record["userIdentity"]
    return (
        identity["type"] == "Root"
        and "invokedBy" not in identity
        and record["eventType"] != "AwsServiceEvent"
    )


def _mails(records: list[Record], threshold: int) -> tuple[int, int]:
    """Slots of five minutes with enough events, and how many of them follow a slot without."""
    slots = Counter(
        record["eventTime"][:14] + f"{int(record['eventTime'][14:16]) // 5:02}" for record in records
    )
    order = sorted({r["eventTime"][:10] for r in RECORDS})
    grid = [f"{day}T{hour:02}:{slot:02}" for day in order for hour in range(24) for slot in range(12)]
    firing = [slots[slot] >= threshold for slot in grid]
    return sum(firing), sum(now and not before for before, now in zip([False, *firing], firing, strict=False))


def _name(record: Record) -> str:
    identity = record["userIdentity"]
    if identity["type"] == "Root":
        return "of " + identity["accountId"]
    session = identity["arn"].split("/")[-1]
    return session if "@" in session or identity["type"] == "IAMUser" else identity["arn"].split("/")[1]


@pytest.mark.parametrize(("name", "counts"), [(DENIED, _is_denied), (ROOT, _is_root)])
def test_every_number_is_what_an_independent_count_says(plain: Result, name: str, counts: Any) -> None:
    found, records = control(plain, name), [record for record in RECORDS if counts(record)]
    times = sorted(record["eventTime"] for record in records)
    assert (found["events"], json.loads(plain.stdout)["records"]) == (len(records), len(RECORDS))
    assert (found["first"], found["last"]) == (times[0][:16] + "Z", times[-1][:16] + "Z")
    ladder = {step["threshold"]: (step["periods"], step["alarms"]) for step in found["ladder"]}
    assert ladder == {threshold: _mails(records, threshold) for threshold in (1, 3, 5, 10, 20)}
    assert ladder[1] == (found["periods"], found["alarms"])
    assert {day["day"]: day["events"] for day in found["by_day"]} == Counter(time[:10] for time in times)
    assert sum(day["alarms"] for day in found["by_day"]) == found["alarms"]
    assert found["by_hour"] == [Counter(int(time[11:13]) for time in times)[hour] for hour in range(24)]
    assert {who["name"]: who["events"] for who in found["principals"]} == Counter(map(_name, records))
    assert dict(found["addresses"]).items() <= Counter(one["sourceIPAddress"] for one in records).items()


def test_mails_a_day_and_a_week_are_those_of_the_days_that_were_looked_at(plain: Result) -> None:
    document, found = json.loads(plain.stdout), control(plain)
    assert 29 < document["days"] < 30
    assert found["alarms_a_day"] == pytest.approx(found["alarms"] / document["days"], abs=0.001)
    assert found["alarms_a_week"] == pytest.approx(7 * found["alarms_a_day"], abs=0.01)
    worst = next(day for day in found["by_day"] if day["day"] == found["worst_day"])
    assert worst["alarms"] == max(day["alarms"] for day in found["by_day"])


# --- the suggestion -----------------------------------------------------------------------


def test_sessions_of_a_role_are_one_principal_and_people_go_by_their_names(plain: Result) -> None:
    noisiest, *others = control(plain)["principals"]
    sessions = {r["userIdentity"]["arn"] for r in RECORDS if _is_denied(r) and _name(r) == "ci-deploy"}
    assert (noisiest["kind"], noisiest["name"], noisiest["sessions"]) == ("role", "ci-deploy", len(sessions))
    assert {(who["kind"], who["name"]) for who in others} == {
        ("person", "alice@example.com"),
        ("person", "bob@example.com"),
        ("user", "carol"),
        ("user", "mallory"),
    }


def test_the_suggestion_names_the_role_exactly_and_the_calls_that_make_its_noise(plain: Result) -> None:
    suggestion = control(plain)["suggestion"]
    assert suggestion["condition"] == (
        f'userIdentity.sessionContext.sessionIssuer.arn = "{ROLE}"'
        ' and eventName in ["GetBucketTagging", "HeadBucket"]'
    )
    assert suggestion["warnings"] == []
    matches = parse_filter(suggestion["condition"]).matches
    removed = [record for record in RECORDS if _is_denied(record) and matches(record)]
    assert suggestion["removes"] == len(removed) > 1_000
    assert all(_name(record) == "ci-deploy" for record in removed)


def test_the_attacker_is_seen_as_before(plain: Result, excluded: Result) -> None:
    """With the keys of a user whose path looks like a session, and with those of the role itself."""
    attack = [record for record in RECORDS if record["sourceIPAddress"] == "203.0.113.66"]
    left = control(excluded)
    assert dict(left["addresses"])["203.0.113.66"] == len(attack) == 8
    assert "203.0.113.66" not in dict(control(plain)["addresses"])  # below the noise
    assert [who["events"] for who in left["principals"] if who["name"] in ("mallory", "ci-deploy")] == [4, 4]
    assert left["events"] == control(plain)["suggestion"]["leaves"]["events"]
    assert left["alarms"] == control(plain)["suggestion"]["leaves"]["alarms"] < control(plain)["alarms"] / 5


def test_what_is_tried_shows_before_after_and_records(plain: Result, excluded: Result) -> None:
    before, tried = control(plain), control(excluded)["tried"]
    assert tried["before"] == {name: before[name] for name in ("events", "alarms", "periods")}
    hides = tried["hides"]
    assert hides["events"] == before["events"] - control(excluded)["events"]
    assert (len(hides["records"]), hides["warnings"]) == (3, [])
    assert all(record["who"] == "role ci-deploy" and record["error"] for record in hides["records"])
    assert control(excluded, ROOT)["tried"] is None


def test_an_exclusion_that_is_too_wide_warns_and_shows_whom_it_hides(folder: Path) -> None:
    wide = f"{DENIED}=userIdentity.arn like /assumed-role\\/ci-/"
    hides = control(backtest("--exclude", wide, folder))["tried"]["hides"]
    assert hides["warnings"] == ["failed calls of people: 4"]
    assert hides["records"][0]["session"] == ATTACKER
    quiet = f'{ROOT}=eventName = "GetAccountSummary"'
    hides = control(backtest("--control", ROOT, "--exclude", quiet, folder), ROOT)["tried"]["hides"]
    assert hides["warnings"] == ["by the root user: 8"]


def test_of_a_person_it_says_that_denied_calls_of_a_person_are_muted(tmp_path: Path) -> None:
    records = [{**record, "errorCode": "AccessDenied"} for record in RECORDS if "carol" in json.dumps(record)]
    (tmp_path / "a.json").write_text(json.dumps({"Records": records}))
    suggestion = control(backtest(tmp_path))["suggestion"]
    assert suggestion["principal"] == "carol"
    assert suggestion["warnings"] == [
        "carol may be a person: this mutes denied calls of a person, and of whoever has their keys"
    ]


# --- the settings -------------------------------------------------------------------------


def test_a_suggestion_adds_to_what_is_configured(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = 'sourceIPAddress = "198.51.100.7"'
    key = f"cis-insights:{DENIED}:exclude"
    (tmp_path / "cdk.json").write_text(
        json.dumps({"context": {key: [own], f"cis-insights:{DENIED}:threshold": 3}})
    )
    monkeypatch.chdir(tmp_path)
    found = control(backtest(folder))
    assert (found["configured"], found["threshold"]) == ([own], 3)
    assert {who["kind"] for who in found["principals"]} == {"role", "user"}
    (conditions,) = found["suggestion"]["setting"].values()
    assert conditions == [own, found["suggestion"]["condition"]]
    given = control(backtest("-c", f"{DENIED}:exclude={json.dumps(conditions)}", folder))
    assert (given["configured"], given["events"]) == (conditions, found["suggestion"]["leaves"]["events"])


def test_settings_that_cannot_be_used_are_an_error(folder: Path) -> None:
    result = invoke("-c", "vpc-changez:threshold=3", folder)
    assert result.exit_code == 1 and "the settings cannot be used\n" in result.output
    assert "did you mean" in result.output
