"""What the dashboards say in words, and their links into the console.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_remove_text_dashboard.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cis_insights.catalogue.header import SEVERITIES
from cis_insights.errors import printable

from ..costs import SCAN
from ..deployed_control import DeployedControl, Plan
from ..links import HOME, link_dashboard, link_saved_query
from ..names import name_control_queries, name_investigation, name_overview
from ..settings import Settings
from ..tokens import escape

_EXCLUSIONS = 20  # that the overview lists
_LETTERS = 160  # of a row of text, over the whole width


def name_query_variable(control_id: str) -> str:
    """What stands for the id of a control's saved query in a body, for `Fn::Sub`."""
    return "Query" + "".join(word.capitalize() for word in control_id.replace("_", "-").split("-"))


def write_overview_header(plan: Plan, scans: Mapping[str, int]) -> str:
    """Where one is, and where to go from there.

    Args:
        scans: of a load of each dashboard, by name.
    """
    count, settings = len(plan.controls), plan.settings
    asked = "Who did it, and in which account" if settings.spans_accounts else "Who did it"
    saved = f"{asked}: the saved query that each alarm names"
    links = [*_link_others(settings, scans), f"[alarms, with the time of their last change]({HOME}alarmsV2:)"]
    whole = f"{asked}: {' · '.join(links)}" if settings.investigations else f"{saved} · {' · '.join(links)}"
    return (
        f"**CIS monitoring `{settings.prefix}`** · account ${{AWS::AccountId}} · ${{AWS::Region}} · log group"
        f" `${{LogGroup}}` · {count} control{'s' * (count > 1)}. This page scans no log data.\n\n{whole}"
    )


def _link_others(settings: Settings, scans: Mapping[str, int]) -> Iterator[str]:
    titles = {
        name_investigation(settings): "the investigation",
        name_control_queries(settings): "each control's own query",
    }
    for name, title in titles.items():
        if name in scans:
            yield f"[{title}]({link_dashboard(name)}) ({_count_queries(scans[name])} a load)"


def _count_queries(count: int) -> str:
    return f"{count:,} quer{'ies' if count != 1 else 'y'}"


def write_cost_header(what: str, plan: Plan, scans: int) -> str:
    """What a load scans; beside it, the measured figure."""
    overview = link_dashboard(name_overview(plan.settings))
    return (
        f"**{what}: {_count_queries(scans)} of Logs Insights at each load**, each over the"
        f" time chosen above; AWS bills each gigabyte scanned (about ${SCAN}) for each of them: keep the time"
        " short. Account, Region and person narrow the rows, not what is scanned."
        f" What costs nothing to look at: [the overview]({overview})."
    )


def write_left_out(controls: Sequence[DeployedControl], why: str) -> str:
    """Controls that a dashboard does not ask for, and why, with links to their saved queries."""
    links = " · ".join(_link_query(one.id, one.title) for one in controls)
    return f"**Not in the queries of this page**, since {why}: {links}"


def list_query_links(plan: Plan) -> list[str]:
    """A line of links for each severity, and one for the investigations."""
    lines = []
    for severity in reversed(SEVERITIES):
        links = [_link_query(one.id, one.title) for one in plan.controls if one.severity == severity]
        lines += [f"**{severity.capitalize()}:** " + " · ".join(links)] if links else []
    investigations = [_link_query(one.id, one.title) for one in plan.investigations]
    return [*lines, *(["**Investigations:** " + " · ".join(investigations)] if investigations else [])]


def _link_query(control_id: str, title: str) -> str:
    link = link_saved_query(f"${{{name_query_variable(control_id)}}}", None)
    return f"[{escape(title)}]({link})"


def list_exclusions(controls: Sequence[DeployedControl]) -> list[str]:
    """A list of what does not count, if anything is excluded."""
    lines = [
        f"- {one.title}: {printable(' '.join(str(excluded.exclusion).split()))}"
        for one in controls
        for excluded in one.exclusions
    ]
    more = [f"- and {len(lines) - _EXCLUSIONS} more: `cis-insights plan`"] if len(lines) > _EXCLUSIONS else []
    return [escape(line) for line in (*lines[:_EXCLUSIONS], *more)]
