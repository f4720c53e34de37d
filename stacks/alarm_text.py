"""What a mail says: what happened, what to do first, and a link to who did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cis_insights import Control
from cis_insights.errors import printable

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

    The link to the saved query is left out where it would not fit; the dashboard's stays. Exclusions are
    shown as far as there is room beside the links.

    Args:
        deployed: the control, without its alarm yet.
        dashboard: name of the one to link to, if any.
    """
    head, links = _list_lines(settings, deployed), _list_links(settings, dashboard)
    while links and not _fits(_compose(head, (), links)):
        del links[0]
    if not links:
        return _compose(head, (), ())[:MAX_DESCRIPTION]
    texts = [printable(" ".join(str(one.exclusion).split())) for one in deployed.exclusions]
    notes = next(notes for notes in _list_notes(texts) if not notes or _fits(_compose(head, notes, links)))
    return _compose(head, notes, links)


def _list_lines(settings: Settings, deployed: DeployedControl) -> list[str]:
    control = deployed.control
    return [
        f"{deployed.title} ({deployed.severity}): {control.why}",
        f"First: {control.respond}",
        *_list_sections(control),
        *([ALL_ACCOUNTS] if settings.spans_accounts else ()),
        f"Who, from where, what: saved query {deployed.saved_query}",
    ]


def _list_links(settings: Settings, dashboard: str | None) -> list[str]:
    known = None if TOKEN.search(settings.log_group_name) else settings.log_group_name
    query = link_saved_query("${Query}", known)
    return [query, link_dashboard(dashboard)] if dashboard else [query]


def _list_notes(exclusions: Sequence[str]) -> Iterator[list[str]]:
    """Lines on what does not count: of all exclusions, of ever fewer of them, of none."""
    for shown in range(len(exclusions), -1, -1):
        rest = len(exclusions) - shown
        more = [f"Not counted besides: {rest} more, see cis-insights plan"] if rest else []
        yield [*(f"Not counted: {text}" for text in exclusions[:shown]), *more]
    yield []


def _compose(head: Sequence[str], notes: Sequence[str], links: Sequence[str]) -> str:
    return "\n".join([escape("\n".join([*head, *notes])), *links])


def _fits(text: str) -> bool:
    return _measure_longest(text) <= MAX_DESCRIPTION


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
