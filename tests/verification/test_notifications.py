"""Topics, keys and subscriptions: what reaches nobody is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cis_insights.verification.model import Key, Subscription
from cis_insights.verification.trails import Unanswered

from ..support.set_ups import (
    MAIL,
    POLICY,
    TOPIC,
    found_of,
    said,
    topic,
    verified,
    with_alarm,
    with_topic,
)

ROOT, IAM, VPC = "root-account-usage", "iam-policy-changes", "vpc-changes"
DENIED, GROUPS = "unauthorized-api-calls", "security-group-changes"


PENDING = Subscription(protocol="email", endpoint="new@example.com", arn="PendingConfirmation")
GONE = Subscription(protocol="email", endpoint="old@example.com", arn="Deleted")
OPEN = replace(MAIL, is_authenticated=False)
ELSEWHERE = {"Statement": {**POLICY["Statement"], "Resource": f"{TOPIC}-other"}}
STRANGE = {"Statement": {**POLICY["Statement"], "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}
DENYING = {"Statement": [POLICY["Statement"], {**POLICY["Statement"], "Effect": "Deny"}]}
REFUSED = Unanswered("ListSubscriptionsByTopic", "not you")

TOPICS: dict[str, tuple[dict[str, object], str, str]] = {
    "no subscriber": ({"subscriptions": ()}, "error", "the topic alarms has no subscriber"),
    "pending": (
        {"subscriptions": (PENDING,)},
        "error",
        "the subscription of email new@example.com to alarms is not confirmed",
    ),
    "deleted": (
        {"subscriptions": (GONE,)},
        "error",
        "the subscription of email old@example.com to alarms was deleted",
    ),
    "one of two pending": (
        {"subscriptions": (MAIL, PENDING)},
        "warning",
        "the subscription of email new@example.com to alarms is not confirmed",
    ),
    "anybody may unsubscribe": (
        {"subscriptions": (OPEN,)},
        "warning",
        "anybody to whom a mail is forwarded can end the subscription of email soc@example.com to alarms",
    ),
    "refused": ({"subscriptions": REFUSED}, "warning", "ListSubscriptionsByTopic was refused: not you"),
    "policy of another topic": (
        {"policy": ELSEWHERE},
        "error",
        "the policy of the topic alarms does not let the alarm root-account-usage publish",
    ),
    "policy denies": (
        {"policy": DENYING},
        "error",
        "the policy of the topic alarms does not let the alarm root-account-usage publish",
    ),
    "policy not decided": (
        {"policy": STRANGE},
        "warning",
        "not decided: whether the policy of the topic alarms does not let the alarm root-account-usage"
        " publish",
    ),
    # nozaq #229, landing-zone-accelerator #31: the mail is dropped without a word
    "key": (
        {"key": Key(id="key", policy={"Statement": []})},
        "error",
        "the key of the topic alarms does not let CloudWatch use it: messages are dropped",
    ),
    "aws's own key": (
        {"key": Key(id="alias/aws/sns", policy=None)},
        "error",
        "CloudWatch cannot use the key of the topic alarms, which is AWS's own",
    ),
}


@pytest.mark.parametrize("case", TOPICS)
def test_a_topic_that_reaches_nobody_is_an_error_and_a_lesser_fault_a_warning(case: str) -> None:
    values, level, text = TOPICS[case]
    setup = with_topic(**values)
    assert said(found_of(setup, ROOT)) == [(level, text)]
    assert verified(setup).holds is (level == "warning")


def test_without_a_policy_of_its_own_a_topic_takes_the_alarms_of_its_account() -> None:
    default = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": TOPIC,
        "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}},
    }
    for policy in (None, {"Statement": [default]}):
        assert found_of(with_topic(policy=policy, key=None), ROOT) == []


def test_a_second_action_that_works_makes_the_fault_of_the_first_a_warning() -> None:
    setup = with_alarm(ROOT, actions=(f"{TOPIC}-empty", TOPIC))
    empty = topic(arn=f"{TOPIC}-empty", policy=None, subscriptions=())
    setup = replace(setup, topics={**setup.topics, empty.arn: empty})
    assert said(found_of(setup, ROOT)) == [("warning", "the topic alarms-empty has no subscriber")]
