"""Filters, metrics, alarms, stacks and trails that do not meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cis_insights.verification.model import Drift, LogGroup, Metric

from ..support.set_ups import (
    NOW,
    REGION,
    TRAIL,
    alarm,
    catalogue,
    exact,
    found_of,
    metric,
    metric_filter,
    said,
    sound,
    verified,
    with_alarm,
    with_filters,
    with_pattern,
    without_alarm,
)

ROOT, IAM, VPC = "root-account-usage", "iam-policy-changes", "vpc-changes"
DENIED, GROUPS = "unauthorized-api-calls", "security-group-changes"


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
    assert said(verified(setup).others) == [
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
    assert said(verified(setup).others) == [
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


def test_what_a_stack_made_is_put_back_by_its_own_command() -> None:
    (found,) = found_of(with_alarm(ROOT, actions_enabled=False, stack="CisInsights"), ROOT)
    assert found.hint == (
        "cdk deploy CisInsights --revert-drift, or "
        "aws cloudwatch enable-alarm-actions --alarm-names root-account-usage"
    )


def test_what_is_gone_of_a_stack_is_an_error() -> None:
    setup = replace(sound(), drifts=(Drift("CisInsights", "filter", "cis-vpc-changes", is_gone=True),))
    (found,) = verified(setup).others
    assert (found.level, found.text, found.hint) == (
        "error",
        "the stack CisInsights made the filter cis-vpc-changes, which is gone",
        "cdk deploy CisInsights --revert-drift",
    )
    assert not verified(setup).holds


def test_what_was_changed_by_hand_is_an_error_only_where_it_counts() -> None:
    for kind, level in (("filter", "error"), ("saved query", "warning"), ("dashboard", "warning")):
        setup = replace(sound(), drifts=(Drift("CisInsights", kind, "cis", is_gone=False),))
        assert said(verified(setup).others) == [
            (level, f"the stack CisInsights made the {kind} cis, which is not as it was deployed")
        ]
        assert verified(setup).holds is (level == "warning")


def test_a_saved_query_of_another_version_is_said() -> None:
    control = catalogue()[ROOT]
    name = f"cis/4.3 {control.title}"
    assert verified(replace(sound(), queries={name: control.query_text})).others == ()
    older = verified(replace(sound(), queries={name: "filter eventName like /x/"}))
    assert said(older.others) == [
        ("ok", f"the saved query {name} is another version's, or has exclusions that are not declared")
    ]
    assert older.holds


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
