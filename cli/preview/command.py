"""The command: reads events or an account, draws every dashboard, writes the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cis_insights import QueryError
from cis_insights.backtest.counts import Broken
from cis_insights.backtest.recording import Recording
from cis_insights.errors import printable

from ..backtest.run import count_pieces, run
from ..backtest.sources import find_sources
from ..error_handling import CommandError
from ..layout import count_noun
from ..loading import PROVING
from ..plan_settings import plan_folders
from ..terminal import print_error, show_progress
from .bodies import LOG_GROUP, build_dashboards, list_queries
from .control_pages import draw_control_page
from .demo import SOURCE, write_week
from .log_queries import strip_source
from .mails import Mailbox
from .options import PreviewOptions
from .page import build_page
from .recorded import RecordedValues
from .values import Dashboard, Values
from .widgets import start_drawing

if TYPE_CHECKING:
    from stacks.deployed_control import Plan

TITLE = "CIS monitoring"
SHOWN_BROKEN = 5
WORKERS = 4  # queries and metrics at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A page, and what it was made of."""

    html: str
    events: int
    broken: Sequence[Broken] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the monitoring is, or would be; and where the values are from, in the page's words."""

    account: str
    region: str
    source: str


def preview(folders: Sequence[Path], options: PreviewOptions) -> int:
    """Makes the page that is asked for, writes it, and says where it is.

    Returns:
        The exit status: 1 if a file could not be read, 0 otherwise.
    """
    with show_progress(PROVING):
        plan = read_plan(folders, options.context)
    if options.account:
        from .of_account import preview_account  # noqa: PLC0415  # needs boto3

        made = preview_account(plan, options)
    elif options.places:
        made = preview_files(plan, options.places)
    else:
        made = preview_demo(plan)
    options.output.write_text(made.html, encoding="utf-8")
    _print_broken(made.broken)
    click.echo(f"page: {printable(str(options.output))}")
    return int(any(one.is_fault for one in made.broken))


def read_plan(folders: Sequence[Path], context: Sequence[str]) -> Plan:
    """What the settings of `cdk.json` and `-c` deploy, of a log group `cloudtrail` where they name none.

    Raises:
        click.ClickException: with what is wrong with them.
    """
    try:
        plan = plan_folders(folders, context).plan
    except (CommandError, QueryError) as error:
        raise click.ClickException(f"the settings cannot be used\n{error}") from None
    return replace(
        plan, settings=replace(plan.settings, log_group_name=plan.settings.log_group_name or LOG_GROUP)
    )


def preview_files(plan: Plan, places: Sequence[str]) -> Preview:
    """A page of recorded events: files, folders, or `s3://bucket/prefix`, as a back-test takes them.

    Raises:
        click.ClickException: if they hold no event.
    """

    def read(recording: Recording) -> None:
        sources, missing = find_sources(places)
        recording.broken += missing
        run(recording, sources)

    return preview_events(plan, read, _name_places(places))


def preview_demo(plan: Plan) -> Preview:
    """A page of a made-up week of the demo's events."""
    week = write_week([one.id for one in plan.controls])
    return preview_events(plan, lambda recording: count_pieces(recording, [week]), SOURCE)


def preview_events(plan: Plan, read: Callable[[Recording], None], source: str) -> Preview:
    """A page of events.

    Args:
        read: adds them.
        source: where they are from, in the page's words.

    Raises:
        click.ClickException: if there is none.
    """
    values = RecordedValues(plan, map(strip_source, list_queries(build_dashboards(plan))))
    read(values.recording)
    if values.recording.first is None:
        raise click.ClickException(_explain_emptiness(values.recording.broken))
    place = Place(
        account=values.account,
        region=values.region,
        source=f"{count_noun(values.recording.records, 'event')}: {source}",
    )
    dashboards = build_dashboards(plan, account=place.account, region=place.region)
    html = draw_page(plan, dashboards, values, place)
    return Preview(html=html, events=values.recording.records, broken=values.recording.broken)


def draw_page(plan: Plan, dashboards: Sequence[Dashboard], values: Values, place: Place) -> str:
    """The page of some dashboards and their values."""
    with show_progress("drawing the page"), _open_pool() as pool:
        drawing = [start_drawing(one, values, pool) for one in dashboards]
        controls = [pool.submit(draw_control_page, one, plan, values) for one in plan.controls]
        mails, count = Mailbox(plan, values, account=place.account, region=place.region).draw()
        drawn = [finish() for finish in drawing]
        pages = [one.result() for one in controls]
    data: Mapping[str, Any] = {
        "title": TITLE,
        "source": f"account {place.account}, {place.region}: {place.source}",
        "range": [values.time.start, values.time.end],
        "dashboards": drawn,
        "controls": pages,
        "mails": mails,
        "mailCount": count,
    }
    return build_page(data)


@contextmanager
def _open_pool() -> Iterator[Executor]:
    """Threads; where one fails or somebody interrupts, nothing more begins."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _name_places(places: Sequence[str]) -> str:
    names = ", ".join(printable(place) for place in places[:3])
    return names if len(places) <= 3 else f"{names} and {len(places) - 3} more places"


def _list_broken(broken: Sequence[Broken]) -> list[str]:
    ordered = sorted(broken, key=lambda one: not one.is_fault)
    lines = [f"{printable(one.name)}: not read: {printable(one.reason)}" for one in ordered[:SHOWN_BROKEN]]
    return [*lines, *([f"... and {len(broken) - SHOWN_BROKEN:,} more"] if len(broken) > SHOWN_BROKEN else [])]


def _print_broken(broken: Sequence[Broken]) -> None:
    for line in _list_broken(broken):
        print_error(line)


def _explain_emptiness(broken: Sequence[Broken]) -> str:
    hint = "    hint: name a file or a folder with CloudTrail's records, or s3://BUCKET/AWSLogs/"
    return "\n".join(["no event was read", *_list_broken(broken), hint])
