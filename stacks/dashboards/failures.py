"""Whether what happened was heard: notifications, answers and rules that failed, in the chosen time.

https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ..answers.alarm_names import name_machine
from ..deployed_control import Plan
from ..names import name_rule, name_topic
from ..tampering_calls import RULES
from .widgets import SEVERITY_COLOURS, Metric, Widget, make_numbers

_MACHINE = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:"
_RULES = {"calls": "calls", "access": "access", "deletes": "removals", "alarms": "alarms"}


def make_failures(plan: Plan) -> list[Widget]:
    """Sums over the chosen time. Such a metric has no datapoint where nothing failed: it shows `--`."""
    metrics = list(_list_metrics(plan))
    if not metrics:
        return []
    title = "Was it heard? Failed in the time chosen (-- is none)"
    return [make_numbers(title, metrics, width=24, height=4, setPeriodToTimeRange=True)]


def _list_metrics(plan: Plan) -> Iterator[Metric]:
    settings, failed = plan.settings, {"color": SEVERITY_COLOURS["critical"]}
    for topic in plan.topic_names:
        of_topic = {"TopicName": name_topic(settings, topic)}
        which = "" if topic == "all" else f" ({topic})"
        yield Metric(
            f"failed notifications{which}", "AWS/SNS", "NumberOfNotificationsFailed", of_topic, options=failed
        )
    if plan.answered:
        machine = {"StateMachineArn": _MACHINE + name_machine(settings.prefix)}
        yield Metric("failed answers", "AWS/States", "ExecutionsFailed", machine, options=failed)
        yield Metric(
            "answers that took too long", "AWS/States", "ExecutionsTimedOut", machine, options=failed
        )
    for kind in RULES if plan.has_second_path else ():
        of_rule = {"RuleName": name_rule(settings, kind)}
        label = f"failed second path ({_RULES[kind]})"
        yield Metric(label, "AWS/Events", "FailedInvocations", of_rule, options=failed)
