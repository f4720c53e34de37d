"""What can be said in the context of an app: keys, their types and defaults, and every fault at once.

Imports `cis_insights`; only `overrides` knows the CDK.
"""

from __future__ import annotations

from .context import query_folders, read_settings
from .faults import PREFIX, Fault, SettingsError
from .settings import ControlSettings, Settings
from .subscribers import Subscriber

__all__ = [
    "PREFIX",
    "ControlSettings",
    "Fault",
    "Settings",
    "SettingsError",
    "Subscriber",
    "query_folders",
    "read_settings",
]
