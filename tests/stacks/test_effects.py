"""A setting that does nothing is said, with what to do about it; one that does something is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Annotations, Match

from cis_insights import Catalogue
from stacks.monitoring import CisMonitoring
from stacks.plan import plan

from ..support.synth import (
    built_in,
    built_in_and,
    settings,
    stack,
)

ARN = "arn:aws:sns:eu-west-1:111122223333:security"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
LOG_ALARM = '# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\nfilter tolower(a) = "x"'
ONLY_VPC: dict[str, object] = {"controls": "vpc-changes"}


def _said(catalogue: Catalogue | None = None, **values: object) -> list[str]:
    catalogue = catalogue or built_in()
    return [str(one) for one in plan(catalogue, settings(catalogue, **values)).warnings]


# What does nothing, what is said, and the same setting where it does something.
NO_EFFECT: dict[str, tuple[dict[str, object], str, dict[str, object]]] = {
    "threshold of a control that is off": (
        {"vpn-changes__threshold": 3},
        "cis-insights:vpn-changes:threshold: warning: no effect: vpn-changes is not deployed\n"
        "    hint: add vpn-changes to cis-insights:extended, or leave this out",
        {"vpn-changes__threshold": 3, "extended": "default,vpn-changes"},
    ),
    "exclusion of a control that is off": (
        {"extended": "none", "monitoring-tampering__exclude": 'userIdentity.userName = "ci"'},
        "cis-insights:monitoring-tampering:exclude: warning: no effect: monitoring-tampering is not deployed"
        "\n"
        "    hint: add monitoring-tampering to cis-insights:extended, or leave this out",
        {"monitoring-tampering__exclude": 'userIdentity.userName = "ci"'},
    ),
    "severity of a control that is not named": (
        {**ONLY_VPC, "iam-policy-changes__severity": "low"},
        "cis-insights:iam-policy-changes:severity: warning: no effect: iam-policy-changes is not deployed\n"
        "    hint: add iam-policy-changes to cis-insights:controls, or leave this out",
        {"iam-policy-changes__severity": "low"},
    ),
    "period of a control that is left out": (
        {"controls_off": "vpc-changes", "vpc-changes__period": 600},
        "cis-insights:vpc-changes:period: warning: no effect: vpc-changes is not deployed\n"
        "    hint: add vpc-changes to cis-insights:controls, or leave this out",
        {"vpc-changes__period": 600},
    ),
    "subscribers of a severity without alarms": (
        {"subscribers_low": "a@b.cd"},
        "cis-insights:subscribers-low: warning: no effect: no alarm of severity low is deployed\n"
        "    hint: leave it out; there are alarms of: medium, high, critical",
        {"subscribers_low": "a@b.cd", "vpc-changes__severity": "low"},
    ),
    "topic of a severity without alarms": (
        {"topic_arn_low": ARN},
        "cis-insights:topic-arn-low: warning: no effect: no alarm of severity low is deployed\n"
        "    hint: leave it out; there are alarms of: medium, high, critical",
        {"topic_arn_high": ARN},
    ),
    "somebody who is told of everything": (
        {"subscribers_high": "soc@example.com,pager@example.com"},
        "cis-insights:subscribers-high: warning: no effect: cis-insights:subscribers notifies soc@example.com"
        " of every alarm already\n"
        "    hint: leave it out of one of the two",
        {"subscribers_high": "pager@example.com"},
    ),
    "a topic that is told of everything": (
        {"topic_arn": ARN, "topic_arn_high": ARN},
        f"cis-insights:topic-arn-high: warning: no effect: cis-insights:topic-arn notifies {ARN}"
        " of every alarm already\n"
        "    hint: leave it out of one of the two",
        {"topic_arn": ARN, "topic_arn_high": f"{ARN}-2"},
    ),
    "key of no topic": (
        {"subscribers": "", "topic_arn": ARN, "key_arn": KEY},
        "cis-insights:key-arn: warning: no effect: it encrypts topics that are made here, and none is made\n"
        "    hint: leave it out; what encrypts an existing topic is set where that is made",
        {"subscribers": "", "topic_arn": ARN, "key_arn": KEY, "vpc-changes__exclude": 'userAgent = "x"'},
    ),
    "extended beside controls": (
        {**ONLY_VPC, "extended": "all"},
        "cis-insights:extended: warning: no effect: cis-insights:controls says which are deployed\n"
        "    hint: name them in cis-insights:controls, or leave this out",
        {"extended": "all"},
    ),
    "a CIS control as an extended one": (
        {"extended": "default,vpc-changes"},
        "cis-insights:extended: warning: no effect: vpc-changes is not one of the controls beyond CIS\n"
        "    hint: leave it out; cis-insights:controls chooses among all",
        {"extended": "default,vpn-changes"},
    ),
    "left out, and off anyway": (
        {"controls_off": "vpn-changes"},
        "cis-insights:controls-off: warning: no effect: vpn-changes would not be deployed anyway\n"
        "    hint: leave it out here",
        {"extended": "all", "controls_off": "vpn-changes"},
    ),
    "left out, and not named": (
        {**ONLY_VPC, "controls_off": "iam-policy-changes"},
        "cis-insights:controls-off: warning: no effect: iam-policy-changes would not be deployed anyway\n"
        "    hint: leave it out here",
        {"controls_off": "iam-policy-changes,monitoring-tampering"},
    ),
    "CIS's own text of a control without": (
        {**ONLY_VPC, "cis_twins": "on"},
        "cis-insights:cis-twins: warning: no effect: CIS's text of no deployed control differs from"
        " Security Hub's\n"
        "    hint: leave it out; it differs for: iam-policy-changes, route-table-changes",
        {"controls": "iam-policy-changes", "cis_twins": "on"},
    ),
    "exact twins without exclusions": (
        {"exact_twins": "off"},
        "cis-insights:exact-twins: warning: no effect: only a CIS control with exclusions has an exact twin,"
        " and none is deployed\n"
        "    hint: leave it out",
        {"exact_twins": "off", "vpc-changes__exclude": 'userAgent = "x"'},
    ),
    "a version without the control": (
        {"controls": "organizations-changes", "benchmark_version": "1.2.0"},
        "cis-insights:benchmark-version: warning: no effect: 1.2.0 has no section for a control that is"
        " deployed\n"
        "    hint: leave it out",
        {"controls": "organizations-changes", "benchmark_version": "4.0.0"},
    ),
}


@pytest.mark.parametrize(("idle", "said", "at_work"), NO_EFFECT.values(), ids=NO_EFFECT.keys())
def test_a_setting_without_effect_is_said_and_one_with_effect_is_not(
    idle: dict[str, object], said: str, at_work: dict[str, object]
) -> None:
    assert _said(**idle) == [said]
    assert _said(**at_work) == []


def test_nothing_is_said_of_the_defaults_and_of_one_subscriber() -> None:
    assert _said() == []


def test_a_control_without_an_alarm_is_said_and_one_with_a_log_alarm_is_not(tmp_path: Path) -> None:
    (tmp_path / "own.cwli").write_text(LOG_ALARM)
    catalogue = built_in_and(tmp_path)
    assert _said(catalogue, log_alarms="off") == [
        "cis-insights:log-alarms: warning: own has no alarm: no filter pattern can say it, and log alarms are"
        " off\n"
        "    hint: leave it out by cis-insights:controls-off, or turn log alarms on where the Region has them"
    ]
    assert _said(catalogue) == []
    assert _said(log_alarms="off") == []  # as China and GovCloud need it, whatever is deployed
    named = {"controls": "own", "namespace": "Soc"}
    assert _said(catalogue, **named) == [
        "cis-insights:namespace: warning: no effect: log alarms have no metric, and there is no other alarm\n"
        "    hint: leave it out"
    ]
    assert _said(catalogue, namespace="Soc") == []


def test_a_severity_whose_only_control_has_no_alarm_needs_nobody(tmp_path: Path) -> None:
    (tmp_path / "own.cwli").write_text(LOG_ALARM)
    catalogue = built_in_and(tmp_path)
    each = {f"subscribers_{severity}": "a@b.cd" for severity in ("critical", "high", "medium")}
    assert len(_said(catalogue, subscribers="", log_alarms="off", **each)) == 1


def test_the_cdk_is_told_so_that_its_cli_prints_it_and_strict_fails() -> None:
    deployed = stack(subscribers_low="a@b.cd")
    text = Match.string_like_regexp("subscribers-low: warning: no effect: no alarm of severity low")
    Annotations.from_stack(deployed).has_warning("/CisInsights/Cis", text)
    assert not Annotations.from_stack(stack()).find_warning("*", Match.any_value())


def test_protection_of_a_stack_that_is_somebody_elses_is_said() -> None:
    for protected, count in ((False, 1), (True, 0)):
        outer = Stack(App(), "Theirs", termination_protection=protected)
        group = logs.LogGroup.from_log_group_name(outer, "Trail", settings().log_group_name)
        CisMonitoring(outer, "Cis", log_group=group, settings=settings(termination_protection="on"))
        text = Match.string_like_regexp("termination-protection: warning: no effect: it is the stack's")
        assert len(Annotations.from_stack(outer).find_warning("*", text)) == count
    assert not Annotations.from_stack(stack(termination_protection="on")).find_warning("*", Match.any_value())
