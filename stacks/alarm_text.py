"""What a mail says: what happened, what to do first, and a link to who did it."""

from __future__ import annotations

from itertools import groupby

from cis_insights import Control

from .deployed_control import DeployedControl, TwinKind
from .links import PAGE, link_dashboard, link_saved_query
from .names import write_title
from .settings import Settings
from .settings.settings import MAX_PREFIX
from .tokens import TOKEN, escape

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MAX_DESCRIPTION = 1024
ALL_ACCOUNTS = "All accounts of the trail: the column account of the saved query says which one."
# What the `${..}` of a link can become at most.
_LONGEST = {
    "${AWS::Region}": "ap-southeast-99",
    "${Page}": "console.amazonaws-us-gov.com" + PAGE,
    "${Query}": "00000000-0000-0000-0000-000000000000",
}


def write_alarm_text(settings: Settings, deployed: DeployedControl, *, dashboard: str | None) -> str:
    """Text for `Fn::Sub` with `Page` and `Query`: at most 1,024 characters when deployed.

    The link to the saved query is left out where it would not fit; the dashboard's stays.

    Args:
        deployed: the control, without its alarm yet.
        dashboard: name of the one to link to, if any.
    """
    control = deployed.control
    lines = [
        f"{deployed.title} ({deployed.severity}): {control.why}",
        f"First: {control.respond}",
        *_list_sections(control),
        *([ALL_ACCOUNTS] if settings.spans_accounts else ()),
        f"Who, from where, what: saved query {deployed.saved_query}",
    ]
    head = escape("\n".join(lines))
    known = None if TOKEN.search(settings.log_group_name) else settings.log_group_name
    links = [link_saved_query("${Query}", known)]
    if dashboard:
        links.append(link_dashboard(dashboard))
    while links and _measure_longest(text := "\n".join([head, *links])) > MAX_DESCRIPTION:
        del links[0]
    return text if links else head[:MAX_DESCRIPTION]


def write_twin_text(settings: Settings, control: Control, kind: TwinKind) -> str:
    """What the alarm of a twin says: that it pages nobody, and why it is there."""
    whose = {"exact": "Security Hub's", "cis": "the CIS Benchmark's"}[kind]
    return (
        f"{write_title(settings, control)}: {whose} exact text, for the audit. Notifies a quiet topic;"
        f" what is acted on is the alarm without this suffix."
        f"{' ' + ALL_ACCOUNTS if settings.spans_accounts else ''}"
    )


def format_cis_sections(control: Control) -> str:
    """`3.10 (1.2), 4.10 (1.4 to 5.0)`: sections and the versions that have them."""
    runs = [
        (section, [version for version, _ in run])
        for section, run in groupby(control.cis.items(), _get_section)
    ]
    return ", ".join(
        f"{section} ({_shorten(versions[0])}{_format_last(versions)})" for section, versions in runs
    )


def _get_section(item: tuple[str, str]) -> str:
    return item[1]


def _format_last(versions: list[str]) -> str:
    return f" to {_shorten(versions[-1])}" if len(versions) > 1 else ""


def _shorten(version: str) -> str:
    """`1.4` for `1.4.0`, as people say it."""
    return version.removesuffix(".0")


def _list_sections(control: Control) -> list[str]:
    if not control.cis:
        return []
    hub = f"; Security Hub {control.security_hub}" if control.security_hub else ""
    return [f"CIS {format_cis_sections(control)}{hub}"]


def _measure_longest(text: str) -> int:
    text = TOKEN.sub("p" * MAX_PREFIX, text)
    for name, value in _LONGEST.items():
        text = text.replace(name, value)
    return len(text)
