"""MiniStack in this process: its settings, its modules, and replacement of its parts.

MiniStack reads its environment while it is imported, so nothing here imports it before
`settings` have been put in place. It keeps its state in its modules: one local cloud a process.
https://pypi.org/project/ministack/
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

HOST = "127.0.0.1"
ACCOUNT = "111122223333"
REGION = "us-east-1"

_SETTINGS = {
    "BIND_HOST": HOST,
    "MINISTACK_HOST": HOST,
    "MINISTACK_ACCOUNT_ID": ACCOUNT,
    "MINISTACK_REGION": REGION,
    "MINISTACK_TEST_NO_AUTOSTART": "1",
    "AUTH": "false",
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "LOCALSTACK_PERSISTENCE": "0",
    "SERVICES": "",
    "USE_SSL": "0",
    "CLOUDTRAIL_RECORDING": "0",  # the recorder of this package writes whole records instead
    "LOG_LEVEL": "ERROR",
    # MiniStack's own calls, if any, must not find a person's account.
    "AWS_EC2_METADATA_DISABLED": "true",
}


def load_module(name: str) -> Any:
    """A module of MiniStack, `services.sns` for example; untyped, as MiniStack is."""
    return import_module(f"ministack.{name}")


@contextmanager
def set_environment(port: int) -> Iterator[None]:
    """Sets MiniStack's environment for a server on `port`; restores it afterwards."""
    ours = {**_SETTINGS, "GATEWAY_PORT": str(port)}
    with replace_items(os.environ, ours):
        yield


@contextmanager
def replace_items(mapping: Any, items: Mapping[str, Any]) -> Iterator[None]:
    """Replaces items of `mapping`; restores them afterwards."""
    before = {key: mapping[key] for key in items if key in mapping}
    mapping.update(items)
    try:
        yield
    finally:
        for key in items:
            mapping.pop(key, None)
        mapping.update(before)


def enter_scope(account: str, region: str) -> Any:
    """Enters a context of one account and Region, whose stores MiniStack then uses."""
    return load_module("core.responses").request_scope(account, region)


def get_scope() -> tuple[str, str]:
    """The account and the Region of the current request."""
    responses = load_module("core.responses")
    return responses.get_account_id(), responses.get_region()
