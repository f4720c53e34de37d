"""What a month of a plan costs: AWS's list prices for us-east-1, in cents.

https://aws.amazon.com/cloudwatch/pricing/
https://aws.amazon.com/kms/pricing/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .deployed_control import DeployedAlarm, Plan
from .settings import Settings
from .tampering_calls import RULES

METRIC = 30
ALARM = 10
KEY = 100
ANSWER_ALARMS = 3  # on failed answers
# Dollars: 30 transitions of a state machine, and 20 minutes of log at 10 GB a day, once or twice.
# https://aws.amazon.com/step-functions/pricing/
ANSWER = 0.001
WATCH = ALARM * (3 + len(RULES))  # silence, failed notifications of two topics, and the second path
SCAN = 0.005  # dollars, for each gigabyte that a query of Logs Insights scans
DASHBOARD = 300  # beyond the three that an account has free


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of a bill."""

    count: int
    what: str
    each: int  # cents

    @property
    def total(self) -> int:
        """Cents."""
        return self.count * self.each


def price_alarms(alarms: Iterable[DeployedAlarm]) -> int:
    """Metrics and alarms, in cents. A log alarm is not counted: its price and what it scans are not known."""
    return sum(METRIC + ALARM for alarm in alarms if not alarm.is_log_alarm)


def list_monthly_costs(plan: Plan) -> tuple[Cost, ...]:
    """Fixed costs, whether anything happens or not; free tiers are not subtracted."""
    count = sum(not alarm.is_log_alarm for alarm in plan.alarms)
    settings = plan.settings
    has_topic = bool(plan.topics) or any(one.twins for one in plan.controls)
    lines = (
        Cost(count, "metric", METRIC),
        Cost(count, "alarm", ALARM),
        Cost(ANSWER_ALARMS if plan.answered else 0, "failed-answer alarm", ALARM),
        Cost(int(plan.has_heartbeat), "heartbeat alarm", ALARM),
        Cost(plan.delivery_alarms, "failed-notification alarm", ALARM),
        Cost(int(has_topic and not settings.key_arn), "KMS key", KEY),
        Cost(_count_dashboards(settings), "dashboard", DASHBOARD),
    )
    return tuple(line for line in lines if line.count)


def _count_dashboards(settings: Settings) -> int:
    return (1 + settings.investigations + settings.query_dashboard) if settings.dashboards else 0


def format_dollars(cents: int) -> str:
    """`$0.40`."""
    return f"${cents // 100}.{cents % 100:02}"
