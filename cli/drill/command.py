"""The command: looks at what is deployed, says what would happen, asks, drills and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from cis_insights import Catalogue
from cis_insights.errors import printable
from cis_insights.verification.model import Topic
from cis_insights.verification.trails import Unanswered
from cis_insights.verification.verifier import verify

from ..doctor.trails import ask
from ..error_handling import find_named
from ..terminal import print_error, print_text, show_progress
from ..verify.account import read_account
from ..verify.options import DEFAULT_VERSION
from ..verify.session import explaining, open_session
from ..verify.topics import read_topic
from .announcement import ALTERNATIVES, write_announcement
from .answers import read_answering
from .cleanup import Cleanup
from .clients import Clients
from .leftovers import find_leftovers
from .marks import Marks, draw_token
from .options import DrillOptions
from .plan import DrillPlan, make_plan
from .report import Outcome, build_document, draw_report
from .run import Drill, list_groups
from .targets import Target, Undrilled, find_targets

_TAMPERING = "monitoring-tampering"  # the control that sees a drill, too
INTERRUPTED = 130  # as shells call it
MINUTE = 60  # seconds


def drill(catalogue: Catalogue, options: DrillOptions) -> int:
    """Drills the account of the credentials.

    Returns:
        The exit status: 0 if every control that was drilled went through all steps.
    """
    only = find_named(catalogue, options.only)
    with explaining():
        prepared = _prepare(catalogue, options, only)
        if not prepared.plan.trials:
            print_error(_explain_nothing(prepared.plan))
            return 1
        _ask(prepared, options)
        started = datetime.now(UTC)
        cleanup = Cleanup()
        try:
            prepared.run(cleanup)
        except KeyboardInterrupt:
            removed = "not all of it is removed, see above" if cleanup.left else "all of it is removed"
            click.echo(f"interrupted: {removed}", err=True)
            return INTERRUPTED
    return _report(prepared, options, started, cleanup)


def _prepare(catalogue: Catalogue, options: DrillOptions, only: tuple[str, ...]) -> Drill:
    """Everything up to the question; only reads."""
    session, now = open_session(options), datetime.now(UTC)
    with show_progress("reading and verifying the account"):
        setup = read_account(session, now)
        found = verify(setup, catalogue, DEFAULT_VERSION, now, only)
    targets, lost = find_targets(found, only)
    region, targets, elsewhere = _choose_region(targets, session.region_name)
    account = setup.place.account if setup.place else ""
    partition = session.get_partition_for_region(region)
    marks = Marks(token=draw_token(), partition=partition, account=account, region=region)
    clients, where = Clients(session, region, marks.id), f" --region {region}{options.where}"
    plan = make_plan(targets, [*lost, *elsewhere], options.modes, read_answering(clients))
    topics = _read_topics(clients, plan, setup.topics)
    known = [one for one in topics.values() if one]
    return Drill(
        clients=clients,
        marks=marks,
        plan=plan,
        topics=topics,
        tampering=next((one.alarm.name for one in find_targets(found, (_TAMPERING,))[0]), ""),
        leftovers=find_leftovers(clients, known, list_groups(plan.trials), where),
        where=where,
        timeout=options.timeout * MINUTE,
    )


def _choose_region(targets: list[Target], usual: str) -> tuple[str, list[Target], list[Undrilled]]:
    """The Region that is drilled: the usual one if anything is there, and what is in others."""
    regions = sorted({one.metric.region for one in targets})
    chosen = usual if usual in regions or not regions else regions[0]
    elsewhere = [one for one in targets if one.metric.region != chosen]
    reason = "in {0}: cis-insights drill --region {0}"
    return (
        chosen,
        [one for one in targets if one not in elsewhere],
        [Undrilled(one.control.id, reason.format(one.metric.region)) for one in elsewhere],
    )


def _read_topics(
    clients: Clients, plan: DrillPlan, known: Mapping[str, Topic | None]
) -> dict[str, Topic | None]:
    """All topics of a plan; those of the answers may not be any alarm's."""
    found: dict[str, Any] = {
        arn: known[arn] if arn in known else ask(partial(read_topic, clients, arn)) for arn in plan.topics
    }
    return {arn: one for arn, one in found.items() if not isinstance(one, Unanswered)}


def _explain_nothing(plan: DrillPlan) -> str:
    reasons = [f"  {one.id}: {one.reason}" for one in plan.undrilled]
    head = "nothing can be drilled like that; cis-insights verify says what is deployed"
    return "\n".join([head, *map(printable, reasons), f"  {ALTERNATIVES}"])


def _ask(prepared: Drill, options: DrillOptions) -> None:
    """Says what would happen, and goes on if somebody agrees.

    Raises:
        click.ClickException: if nobody does.
    """
    text = write_announcement(
        prepared.plan,
        prepared.marks,
        prepared.topics,
        prepared.leftovers,
        tampering=prepared.tampering,
        timeout=options.timeout,
    )
    print_error(f"{text}\n")
    if options.is_asking and not click.confirm("Page them?", err=True):
        raise click.ClickException("nothing was called, nobody is paged")


def _report(prepared: Drill, options: DrillOptions, started: datetime, cleanup: Cleanup) -> int:
    outcome = Outcome(
        marks=prepared.marks,
        modes=options.modes,
        started=started,
        finished=datetime.now(UTC),
        trials=prepared.plan.trials,
        undrilled=prepared.plan.undrilled,
        left=cleanup.left,
    )
    text = json.dumps(build_document(outcome), indent=2)
    if options.output:
        options.output.write_text(f"{text}\n", encoding="utf-8")
    if options.is_json:
        click.echo(text)
    else:
        print_text(draw_report(outcome))
    return 0 if outcome.is_complete else 1
