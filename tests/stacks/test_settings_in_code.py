"""What is given in Python is refused as context is, in the same words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, Aws, CfnParameter, Environment, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

import stacks
from stacks import CisMonitoring, CisStack, CisStage, ControlSettings, Settings, SettingsError, Subscriber
from stacks.settings.context import reread_settings

from ..support.synth import alarms_by_default, alarms_of, built_in, of_type, resources, settings

GROUP = "trail"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:security"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:q"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
BASE: dict[str, Any] = {"log_group_name": GROUP, "subscribers": ("soc@example.com",)}


def _stack(region: str | None = None, **values: Any) -> CisStack:
    env = Environment(account="111122223333", region=region) if region else None
    return CisStack(
        App(), "CisInsights", settings=Settings(**{**BASE, **values}), catalogue=built_in(), env=env
    )


def _refused(region: str | None = None, **values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        _stack(region, **values)
    return str(caught.value)


SAME: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "misspelt severity": (
        {"subscribers_by_severity": {"critcal": ("a@b.cd",)}},
        {"subscribers_critcal": "a@b.cd"},
    ),
    "topics of a misspelt severity": (
        {"topic_arns_by_severity": {"hihg": (TOPIC,)}},
        {"topic_arn_hihg": TOPIC},
    ),
    "unknown control to leave out": ({"controls_off": ("vpc-changez",)}, {"controls_off": "vpc-changez"}),
    "unknown control": ({"controls": ("vpc-changez",)}, {"controls": "vpc-changez"}),
    "unknown extended": ({"extended": ("vpn-changez",)}, {"extended": "vpn-changez"}),
    "contradiction": ({"extended": ("all", "none")}, {"extended": "all,none"}),
    "subscriber": ({"subscribers": (Subscriber("email", "nobody"),)}, {"subscribers": "nobody"}),
    "subscriber as a text": ({"subscribers": ("nobody",)}, {"subscribers": "nobody"}),
    "FIFO queue": ({"subscribers": (Subscriber("sqs", f"{QUEUE}.fifo"),)}, {"subscribers": f"{QUEUE}.fifo"}),
    "threshold": (
        {"overrides": {"vpc-changes": ControlSettings(threshold=0)}},
        {"vpc-changes__threshold": 0},
    ),
    "period": ({"overrides": {"vpc-changes": ControlSettings(period=90)}}, {"vpc-changes__period": 90}),
    "settings of an unknown control": (
        {"overrides": {"vpc-changez": ControlSettings(threshold=3)}},
        {"vpc-changez__threshold": 3},
    ),
    "severity": (
        {"overrides": {"vpc-changes": ControlSettings(severity="hihg")}},  # type: ignore[arg-type]
        {"vpc-changes__severity": "hihg"},
    ),
    "exclusion": (
        {"overrides": {"vpc-changes": ControlSettings(exclude=('userAgent != "x"',))}},
        {"vpc-changes__exclude": 'userAgent != "x"'},
    ),
    "log group": ({"log_group_name": "a*"}, {"log_group_name": "a*"}),
    "log group of another trail": (
        {"trail": "control-tower"},
        {"trail": "control-tower", "log_group_name": GROUP},
    ),
    "trail": ({"trail": "nwe"}, {"trail": "nwe"}),
    "topic": ({"topic_arns": (QUEUE,)}, {"topic_arn": QUEUE}),
    "key": ({"key_arn": "alias/a"}, {"key_arn": "alias/a"}),
    "version": ({"benchmark_version": "4.2"}, {"benchmark_version": "4.2"}),
    "flag": ({"dashboards": "maybe"}, {"dashboards": "maybe"}),
    "prefix": ({"prefix": "my prefix"}, {"prefix": "my prefix"}),
    "namespace": ({"namespace": "AWS/Foo"}, {"namespace": "AWS/Foo"}),
    "tags": ({"tags": {"aws:team": "soc"}}, {"tags": {"aws:team": "soc"}}),
    "nobody": ({"subscribers": ()}, {"subscribers": ""}),
    "topics of two Regions": (
        {"topic_arns": (TOPIC, TOPIC.replace("eu-west-1", "us-east-1"))},
        {"topic_arn": [TOPIC, TOPIC.replace("eu-west-1", "us-east-1")]},
    ),
}


@pytest.mark.parametrize(("code", "context"), SAME.values(), ids=SAME.keys())
def test_code_is_refused_in_the_words_of_context(code: dict[str, Any], context: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**context)
    assert _refused(**code) == str(caught.value)


def test_all_faults_come_out_at_once_and_before_the_stack_is_named() -> None:
    chosen = Settings(log_group_name="a*", prefix="my prefix", subscribers=("nobody",))  # type: ignore[arg-type]
    with pytest.raises(SettingsError) as caught:
        CisStage(App(), "Stage", settings=chosen, catalogue=built_in())
    assert len(caught.value.faults) == 3


PROTOCOLS = {
    "unknown": (
        Subscriber("mail", "soc@example.com"),
        "cis-insights:subscribers: error: 'mail' is not a protocol\n    hint: did you mean email?",
    ),
    "another's": (
        Subscriber("https", "soc@example.com"),
        "cis-insights:subscribers: error: 'soc@example.com' is not for https\n"
        "    hint: its protocol is email",
    ),
    "nothing of the kind": (
        5,
        'cis-insights:subscribers: error: (5,) is not a list of texts\n    hint: write ["one", "two"]',
    ),
}


@pytest.mark.parametrize(("subscriber", "said"), PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_a_subscriber_that_cannot_be_is_refused(subscriber: Any, said: str) -> None:
    assert _refused(subscribers=(subscriber,)) == said


def test_a_text_is_read_as_in_context_and_beside_subscribers() -> None:
    found = resources(_stack(subscribers=("a@b.cd", Subscriber("email", "c@d.ef"), "a@b.cd")))
    by_topic: dict[str, list[str]] = {}
    for one in of_type(found, "SNS::Subscription"):
        by_topic.setdefault(one["TopicArn"]["Ref"], []).append(one["Endpoint"])
    assert list(by_topic.values()) == [["a@b.cd", "c@d.ef"]] * 2  # alarms, and what watches them


def test_settings_of_context_are_taken_again_as_they_are() -> None:
    chosen = settings(
        extended="all",
        subscribers_high="a@b.cd",
        topic_arn=TOPIC,
        tags="team=soc",
        **{"vpc-changes__threshold": 3, "vpc-changes__exclude": 'userAgent = "x"'},
    )
    assert reread_settings(chosen, built_in(), lambda _: False) == chosen
    new = settings(trail="new", log_group_name="", prefix="soc")
    assert reread_settings(new, built_in(), lambda _: False) == new


def _monitoring(region: str = "eu-west-1", group: str = GROUP, **props: Any) -> CisMonitoring:
    outer = Stack(App(), "Theirs", env=Environment(account="111122223333", region=region))
    log_group = logs.LogGroup.from_log_group_name(outer, "Trail", group)
    return CisMonitoring(
        outer, "Cis", log_group=log_group, catalogue=built_in(), **{"settings": Settings(**BASE), **props}
    )


PROPS: dict[str, tuple[dict[str, Any], str]] = {
    "severity": (
        {"severities": {"vpc-changes": "hihg"}},
        "cis-insights:vpc-changes:severity: error: 'hihg' is not a choice\n    hint: did you mean high?",
    ),
    "control": (
        {"severities": {"vpc-changez": "high"}},
        "cis-insights:vpc-changez:severity: error: there is no control 'vpc-changez'\n"
        "    hint: did you mean vpc-changes?",
    ),
    "prefix": (
        {"prefix": "my prefix"},
        "cis-insights:prefix: error: 'my prefix' does not fit: letters, digits, - and _, at most 60\n"
        "    hint: write, for example: cis",
    ),
    "another log group": (
        {"group": "other"},
        "cis-insights:log-group-name: error: 'trail' is not 'other', the log_group's\n"
        "    hint: give both the same name",
    ),
}


@pytest.mark.parametrize(("props", "said"), PROPS.values(), ids=PROPS.keys())
def test_a_wrong_prop_of_the_construct_is_refused(props: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _monitoring(**props)
    assert str(caught.value) == said


def test_right_props_are_taken() -> None:
    assert _monitoring(severities={"vpc-changes": "high"}, prefix="soc").alarms


ONE_REGION = "alarms, topics, their key and the functions that these call are in one Region: the trail's"
ELSEWHERE: dict[str, tuple[dict[str, Any], str, str]] = {
    "topic": ({"topic_arns": (TOPIC,)}, "topic-arn", TOPIC),
    "topic of a severity": ({"topic_arns_by_severity": {"high": (TOPIC,)}}, "topic-arn-high", TOPIC),
    "key": ({"key_arn": KEY}, "key-arn", KEY),
    "function": ({"subscribers": (FUNCTION,)}, "subscribers", FUNCTION),
    "function of a severity": (
        {"subscribers_by_severity": {"high": (Subscriber("lambda", FUNCTION),)}},
        "subscribers-high",
        FUNCTION,
    ),
}


@pytest.mark.parametrize(("values", "key", "arn"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_an_alarm_uses_is_refused_in_another_region_than_the_stacks(
    values: dict[str, Any], key: str, arn: str
) -> None:
    assert _refused("us-east-1", **values) == (
        f"cis-insights:{key}: error: {arn!r} is in eu-west-1, and the stack in us-east-1\n"
        f"    hint: {ONE_REGION}"
    )
    assert _stack("eu-west-1", **values)
    assert _stack(**values)  # where it is deployed is not known


def test_a_queue_of_another_region_is_taken() -> None:
    assert _stack("eu-west-1", subscribers=(QUEUE,))


def test_a_topic_of_the_construct_is_of_its_region() -> None:
    elsewhere = sns.Topic.from_topic_arn(Stack(App(), "S"), "T", TOPIC)
    with pytest.raises(SettingsError, match="is in eu-west-1, and the stack in us-east-1"):
        _monitoring("us-east-1", topics=[elsewhere])


def test_tokens_pass() -> None:
    outer = Stack(App(), "Theirs")
    value = {name: CfnParameter(outer, name).value_as_string for name in ("Mail", "Prefix", "Key", "Topic")}
    chosen = Settings(
        log_group_name=Aws.STACK_NAME,
        subscribers=(Subscriber("email", value["Mail"], "Mail"), Subscriber("sqs", QUEUE)),
        topic_arns=(value["Topic"], TOPIC),
        key_arn=value["Key"],
        prefix=value["Prefix"],
        namespace=value["Prefix"],
        tags={"team": value["Prefix"]},
    )
    group = logs.LogGroup(outer, "Trail")
    monitoring = CisMonitoring(outer, "Cis", log_group=group, settings=chosen, catalogue=built_in())
    assert len(monitoring.alarms) == alarms_by_default()
    wrong = replace(chosen, subscribers=(Subscriber("mail", value["Mail"]),))
    with pytest.raises(SettingsError, match="'mail' is not a protocol"):
        CisMonitoring(outer, "Wrong", log_group=group, settings=wrong, catalogue=built_in())


def test_settings_of_a_control_come_from_the_package() -> None:
    assert "ControlSettings" in stacks.__all__
    found = alarms_of(resources(_stack(overrides={"vpc-changes": stacks.ControlSettings(threshold=3)})))
    assert found["cis-vpc-changes"]["Threshold"] == 3
