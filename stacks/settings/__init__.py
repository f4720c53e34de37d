"""The settings in the context of an app: keys, their types and defaults, and every fault at once.

Imports `cis_insights`; only `overrides` knows the CDK.
"""

from __future__ import annotations

from .context import read_query_folders, read_settings
from .exclusions import Exclusion
from .faults import PREFIX, SettingFault, SettingsError
from .settings import ControlSettings, Settings
from .subscribers import Subscriber

__all__ = [
    "PREFIX",
    "ControlSettings",
    "Exclusion",
    "SettingFault",
    "Settings",
    "SettingsError",
    "Subscriber",
    "read_query_folders",
    "read_settings",
]
