"""The settings as a table, for the README."""

from __future__ import annotations

from dataclasses import fields

from stacks.settings import PREFIX, Settings
from stacks.settings.settings import CONTROL_SETTINGS, SETTINGS


def write_settings_table() -> str:
    """The settings as a Markdown table, for the README."""
    defaults = {slot.name: slot.default for slot in fields(Settings)}
    rows = [(setting.key, _format_default(defaults[setting.attribute]), setting.doc) for setting in SETTINGS]
    rows += [(f"CONTROL-ID:{setting.key}", "as in its file", setting.doc) for setting in CONTROL_SETTINGS]
    lines = [f"| `{PREFIX}{key}` | {default} | {doc} |" for key, default, doc in rows]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *lines])


def _format_default(default: object) -> str:
    match default:
        case bool():
            return "on" if default else "off"
        case str() | int():
            return f"`{default}`"
        case ("default",):
            return "`default`"
        case _:
            return "none"
