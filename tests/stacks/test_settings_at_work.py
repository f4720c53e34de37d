"""Settings change what is deployed, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App, Environment

from cis_insights import Catalogue
from stacks.plan import plan
from stacks.settings import ControlSettings, SettingsError
from stacks.stack import CisStack

from ..support.synth import (
    EXCLUDE,
    Resources,
    alarms_of,
    built_in,
    built_in_and,
    dashboard,
    of_type,
    overview,
    patterns_by_metric,
    resources,
    settings,
    stack,
)


def test_an_exclusion_goes_into_query_filter_and_dashboard_and_the_exact_text_pages_nobody() -> None:
    found = resources(stack(**{"unauthorized-api-calls__exclude": EXCLUDE}))
    published, alarms = patterns_by_metric(found), alarms_of(found)
    exact = built_in()["unauthorized-api-calls"].exact_pattern
    assert published["cis-unauthorized-api-calls-exact"] == [exact]
    assert exact not in published["cis-unauthorized-api-calls"]
    assert '"*role/ci-*"' in published["cis-unauthorized-api-calls"][0]
    queries = [one["QueryString"] for one in of_type(found, "Logs::QueryDefinition")]
    assert sum("not like /role\\\\/ci-/" in json.dumps(query) for query in queries) == 1
    assert "not like /role" in json.dumps(dashboard(found, "cis-controls"))
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


def test_wrong_exclusions_stop_the_synth_under_the_keys_that_hold_them_with_all_other_faults() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(
            dashboards="maybe",
            **{
                "unauthorized-api-calls__exclude": 'userAgent != "x"',
                "vpc-changes__exclude": "nonsense here",
            },
        )
    places = [str(fault).partition(": error: ")[0] for fault in caught.value.faults]
    assert places == [
        "cis-insights:dashboards",
        "cis-insights:unauthorized-api-calls:exclude:1:1",
        "cis-insights:vpc-changes:exclude:1:10",
    ]


def test_a_wrong_exclusion_of_settings_made_in_code_stops_the_construct() -> None:
    own = ControlSettings(exclude=('userAgent != "x"',))
    chosen = replace(settings(), overrides={"vpc-changes": own})
    with pytest.raises(SettingsError) as caught:
        CisStack(App(), "CisInsights", settings=chosen, catalogue=built_in())
    with pytest.raises(SettingsError) as of_context:
        settings(**{"vpc-changes__exclude": 'userAgent != "x"'})
    assert str(caught.value) == str(of_context.value)


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


ALARMS = [control for control in built_in().values() if control.patterns]  # metric alarms
OWN = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
BENCHMARK = {control.id for control in ALARMS if control.group == "cis"}
ON = {control.id for control in ALARMS if control.default}


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, ON),
        ({"extended": "none"}, BENCHMARK),
        ({"extended": "all"}, {control.id for control in ALARMS}),
        ({"extended": "vpn-changes"}, {*BENCHMARK, "vpn-changes"}),
        ({"controls": "vpc-changes,vpn-changes"}, {"vpc-changes", "vpn-changes"}),
        ({"controls_off": "vpc-changes"}, ON - {"vpc-changes"}),
    ],
)
def test_controls_are_chosen(values: dict[str, object], ids: set[str]) -> None:
    assert set(alarms_of(resources(stack(**values)))) == {f"cis-{name}" for name in ids}


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
    assert "cis/investigations/" not in json.dumps(found)
    assert len(alarms_of(found)) == len(ON)
    assert "cis/investigations/" in json.dumps(resources(stack()))
    alone = json.dumps(resources(stack(investigations="off")))
    assert "cis-controls" not in alone
    assert "dashboards/dashboard/cis-overview" in alone


def test_tags_reach_every_resource_that_takes_them() -> None:
    found = resources(stack(tags="team=soc"))
    for kind in ("CloudWatch::Alarm", "SNS::Topic", "KMS::Key"):
        for one in of_type(found, kind):
            assert {"Key": "team", "Value": "soc"} in one["Tags"]


def test_a_control_no_pattern_can_say_becomes_a_log_alarm_with_a_role_of_its_own(tmp_path: Path) -> None:
    text = "# title: T\n# severity: low\n# alarm: 2 in 10m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own.cwli").write_text(text + 'filter tolower(userAgent) = "curl"')
    catalogue = built_in_and(tmp_path)
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
    (role,) = [one for one in of_type(found, "IAM::Role") if "logs.amazonaws.com" in json.dumps(one)]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "logs.amazonaws.com"}
    assert '"${Alarm}cis-own"' in _overview(found)


def test_a_log_alarm_that_is_left_out_is_not_on_the_overview(tmp_path: Path) -> None:
    (tmp_path / "own.cwli").write_text(OWN + 'filter tolower(userAgent) = "curl"')
    found = resources(stack(built_in_and(tmp_path), log_alarms="off"))
    assert not of_type(found, "CloudWatch::LogAlarm")
    assert "cis-own" not in _overview(found)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_a_log_alarm_where_there_are_none_is_an_error(tmp_path: Path, region: str) -> None:
    (tmp_path / "own.cwli").write_text(OWN + 'filter tolower(userAgent) = "curl"')
    catalogue = built_in_and(tmp_path)
    env = Environment(account="111122223333", region=region)
    with pytest.raises(SettingsError) as caught:
        CisStack(App(), "Cis", settings=settings(catalogue), catalogue=catalogue, env=env)
    assert str(caught.value) == (
        f"cis-insights:log-alarms: error: no filter pattern can say own, and {region} has no log alarms\n"
        "    hint: set cis-insights:log-alarms to off, or leave the control out"
    )
    CisStack(
        App(), "Cis", settings=settings(catalogue, log_alarms="off"), catalogue=catalogue, env=env
    )  # refuses nothing


def _overview(found: Resources) -> str:
    return json.dumps(overview(found))


def test_no_control_left_is_an_error() -> None:
    with pytest.raises(SettingsError, match="cis-insights:controls: error: no control is left to watch"):
        stack(extended="none", controls_off=sorted(BENCHMARK))


def test_a_percent_sign_in_a_text_is_no_regular_expression() -> None:
    excluded = {f"{control}__exclude": 'userAgent = "100%"' for control in sorted(BENCHMARK)[:6]}
    assert stack(exact_twins="off", **excluded)


def _own(folder: Path, count: int, condition: str) -> Catalogue:
    """The built-in controls, and some more."""
    for number in range(count):
        (folder / f"own-{number}.cwli").write_text(f"{OWN}filter {condition.replace('#', str(number))}")
    return built_in_and(folder)


QUOTAS: dict[str, tuple[int, str, dict[str, object], str]] = {
    "regular expressions": (
        6,
        "eventName like /^x#.*y$/",
        {},
        "cis-insights:controls: error: 6 filters with regular expressions, and a log group takes 5\n"
        "    hint: say them by anchored text, such as /^role\\/ci-/",
    ),
    "metric filters": (
        90,
        'eventName = "x#"',
        {"dashboards": "off"},
        "cis-insights:controls: error: 112 metric filters, and a log group takes 100\n"
        "    hint: leave out some controls",
    ),
    "widgets": (
        482,
        'tolower(userAgent) = "x#"',
        {"log_alarms": "off"},
        "cis-insights:controls: error: 555 resources, and a stack takes 500\n"
        "    hint: leave out some controls\n\n"
        "cis-insights:query-dashboard: error: 501 widgets, and a dashboard takes 500\n"
        "    hint: turn it off, or leave out some controls",
    ),
    "resources": (
        214,
        'tolower(userAgent) = "x#"',
        {},
        "cis-insights:controls: error: 501 resources, and a stack takes 500\n"
        "    hint: leave out some controls",
    ),
}


@pytest.mark.parametrize(("count", "condition", "values", "said"), QUOTAS.values(), ids=QUOTAS.keys())
def test_a_quota_is_counted_before_a_deploy_fails_half_way(
    count: int, condition: str, values: dict[str, object], said: str, tmp_path: Path
) -> None:
    catalogue = _own(tmp_path, count, condition)
    with pytest.raises(SettingsError) as caught:
        plan(catalogue, settings(catalogue, **values))
    assert str(caught.value) == said


def test_one_less_is_no_error(tmp_path: Path) -> None:
    catalogue = _own(tmp_path, 213, 'tolower(userAgent) = "x#"')
    assert len(plan(catalogue, settings(catalogue)).controls) == 230
    catalogue = _own(tmp_path, 426, 'tolower(userAgent) = "x#"')
    assert len(plan(catalogue, settings(catalogue, log_alarms="off")).controls) == 443
