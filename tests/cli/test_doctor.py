"""`cis-insights doctor`: what it finds in accounts of every kind, and which settings it prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cis_insights.verification.findings import Finding
from cis_insights.verification.trails import Place, Trail, Unanswered, check_trail, is_watchable
from cli.doctor.command import Examined
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
    return check_trail(trail, HERE, built_in(), NOW)


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
    "leaves out kms.amazonaws.com: no event for kms-key-disabled-or-deleted, kms-key-policy-changes,"
    " monitoring-tampering": replace(TRAIL, selectors=[{"FieldSelectors": [MANAGEMENT, NO_KMS]}]),
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
