"""What the state machine of the answers knows of a deployment and of each control, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cis_insights.catalogue.commands import Command

from .alarm_text import format_cis_sections
from .answers.questions import (
    ACTIVITY,
    MAX_GROUPS,
    MAX_ROWS,
    can_extend,
    name_record_fields,
    write_fields,
    write_groups,
    write_rows,
)
from .deployed_control import DeployedAlarm, DeployedControl
from .links import encode_text
from .settings import Settings

Facts = dict[str, object]


def describe_deployment(
    settings: Settings,
    topics: Mapping[str, Sequence[str]],
    *,
    account: str,
    region: str,
    page: str,
    chat: str = "",
) -> Facts:
    """What is the same for all controls.

    Args:
        topics: ARNs by severity; an empty one is not a topic.
        chat: ARN of the topic of channels, if there are any.
        page: of CloudWatch in the console, up to the Region.
    """
    return {
        "prefix": settings.prefix,
        "account": account,
        "region": region,
        "page": page,
        "logGroup": settings.log_group_name,
        "accounts": dict(settings.account_names),
        "topics": {severity: list(arns) for severity, arns in topics.items()},
        "chat": chat,
        "rows": {"text": write_rows(), "limit": MAX_ROWS},
        "groups": {"text": write_groups(), "limit": MAX_GROUPS},
        "activity": encode_text(ACTIVITY),
    }


def describe_control(deployed: DeployedControl, alarm: DeployedAlarm, query: str) -> Facts:
    """What an answer says of a control, and what it asks.

    Args:
        alarm: its own, not a twin's.
        query: id of its saved query.
    """
    control = deployed.control
    fields = name_record_fields(control.commands)
    return {
        "title": deployed.title,
        "severity": deployed.severity,
        "why": control.why,
        "respond": control.respond,
        "references": _list_references(deployed),
        "savedQuery": deployed.saved_query,
        "query": query,
        "period": alarm.period,
        "delay": alarm.delay,
        "isPlain": can_extend(control.query, control.query_text, control.commands),
        "fields": write_fields(fields),
        "commands": [_describe_command(command, fields) for command in control.commands],
    }


def _list_references(deployed: DeployedControl) -> str:
    control = deployed.control
    cis = f"CIS {format_cis_sections(control)}; " if control.cis else ""
    hub = f"Security Hub {control.security_hub}; " if control.security_hub else ""
    return f"{cis}{hub}saved query {deployed.saved_query}"


def _describe_command(command: Command, fields: Mapping[str, str]) -> Facts:
    text = command.text
    for field, alias in fields.items():
        text = text.replace(f"{{{field}}}", f"{{{alias}}}")
    return {"purpose": command.purpose, "events": list(command.events), "text": text}
