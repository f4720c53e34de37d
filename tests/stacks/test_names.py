"""Names stay: an upgrade replaces nothing, two deployments share nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_logs as logs

from cis_insights import load_catalogue
from stacks.monitoring import CisMonitoring

from ..support.pin import CHANGELOG, pinned_names, public_names, unannounced
from ..support.synth import (
    LOG_GROUP,
    SHIPPED,
    alarms_by_default,
    built_in,
    built_in_and,
    resources,
    settings,
    stack,
    whole,
)


def test_no_control_that_was_shipped_goes_and_one_that_is_added_changes_no_stack_of_the_tests() -> None:
    alarms = [control.id for control in built_in().values() if control.is_alarm]
    assert alarms == SHIPPED.read_text(encoding="utf-8").split()
    assert set(alarms) <= set(whole())


def test_no_name_of_the_public_interface_goes_without_a_word_in_the_changelog() -> None:
    assert unannounced(pinned_names() - public_names(), CHANGELOG.read_text()) == []


def test_every_name_of_the_public_interface_is_written_down() -> None:
    assert public_names() - pinned_names() == set(), "run: make docs"


GONE = {
    "app id CisvpcchangesAlarm3C8B878F AWS::CloudWatch::Alarm": "CisvpcchangesAlarm3C8B878F",
    "app name AWS::CloudWatch::Alarm cis-vpc-changes": "cis-vpc-changes",
    "app metric LogMetrics cis-vpc-changes": "cis-vpc-changes",
    "app name AWS::Logs::QueryDefinition cis/4.14 VPC changes": "cis/4.14 VPC changes",
    "template parameter Email": "Email",
    "template output TopicArn": "TopicArn",
    "setting prefix": "prefix",
}


@pytest.mark.parametrize("name", GONE)
def test_a_name_may_go_once_the_newest_part_of_the_changelog_says_so(name: str) -> None:
    assert name in pinned_names()
    told = f"# Changelog\n\n## 0.2.0\n\n- `{GONE[name]}` is gone.\n\n## 0.1.0\n\n- First.\n"
    assert unannounced([name], told) == []
    assert unannounced([name], told.replace("0.2.0\n\n- ", "0.2.0\n\n- x\n\n## 0.1.1\n\n- ")) == [name]
    assert unannounced([name], told.replace(f"`{GONE[name]}`", f"`{GONE[name]}2`")) == [name]


def test_renumbering_and_moving_files_changes_nothing(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(Path("queries").rglob("*.cwli"), reverse=True)):
        folder = tmp_path / path.parent.name
        folder.mkdir(exist_ok=True)
        slug = re.sub(r"^\d+-", "", path.name)
        (folder / f"{number + 1:02}-{slug}").write_text(path.read_text())
    assert resources(stack(load_catalogue(tmp_path))) == resources(stack(whole()))


def test_a_new_control_is_one_file_and_changes_no_other_resource(tmp_path: Path) -> None:
    text = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own.cwli").write_text(f'{text}filter eventName = "x"')
    before, after = resources(stack()), resources(stack(built_in_and(tmp_path)))
    added = {key for key in after if key not in before}
    assert {after[key]["Type"].removeprefix("AWS::") for key in added} == {
        "CloudWatch::Alarm",
        "Logs::MetricFilter",
        "Logs::QueryDefinition",
    }
    changed = {before[key]["Type"] for key in before if before[key] != after.get(key)}
    # The state machine answers every alarm with its saved query.
    assert changed == {"AWS::CloudWatch::Dashboard", "AWS::StepFunctions::StateMachine"}


def test_two_deployments_in_one_account_share_no_name() -> None:
    def names(**values: object) -> set[str]:
        found = resources(stack(**values))
        for one in found.values():
            one.get("Properties", {}).pop("Parameters", None)  # of a saved query: named in its text alone
            one.get("Properties", {}).pop("PolicyName", None)  # of one role
        return set(re.findall(r'"(?:\w*Name)": ("[^"]+")', json.dumps(found)))

    aws = {"ExecutionsFailed", "ExecutionsTimedOut", "FailedInvocations", "StateMachineArn", "RuleName"}
    aws |= {"IncomingLogEvents", "LogGroupName", "NumberOfNotificationsFailed", "TopicName"}
    kept = {f'"{name}"' for name in (LOG_GROUP, *aws)}
    assert names() & names(prefix="second") <= kept


def test_the_construct_takes_somebody_elses_log_group() -> None:
    outer = Stack(App(), "Theirs")
    group = logs.LogGroup(outer, "Trail")
    monitoring = CisMonitoring(outer, "Cis", log_group=group, settings=settings(), catalogue=built_in())
    assert set(monitoring.dashboards) == {"overview", "investigation", "queries"}
    assert set(monitoring.topics) == {"all"}
    assert len(monitoring.alarms) == len(monitoring.metric_filters) == alarms_by_default()
    assert set(monitoring.saved_queries) > set(monitoring.alarms)


def test_nothing_below_the_app_reads_context_or_environment() -> None:
    for path in Path("stacks").rglob("*.py"):
        assert not re.search(r"os\.environ|getenv|try_get_context|get_all_context", path.read_text()), path
