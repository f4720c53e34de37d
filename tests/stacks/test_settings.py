"""Settings: every key is typed, and every fault of every key comes out at once."""

from __future__ import annotations

import pytest

from stacks.settings import PREFIX, ControlSettings, SettingsError, Subscriber, read_settings
from stacks.settings.settings import CONTROL_SETTINGS, SETTINGS

from ..support.synth import BASE, built_in, settings


def _faults(**values: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings(**values)
    return [str(fault) for fault in caught.value.faults]


def test_a_log_group_and_a_subscriber_are_enough() -> None:
    found = settings()
    assert found.log_group_name == "aws-controltower/CloudTrailLogs"
    assert found.subscribers == (Subscriber("email", "soc@example.com"),)
    assert (found.benchmark_version, found.prefix, found.namespace) == ("5.0.0", "cis", "LogMetrics")


def test_nobody_to_tell_and_no_log_group_are_errors_that_name_the_key() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(log_group_name="", subscribers="")
    assert str(caught.value) == (
        "cis-insights:log-group-name: error: no log group is named, and none is ever made up\n"
        "    hint: write -c cis-insights:log-group-name=NAME; `cis-insights doctor` finds it\n\n"
        "cis-insights:subscribers: error: no alarm would notify anybody (CIS 3.15)\n"
        "    hint: -c cis-insights:subscribers=you@example.com, or cis-insights:topic-arn for a topic with"
        " subscribers"
    )


TOPIC = "arn:aws:sns:eu-west-1:111122223333:security"
ONE_REGION = "alarms, topics, their key and the functions that these call are in one Region: the trail's"
WRONG: dict[str, tuple[dict[str, object], str]] = {
    "misspelt key": ({"benchmark_verison": "5.0.0"}, "did you mean benchmark-version?"),
    "misspelt severity key": ({"subscribers_hihg": "a@b.cd"}, "did you mean subscribers-high?"),
    "unknown version": ({"benchmark_version": "5.0"}, "did you mean 5.0.0?"),
    "unknown control": ({"controls_off": "vpc-change"}, "did you mean vpc-changes?"),
    "unknown extended": ({"extended": "monitoring-tempering"}, "did you mean monitoring-tampering?"),
    "control of a key": ({"vpc-change__threshold": 2}, "did you mean vpc-changes?"),
    "key of a control": ({"vpc-changes__treshold": 2}, "did you mean threshold?"),
    "threshold": ({"vpc-changes__threshold": 0}, "write a number of events, such as 5"),
    "threshold text": ({"vpc-changes__threshold": "many"}, "write a number of events, such as 5"),
    "period": ({"vpc-changes__period": 90}, "write seconds, such as 300"),
    "severity": ({"vpc-changes__severity": "hihg"}, "did you mean high?"),
    "exclude": ({"vpc-changes__exclude": 5}, 'write {"condition": ".."'),
    "flag": ({"dashboards": "maybe"}, "write on or off"),
    "subscriber": ({"subscribers": "soc at example"}, "write an e-mail address"),
    "subscriber without TLS": ({"subscribers": "http://example.com"}, "write an e-mail address"),
    "topic": ({"topic_arn": "arn:aws:sqs:eu-west-1:111122223333:q"}, "arn:aws:sns:"),
    "prefix": ({"prefix": "my prefix"}, "write, for example: cis"),
    "namespace": ({"namespace": "a:b"}, "write, for example: LogMetrics"),
    "log group": ({"log_group_name": "a*"}, "write, for example: cloudtrail/logs"),
    "key of a control at the top": (
        {"treshold": 3},
        "it is set for one control: cis-insights:CONTROL-ID:threshold",
    ),
    "exclusion": ({"vpc-changes__exclude": 'userAgent != "x"'}, "write (ispresent(userAgent)"),
    "exclusion of a field nobody has": (
        {"vpc-changes__exclude": 'userAgnet = "x"'},
        "error: no CloudTrail record",
    ),
    "exclusion no pattern can say": (
        {"vpc-changes__exclude": "strlen(userAgent) > 3"},
        "    strlen(userAgent) > 3",
    ),
    "tags": ({"tags": ["a"]}, 'write {"team": "security"}'),
    "tag without a value": ({"tags": "team,env=prod"}, 'write {"team": "security"}'),
    "tag of AWS": ({"tags": "aws:team=soc"}, 'write {"team": "security"}'),
    "function without `function:`": (
        {"subscribers": "arn:aws:lambda:eu-west-1:111122223333:f"},
        "write an e-mail address",
    ),
    "FIFO queue": (
        {"subscribers": "arn:aws:sqs:eu-west-1:111122223333:q.fifo"},
        "hint: name a standard queue; or subscribe it to a FIFO topic, and name that as topic-arn",
    ),
    "version of no benchmark": (
        {"benchmark_version": "4.2"},
        "hint: one of: 1.2.0, 1.4.0, 1.5.0, 2.0.0, 3.0.0, 4.0.0, 5.0.0, 6.0.0, 7.0.0",
    ),
    "namespace of AWS": ({"namespace": "AWS/Foo"}, "and AWS/ is AWS's own"),
    "control that is named and left out": (
        {"controls": "vpc-changes,iam-policy-changes", "controls_off": "vpc-changes"},
        "cis-insights:controls-off: error: 'vpc-changes' is to be deployed and to be left out\n"
        "    hint: leave it out here, or out of cis-insights:controls",
    ),
    "none and all": ({"extended": "all,none"}, "hint: write none alone, or all without it"),
    "none and one": (
        {"extended": ["none", "vpn-changes"]},
        "cis-insights:extended: error: 'none' of the controls beyond CIS, and others besides\n"
        "    hint: write none alone, or vpn-changes without it",
    ),
    "topics of two Regions": (
        {"topic_arn": f"{TOPIC},{TOPIC.replace('eu-west-1', 'us-east-1')}"},
        f"cis-insights:topic-arn: error: '{TOPIC.replace('eu-west-1', 'us-east-1')}' is in us-east-1,"
        f" and '{TOPIC}' in eu-west-1\n    hint: {ONE_REGION}",
    ),
    "key of another Region than the topic's": (
        {"topic_arn_high": TOPIC, "key_arn": "arn:aws:kms:us-east-1:111122223333:key/1234"},
        "cis-insights:key-arn: error: 'arn:aws:kms:us-east-1:111122223333:key/1234' is in us-east-1, and",
    ),
    "json": ({"controls": "["}, 'write ["one", "two"]'),
}


@pytest.mark.parametrize(("values", "hint"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_key_or_value_is_an_error_with_what_to_write_instead(
    values: dict[str, object], hint: str
) -> None:
    (fault,) = _faults(**values)
    assert hint in fault


@pytest.mark.parametrize("key", ["cis-insight:prefix", "cis_insights:prefix", "cisinsights:prefix"])
def test_a_misspelt_prefix_is_an_error_and_other_peoples_keys_are_not(key: str) -> None:
    context = {PREFIX + name: value for name, value in BASE.items()}
    assert read_settings({**context, "@aws-cdk/core:x": True, "their:prefix": 1}, built_in())
    with pytest.raises(SettingsError, match="did you mean cis-insights:prefix"):
        read_settings({**context, key: "a"}, built_in())


def test_all_faults_come_out_at_once() -> None:
    faults = _faults(dashboards="maybe", prefx="x", vpc_changes__treshold=1, **{"vpc-changes__period": 1})
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"controls": "vpc-changes, config-changes"}, {"controls": ("vpc-changes", "config-changes")}),
        ({"controls": ["vpc-changes"]}, {"controls": ("vpc-changes",)}),
        ({"controls": '["vpc-changes"]'}, {"controls": ("vpc-changes",)}),
        ({"dashboards": "off"}, {"dashboards": False}),
        ({"dashboards": False}, {"dashboards": False}),
        ({"tags": "team=soc,env=prod"}, {"tags": {"team": "soc", "env": "prod"}}),
        ({"tags": '{"team": "soc"}'}, {"tags": {"team": "soc"}}),
        ({"extended": "all"}, {"extended": ("all",)}),
        ({"extended": "default,vpn-changes"}, {"extended": ("default", "vpn-changes")}),
        ({"benchmark_version": "4.0.0"}, {"benchmark_version": "4.0.0"}),
        ({"namespace": "AWSLogs"}, {"namespace": "AWSLogs"}),
        ({"topic_arn": f"{TOPIC}.fifo"}, {"topic_arns": (f"{TOPIC}.fifo",)}),
        (
            {"subscribers_high": "a@b.cd"},
            {"subscribers_by_severity": {"high": (Subscriber("email", "a@b.cd"),)}},
        ),
    ],
)
def test_values_are_json_or_the_texts_of_the_command_line(
    written: dict[str, object], read: dict[str, object]
) -> None:
    found = settings(**written)
    assert {name: getattr(found, name) for name in read} == read


