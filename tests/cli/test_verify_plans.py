"""`cis-insights verify FILE..`: plans of Terraform, followed through their modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..support.set_ups import catalogue, exact
from ..support.verify_files import flat, line_of, verify, write

ROOT, DENIED, GROUPS = "root-account-usage", "unauthorized-api-calls", "security-group-changes"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder; the catalogue is loaded once for all tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())


FILTER = {
    "name": "root",
    "log_group_name": "cloudtrail",
    "metric_transformation": [{"name": "Root", "namespace": "CIS", "value": "1", "default_value": None}],
}
ALARM = {
    "alarm_name": "root",
    "metric_name": "Root",
    "namespace": "CIS",
    "statistic": "Sum",
    "period": 300,
    "threshold": 1,
    "evaluation_periods": 1,
    "comparison_operator": "GreaterThanOrEqualToThreshold",
    "treat_missing_data": "notBreaching",
    "actions_enabled": True,
}
TOPIC = {"name": "alarms", "kms_master_key_id": None}
SUBSCRIPTION = {"protocol": "email", "endpoint": "soc@example.com"}


def plan(pattern: str, **alarm: Any) -> str:
    """A plan with one control, in a module that is given its topic; ARNs are known after the apply."""
    module = {
        "address": "module.cis",
        "resources": [
            _resource("module.cis.aws_cloudwatch_log_metric_filter.this[0]", {**FILTER, "pattern": pattern}),
            _resource("module.cis.aws_cloudwatch_metric_alarm.this[0]", {**ALARM, **alarm}),
        ],
    }
    root = {
        "resources": [
            _resource("aws_sns_topic.alarms", TOPIC),
            _resource("aws_sns_topic_subscription.soc", SUBSCRIPTION),
        ],
        "child_modules": [module],
    }
    planned = {"planned_values": {"root_module": root}, "configuration": {"root_module": _configuration()}}
    return json.dumps({"format_version": "1.2", **planned}, indent=1)


def _configuration() -> dict[str, Any]:
    """What refers to what."""
    inner = _referring("aws_cloudwatch_metric_alarm.this", alarm_actions=["var.alarm_actions"])
    given = {"alarm_actions": {"references": ["aws_sns_topic.alarms.arn", "aws_sns_topic.alarms"]}}
    return {
        **_referring("aws_sns_topic_subscription.soc", topic_arn=["aws_sns_topic.alarms.arn"]),
        "module_calls": {"cis": {"expressions": given, "module": inner}},
    }


def _referring(address: str, **references: list[str]) -> dict[str, Any]:
    """A module of one resource, and what its arguments refer to."""
    expressions = {name: {"references": found} for name, found in references.items()}
    return {"resources": [{"address": address, "expressions": expressions}]}


def _resource(address: str, values: dict[str, Any]) -> dict[str, Any]:
    kind = address.split(".")[-2]
    return {"address": address, "mode": "managed", "type": kind, "name": "this", "values": values}


def test_a_plan_is_followed_through_its_modules_to_the_subscriber() -> None:
    result = verify(write(plan(exact(ROOT)), "plan.json"), "--control", ROOT)
    assert result.output == (
        "files: CIS 5.0.0\n\n"
        "       control                  filter  alarm    notifies\n"
        "ok     4.3  root-account-usage  exact   1 in 5m  1 email\n\n"
        "1 of 1 controls of CIS 5.0.0 hold\n"
    )
    assert result.exit_code == 0


def test_a_plan_s_faults_are_found_with_the_lines_of_their_addresses() -> None:
    text = plan(exact(ROOT), statistic="Average", threshold=5)
    result = verify(write(text, "plan.json"), "--control", ROOT)
    line = line_of(text, '"module.cis.aws_cloudwatch_metric_alarm.this[0]"')
    assert f"error    plan.json:{line}: the alarm root never fires: Average >= 5," in result.output
    silent = plan(exact(ROOT)).replace('"aws_sns_topic_subscription"', '"aws_other"')
    assert "the topic aws_sns_topic.alarms has no subscriber" in flat(
        verify(write(silent, "p.json"), "--control", ROOT)
    )
    unwatched = plan(exact(ROOT), metric_name="Other")
    assert "no alarm watches CIS/Root" in verify(write(unwatched, "p.json"), "--control", ROOT).output


def test_a_name_that_is_known_after_the_apply_is_that_of_the_filter() -> None:
    """A usual form: the alarm's metric is `aws_cloudwatch_log_metric_filter.x.id`, the filter's name."""
    document = json.loads(plan(exact(ROOT), metric_name=None))
    expressions = document["configuration"]["root_module"]["module_calls"]["cis"]["module"]["resources"][0][
        "expressions"
    ]
    expressions["metric_name"] = {"references": ["aws_cloudwatch_log_metric_filter.this.id"]}
    text = json.dumps(document)
    wrong = verify(write(text, "plan.json"), "--control", ROOT)
    assert "no alarm watches CIS/Root" in wrong.output
    same = text.replace('"name": "root"', '"name": "Root"')
    assert verify(write(same, "plan.json"), "--control", ROOT).exit_code == 0
