"""What a month costs is the sum of what is deployed."""

from __future__ import annotations

import pytest

from stacks import costs
from stacks.plan import plan

from ..support.synth import settings
from ..support.synth import whole as built_in

# Metric alarms that are on by default; what a log alarm costs is not in the sum.
ON = sum(control.default and bool(control.patterns) for control in built_in().values() if control.is_alarm)
# Cents of the alarms on failed answers, silence, notifications of two topics and four rules.
ITSELF = 30 + 10 + 20 + 40


@pytest.mark.parametrize(
    ("values", "cents"),
    [
        ({}, ON * 40 + 100 + ITSELF + 900),
        ({"dashboards": "off"}, ON * 40 + 100 + ITSELF),
        ({"investigations": "off"}, ON * 40 + 100 + ITSELF + 600),
        ({"query_dashboard": "off"}, ON * 40 + 100 + ITSELF + 600),
        ({"answers": "off"}, ON * 40 + 100 + ITSELF - 30 + 900),
        ({"controls": "vpc-changes"}, 40 + 100 + ITSELF + 900),
        (
            {"subscribers": "", "topic_arn": "arn:aws:sns:eu-west-1:111122223333:t"},
            ON * 40 + ITSELF - 20 + 900,
        ),
        ({"key_arn": "arn:aws:kms:eu-west-1:111122223333:key/1234"}, ON * 40 + ITSELF + 900),
        ({"cis_twins": "on"}, (ON + 2) * 40 + 100 + ITSELF + 10 + 900),
    ],
)
def test_a_month_costs_what_is_deployed(values: dict[str, object], cents: int) -> None:
    assert sum(one.total for one in costs.list_monthly_costs(plan(built_in(), settings(**values)))) == cents
