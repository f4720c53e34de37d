"""Patterns that others ship: what they count of a control, with an event where they differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..support.set_ups import (
    alarm,
    catalogue,
    exact,
    found_of,
    metric,
    metric_filter,
    said,
    verified,
    with_filters,
    with_pattern,
)

ROOT, IAM, VPC = "root-account-usage", "iam-policy-changes", "vpc-changes"
DENIED, GROUPS = "unauthorized-api-calls", "security-group-changes"


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
    assert said(root.findings) == [
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
