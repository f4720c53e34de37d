"""Physical names: all begin with the prefix, none depends on a position or a version."""

from __future__ import annotations

from cis_insights import Control

from .settings import Settings


def stack_name(settings: Settings) -> str:
    """Of its own for each prefix: a second deployment stands beside the first."""
    default = Settings.__dataclass_fields__["prefix"].default
    return "CisInsights" if settings.prefix == default else f"CisInsights-{settings.prefix.replace('_', '-')}"


def alarm_name(settings: Settings, control: Control, twin: str = "") -> str:
    """Name of an alarm, its metric and its filter: one value, so that they cannot disagree."""
    return "-".join(filter(None, (settings.prefix, control.id, twin)))


def section(settings: Settings, control: Control) -> str:
    """Section of the control in the chosen benchmark version, such as 4.10; empty beyond CIS."""
    return control.cis.get(settings.benchmark_version, "")


def full_title(settings: Settings, control: Control) -> str:
    """`4.10 Security group changes`."""
    return f"{section(settings, control)} {control.title}".strip()


def saved_query_name(settings: Settings, control: Control) -> str:
    """Folder and name: slashes make folders in the console."""
    folder = "" if control.group == "cis" else f"{control.group}/"
    return f"{settings.prefix}/{folder}{full_title(settings, control)}"


def overview_name(settings: Settings) -> str:
    """Name of the dashboard that costs nothing to load."""
    return f"{settings.prefix}-overview"


def investigation_name(settings: Settings) -> str:
    """Name of the dashboard that runs the queries."""
    return f"{settings.prefix}-investigation"


def linked_dashboard(settings: Settings) -> str | None:
    """Name of the dashboard that says most, which alarms link to."""
    if not settings.dashboards:
        return None
    return investigation_name(settings) if settings.investigations else overview_name(settings)
