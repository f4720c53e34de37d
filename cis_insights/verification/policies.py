"""What a resource's policy lets an AWS service do: the part of IAM's evaluation that such policies use.

What is not evaluated here leaves the answer open: it is never guessed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .policy_operators import OPERATORS, as_list, is_like, list_conditions

Statement = Mapping[str, Any]
Answer = Literal["allowed", "denied", "open"]
_ELEMENTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition"}


class _Undecided(Exception):
    """A statement that is not evaluated here."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a service does with a resource, over TLS.

    Args:
        service: its principal, such as `cloudwatch.amazonaws.com`.
        action: such as `sns:Publish`.
        resource: its ARN.
        context: condition keys and their values.
    """

    service: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """The value of a condition key, whose case does not count."""
        values = {name.lower(): value for name, value in self.context.items()}
        return {"aws:securetransport": "true", **values}.get(key.lower())


def evaluate(policy: str | Mapping[str, Any] | None, request: Request) -> Answer:
    """Whether a policy allows a request and does not deny it; `open` where that is not decided here."""
    effects = {_find_effect(statement, request) for statement in _read_statements(policy)}
    if "Deny" in effects:
        return "denied"
    if "open" in effects:
        return "open"
    return "allowed" if "Allow" in effects else "denied"


def _read_statements(policy: str | Mapping[str, Any] | None) -> list[Any]:
    try:
        found = json.loads(policy) if isinstance(policy, str) else policy
    except (ValueError, RecursionError):
        return []
    return as_list(found.get("Statement", ())) if isinstance(found, Mapping) else []


def _find_effect(statement: Any, request: Request) -> str:
    """Its effect if it is about the request, `open` if that is not decided, else nothing."""
    try:
        return str(statement["Effect"]) if _applies(statement, request) else ""
    except (_Undecided, KeyError, TypeError, AttributeError):
        return "open"


def _applies(statement: Statement, request: Request) -> bool:
    if set(statement) - _ELEMENTS:
        raise _Undecided
    return (
        _names(statement, request.service)
        and _acts(statement, request.action)
        and any(is_like(request.resource, str(one)) for one in as_list(statement.get("Resource", "*")))
        and all(_holds(condition, request) for condition in list_conditions(statement))
    )


def _acts(statement: Statement, action: str) -> bool:
    if "NotAction" in statement:
        return not any(is_like(action.lower(), one.lower()) for one in as_list(statement["NotAction"]))
    return any(is_like(action.lower(), one.lower()) for one in as_list(statement["Action"]))


def _names(statement: Statement, service: str) -> bool:
    if "NotPrincipal" in statement:
        raise _Undecided
    match statement.get("Principal"):
        case "*":
            return True
        case Mapping() as principals:
            return service in as_list(principals.get("Service", ())) or "*" in as_list(
                principals.get("AWS", ())
            )
        case _:
            raise _Undecided


def _holds(condition: tuple[str, str, list[str]], request: Request) -> bool:
    operator, key, expected = condition
    name = operator.removesuffix("IfExists")
    negated = name.startswith(("StringNot", "ArnNot"))
    test = OPERATORS.get(name.replace("Not", "", 1) if negated else name)
    if test is None:
        raise _Undecided
    value = request.value(key)
    if value is None:
        return negated or name != operator  # IAM: a negated operator is true where the key is not there
    return any(test(value, one) for one in expected) is not negated
