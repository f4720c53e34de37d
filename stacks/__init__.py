"""CDK constructs that deploy a catalogue.

Nothing here reads context or environment: `Settings` carries everything in. What is public is
imported from here; it is loaded when it is asked for, since `aws_cdk` takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .keys import Subscriber
    from .monitoring import CisMonitoring
    from .rollout import Rollout
    from .settings import ControlSettings, Settings, SettingsError
    from .stack import CisStack
    from .stack_set import CisStackSet
    from .stage import CisStage
    from .template import CisTemplate
    from .trail import CisTrail

__all__ = [
    "CisMonitoring",
    "CisStack",
    "CisStackSet",
    "CisStage",
    "CisTemplate",
    "CisTrail",
    "ControlSettings",
    "Rollout",
    "Settings",
    "SettingsError",
    "Subscriber",
]

_MODULES = {
    "CisMonitoring": "monitoring",
    "CisStack": "stack",
    "CisStackSet": "stack_set",
    "CisStage": "stage",
    "CisTemplate": "template",
    "CisTrail": "trail",
    "ControlSettings": "settings",
    "Rollout": "rollout",
    "Settings": "settings",
    "SettingsError": "settings",
    "Subscriber": "keys",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
