"""The command: reads events or an account, draws every dashboard, writes the page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console

from cis_insights import QueryError
from cis_insights.backtest.counts import Broken
from cis_insights.errors import printable

from ..backtest.run import run
from ..backtest.sources import find_sources
from ..plan_settings import Planned
from .bodies import build_dashboards, list_queries
from .boxes import read_boxes
from .control_pages import draw_control_pages, write_event_query
from .log_widget import prepare_query, strip_source
from .mails import Mailbox
from .page import build_page
from .recorded import RecordedValues
from .values import Dashboard, Values
from .widgets import draw_dashboard

TITLE = "CIS monitoring"
SHOWN_BROKEN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A page, and what it was made of."""

    html: str
    events: int
    broken: Sequence[Broken]


def preview_files(planned: Planned, places: Sequence[str], *, source: str = "") -> Preview:
    """A page of recorded events.

    Args:
        places: files, folders, or `s3://bucket/prefix`, as a back-test takes them.
        source: where they are from, in the page's words.

    Raises:
        click.ClickException: if they hold no event.
    """
    plan = planned.plan
    drafts = build_dashboards(plan, account="", region="")
    values = RecordedValues(plan, map(strip_source, list_queries(drafts)))
    sources, missing = find_sources(places)
    values.recording.broken += missing
    run(values.recording, sources, Console(stderr=True))
    if values.recording.first is None:
        raise click.ClickException(_explain_emptiness(values.recording.broken))
    dashboards = build_dashboards(plan, account=values.account, region=values.region)
    values.prefetch([*map(write_event_query, plan.controls), *prepare_queries(dashboards)])
    count = values.recording.records
    source = source or f"{count:,} events of {_name_places(places)}"
    html = draw_page(planned, dashboards, values, account=values.account, region=values.region, source=source)
    return Preview(html=html, events=count, broken=values.recording.broken)


def draw_page(
    planned: Planned,
    dashboards: Sequence[Dashboard],
    values: Values,
    *,
    account: str,
    region: str,
    source: str,
) -> str:
    """The page of some dashboards and their values."""
    mails, count = Mailbox(planned.plan, values, account=account, region=region).draw()
    data: dict[str, Any] = {
        "title": TITLE,
        "source": f"account {account}, {region}: {source}",
        "range": [values.time.start, values.time.end],
        "dashboards": [draw_dashboard(one, values) for one in dashboards],
        "controls": draw_control_pages(planned.plan, values),
        "mails": mails,
        "mailCount": count,
    }
    return build_page(data)


def prepare_queries(dashboards: Sequence[Dashboard]) -> list[str]:
    """The queries of log widgets as they are asked for a page; those that cannot be read are left out."""
    found: list[str] = []
    for one in dashboards:
        boxes, _ = read_boxes(one.body)
        for text in list_queries([one]):
            with suppress(QueryError):
                found.append(prepare_query(strip_source(text), boxes).text)
    return found


def _name_places(places: Sequence[str]) -> str:
    names = ", ".join(printable(place) for place in places[:3])
    return names if len(places) <= 3 else f"{names} and {len(places) - 3} more places"


def _explain_emptiness(broken: Sequence[Broken]) -> str:
    lines = [f"{printable(one.name)}: {printable(one.reason)}" for one in broken[:SHOWN_BROKEN]]
    hint = "    hint: name a file or a folder with CloudTrail's records, or s3://BUCKET/AWSLogs/"
    return "\n".join(["no event was read", *lines, hint])
