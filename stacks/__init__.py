"""CDK constructs that deploy a catalogue.

Nothing here reads context or environment: `Settings` carries everything in. What is public is
imported from here; it is loaded when it is asked for, since `aws_cdk` takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .monitoring import CisMonitoring
    from .rollout import Rollout
    from .rollout.stack_set import CisStackSet
    from .settings import ControlSettings, Exclusion, Settings, SettingsError, Subscriber
    from .single_template.single_template import SingleTemplate
    from .single_template.stack import CisTemplate, template
    from .stack import CisStack
    from .stage import CisStage
    from .trail import CisTrail

__all__ = [
    "CisMonitoring",
    "CisStack",
    "CisStackSet",
    "CisStage",
    "CisTemplate",
    "CisTrail",
    "ControlSettings",
    "Exclusion",
    "Rollout",
    "Settings",
    "SettingsError",
    "SingleTemplate",
    "Subscriber",
    "template",
]

_MODULES = {
    "CisMonitoring": "monitoring",
    "CisStack": "stack",
    "CisStackSet": "rollout.stack_set",
    "CisStage": "stage",
    "CisTemplate": "single_template.stack",
    "CisTrail": "trail",
    "ControlSettings": "settings.settings",
    "Exclusion": "settings.exclusions",
    "Rollout": "rollout.targets",
    "Settings": "settings.settings",
    "SettingsError": "settings.settings",
    "SingleTemplate": "single_template.single_template",
    "Subscriber": "settings.subscribers",
    "template": "single_template.stack",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
