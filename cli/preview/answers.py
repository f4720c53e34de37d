"""The mail that answers an alarm, from recorded rows: the state machine's own expressions, evaluated here.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonata import Jsonata  # type: ignore[import-untyped]  # it has no types

from .. import siblings
from .bodies import QUERY_ID
from .values import Row

if TYPE_CHECKING:
    from stacks.deployed_control import DeployedAlarm, DeployedControl, Plan

TOLD = 5  # rows that are told in words
_STEPS = ("commands", "answer", "subject", "text")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail: its subject and its text."""

    subject: str
    text: str


class AnswerWriter:
    """Writes the answers of a plan's alarms.

    Args:
        account, region: where it would be deployed.
        page: of CloudWatch in the console, up to the Region.
    """

    def __init__(self, plan: Plan, *, account: str, region: str, page: str) -> None:
        facts = siblings.answer_facts
        topics: Mapping[str, list[str]] = {
            str(severity): [f"arn:aws:sns:{region}:{account}:alarms"] for severity in plan.severities
        }
        self._deployment = facts.describe_deployment(
            plan.settings, topics, account=account, region=region, page=page
        )
        self._controls = {
            one.id: facts.describe_control(one, alarm, QUERY_ID) for one, alarm in plan.answered
        }
        self._account, self._region = account, region

    def can_answer(self, control: str) -> bool:
        """Whether alarms of a control are answered."""
        return control in self._controls

    def write(self, one: DeployedControl, alarm: DeployedAlarm, raised: int, rows: Sequence[Row]) -> Letter:
        """The answer to an alarm.

        Args:
            raised: when it went to ALARM, in seconds since 1970.
            rows: of its events, the newest first, as the control's query with its fields has them.
        """
        event = self._build_event(alarm, raised)
        context = {"context": {"Execution": {"Input": event}}}
        known: dict[str, Any] = {
            "deployment": self._deployment,
            "controls": self._controls,
            "matched": len(rows),
        }
        known["alarm"] = _evaluate("window", {**known, "states": context})
        known["control"] = self._controls[one.id]
        told = {"result": {"Results": [_list_cells(_name_columns(row)) for row in rows[:TOLD]]}}
        known["rows"] = _evaluate("rows", {**known, "states": {**context, **told}})
        groups = {"result": {"Results": [_list_cells(group) for group in _group(rows)]}}
        summary = "count_groups" if len(rows) > TOLD else "count_rows"
        known["summary"] = _evaluate(summary, {**known, "states": {**context, **groups}})
        for step in _STEPS:
            known[step] = _evaluate(step, {**known, "states": context})
        return Letter(str(known["subject"]), str(known["text"]["whole"]))

    def _build_event(self, alarm: DeployedAlarm, raised: int) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
        now, start = _format_time(raised), _format_time(raised - alarm.period)
        data = {"version": "1.0", "queryDate": now, "startDate": start, "period": alarm.period}
        state = {"value": "ALARM", "timestamp": now, "reason": "", "reasonData": json.dumps(data)}
        return {
            "source": "aws.cloudwatch",
            "account": self._account,
            "region": self._region,
            "resources": [f"arn:aws:cloudwatch:{self._region}:{self._account}:alarm:{alarm.name}"],
            "detail": {
                "alarmName": alarm.name,
                "state": state,
                "previousState": {"value": "OK", "timestamp": _format_time(raised - 86_400)},
                "configuration": {"description": ""},
            },
        }


def _format_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _name_columns(row: Row) -> Row:
    """A row under the names that answers ask for."""
    return {name if name.startswith(("@", "a_")) else f"a_{name}": value for name, value in row.items()}


def _list_cells(row: Row) -> list[dict[str, str]]:
    return [{"Field": name, "Value": value} for name, value in row.items()]


def _group(rows: Sequence[Row]) -> list[Row]:
    """Who did how much, as the query of the answers counts it."""
    times: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in rows:
        key = (row.get("user", "")[:100], row.get("eventName", "")[:100], row.get("account", "")[:12])
        times[key].append(
            int(datetime.fromisoformat(row["@timestamp"]).replace(tzinfo=UTC).timestamp() * 1000)
        )
    groups: list[Row] = [
        {
            "a_who": who,
            "a_name": name,
            "a_whose": whose,
            "a_events": str(len(found)),
            "a_first": str(min(found)),
            "a_last": str(max(found)),
        }
        for (who, name, whose), found in times.items()
    ]
    return sorted(groups, key=lambda group: -int(group["a_events"]))


def _evaluate(name: str, variables: Mapping[str, Any]) -> Any:
    return _compile(name).evaluate(None, dict(variables))


@cache
def _compile(name: str) -> Any:
    text = siblings.expressions.read_expression(name)
    compiled = Jsonata.jsonata(text.removeprefix("{%").removesuffix("%}"))
    compiled.register_lambda("parse", json.loads)
    return compiled
