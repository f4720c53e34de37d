"""What is deployed from the catalogue; each fault that others shipped has its test here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from cis_insights import QueryError, load_catalogue, parse_query
from stacks.monitoring import CisMonitoring
from stacks.settings import SettingsError

from .synth import LOG_GROUP, built_in, minified, nested, of_type, resources, settings, stack

CIS = [control for control in built_in().values() if control.group == "cis"]
ARN = "arn:aws:sns:eu-west-1:111122223333:security"


@pytest.fixture(scope="module")
def default() -> dict[str, dict[str, Any]]:
    return resources(stack())


def _alarms(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {alarm["AlarmName"]: alarm for alarm in of_type(found, "CloudWatch::Alarm")}


def _published(found: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Patterns by the metric they publish to."""
    by_metric: dict[str, list[str]] = {}
    for one in of_type(found, "Logs::MetricFilter"):
        (transformation,) = one["MetricTransformations"]
        by_metric.setdefault(transformation["MetricName"], []).append(one["FilterPattern"])
    return by_metric


def test_every_control_has_its_filters_its_alarm_and_its_saved_query(default: dict[str, Any]) -> None:
    names = {f"cis-{control.id}" for control in CIS} | {"cis-monitoring-tampering"}
    assert set(_alarms(default)) == set(_published(default)) == names
    assert len(of_type(default, "Logs::QueryDefinition")) == len(names)


@pytest.mark.parametrize("control", CIS, ids=lambda control: control.id)
def test_the_text_that_security_hub_wants_is_deployed_character_by_character(
    default: dict[str, Any], control: Any
) -> None:
    assert control.exact_pattern in _published(default)[f"cis-{control.id}"]


def test_every_alarm_sums_a_metric_that_a_filter_publishes(default: dict[str, Any]) -> None:
    published = _published(default)
    for alarm in _alarms(default).values():
        assert alarm["MetricName"] in published
        assert alarm["Namespace"] == "LogMetrics"
        assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")
        assert alarm["AlarmActions"]
        assert "Dimensions" not in alarm


def test_filters_count_one_by_one_and_zero_otherwise(default: dict[str, Any]) -> None:
    for one in of_type(default, "Logs::MetricFilter"):
        (transformation,) = one["MetricTransformations"]
        assert (transformation["MetricValue"], transformation["DefaultValue"]) == ("1", 0)
        assert one["LogGroupName"] == LOG_GROUP
        assert len(one["FilterPattern"]) <= 1024


def test_what_a_control_covers_more_is_counted_in_the_same_metric(default: dict[str, Any]) -> None:
    assert _published(default)["cis-security-group-changes"][1:] == [
        '{ $.eventName = "ModifySecurityGroupRules" }'
    ]


def test_no_log_group_is_ever_made(default: dict[str, Any]) -> None:
    assert not of_type(default, "Logs::LogGroup")


def _filled(sub: Any, region: str = "eu-west-1", host: str = "console.aws.amazon.com") -> str:
    """The text of `Fn::Sub`, as it is when deployed."""
    text = sub["Fn::Sub"][0]
    for name, value in (("AWS::Region", region), ("Host", host), ("Query", "0" * 36)):
        text = text.replace(f"${{{name}}}", value)
    return str(text)


def test_a_mail_says_what_happened_what_to_do_and_where_to_look(default: dict[str, Any]) -> None:
    assert _filled(_alarms(default)["cis-security-group-changes"]["AlarmDescription"]).splitlines() == [
        "4.10 Security group changes (medium): A security group is the firewall of an instance;"
        " one rule can open it to the internet.",
        "First: Read the rule in requestParameters; look for 0.0.0.0/0 and ::/0.",
        "CIS 3.10 (1.2.0), 4.10 (1.4.0 to 5.0.0), 5.10 (6.0.0 to 7.0.0); Security Hub CloudWatch.10",
        "Who, from where, what: saved query cis/4.10 Security group changes",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:logs-insights$3FqueryDetail$3D$257E$2528queryId$257E$2527"
        + "0"
        * 36
        + "$257Esource$257E$2528"
        "$257E$2527aws-controltower*2FCloudTrailLogs$2529$2529",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#dashboards/dashboard/cis-investigation?start=PT3H",
    ]


