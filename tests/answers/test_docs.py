"""The page about answers, and the schema of what machines get, are held to the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stacks.answers.permissions import ACTIONS
from stacks.settings.answer_modes import ANSWER_MODES
from stacks.settings.settings import SETTINGS

from ..support.answers import GROUP, RAISED, ROW, ScriptedAws, event, execute, state, tell

PAGE = Path("docs/answers.md").read_text(encoding="utf-8")
SCHEMA = json.loads(Path("docs/answers.schema.json").read_text(encoding="utf-8"))
OVER = event(state("OK", "17:45:05"), RAISED)


def faults(answer: Any) -> list[str]:
    from cfnlint.jsonschema import StandardValidator  # noqa: PLC0415  # half a second of each worker

    return [error.message for error in StandardValidator(schema=SCHEMA).iter_errors(answer)]


def read_json(known: dict[str, Any]) -> Any:
    """What a queue gets."""
    return json.loads(json.loads(known["message"]["message"])["sqs"])


def unanswered() -> Any:
    aws = ScriptedAws(
        errors={"cloudwatchlogs:startQuery": lambda _: "CloudWatchLogs.MalformedQueryException"}
    )
    execute(aws)
    return json.loads(json.loads(aws.published[0]["Message"])["sqs"])


ANSWERS = {
    "answer": lambda: read_json(tell()),
    "closing": lambda: read_json(tell(happened=OVER, rows=[ROW] * 5, groups=[GROUP] * 50)),
    "nothing-found": lambda: read_json(tell(rows=[], groups=[])),
    "unanswered": unanswered,
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_keeps_to_the_schema(kind: str) -> None:
    answer = ANSWERS[kind]()
    assert answer["kind"] == kind
    assert faults(answer) == []


def test_the_schema_notices_what_is_not_an_answer() -> None:
    answer = read_json(tell())
    assert faults({**answer, "kind": "other"}) and faults({**answer, "more": 1})
    assert faults({**answer, "commands": {"stillOpen": ["rm -rf /"], "undo": []}})
    assert faults({**answer, "rows": [{"time": "yesterday"}]})


def test_the_example_is_what_an_answer_says() -> None:
    (example,) = re.findall(r"```text\n(Subject: .*?)```", PAGE, re.DOTALL)
    known = tell()
    text = re.sub(r"https://\S+", "https://..", known["text"]["whole"])
    text = re.sub(r"First: .*", "First: ..", text)
    text = re.sub(r"CIS .*?; ", "CIS .., ", text)
    assert example == f"Subject: {known['subject']}\n\n{text}\n"


def test_the_table_of_permissions_names_every_action_and_no_other() -> None:
    table = PAGE[PAGE.index("## What it may do") : PAGE.index("## What it costs")]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+:[\w*]+)`", row.split("|")[1])} == ACTIONS


def test_the_page_names_every_setting_of_answers() -> None:
    keys = {one.key for one in SETTINGS if re.match("answers|account-names|slack|teams", one.key)}
    assert len(keys) == 7
    assert [key for key in keys if f"cis-insights:{key}" not in PAGE] == []
    assert [mode for mode in ANSWER_MODES if f"| `{mode}`" not in PAGE] == []
