"""Rules of EventBridge that report tampering, and the topics that have to let them publish."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cis_insights.verification.model import EventRule, SetUp, Topic

from ..support.set_ups import ACCOUNT, KEY, KEY_POLICY, POLICY, REGION, TOPIC, said, sound, topic, verified

ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/cis-api"
ALLOWED = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": TOPIC,
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/cis-*"}},
}
KEY_ALLOWED = {**KEY_POLICY["Statement"], "Principal": {"Service": "events.amazonaws.com"}}
OPEN_KEY = replace(KEY, policy={"Statement": [KEY_POLICY["Statement"], KEY_ALLOWED]})
OPEN = topic(policy={"Statement": [POLICY["Statement"], ALLOWED]}, key=OPEN_KEY)


def with_rule(topic: Topic | None = OPEN, **values: Any) -> SetUp:
    rule = EventRule(**{"name": "cis-api", "arn": ARN, "stack": "CisInsights", "targets": (TOPIC,), **values})
    return replace(sound(), rules=(rule,), topics={TOPIC: topic})


def test_a_rule_that_notifies_somebody_is_well() -> None:
    assert said(verified(with_rule()).others) == []
    assert verified(with_rule()).holds


@pytest.mark.parametrize(
    ("setup", "text", "hint"),
    [
        (
            with_rule(is_enabled=False),
            "the rule cis-api is disabled",
            "cdk deploy CisInsights --revert-drift, or aws events enable-rule --name cis-api",
        ),
        (
            with_rule(targets=()),
            "the rule cis-api has no target: nobody is notified",
            "cdk deploy CisInsights --revert-drift",
        ),
        (
            with_rule(topic(policy=None, key=OPEN_KEY)),
            "the policy of the topic alarms does not let the rule cis-api publish",
            None,
        ),
        (
            with_rule(replace(OPEN, key=KEY)),
            "the key of the topic alarms does not let EventBridge use it",
            "allow events.amazonaws.com kms:Decrypt and kms:GenerateDataKey* in its policy,"
            " without a condition",
        ),
    ],
    ids=["disabled", "no target", "no policy", "the key"],
)
def test_what_keeps_it_from_notifying_is_an_error(setup: SetUp, text: str, hint: str | None) -> None:
    (found,) = verified(setup).others
    assert (found.level, found.text) == ("error", text)
    assert hint is None or found.hint == hint
    assert not verified(setup).holds


def test_a_topic_of_somebody_else_is_told_the_statement_that_opens_it() -> None:
    closed = with_rule(topic(key=OPEN_KEY))
    (found,) = verified(closed).others
    assert found.text == "the policy of the topic alarms does not let the rule cis-api publish"
    statement = json.loads(found.hint.removeprefix("add to its policy: "))
    assert statement == {**ALLOWED, "Condition": {"ArnLike": {"aws:SourceArn": ARN}}}
    opened = {"Statement": [POLICY["Statement"], statement]}
    assert verified(with_rule(topic(policy=opened, key=OPEN_KEY))).holds


def test_two_rules_that_one_topic_refuses_are_one_finding() -> None:
    setup = with_rule(topic(key=OPEN_KEY))
    (first,) = setup.rules
    second = replace(first, name="cis-off", arn=ARN.replace("cis-api", "cis-off"))
    (found,) = verified(replace(setup, rules=(second, first))).others
    assert found.text == "the policy of the topic alarms does not let the rules cis-api, cis-off publish"


def test_a_topic_that_is_gone_is_said_of_the_rule_too() -> None:
    texts = [one.text for one in verified(with_rule(None)).others]
    assert texts == ["the topic alarms, which does not exist, is to be notified by the rule cis-api"]
