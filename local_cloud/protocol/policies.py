"""Policy evaluation for AWS services: the part of IAM's rules that policies for services use.

Anything else in a policy raises an error.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cis_insights.verification.policy_operators import OPERATORS, as_list, is_like, list_conditions

Statement = Mapping[str, Any]
Policy = str | Mapping[str, Any] | None
_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


class UnknownPolicy(ValueError):
    """A policy element that is not evaluated here; the message names it."""


@dataclass(frozen=True, slots=True)
class Request:
    """An action of a service or a role on a resource, over TLS.

    Args:
        principal: of a service, such as `sns.amazonaws.com`, or the ARN of a role; empty to evaluate a
            role's own policy.
        action: such as `sns:Publish`.
        resource: its ARN; empty where a role is assumed.
        context: condition keys and their values.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def get_value(self, key: str) -> str | None:
        """The value of a condition key, which is case-insensitive."""
        values = {name.lower(): value for name, value in self.context.items()}
        return {"aws:securetransport": "true", **values}.get(key.lower())


def allows(policy: Policy, request: Request) -> bool:
    """Whether a policy allows a request and does not deny it.

    Args:
        policy: the document or its JSON; None allows nothing.

    Raises:
        UnknownPolicy: for an element that is not evaluated here.
    """
    return find_effects([policy], request) == {"Allow"}


def find_effects(policies: Iterable[Policy], request: Request) -> set[str]:
    """`Allow`, `Deny`, both or neither: the effects of all statements that apply to a request.

    Raises:
        UnknownPolicy: for an element that is not evaluated here.
    """
    return {one["Effect"] for policy in policies for one in list_statements(policy) if applies(one, request)}


def list_statements(policy: Policy) -> list[Statement]:
    """The statements of a policy, each of the known elements only."""
    found = as_list(_parse_document(policy).get("Statement", ()))
    for one in found:
        if unknown := set(one) - _ELEMENTS:
            raise UnknownPolicy(f"the element {', '.join(sorted(unknown))} is not evaluated here")
    return found


def _parse_document(policy: Policy) -> Mapping[str, Any]:
    """The statements of a policy; none if it is not a JSON object."""
    try:
        found = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def applies(statement: Statement, request: Request) -> bool:
    """Whether a statement applies to a request."""
    return (
        _names(statement.get("Principal"), request.principal)
        and any(is_like(request.action.lower(), action.lower()) for action in as_list(statement["Action"]))
        and any(
            is_like(request.resource, one) for one in as_list(statement.get("Resource", request.resource))
        )
        and all(_holds(condition, request) for condition in list_conditions(statement))
    )


def _names(principal: Any, name: str) -> bool:
    """Whether a principal includes a service or a role; a role's own policy has no principal."""
    match principal:
        case None:
            return not name
        case "*":
            return True
        case {"AWS": accounts, **rest} if not rest:
            return bool({"*", name} & set(as_list(accounts)))
        case {"Service": services, **rest} if not rest:
            return name in as_list(services)
        case _:
            raise UnknownPolicy(f"the principal {principal!r} is not evaluated here")


def _holds(condition: tuple[str, str, list[str]], request: Request) -> bool:
    operator, key, expected = condition
    if operator not in OPERATORS:
        raise UnknownPolicy(f"the operator {operator} is not evaluated here")
    value = request.get_value(key)
    return value is not None and any(OPERATORS[operator](value, one) for one in expected)
