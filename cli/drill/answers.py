"""Whether alarms are answered: the rule that starts the state machine, and the topics of the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cis_insights.verification.trails import Unanswered

from ..doctor.trails import ask
from .clients import Clients

SCHEMA = "cis-insights/answer/"  # begins the `schema` of every answer: docs/answers.schema.json
_CHANGES = "CloudWatch Alarm State Change"
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Answering:
    """The alarms that are answered, by how their names begin, and the topics of the answers."""

    prefixes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    def answers(self, alarm: str) -> bool:
        """Whether an alarm is answered."""
        return alarm.startswith(self.prefixes) if self.prefixes else False


def read_answering(clients: Clients) -> Answering:
    """The answers of a Region; none where that may not be read."""
    found = ask(lambda: list(_find_answers(clients)))
    if isinstance(found, Unanswered):
        return Answering()
    prefixes = tuple(prefix for prefix, _ in found)
    return Answering(prefixes, tuple(dict.fromkeys(arn for _, topics in found for arn in topics)))


def _find_answers(clients: Clients) -> Iterator[tuple[str, list[str]]]:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html"""
    events = clients("events")
    for page in events.get_paginator("list_rules").paginate():
        for rule in page["Rules"]:
            if _CHANGES in rule.get("EventPattern", "") and rule.get("State") != "DISABLED":
                targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
                machines = [one["Arn"] for one in targets if ":states:" in one["Arn"]]
                definitions = [_read_definition(clients, arn) for arn in machines]
                for text in (one for one in definitions if SCHEMA in one):
                    yield _find_prefix(rule["EventPattern"]), _TOPIC.findall(text)


def _read_definition(clients: Clients, arn: str) -> str:
    return str(clients("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"])


def _find_prefix(pattern: str) -> str:
    """How the names of the alarms begin that a rule takes; empty: all."""
    names: Any = json.loads(pattern).get("detail", {}).get("alarmName", [])
    return next((str(one["prefix"]) for one in names if isinstance(one, dict) and "prefix" in one), "")
