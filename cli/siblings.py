"""The one bridge to the package `stacks`: modules with their types, each loaded when it is first used.

`stacks` is beside `cli` both in a clone and in a wheel. Most of it needs the extra `cdk`, and
loading it takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks import costs, dashboards, plan, settings
    from stacks.rollout import manifests, stack_set, targets
    from stacks.settings import settings as declarations
    from stacks.settings import trail_modes
    from stacks.single_template import stack as single_template

__all__ = [
    "costs",
    "dashboards",
    "declarations",
    "manifests",
    "plan",
    "settings",
    "single_template",
    "stack_set",
    "targets",
    "trail_modes",
]

_MODULES = {
    "costs": "costs",
    "dashboards": "dashboards",
    "declarations": "settings.settings",
    "manifests": "rollout.manifests",
    "plan": "plan",
    "settings": "settings",
    "single_template": "single_template.stack",
    "stack_set": "rollout.stack_set",
    "targets": "rollout.targets",
    "trail_modes": "settings.trail_modes",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{str(__package__).removesuffix('cli')}stacks.{_MODULES[name]}")
