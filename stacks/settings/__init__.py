"""What can be said in the context of an app: keys, their types and defaults, and every fault at once.

Imports `cis_insights`; only `overrides` knows the CDK.
"""

from __future__ import annotations

from .fields import Subscriber
from .settings import PREFIX, ControlSettings, Fault, Settings, SettingsError, query_folders

__all__ = [
    "PREFIX",
    "ControlSettings",
    "Fault",
    "Settings",
    "SettingsError",
    "Subscriber",
    "query_folders",
]