def test_an_exclusion_keeps_its_commas() -> None:
    text = 'eventName in ["HeadBucket", "GetObject"]'
    found = settings(**{"unauthorized-api-calls__exclude": text, "unauthorized-api-calls__threshold": "5"})
    assert found.for_control(built_in()["unauthorized-api-calls"]) == ControlSettings(
        threshold=5, exclude=(text,)
    )
    two = ('userAgent = "a"', 'userAgent = "b"')
    listed = settings(**{"unauthorized-api-calls__exclude": list(two)})
    assert listed.for_control(built_in()["unauthorized-api-calls"]).exclude == two


@pytest.mark.parametrize(
    ("endpoint", "protocol"),
    [
        ("arn:aws:sqs:eu-west-1:111122223333:q", "sqs"),
        ("arn:aws-cn:lambda:cn-north-1:111122223333:function:f", "lambda"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:f:live", "lambda"),
        ("https://example.com/hook?x=1", "https"),
        ("a.b+c@example.com", "email"),
    ],
)
def test_a_subscriber_says_its_protocol_by_its_form(endpoint: str, protocol: str) -> None:
    assert settings(subscribers=endpoint).subscribers == (Subscriber(protocol, endpoint),)


def test_every_setting_has_its_line_of_docs() -> None:
    assert all((setting.doc and setting.doc[0].islower()) or "CIS" in setting.doc for setting in SETTINGS)
    assert {setting.key for setting in CONTROL_SETTINGS} == {"threshold", "period", "severity", "exclude"}


NAMED: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"controls_off": "4.14,CloudWatch.13"}, {"controls_off": "vpc-changes,route-table-changes"}),
    ({"controls": "cloudwatch.14"}, {"controls": "vpc-changes"}),
    ({"4.14__threshold": 3}, {"vpc-changes__threshold": 3}),
    (
        {"5.14__threshold": 3, "benchmark_version": "6.0.0"},
        {"vpc-changes__threshold": 3, "benchmark_version": "6.0.0"},
    ),
    (
        {"4.14__threshold": 3, "CloudWatch.14__period": 60},
        {"vpc-changes__threshold": 3, "vpc-changes__period": 60},
    ),
]


@pytest.mark.parametrize(("named", "by_id"), NAMED, ids=str)
def test_a_control_is_named_by_section_or_security_hub_s_number_too(
    named: dict[str, object], by_id: dict[str, object]
) -> None:
    assert settings(**named) == settings(**by_id)


def test_a_section_of_another_version_is_refused_with_what_it_is_called_now() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(controls_off="3.14", **{"5.14__threshold": 3})
    assert str(caught.value) == (
        "cis-insights:5.14:threshold: error: there is no control '5.14'\n"
        "    hint: 5.14 of 7.0.0 is vpc-changes, 4.14 in 5.0.0\n\n"
        "cis-insights:controls-off: error: there is no control '3.14'\n"
        "    hint: 3.14 of 1.2.0 is vpc-changes, 4.14 in 5.0.0"
    )


def test_one_control_by_two_names_is_set_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**{"vpc-changes__threshold": 5, "4.14__threshold": 3})
    assert str(caught.value) == (
        "cis-insights:4.14:threshold: error: set twice: 4.14 is vpc-changes\n"
        "    hint: leave it out of one of the two"
    )
