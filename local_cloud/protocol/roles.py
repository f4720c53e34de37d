"""What a role may do: its own policies, together with those of the topics and keys that it uses.

A missing role may belong to another account, so it is not checked.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ministack import get_scope, load_module
from .policies import Policy, Request, allows, find_effects


def may_assume(role: str, service: str, source: str) -> bool:
    """Whether a role trusts a service, such as `states.amazonaws.com`, for a state machine or a rule.

    Args:
        source: its ARN, as the services pass it on.

    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    found = _find_role(role)
    if found is None:
        return True
    context = {"aws:SourceArn": source, "aws:SourceAccount": get_scope()[0]}
    return allows(found["AssumeRolePolicyDocument"], Request(service, "sts:AssumeRole", "", context))


def find_denied(role: str, action: str, resources: Sequence[str]) -> str | None:
    """The first of some resources on which a role's own policies do not allow an action; None if all are.

    Raises:
        UnknownPolicy: for an element that is not evaluated here.
    """
    if _find_role(role) is None:
        return None
    return next((resource for resource in resources if not _allows(role, action, resource)), None)


def find_publish_error(role: str, topic: str) -> str | None:
    """The code with which SNS refuses a role that may not publish to a topic, or not use its key; or None.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-use-cases.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    record = load_module("services.sns")._topics.get(topic)
    if _find_role(role) is None or record is None:
        return None
    attributes = record["attributes"]
    effects = _find_own_effects(role, "sns:Publish", topic)
    effects |= find_effects([attributes.get("Policy")], Request(role, "sns:Publish", topic))
    if effects != {"Allow"}:
        return "AuthorizationError"
    return None if _may_use_key(role, attributes.get("KmsMasterKeyId")) else "KMSAccessDenied"


def _may_use_key(role: str, key: str | None) -> bool:
    """A key's policy names the role, or lets the account's own policies decide by naming its root."""
    if not key:
        return True
    found = load_module("services.kms")._resolve_key(key)
    return found is not None and all(
        _may_use(role, action, found) for action in ("kms:Decrypt", "kms:GenerateDataKey")
    )


def _may_use(role: str, action: str, key: dict[str, Any]) -> bool:
    """SNS uses a key for the role: `kms:ViaService` names it."""
    account, region = get_scope()
    context = {"kms:ViaService": f"sns.{region}.amazonaws.com", "kms:CallerAccount": account}
    named, delegated = (
        find_effects([key.get("Policy")], Request(principal, action, key["Arn"], context))
        for principal in (role, f"arn:aws:iam::{account}:root")
    )
    own = find_effects(_list_policies(role), Request("", action, key["Arn"], context))
    return "Deny" not in named | own and ("Allow" in named or ("Allow" in delegated and "Allow" in own))


def _allows(role: str, action: str, resource: str) -> bool:
    """A log group's ARN is written with `:*` and without; a policy may have either."""
    forms = [resource, f"{resource}:*"] if ":log-group:" in resource else [resource]
    return any(_find_own_effects(role, action, form) == {"Allow"} for form in forms)


def _find_own_effects(role: str, action: str, resource: str) -> set[str]:
    return find_effects(_list_policies(role), Request("", action, resource))


def _list_policies(role: str) -> list[Policy]:
    """The inline policies of a role, and the default versions of the managed ones."""
    found, managed = _find_role(role) or {}, load_module("services.iam")._policies
    attached = [managed[arn] for arn in found.get("AttachedPolicies", ()) if arn in managed]
    versions = [policy["Versions"][policy["DefaultVersionId"]]["Document"] for policy in attached]
    return [*(found.get("InlinePolicies") or {}).values(), *versions]


def _find_role(role: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = load_module("services.iam")._roles.get(role.rpartition("/")[2])
    return found
