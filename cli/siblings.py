"""The package `stacks`, which is a sibling of this one both in a clone and in a wheel."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def stacks(module: str) -> Any:
    """A module of it, imported on first use: most need the extra `cdk` and take seconds."""
    return import_module(f"{str(__package__).removesuffix('cli')}stacks.{module}")
