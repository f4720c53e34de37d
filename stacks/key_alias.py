"""A name for a key that outlives its stack, so that whoever finds it later knows what it is.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

from __future__ import annotations

from aws_cdk import Aws, Fn, RemovalPolicy
from aws_cdk import aws_kms as kms


def add_alias(key: kms.Key, name: str) -> str:
    """Gives a key an alias that stays with it, and returns it.

    It ends in the id of the stack: the alias of a stack that was deleted must not be in the way of the
    next one.

    Args:
        name: what the alias begins with.
    """
    stack = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    alias = f"alias/{name}-{stack}"
    kms.Alias(
        key,
        "Alias",
        alias_name=alias,
        target_key=key,
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
    return alias