def test_every_description_fits_whatever_the_names(default: dict[str, Any]) -> None:
    longest = resources(stack(log_group_name="x" * 512, prefix="p" * 60))
    for found in (default, longest):
        for alarm in _alarms(found).values():
            text = _filled(alarm["AlarmDescription"], "ap-southeast-2", "console.amazonaws-us-gov.com")
            assert len(text) <= 1024
            assert "saved query" in text
            assert "dashboards/dashboard/" in text


def test_links_lead_to_the_console_of_the_partition() -> None:
    template = json.dumps(resources(stack()))
    assert "arn:aws:" not in template.replace("arn:aws:sns:eu-west-1", "")
    mappings = json.dumps(_template()["Mappings"])
    for host in ("console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"):
        assert host in mappings


def _template(**values: object) -> dict[str, Any]:
    return dict(Template.from_stack(stack(**values)).to_json())


def test_the_template_is_small_enough_to_be_given_inline() -> None:
    template = _template()
    template.pop("Rules", None)
    template["Parameters"] = {k: v for k, v in template["Parameters"].items() if k != "BootstrapVersion"}
    assert len(minified(template).encode()) <= 51_200


# --- topics -----------------------------------------------------------------------------


def test_one_topic_encrypted_tls_only_and_open_to_alarms_of_this_account(default: dict[str, Any]) -> None:
    (topic,) = of_type(default, "SNS::Topic")
    assert topic["KmsMasterKeyId"]
    (policy,) = of_type(default, "SNS::TopicPolicy")
    deny, publish = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert publish["Action"] == "sns:Publish"
    assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "aws:SourceArn" in publish["Condition"]["ArnLike"]
    (key,) = of_type(default, "KMS::Key")
    assert key["EnableKeyRotation"] is True
    cloudwatch = key["KeyPolicy"]["Statement"][1]
    assert cloudwatch["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert cloudwatch["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert cloudwatch["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_nobody_but_alarms_is_allowed_anything_by_a_wildcard() -> None:
    found = resources(stack(**{"vpc-changes__exclude": 'userAgent = "x"'}))
    for kind in ("SNS::TopicPolicy", "SQS::QueuePolicy"):
        for policy in of_type(found, kind):
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Deny" or statement["Principal"] not in ("*", {"AWS": "*"})


def test_severities_are_routed_apart_where_settings_say_so() -> None:
    found = resources(stack(subscribers_critical="pager@example.com"))
    topics = {topic["TopicName"] for topic in of_type(found, "SNS::Topic")}
    assert topics == {"cis-alarms-critical", "cis-alarms-high", "cis-alarms-medium"}
    endpoints = sorted(one["Endpoint"] for one in of_type(found, "SNS::Subscription"))
    assert endpoints == ["pager@example.com", *["soc@example.com"] * 3]
    own = _alarms(found)
    assert own["cis-cloudtrail-changes"]["AlarmActions"] != own["cis-vpc-changes"]["AlarmActions"]


def test_a_severity_that_would_tell_nobody_is_an_error() -> None:
    with pytest.raises(SettingsError) as caught:
        stack(subscribers="", subscribers_critical="pager@example.com")
    assert "cis-insights:subscribers-high: error: nobody would be told of alarms of severity high" in str(
        caught.value
    )


def test_an_existing_topic_is_notified_and_none_is_made() -> None:
    found = resources(stack(subscribers="", topic_arn=ARN))
    assert not of_type(found, "SNS::Topic")
    assert not of_type(found, "KMS::Key")
    assert all(alarm["AlarmActions"] == [ARN] for alarm in _alarms(found).values())


def test_an_existing_topic_besides_subscribers_gets_the_alarms_as_well() -> None:
    for alarm in _alarms(resources(stack(topic_arn=ARN))).values():
        assert len(alarm["AlarmActions"]) == 2
        assert alarm["AlarmActions"][1] == ARN


def test_a_lambda_function_may_be_invoked_by_the_topic_alone() -> None:
    function = "arn:aws:lambda:eu-west-1:111122223333:function:notify"
    found = resources(stack(subscribers=function))
    (permission,) = of_type(found, "Lambda::Permission")
    assert (permission["FunctionName"], permission["Principal"]) == (function, "sns.amazonaws.com")
    assert permission["SourceArn"]["Ref"]


# --- settings at work -------------------------------------------------------------------

EXCLUDE = r"userIdentity.arn like /role\/ci-/"


def test_an_exclusion_goes_into_query_filter_and_dashboard_and_the_exact_text_pages_nobody() -> None:
    deployed = stack(**{"unauthorized-api-calls__exclude": EXCLUDE})
    found = resources(deployed)
    published, alarms = _published(found), _alarms(found)
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
    assert "cis-unauthorized-api-calls-exact" not in _alarms(found)
    assert not of_type(found, "SQS::Queue")


def test_a_wrong_exclusion_stops_the_synth_under_the_key_that_holds_it() -> None:
    with pytest.raises(QueryError) as caught:
        stack(
            **{"unauthorized-api-calls__exclude": 'userAgent != "x"', "vpc-changes__exclude": "nonsense here"}
        )
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["cis-insights:unauthorized-api-calls:exclude", "cis-insights:vpc-changes:exclude"]


def test_ciss_own_text_is_a_quiet_twin_when_it_is_turned_on() -> None:
    assert "cis-iam-policy-changes-cis" not in _alarms(resources(stack()))
    found = resources(stack(cis_twins="on"))
    for control in ("iam-policy-changes", "route-table-changes"):
        (text,) = _published(found)[f"cis-{control}-cis"]
        assert "eventSource" not in text


def test_threshold_period_and_severity_are_set_for_one_control() -> None:
    values: dict[str, object] = {
        "unauthorized-api-calls__threshold": 20,
        "unauthorized-api-calls__period": 900,
        "unauthorized-api-calls__severity": "low",
    }
    alarms = _alarms(resources(stack(**values)))
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
    assert len(_alarms(resources(stack(**values)))) == count


def test_titles_show_the_sections_of_the_chosen_benchmark_version() -> None:
    names = [
        one["Name"] for one in of_type(resources(stack(benchmark_version="1.2.0")), "Logs::QueryDefinition")
    ]
    assert "cis/3.10 Security group changes" in names
    assert "cis/AWS Organizations changes" in names  # 1.2.0 has no such section


def test_the_benchmark_version_changes_no_alarm_name_and_no_metric() -> None:
    old, new = _alarms(resources(stack(benchmark_version="1.2.0"))), _alarms(resources(stack()))
    assert set(old) == set(new)


def test_everything_but_dashboards_and_investigations_can_stand_alone() -> None:
    found = resources(stack(dashboards="off", investigations="off"))
    assert not of_type(found, "CloudWatch::Dashboard")
    assert not of_type(found, "CloudFormation::Stack")
    assert len(_alarms(found)) == 16
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


# --- queries and dashboards -------------------------------------------------------------


def _text(query: Any, found: dict[str, Any]) -> str:
    """A query as it is deployed, its shared lines filled in."""
    if isinstance(query, str):
        return query
    text, variables = query["Fn::Sub"]
    name, *keys = variables["S"]["Fn::FindInMap"]
    value = found["Mappings"][name]
    for key in keys:
        value = value[key]
    return str(text.replace("${S}", value))


def test_what_is_saved_is_the_file_s_query_character_by_character() -> None:
    template = _template()
    saved = {
        _text(one["QueryString"], template) for one in of_type(template["Resources"], "Logs::QueryDefinition")
    }
    assert {control.query_text for control in CIS} < saved


def test_saved_queries_name_the_log_group_and_their_parameters() -> None:
    definitions = [*of_type(nested(stack()), "Logs::QueryDefinition")]
    assert all(one["LogGroupNames"] for one in definitions)
    parameters = {one["Name"]: one.get("Parameters") for one in definitions}
    assert parameters["cis/investigate/Everything one principal did"][0]["Name"] == "principal"


def _overview(found: dict[str, Any]) -> Any:
    (body,) = [one["DashboardBody"] for one in of_type(found, "CloudWatch::Dashboard")]
    return json.loads(body["Fn::Sub"][0])


def test_the_overview_scans_no_logs(default: dict[str, Any]) -> None:
    widgets = _overview(default)["widgets"]
    assert {widget["type"] for widget in widgets} == {"text", "alarm", "metric"}
    shown = [arn for widget in widgets if widget["type"] == "alarm" for arn in widget["properties"]["alarms"]]
    assert len(shown) == len(_alarms(default))


def _investigation() -> Any:
    deployed = stack()
    found = nested(deployed)
    template = Template.from_stack(deployed.monitoring.node.find_child("Investigation")).to_json()  # type: ignore[arg-type]
    (body,) = [one["DashboardBody"] for one in of_type(found, "CloudWatch::Dashboard")]
    return json.loads(_text(body, template))


def test_the_investigation_has_every_control_s_table_and_all_of_its_queries_parse() -> None:
    widgets = [widget for widget in _investigation()["widgets"] if widget["type"] == "log"]
    titles = [widget["properties"]["title"] for widget in widgets]
    assert len(widgets) == 16 + 3
    assert titles[:3] == [
        f"Events of all controls by {what}" for what in ("user", "source address", "account")
    ]
    for widget in widgets:
        source, bar, query = widget["properties"]["query"].partition(" | ")
        assert (source.startswith("SOURCE '"), bar) == (True, " | ")
        parse_query(query)


def test_every_variable_of_the_dashboard_replaces_what_stands_in_every_query() -> None:
    body = _investigation()
    assert [variable["id"] for variable in body["variables"]] == ["account", "region", "user"]
    for variable in body["variables"]:
        assert re.fullmatch(variable["pattern"], variable["defaultValue"])
        for widget in body["widgets"]:
            if widget["type"] == "log":
                assert len(re.findall(variable["pattern"], widget["properties"]["query"])) == 1


@pytest.mark.parametrize("dashboard", ["overview", "investigation"])
def test_widgets_do_not_overlap_and_stay_on_the_grid(default: dict[str, Any], dashboard: str) -> None:
    body = _overview(default) if dashboard == "overview" else _investigation()
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        cells = {
            (widget["x"] + i, widget["y"] + j)
            for i in range(widget["width"])
            for j in range(widget["height"])
        }
        assert not cells & taken
        assert widget["x"] + widget["width"] <= 24
        taken |= cells


# --- names that stay --------------------------------------------------------------------


def test_logical_ids_are_a_public_interface() -> None:
    deployed = stack(cis_twins="on", extended="all", **{"unauthorized-api-calls__exclude": EXCLUDE})
    pinned = Path(__file__).parent / "logical_ids.txt"
    found = sorted({*resources(deployed), *nested(deployed)})
    assert "\n".join(found) + "\n" == pinned.read_text(), (
        "a changed id replaces what is deployed: see CHANGELOG.md"
    )


def test_renumbering_and_moving_files_changes_nothing(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(Path("queries").rglob("*.cwli"), reverse=True)):
        folder = tmp_path / path.parent.name
        folder.mkdir(exist_ok=True)
        slug = re.sub(r"^\d+-", "", path.name)
        (folder / f"{number + 1:02}-{slug}").write_text(path.read_text())
    renumbered = stack(load_catalogue(tmp_path))
    assert nested(renumbered) == nested(stack())
    # The nested template is named after its contents, which are the same.
    assert resources(renumbered) == resources(stack())


def test_a_new_control_is_one_file_and_changes_no_other_resource(tmp_path: Path) -> None:
    text = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own.cwli").write_text(f'{text}filter eventName = "x"')
    before, after = resources(stack()), resources(stack(load_catalogue("queries", tmp_path)))
    added = {key for key in after if key not in before}
    assert {after[key]["Type"].removeprefix("AWS::") for key in added} == {
        "CloudWatch::Alarm",
        "Logs::MetricFilter",
        "Logs::QueryDefinition",
    }
    changed = {before[key]["Type"] for key in before if before[key] != after.get(key)}
    assert changed <= {"AWS::CloudWatch::Dashboard", "AWS::CloudFormation::Stack"}


def test_two_deployments_in_one_account_share_no_name() -> None:
    def names(**values: object) -> set[str]:
        return set(re.findall(r'"(?:\w*Name)": ("[^"]+")', json.dumps(resources(stack(**values)))))

    kept = {f'"{LOG_GROUP}"'}
    assert names() & names(prefix="second") <= kept


def test_the_construct_takes_somebody_elses_log_group() -> None:
    outer = Stack(App(), "Theirs")
    group = logs.LogGroup(outer, "Trail")
    monitoring = CisMonitoring(outer, "Cis", log_group=group, settings=settings())
    assert set(monitoring.dashboards) == {"overview", "investigation"}
    assert set(monitoring.topics) == {"all"}
    assert len(monitoring.alarms) == len(monitoring.metric_filters) == 16
    assert set(monitoring.saved_queries) > set(monitoring.alarms)


def test_nothing_below_the_app_reads_context_or_environment() -> None:
    for path in Path("stacks").glob("*.py"):
        assert not re.search(r"os\.environ|getenv|try_get_context|get_all_context", path.read_text()), path
