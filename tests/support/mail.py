"""The mail of an answer, and its parts."""

from __future__ import annotations

from typing import Any

from stacks.answers.expressions import read_expression

from .answers import ID, ROW, cells, facts, tell
from .jsonata_states import evaluate

LINES = (
    "1 event by bob@example.com, 17:19:02 UTC on 3 March 2026",
    "Account prod (111122223333), Region eu-west-1",
    "",
    "17:19:02  bob@example.com (role AWSReservedSSO_AdministratorAccess_0123456789abcdef) from 198.51.100.7,"
    " console",
    "          AuthorizeSecurityGroupIngress sg-0abcdef1234567890: tcp 22 from 0.0.0.0/0 and ::/0",
    "",
    "Why it matters: A security group is the firewall of an instance; one rule can open it to the internet.",
)


def lines(**given: Any) -> list[str]:
    """The mail, line by line."""
    return str(tell(**given)["text"]["whole"]).split("\n")


def section(mail: list[str], title: str) -> list[str]:
    """The indented lines below a title."""
    if title not in mail:
        return []
    below = mail[mail.index(title) + 1 :]
    return [line[2:] for line in below[: next(i for i, one in enumerate(below) if one[:2] != "  ")]]


def commands(target: str) -> dict[str, list[str]]:
    """The commands for a row with a target."""
    known = dict(zip(("deployment", "controls"), facts(), strict=True))
    states = {"result": {"Results": [cells({**ROW, "a_target": target})]}}
    known |= {"control": known["controls"][ID], "rows": evaluate(read_expression("rows"), states=states)}
    found: dict[str, list[str]] = evaluate(read_expression("commands"), **known)
    return found
