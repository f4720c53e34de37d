"""Set-ups that others ship: each fault is found, and what is sound is left in peace.

The faults are those of public modules for Terraform and CloudFormation, each made anew on one control.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cis_insights.verification.findings import Finding
from cis_insights.verification.model import Key, LogGroup, Metric, Missing, MuteRule, SetUp, Subscription
from cis_insights.verification.trails import Unanswered

from ..support.set_ups import (
    MAIL,
    NOW,
    POLICY,
    REGION,
    TOPIC,
    TRAIL,
    alarm,
    catalogue,
    found_of,
    metric,
    metric_filter,
    sound,
    topic,
    verified,
    with_alarm,
    with_filters,
    with_pattern,
    with_topic,
    without_alarm,
)

ROOT, IAM, VPC = "root-account-usage", "iam-policy-changes", "vpc-changes"
DENIED, GROUPS = "unauthorized-api-calls", "security-group-changes"


def exact(name: str) -> str:
    return catalogue()[name].exact_pattern or ""


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.level, one.text) for one in findings]


def test_a_sound_set_up_holds_and_nothing_is_said_against_it() -> None:
    found = verified(sound())
    assert found.holds
    assert [one.control.id for one in found.controls if found_of(sound(), one.control.id)] == []
    assert found.others == ()
    assert {one.counted[0].agreement.relation for one in found.controls} == {"exact"}


ALARMS: dict[str, tuple[SetUp, str]] = {
    # landing-zone-accelerator's test configurations: an average of ones, against five
    "average": (
        with_alarm(DENIED, statistic="Average", threshold=5),
        "the alarm unauthorized-api-calls never fires: Average >= 5, and each event counts 1",
    ),
    "average with a default value": (
        with_alarm(DENIED, statistic="Average"),
        "the alarm unauthorized-api-calls never fires: Average >= 1, and a minute without such an event"
        " counts 0",
    ),
    "maximum beyond one": (
        with_alarm(DENIED, statistic="Maximum", comparison="GreaterThanThreshold"),
        "the alarm unauthorized-api-calls never fires: Maximum > 1, and each event counts 1",
    ),
    "less than": (
        with_alarm(DENIED, comparison="LessThanThreshold"),
        "the alarm unauthorized-api-calls fires by LessThanThreshold: events do not raise it",
    ),
    "off": (
        with_alarm(DENIED, actions_enabled=False),
        "the actions of the alarm unauthorized-api-calls are off",
    ),
    "no action": (
        with_alarm(DENIED, actions=()),
        "the alarm unauthorized-api-calls has no action: nobody is notified",
    ),
    # cloudposse: attaching AdministratorAccess never pages
    "threshold": (
        with_alarm(IAM, threshold=3),
        "the alarm iam-policy-changes waits for more events than 1: Sum >= 3",
    ),
    "datapoints": (
        with_alarm(IAM, datapoints_to_alarm=2, evaluation_periods=3),
        "the alarm iam-policy-changes waits for events in 2 of 3 periods",
    ),
    "breaching": (
        with_alarm(DENIED, missing_data="breaching"),
        "the alarm unauthorized-api-calls fires when there is no data: it is in ALARM without an event",
    ),
    "muted": (
        with_alarm(DENIED, muted_by=(MuteRule("nights", is_active=True, until=NOW + timedelta(hours=2)),)),
        "the mute rule nights mutes the alarm unauthorized-api-calls until 2026-11-25 14:00 UTC",
    ),
    "another topic": (
        with_alarm(DENIED, actions=(f"{TOPIC}-gone",)),
        "the alarm unauthorized-api-calls notifies the topic alarms-gone, which does not exist",
    ),
}


@pytest.mark.parametrize("case", ALARMS)
def test_an_alarm_that_would_not_be_heard_is_an_error(case: str) -> None:
    setup, text = ALARMS[case]
    setup = replace(setup, topics={**setup.topics, f"{TOPIC}-gone": None})
    assert ("error", text) in [
        each for one in verified(setup).controls for each in said(list(one.findings)) if each[0] == "error"
    ]
    assert not verified(setup).holds


def test_only_the_control_of_the_alarm_fails() -> None:
    setup = with_alarm(IAM, actions_enabled=False)
    assert [one.control.id for one in verified(setup).controls if not one.holds] == [IAM]


TOLERATED: dict[str, tuple[SetUp, str]] = {
    # denied calls are many: a threshold of one's own is a choice
    "threshold": (
        with_alarm(DENIED, threshold=20),
        "the alarm unauthorized-api-calls waits for more events than 1: Sum >= 20",
    ),
    # cloudposse: a day hides the second use of root
    "a day": (
        with_alarm(DENIED, period=86_400),
        "the alarm unauthorized-api-calls sums 24 hours: a second event in them notifies nobody",
    ),
    "in alarm": (
        with_alarm(DENIED, state="ALARM", state_since=NOW - timedelta(days=3)),
        "the alarm unauthorized-api-calls is in ALARM: a further event notifies nobody",
    ),
    "an expression": (
        with_alarm(DENIED, expression="FILL(m1, 0)"),
        "the alarm unauthorized-api-calls watches an expression: whether it fires is not decided",
    ),
    "mute to come": (
        with_alarm(DENIED, muted_by=(MuteRule("nights", is_active=False),)),
        "the mute rule nights will mute the alarm unauthorized-api-calls",
    ),
}


@pytest.mark.parametrize("case", TOLERATED)
def test_what_makes_an_alarm_less_useful_is_a_warning_and_holds(case: str) -> None:
    setup, text = TOLERATED[case]
    assert said(found_of(setup, DENIED)) == [("warning", text)]
    assert verified(setup).holds


@pytest.mark.parametrize(
    "values",
    [
        {"statistic": "Maximum"},
        {"comparison": "GreaterThanThreshold", "threshold": 0},
        {"missing_data": "missing"},
        {"missing_data": "ignore"},  # the default value 0 brings it back to OK
        {"statistic": "Average", "comparison": "GreaterThanThreshold", "threshold": 0},
    ],
)
def test_an_alarm_in_another_form_that_fires_is_sound(values: dict[str, object]) -> None:
    if values.get("statistic") == "Average":
        pattern = exact(DENIED)
        setup = with_pattern(DENIED, pattern, default=None)
        alarms = tuple(replace(one, **values) if one.name == DENIED else one for one in setup.alarms)
        assert found_of(replace(setup, alarms=alarms), DENIED) == []
    else:
        assert found_of(with_alarm(DENIED, **values), DENIED) == []


def test_without_a_default_value_an_alarm_that_ignores_missing_data_never_returns() -> None:
    setup = with_pattern(DENIED, exact(DENIED), default=None)
    alarms = tuple(replace(one, missing_data="ignore") for one in setup.alarms)
    assert said(found_of(replace(setup, alarms=alarms), DENIED)) == [
        (
            "error",
            "the alarm unauthorized-api-calls ignores missing data: it stays in ALARM after the first event",
        )
    ]


PATTERNS: dict[str, tuple[str, str, dict[str, object]]] = {
    # aws-secure-environment-accelerator: && binds tighter, the exclusion is of one branch; CIS's own slip
    "precedence": (
        DENIED,
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") '
        '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") }',
        {"errorCode": "AccessDenied"},
    ),
    # baseline-environment-on-aws: a field that ordinary calls do not have
    "absent field": (
        DENIED,
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
        '&& ($.userIdentity.invokedBy != "config.amazonaws.com") }',
        {"errorCode": "AccessDenied"},
    ),
    # virtualjj: a text that CloudTrail never writes
    "wrong text": (
        "console-authentication-failures",
        '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failedauthentication") }',
        {"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"},
    ),
    # in4it: 10 of 16 names
    "names left out": (
        IAM,
        "{ ($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy)"
        " || ($.eventName=DeleteUserPolicy)"
        " || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy)"
        " || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion)"
        " || ($.eventName=DeletePolicyVersion) }",
        {"eventSource": "iam.amazonaws.com", "eventName": "AttachGroupPolicy"},
    ),
    # the article of 2018 and its heirs: what is a wildcard in one place is a character in another
    "a star within quotes": (
        "root-account-usage",
        '{ $.userIdentity.type = "Root*x" && $.userIdentity.invokedBy NOT EXISTS'
        ' && $.eventType != "AwsServiceEvent" }',
        {"userIdentity": {"type": "Root"}, "eventType": ""},
    ),
    # every module before CIS 5.0.0
    "the older list": (GROUPS, exact(GROUPS), {"eventName": "ModifySecurityGroupRules"}),
}


@pytest.mark.parametrize("case", PATTERNS)
def test_a_pattern_that_misses_an_event_is_an_error_with_such_an_event(case: str) -> None:
    name, pattern, event = PATTERNS[case]
    first = found_of(with_pattern(name, pattern), name)[0]
    assert (first.level, first.text) == ("error", f"the filter {name}-0: an event is not counted")
    assert first.event == event
    assert all(one.text in first.hint for one in catalogue()[name].patterns)


WIDER: dict[str, tuple[str, str, dict[str, object]]] = {
    # widdix: names of any event source
    "any source": (
        IAM,
        catalogue()[IAM].cis_pattern.text.replace("||", " || "),
        {"eventName": "AttachGroupPolicy"},
    ),  # type: ignore[union-attr]
    # cloudposse: failed sign-ins, too
    "failures too": (
        "console-login-without-mfa",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }',
        {"eventName": "ConsoleLogin", "additionalEventData": {"MFAUsed": ""}},
    ),
}


@pytest.mark.parametrize("case", WIDER)
def test_a_pattern_that_counts_more_is_a_warning_with_such_an_event(case: str) -> None:
    name, pattern, event = WIDER[case]
    setup = with_pattern(name, pattern)
    (found,) = found_of(setup, name)
    assert (found.level, found.event) == ("warning", event)
    assert found.text == f"the filter {name}-0: an event counts that the control does not ask for"
    assert verified(setup).holds


def test_what_cis_itself_writes_is_exact() -> None:
    cis = catalogue()[IAM].cis_pattern
    assert cis is not None
    assert found_of(with_pattern(IAM, cis.text), IAM) == []


def test_other_words_for_the_same_events_are_equal_and_sound() -> None:
    text = (
        '{ $.eventType != "AwsServiceEvent" && ($.userIdentity.invokedBy NOT EXISTS)'
        ' && ($.userIdentity.type = "Root") }'
    )
    found = verified(with_pattern(ROOT, text))
    (root,) = [one for one in found.controls if one.control.id == ROOT]
    assert found.holds
    assert said(list(root.findings)) == [
        ("ok", f"the filter {ROOT}-0: other words, proven to count the same events")
    ]


def test_the_older_list_is_all_that_an_older_benchmark_asks_for() -> None:
    setup = with_pattern(GROUPS, exact(GROUPS))
    assert verified(setup, "4.0.0").holds
    assert not verified(setup, "5.0.0").holds


def test_one_filter_for_each_name_is_enough_if_every_metric_has_an_alarm() -> None:
    names = ["CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection"]
    names += ["CreateVpcPeeringConnection", "DeleteVpcPeeringConnection", "RejectVpcPeeringConnection"]
    names += ["AttachClassicLinkVpc", "DetachClassicLinkVpc", "DisableVpcClassicLink", "EnableVpcClassicLink"]
    single = [metric_filter(name, f'{{ $.eventName = "{name}" }}') for name in names]
    setup = with_filters(VPC, *single)
    setup = replace(setup, alarms=(*setup.alarms, *(alarm(name) for name in names)))
    assert found_of(setup, VPC) == []
    quiet = replace(setup, alarms=tuple(one for one in setup.alarms if one.name != "DeleteVpc"))
    assert ("error", "no alarm watches LogMetrics/DeleteVpc") not in said(found_of(setup, VPC))
    assert any(one.level == "error" for one in found_of(quiet, VPC))


def test_an_event_that_counts_twice_is_a_warning() -> None:
    filters = [metric_filter(f"{VPC}-{number}", exact(VPC), metric=metric(VPC)) for number in (0, 1)]
    (found,) = found_of(with_filters(VPC, *filters), VPC)
    assert (found.level, found.text) == ("warning", f"the filters {VPC}-0 and {VPC}-1: an event counts twice")


# --- filters, metrics and alarms that do not meet --------------------------------------


def test_a_metric_that_no_alarm_watches_is_an_error() -> None:
    (found,) = found_of(without_alarm(ROOT), ROOT)
    assert (found.level, found.text) == ("error", "no alarm watches LogMetrics/root-account-usage")
    assert found.hint == "make an alarm on its sum: Period 300, Threshold 1, GreaterThanOrEqualToThreshold"


def test_an_alarm_on_a_metric_that_no_filter_publishes_is_named_on_both_sides() -> None:
    """terraform-aws-cloudwatch: a prefix on the metric, and none on the alarm."""
    setup = with_alarm(ROOT, metrics=(metric(f"acme-{ROOT}"),))
    (found,) = found_of(setup, ROOT)
    assert found.hint == (
        f"let the alarm {ROOT} watch it, instead of LogMetrics/acme-{ROOT}, which no filter publishes"
    )
    assert said(list(verified(setup).others)) == [
        ("warning", f"the alarm {ROOT} watches LogMetrics/acme-{ROOT}, which no filter publishes")
    ]


def test_a_metric_with_dimensions_is_another_metric() -> None:
    by_region = Metric(REGION, "LogMetrics", ROOT, ("region",))
    setup = with_filters(ROOT, metric_filter(ROOT, exact(ROOT), metric=by_region, default=None))
    assert said(found_of(setup, ROOT)) == [("error", f"no alarm watches LogMetrics/{ROOT} by region")]


def test_a_log_group_that_no_trail_feeds_is_named() -> None:
    """automated-security-response: the log group was made, and nothing delivers to it."""
    setup = with_pattern(ROOT, exact(ROOT), log_group=LogGroup(REGION, "made-for-this"))
    (found,) = found_of(setup, ROOT)
    assert (found.level, found.text) == (
        "error",
        f"the filter {ROOT}-0 is on the log group made-for-this, which no trail feeds",
    )
    assert found.since == NOW - timedelta(days=1)


def test_what_nothing_counts_is_an_error_with_an_event() -> None:
    (found,) = found_of(with_filters(ROOT), ROOT)
    assert (found.level, found.text) == ("error", "no metric filter counts it")
    assert found.event is not None
    assert catalogue()[ROOT].query.matches(found.event)


def test_a_filter_of_something_else_is_said_with_the_nearest_control() -> None:
    own = metric_filter("kms-reads", '{ ($.eventSource = "kms.amazonaws.com") && ($.eventName = "Decrypt") }')
    setup = replace(sound(), filters=(*sound().filters, own))
    assert verified(setup).holds
    assert said(list(verified(setup).others)) == [
        ("ok", "kms-reads: meant for no control of the benchmark; nearest is kms-key-disabled-or-deleted")
    ]


def test_a_pattern_that_cannot_be_read_is_said() -> None:
    setup = replace(sound(), filters=(*sound().filters, metric_filter("plain", "ERROR -timeout")))
    (found,) = verified(setup).others
    assert (found.level, found.text[:45]) == ("warning", "the pattern of the filter plain cannot be rea")


def test_a_metric_without_datapoints_while_events_arrive_is_a_warning() -> None:
    silent = replace(sound(), datapoints={**sound().datapoints, metric(ROOT): 0})
    assert [one.level for one in found_of(silent, ROOT)] == ["warning"]
    young = with_pattern(ROOT, exact(ROOT), created=NOW - timedelta(minutes=5))
    assert found_of(replace(young, datapoints=silent.datapoints), ROOT) == []


def test_a_quiet_twin_does_not_hide_that_the_tuned_filter_counts_less() -> None:
    tuned = metric_filter(
        "tuned", '{ ($.errorCode = "AccessDenied*") && ($.eventName = "CreateVpc") }', metric=metric("tuned")
    )
    setup = replace(sound(), filters=(*sound().filters, tuned), alarms=(*sound().alarms, alarm("tuned")))
    found = found_of(setup, DENIED)
    assert verified(setup).holds
    assert said(found) == [("warning", "the filter tuned: an event is not counted")]


# --- who is notified ---------------------------------------------------------------------

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


# --- what a stack made -------------------------------------------------------------------


def test_what_a_stack_made_is_put_back_by_its_own_command() -> None:
    (found,) = found_of(with_alarm(ROOT, actions_enabled=False, stack="CisInsights"), ROOT)
    assert found.hint == (
        "cdk deploy CisInsights --revert-drift, or "
        "aws cloudwatch enable-alarm-actions --alarm-names root-account-usage"
    )


def test_what_is_gone_of_a_stack_is_an_error() -> None:
    setup = replace(sound(), missing=(Missing("CisInsights", "filter", "cis-vpc-changes"),))
    (found,) = verified(setup).others
    assert (found.level, found.text, found.hint) == (
        "error",
        "the stack CisInsights made the filter cis-vpc-changes, which is gone",
        "cdk deploy CisInsights --revert-drift",
    )
    assert not verified(setup).holds


def test_the_other_alarms_of_the_stack_have_to_notify_too() -> None:
    setup = with_alarm(ROOT, stack="CisInsights")
    beat = alarm(
        "heartbeat", stack="CisInsights", metrics=(metric("IncomingLogEvents", namespace="AWS/Logs"),)
    )
    assert verified(replace(setup, alarms=(*setup.alarms, beat))).others == ()
    off = replace(beat, actions_enabled=False)
    (found,) = verified(replace(setup, alarms=(*setup.alarms, off))).others
    assert (found.level, found.text) == ("error", "the actions of the alarm heartbeat are off")


# --- trails ------------------------------------------------------------------------------


def test_where_no_trail_works_nothing_holds() -> None:
    stopped = replace(TRAIL, status={**TRAIL.status, "IsLogging": False})  # type: ignore[dict-item]
    for trails in ((), (stopped,)):
        assert not verified(replace(sound(), trails=trails)).holds


def test_a_trail_that_works_is_enough() -> None:
    stopped = replace(TRAIL, status={**TRAIL.status, "IsLogging": False})  # type: ignore[dict-item]
    assert verified(replace(sound(), trails=(stopped, TRAIL))).holds
