"""`cis-insights doctor`: what it finds in accounts of every kind, and which settings it prints."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.doctor.command import Examined
from cli.doctor.findings import Finding, find_all, is_watchable
from cli.doctor.trails import Place, Trail, Unanswered
from cli.main import main
from dev.deployment import create_trail_bucket
from local_cloud import LocalCloud
from stacks.settings import read_settings

from ..support.synth import BASE, built_in

HERE = Place("111122223333", "eu-west-1")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:cloudtrail:*"
EVERYTHING = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}]
TRAIL = Trail(
    description={
        "Name": "events",
        "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/events",
        "HomeRegion": "eu-west-1",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "IsOrganizationTrail": False,
        "CloudWatchLogsLogGroupArn": GROUP,
    },
    status={"IsLogging": True, "LatestCloudWatchLogsDeliveryTime": NOW - timedelta(minutes=5)},
    selectors=EVERYTHING,
    log_group={"logGroupName": "cloudtrail", "logGroupClass": "STANDARD", "retentionInDays": 365},
)


def described(**values: object) -> Trail:
    """The trail, described otherwise."""
    return replace(TRAIL, description={**TRAIL.description, **values})


def found(trail: Trail) -> list[Finding]:
    return find_all(trail, HERE, built_in(), NOW)


def texts(trail: Trail, level: str) -> list[str]:
    return [one.text for one in found(trail) if one.level == level]


def test_nothing_stands_in_the_way_of_a_trail_of_everything() -> None:
    assert {one.level for one in found(TRAIL)} == {"ok"}
    assert Examined(TRAIL, found(TRAIL)).settings == {
        "cis-insights:trail": "existing",
        "cis-insights:log-group-name": "cloudtrail",
    }


DEAF: dict[str, Trail] = {
    "feeds no log group": described(CloudWatchLogsLogGroupArn=None),
    "feeds cloudtrail of the account 999988887777": described(
        CloudWatchLogsLogGroupArn=GROUP.replace("111122223333", "999988887777")
    ),
    "feeds cloudtrail, which no longer exists": replace(TRAIL, log_group=None),
    "records eu-west-1 only": described(IsMultiRegionTrail=False),
    "leaves out global services, IAM among them": described(IncludeGlobalServiceEvents=False),
    "records no management events that change something": replace(
        TRAIL, selectors=[{**EVERYTHING[0], "ReadWriteType": "ReadOnly"}]
    ),
    "is stopped": replace(TRAIL, status={**TRAIL.status, "IsLogging": False}),  # type: ignore[dict-item]
    "cannot deliver to CloudWatch Logs: AccessDenied": replace(
        TRAIL,
        status={**TRAIL.status, "LatestCloudWatchLogsDeliveryError": "AccessDenied"},  # type: ignore[dict-item]
    ),
    "the log group is of class INFREQUENT_ACCESS, which has no metric filters": replace(
        TRAIL, log_group={"logGroupName": "cloudtrail", "logGroupClass": "INFREQUENT_ACCESS"}
    ),
}


@pytest.mark.parametrize("text", DEAF)
def test_a_log_group_whose_alarms_would_be_deaf_is_not_to_be_watched(text: str) -> None:
    trail = DEAF[text]
    assert texts(trail, "error") == [text]
    assert not is_watchable(found(trail))
    assert Examined(trail, found(trail)).settings == {}
    assert all(one.hint for one in found(trail) if one.level == "error")


NO_KMS = {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
WANTING: dict[str, Trail] = {
    "leaves out calls that only read: no denied one for unauthorized-api-calls": replace(
        TRAIL, selectors=[{**EVERYTHING[0], "ReadWriteType": "WriteOnly"}]
    ),
    "leaves out kms.amazonaws.com: no event for kms-key-disabled-or-deleted, kms-key-policy-changes": replace(
        TRAIL, selectors=[{"FieldSelectors": [MANAGEMENT, NO_KMS]}]
    ),
    "has delivered nothing to CloudWatch Logs yet": replace(TRAIL, status={"IsLogging": True}),
    "has delivered nothing to CloudWatch Logs since 2026-11-23 12:00 UTC": replace(
        TRAIL, status={"IsLogging": True, "LatestCloudWatchLogsDeliveryTime": NOW - timedelta(days=2)}
    ),
    "the log group is kept for 90 days; Security Hub's CloudWatch.16 asks for 365": replace(
        TRAIL, log_group={"logGroupName": "cloudtrail", "retentionInDays": 90}
    ),
    "the log group is in us-east-1": described(
        HomeRegion="us-east-1", CloudWatchLogsLogGroupArn=GROUP.replace("eu-west-1", "us-east-1")
    ),
    "GetEventSelectors was refused: not you": replace(
        TRAIL, selectors=Unanswered("GetEventSelectors", "not you")
    ),
    "GetTrailStatus was refused: not you": replace(TRAIL, status=Unanswered("GetTrailStatus", "not you")),
    "DescribeLogGroups was refused: not you": replace(
        TRAIL, log_group=Unanswered("DescribeLogGroups", "not you")
    ),
}


@pytest.mark.parametrize("text", WANTING)
def test_what_is_wanting_is_said_and_the_log_group_can_be_watched_all_the_same(text: str) -> None:
    assert texts(WANTING[text], "warning") == [text]
    assert is_watchable(found(WANTING[text]))


@pytest.mark.parametrize(
    "selectors",
    [
        [{"FieldSelectors": [MANAGEMENT]}],
        [{**EVERYTHING[0], "ReadWriteType": "ReadOnly"}, {**EVERYTHING[0], "ReadWriteType": "WriteOnly"}],
        [{"FieldSelectors": [MANAGEMENT, NO_KMS]}, {"FieldSelectors": [MANAGEMENT]}],
        [{**EVERYTHING[0], "ExcludeManagementEventSources": ["rdsdata.amazonaws.com"]}],
    ],
)
def test_selectors_that_take_together_what_the_controls_ask_for_are_well(selectors: list[Any]) -> None:
    assert {one.level for one in found(replace(TRAIL, selectors=selectors))} == {"ok"}


@pytest.mark.parametrize(
    ("name", "is_organization", "kind"),
    [
        ("cloudtrail", False, "existing"),
        ("cloudtrail", True, "organization"),
        ("aws-controltower/CloudTrailLogs", True, "control-tower"),
        ("aws-controltower/CloudTrailLogs-c9n-gze", True, "control-tower"),
        ("aws-accelerator-cloudtrail-logs", True, "accelerator"),
        ("corp-cloudtrail-logs", False, "existing"),
    ],
)
def test_the_setting_is_that_of_whoever_made_the_trail_and_is_read_back(
    name: str, is_organization: bool, kind: str
) -> None:
    group = GROUP.replace("cloudtrail", name)
    trail = described(CloudWatchLogsLogGroupArn=group, IsOrganizationTrail=is_organization)
    context = Examined(trail, found(trail)).settings
    assert context["cis-insights:trail"] == kind
    usual = {f"cis-insights:{key}": value for key, value in BASE.items()}
    settings = read_settings({**usual, **context}, built_in())
    assert (settings.trail, settings.log_group_name) == (kind, name)


# --- the command, on a local cloud ------------------------------------------------------


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        for name, value in running.environment().items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        create_trail_bucket(running, "records")
        yield running


def make(cloud: LocalCloud, name: str, group: str, region: str = "us-east-1") -> None:
    """A trail of everything, and the log group that it feeds."""
    cloud.client("logs", region=region).create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{region}:{cloud.account}:log-group:{group}:*"
    trails = cloud.client("cloudtrail", region=region)
    trails.create_trail(
        Name=name,
        S3BucketName="records",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=arn,
        CloudWatchLogsRoleArn=f"arn:aws:iam::{cloud.account}:role/delivers",
    )
    trails.start_logging(Name=name)


def doctor(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["doctor", *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def test_where_nothing_records_it_offers_a_new_trail(cloud: LocalCloud) -> None:
    result = doctor()
    assert result.output == (
        f"account {cloud.account}, us-east-1\n\n"
        'no trail records this account; "cis-insights:trail": "new" makes one, with its log group\n'
    )
    assert result.exit_code == 1


def test_one_log_group_is_named_with_the_settings_that_watch_it(cloud: LocalCloud) -> None:
    make(cloud, "events", "aws-controltower/CloudTrailLogs-c9n-gze")
    result = doctor()
    assert _timeless(result.output) == (
        f"account {cloud.account}, us-east-1\n\n"
        "events (home Region us-east-1)\n"
        "  ok       feeds the log group aws-controltower/CloudTrailLogs-c9n-gze\n"
        "  ok       records all Regions and global services\n"
        "  ok       records all management events that the controls ask for, those of KMS too\n"
        "  ok       delivered to CloudWatch Logs at NOW\n\n"
        'Set, in cdk.json under "context":\n\n'
        '  "cis-insights:trail": "control-tower",\n'
        '  "cis-insights:log-group-name": "aws-controltower/CloudTrailLogs-c9n-gze"\n'
    )
    assert result.exit_code == 0


def test_of_several_none_is_guessed(cloud: LocalCloud) -> None:
    make(cloud, "one", "first")
    make(cloud, "two", "second")
    result = doctor()
    assert result.exit_code == 1
    assert result.output.endswith(
        "2 log groups can be watched; choose one, or deploy twice with two prefixes:\n\n"
        '  "cis-insights:trail": "existing",\n  "cis-insights:log-group-name": "first"\n\n'
        '  "cis-insights:trail": "existing",\n  "cis-insights:log-group-name": "second"\n'
    )


def test_two_trails_into_one_log_group_are_one_choice_and_a_warning(cloud: LocalCloud) -> None:
    make(cloud, "one", "shared")
    arn = f"arn:aws:logs:us-east-1:{cloud.account}:log-group:shared:*"
    role = f"arn:aws:iam::{cloud.account}:role/delivers"
    trails = cloud.client("cloudtrail")
    trails.create_trail(
        Name="two",
        S3BucketName="records",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=arn,
        CloudWatchLogsRoleArn=role,
    )
    trails.start_logging(Name="two")
    result = doctor()
    assert result.exit_code == 0
    assert "warning  the log group is fed by two too: each event counts twice" in result.output


def test_a_trail_of_another_region_is_found_and_asked_at_home(cloud: LocalCloud) -> None:
    make(cloud, "events", "cloudtrail", region="eu-west-1")
    result = doctor()
    assert "events (home Region eu-west-1)" in result.output
    assert "warning  the log group is in eu-west-1\n           hint: deploy there" in result.output
    assert result.output.endswith(
        "\n\nnot in us-east-1: the trail's log group is in eu-west-1; deploy there:\n"
        "  export AWS_REGION=eu-west-1\n"
    )
    assert (result.exit_code, doctor("--json").exit_code) == (1, 1)
    there = doctor("--region", "eu-west-1")
    assert there.output.splitlines()[0] == f"account {cloud.account}, eu-west-1"
    assert (there.exit_code, "not in" in there.output) == (0, False)


def test_what_cannot_be_watched_is_said_with_what_mends_it(cloud: LocalCloud) -> None:
    make(cloud, "events", "cloudtrail")
    cloud.client("cloudtrail").stop_logging(Name="events")
    result = doctor()
    assert (
        "error    is stopped\n           hint: aws cloudtrail start-logging --name events\n" in result.output
    )
    assert result.output.endswith(
        "no trail feeds a log group that can be watched: fix what is called an error above\n"
    )
    assert result.exit_code == 1


def test_the_readme_shows_what_it_prints(cloud: LocalCloud) -> None:
    make(cloud, "management-events", "cloudtrail")
    shown = Path("README.md").read_text().partition("<!-- doctor -->")[2].partition("<!-- /doctor -->")[0]
    _, command, *lines, _ = textwrap.dedent(shown.strip("\n")).splitlines()
    assert command == "$ cis-insights doctor"
    assert _timeless("\n".join(lines)) == _timeless(doctor().output.rstrip())


def _timeless(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "NOW", text)


def test_the_same_is_there_for_programs(cloud: LocalCloud) -> None:
    make(cloud, "events", "cloudtrail")
    document = json.loads(doctor("--json").output)
    (trail,) = document["trails"]
    assert (document["account"], trail["log_group_name"]) == (cloud.account, "cloudtrail")
    assert trail["settings"] == {
        "cis-insights:trail": "existing",
        "cis-insights:log-group-name": "cloudtrail",
    }
    assert [one["level"] for one in trail["findings"]] == ["ok"] * 4


def test_it_only_asks(cloud: LocalCloud) -> None:
    make(cloud, "events", "cloudtrail")
    before = cloud.client("cloudtrail").lookup_events()["Events"]
    doctor()
    assert [
        one["EventName"]
        for one in cloud.client("cloudtrail").lookup_events()["Events"]
        if one not in before and json.loads(one["CloudTrailEvent"])["readOnly"] is False
    ] == []


def test_without_credentials_or_an_answer_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert doctor("--region", "us-east-1").output == "Error: Unable to locate credentials\n"
    assert "could not be found" in doctor("--profile", "nobody").output
    assert doctor().output.endswith("Error: no Region: pass --region, or set AWS_REGION\n")
