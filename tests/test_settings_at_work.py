"""Settings change what is deployed, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cis_insights import QueryError, load_catalogue
from stacks.settings import SettingsError

from .synth import (
    EXCLUDE,
    alarms_of,
    built_in,
    nested,
    of_type,
    patterns_by_metric,
    resources,
    stack,
)


def test_an_exclusion_goes_into_query_filter_and_dashboard_and_the_exact_text_pages_nobody() -> None:
    deployed = stack(**{"unauthorized-api-calls__exclude": EXCLUDE})
    found = resources(deployed)
    published, alarms = patterns_by_metric(found), alarms_of(found)
    exact = built_in()["unauthorized-api-calls"].exact_pattern
    assert published["cis-unauthorized-api-calls-exact"] == [exact]
    assert exact not in published["cis-unauthorized-api-calls"]
    assert '"*role/ci-*"' in published["cis-unauthorized-api-calls"][0]
    queries = [one["QueryString"] for one in of_type(found, "Logs::QueryDefinition")]
    assert sum("not like /role\\\\/ci-/" in json.dumps(query) for query in queries) == 1
    (body,) = [one["DashboardBody"] for one in of_type(nested(deployed), "CloudWatch::Dashboard")]
    assert "not like /role" in json.dumps(body)
    quiet = alarms["cis-unauthorized-api-calls-exact"]["AlarmActions"]
    assert quiet != alarms["cis-unauthorized-api-calls"]["AlarmActions"]
    (queue,) = of_type(found, "SQS::Queue")
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True
    protocols = [
        one["Protocol"] for one in of_type(found, "SNS::Subscription") if one["TopicArn"] == quiet[0]
    ]
    assert protocols == ["sqs"]


def test_a_setting_turns_the_exact_twin_off() -> None:
    found = resources(stack(exact_twins="off", **{"unauthorized-api-calls__exclude": EXCLUDE}))
    assert "cis-unauthorized-api-calls-exact" not in alarms_of(found)
    assert not of_type(found, "SQS::Queue")


def test_a_wrong_exclusion_stops_the_synth_under_the_key_that_holds_it() -> None:
    with pytest.raises(QueryError) as caught:
        stack(
            **{"unauthorized-api-calls__exclude": 'userAgent != "x"', "vpc-changes__exclude": "nonsense here"}
        )
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["cis-insights:unauthorized-api-calls:exclude", "cis-insights:vpc-changes:exclude"]


def test_ciss_own_text_is_a_quiet_twin_when_it_is_turned_on() -> None:
    assert "cis-iam-policy-changes-cis" not in alarms_of(resources(stack()))
    found = resources(stack(cis_twins="on"))
    for control in ("iam-policy-changes", "route-table-changes"):
        (text,) = patterns_by_metric(found)[f"cis-{control}-cis"]
        assert "eventSource" not in text


def test_threshold_period_and_severity_are_set_for_one_control() -> None:
    values: dict[str, object] = {
        "unauthorized-api-calls__threshold": 20,
        "unauthorized-api-calls__period": 900,
        "unauthorized-api-calls__severity": "low",
    }
    alarms = alarms_of(resources(stack(**values)))
    assert (
        alarms["cis-unauthorized-api-calls"]["Threshold"],
        alarms["cis-unauthorized-api-calls"]["Period"],
    ) == (20, 900)
    assert (alarms["cis-vpc-changes"]["Threshold"], alarms["cis-vpc-changes"]["Period"]) == (1, 300)


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, 16),
        ({"extended": "none"}, 15),
        ({"extended": "all"}, 27),
        ({"extended": "vpn-changes"}, 16),
        ({"controls": "vpc-changes,vpn-changes"}, 2),
        ({"controls_off": "vpc-changes"}, 15),
    ],
)
def test_controls_are_chosen(values: dict[str, object], count: int) -> None:
    assert len(alarms_of(resources(stack(**values)))) == count


def test_titles_show_the_sections_of_the_chosen_benchmark_version() -> None:
    names = [
        one["Name"] for one in of_type(resources(stack(benchmark_version="1.2.0")), "Logs::QueryDefinition")
    ]
    assert "cis/3.10 Security group changes" in names
    assert "cis/AWS Organizations changes" in names  # 1.2.0 has no such section


def test_the_benchmark_version_changes_no_alarm_name_and_no_metric() -> None:
    old, new = alarms_of(resources(stack(benchmark_version="1.2.0"))), alarms_of(resources(stack()))
    assert set(old) == set(new)


def test_everything_but_dashboards_and_investigations_can_stand_alone() -> None:
    found = resources(stack(dashboards="off", investigations="off"))
    assert not of_type(found, "CloudWatch::Dashboard")
    assert not of_type(found, "CloudFormation::Stack")
    assert len(alarms_of(found)) == 16
    overview = resources(stack(investigations="off"))
    assert "cis-investigation" not in json.dumps(overview)
    assert "dashboards/dashboard/cis-overview" in json.dumps(overview)


def test_tags_reach_every_resource_that_takes_them() -> None:
    found = resources(stack(tags="team=soc"))
    for kind in ("CloudWatch::Alarm", "SNS::Topic", "KMS::Key"):
        for one in of_type(found, kind):
            assert {"Key": "team", "Value": "soc"} in one["Tags"]


def test_a_control_no_pattern_can_say_becomes_a_log_alarm_with_a_role_of_its_own(tmp_path: Path) -> None:
    text = "# title: T\n# severity: low\n# alarm: 2 in 10m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own.cwli").write_text(text + 'filter tolower(userAgent) = "curl"')
    catalogue = load_catalogue("queries", tmp_path)
    found = resources(stack(catalogue))
    (alarm,) = of_type(found, "CloudWatch::LogAlarm")
    query = alarm["ScheduledQueryConfiguration"]
    assert query["QueryString"] == 'filter tolower(userAgent) = "curl"'
    assert query["AggregationExpression"] == "count(*)"
    assert query["ScheduleConfiguration"] == {
        "ScheduleExpression": "rate(10 minutes)",
        "StartTimeOffset": 1500,
        "EndTimeOffset": 900,
    }
    assert (alarm["Threshold"], alarm["AlarmName"]) == (2, "cis-own")
    (role,) = of_type(found, "IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "logs.amazonaws.com"}
    assert not of_type(resources(stack(catalogue, log_alarms="off")), "CloudWatch::LogAlarm")


def test_quotas_of_the_log_group_are_counted_before_a_deploy_fails(tmp_path: Path) -> None:
    text = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    for number in range(6):
        (tmp_path / f"own-{number}.cwli").write_text(f"{text}filter eventName like /^x{number}.*y$/")
    with pytest.raises(SettingsError, match="6 filters with regular expressions, and a log group takes 5"):
        stack(load_catalogue("queries", tmp_path))
    for number in range(90):
        (tmp_path / f"own-{number}.cwli").write_text(f'{text}filter eventName = "x{number}"')
    with pytest.raises(SettingsError, match="metric filters, and a log group takes 100"):
        stack(load_catalogue("queries", tmp_path))
