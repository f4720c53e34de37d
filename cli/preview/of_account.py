"""A page of an account: says what its queries scan and cost, asks, reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import click

from cis_insights import QueryError

from ..verify.session import explaining, open_session
from .account import AccountValues, read_dashboards, write_price
from .bodies import list_queries, name_dashboards
from .boxes import read_boxes
from .command import Place, Preview, draw_page
from .control_pages import write_event_query
from .log_queries import prepare_query
from .options import PreviewOptions
from .values import Dashboard

if TYPE_CHECKING:
    from stacks.deployed_control import Plan


class Clients(Protocol):
    """A session of boto3, or the local cloud."""

    def client(self, service: str, /) -> Any:
        """A client of a service."""


def preview_account(plan: Plan, options: PreviewOptions) -> Preview:
    """A page of the account of the credentials.

    Raises:
        click.ClickException: without valid credentials, a network or a dashboard.
        click.Abort: if the price is not agreed to.
    """
    with explaining():
        session = open_session(options)
        values, dashboards = open_account(plan, session, hours=options.hours)
        if not dashboards:
            raise click.ClickException(_explain_absence(plan, session.region_name))
        queries = {*_list_queries(dashboards, values.time.step), *map(write_event_query, plan.controls)}
        click.echo(write_price(len(queries), values.measure_bytes()), err=True)
        if not options.yes:
            click.confirm("Run them?", abort=True, err=True)
        account = session.client("sts").get_caller_identity()["Account"]
        source = f"the last {options.hours} hours of {plan.settings.log_group_name}"
        place = Place(account=account, region=session.region_name, source=source)
        return Preview(html=draw_page(plan, dashboards, values, place), events=0)


def _list_queries(dashboards: Sequence[Dashboard], step: int) -> Iterator[str]:
    """The queries that log widgets may ask for a page; what cannot be read is not asked."""
    for one in dashboards:
        boxes, _ = read_boxes(one.body)
        for text in list_queries([one]):
            with suppress(QueryError):
                asked = prepare_query(text, boxes, step)
                yield asked.text
                if asked.counts:
                    yield asked.counts.text


def open_account(plan: Plan, session: Clients, *, hours: int) -> tuple[AccountValues, list[Dashboard]]:
    """The values of an account, and those of a plan's dashboards that are there."""
    controls = {one.alarm.name: (one.title, one.id) for one in plan.controls if one.alarm}
    group = plan.settings.log_group_name
    values = AccountValues(session, group=group, hours=hours, controls=controls)
    return values, read_dashboards(session, name_dashboards(plan))


def _explain_absence(plan: Plan, region: str) -> str:
    names = " or ".join(name_dashboards(plan))
    return (
        f"there is no dashboard {names} in {region}\n    hint: pass --region, or -c prefix=PREFIX as deployed"
    )
