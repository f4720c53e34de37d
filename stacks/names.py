"""Physical names: all begin with the prefix, none depends on a position or a version."""

from __future__ import annotations

from collections.abc import Mapping

from cis_insights import Control

from .settings import Settings
from .tampering_calls import RuleKind

# 0.1.0 kept those of `investigate` in a nested stack, which holds their names until it is gone.
_FOLDERS = {"investigate": "investigations"}
_RULES: Mapping[RuleKind, str] = {"calls": "api", "access": "key", "deletes": "cfn", "alarms": "off"}
WATCH = "watch"  # the topic of what watches the monitoring itself


def name_stack(settings: Settings) -> str:
    """Of its own for each prefix: a second deployment lies beside the first."""
    default = Settings.__dataclass_fields__["prefix"].default
    return "CisInsights" if settings.prefix == default else f"CisInsights-{settings.prefix.replace('_', '-')}"


def name_alarm(settings: Settings, control: Control, twin: str = "") -> str:
    """Name of an alarm, its metric and its filter: one value, so that they cannot disagree."""
    return "-".join(filter(None, (settings.prefix, control.id, twin)))


def name_topic(settings: Settings, name: str) -> str:
    """Name of a topic that is made here: of everybody (`all`), of a severity, `quiet`, `chat` or `watch`."""
    return f"{settings.prefix}-alarms" + ("" if name == "all" else f"-{name}")


def name_heartbeat(settings: Settings) -> str:
    """Name of the alarm on silence."""
    return f"{settings.prefix}-heartbeat"


def name_failing(watched: str) -> str:
    """Name of the alarm on notifications that fail, of a topic or a rule."""
    return f"{watched}-failing"


def name_failing_rule(settings: Settings, kind: RuleKind) -> str:
    """Name of the alarm on a rule of the second path that fails."""
    return name_failing(f"{settings.prefix}-second-path-{kind}")


def name_rule(settings: Settings, kind: RuleKind) -> str:
    """Name of a rule of the second path: at most 64 characters, of which a prefix may have 60.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    return f"{settings.prefix}-{_RULES[kind]}"


def find_section(settings: Settings, control: Control) -> str:
    """Section of the control in the chosen benchmark version, such as 4.10; empty beyond CIS."""
    return control.cis.get(settings.benchmark_version, "")


def write_title(settings: Settings, control: Control) -> str:
    """`4.10 Security group changes`."""
    return f"{find_section(settings, control)} {control.title}".strip()


def name_saved_query(settings: Settings, control: Control) -> str:
    """Folder and name: slashes make folders in the console."""
    folder = "" if control.group == "cis" else f"{_FOLDERS.get(control.group, control.group)}/"
    return f"{settings.prefix}/{folder}{write_title(settings, control)}"


def name_overview(settings: Settings) -> str:
    """Name of the dashboard that costs nothing to load."""
    return f"{settings.prefix}-overview"


def name_investigation(settings: Settings) -> str:
    """Name of the dashboard that asks for the events of all controls."""
    return f"{settings.prefix}-controls"


def name_control_queries(settings: Settings) -> str:
    """Name of the dashboard with each control's own query."""
    return f"{settings.prefix}-queries"


def choose_linked_dashboard(settings: Settings) -> str | None:
    """Name of the dashboard that says most, which alarms link to."""
    if not settings.dashboards:
        return None
    return name_investigation(settings) if settings.investigations else name_overview(settings)
