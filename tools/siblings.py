"""The package `stacks` that stands beside this one, in a clone and in a wheel alike."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def stacks(module: str) -> Any:
    """A module of it, imported when it is asked for: most need the extra `cdk` and take seconds."""
    return import_module(f"{str(__package__).removesuffix('tools')}stacks.{module}")
