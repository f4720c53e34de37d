"""Answers to findings of cdk-nag, each with its reason.

https://github.com/cdklabs/cdk-nag#suppressing-a-rule
"""

from __future__ import annotations

import json

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam


def acknowledge_wildcard(role: iam.Role, resource: str, reason: str) -> None:
    """Says why a role may use all resources that an ARN with a `*` stands for.

    Args:
        resource: the ARN, as it is in the role's policy.
    """
    finding = f"AwsSolutions-IAM5[Resource::{_show(role, resource)}]"
    Validations.of(role).acknowledge(Acknowledgment(id=finding, reason=reason))


def _show(role: iam.Role, resource: str) -> str:
    """The ARN as a finding of cdk-nag shows it."""
    match Stack.of(role).resolve(resource):
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(map(_show_part, parts))
        case text:
            return str(text)


def _show_part(part: object) -> str:
    """What is known only when deployed is `<Name>`, or its function where a condition chooses the name."""
    match part:
        case str():
            return part
        case {"Ref": name}:
            return f"<{name}>"
        case _:
            return json.dumps(part, separators=(",", ":"))
