"""The command: counts, evaluates each control, prints."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from cis_insights import Catalogue, Query
from cis_insights.backtest.counts import Broken, Counts, DatabaseError, OutOfMemory
from cis_insights.backtest.in_duckdb import Backtest
from cis_insights.errors import printable

from ..terminal import measure_width, print_error, show_progress
from .formats import as_csv, as_json
from .options import BacktestOptions
from .outcome import Outcome, fold_broken
from .report import ControlReport, Span, evaluate_controls
from .run import run
from .screen import draw_screen
from .sources import LOG_GROUP, find_sources
from .tried import Tried, choose_controls, queries_of

if TYPE_CHECKING:
    from stacks.settings import Settings
try:
    import resource
except ImportError:  # Windows has no limits of this kind
    resource = None  # type: ignore[assignment]

SHOWN_BROKEN = 20
MIN_MEMORY = 768 * 1024 * 1024  # bytes of address space
_ELSEWHERE = "    hint: allow it more (ulimit -a shows the limits), or count in Athena: --athena"


def backtest(catalogue: Catalogue, options: BacktestOptions, settings: Settings | None = None) -> int:
    """Runs and prints a back-test, or says what it would run.

    Args:
        settings: what is configured already; None if nothing is.

    Returns:
        The exit status: 1 if a file could not be read or nothing was counted, 0 otherwise.
    """
    with _limits():
        _check_memory()
        tried = choose_controls(catalogue, options, settings)
        counts = _count(queries_of(tried), options)
        if counts is None:
            return 0
        outcome = evaluate_all(tried, counts, options)
        _print(outcome, options.form)
        _print_broken(outcome.broken)
        if outcome.is_empty:
            _print_empty(outcome)
        return outcome.status


def evaluate_all(tried: Sequence[Tried], counts: Counts, options: BacktestOptions) -> Outcome:
    """What is printed of what was counted."""
    span = Span(options.since or counts.first, _end(options.until, counts.last))
    with show_progress("evaluating the controls", total=len(tried)) as advance:
        controls: list[ControlReport] = []
        for one in evaluate_controls(tried, counts, span):
            controls.append(one)
            advance(advance=1)
    return Outcome(
        records=counts.records,
        is_empty=counts.first is None,
        span=span,
        controls=tuple(controls),
        broken=fold_broken(counts.broken),
    )


@contextmanager
def _limits() -> Iterator[None]:
    """Says what this machine does not have enough of."""
    try:
        yield
    except (click.Abort, click.exceptions.Exit):
        raise
    except (MemoryError, OutOfMemory):
        raise click.ClickException(f"there is not enough memory\n{_ELSEWHERE}") from None
    except (RuntimeError, DatabaseError) as error:  # no thread can be started, for one
        reason = printable(str(error).partition("\n")[0])
        raise click.ClickException(f"the back-test cannot go on: {reason}\n{_ELSEWHERE}") from None


def _check_memory() -> None:
    """Refuses an address space in which DuckDB would end the process without a word."""
    if resource is None:
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if 0 <= allowed < MIN_MEMORY:  # unlimited is negative
        raise MemoryError


def _end(until: datetime | None, last: datetime | None) -> datetime | None:
    """The end of the time that was looked at: a given one may be later than now."""
    return min(until, datetime.now()) if until else last


def _count(queries: Mapping[str, Query], options: BacktestOptions) -> Counts | None:
    if options.athena:
        from .athena import count_in_table  # noqa: PLC0415  # needs boto3

        return count_in_table(queries, options, options.athena)
    counts = Backtest(queries, since=_iso(options.since), until=_iso(options.until))
    groups = [place for place in options.places if place.startswith(LOG_GROUP)]
    if groups:
        from .log_group import count_groups  # noqa: PLC0415  # needs boto3

        if not count_groups(counts, groups, queries, options):
            return None
    sources, missing = find_sources([place for place in options.places if place not in groups])
    counts.broken += missing
    run(counts, sources)
    return counts


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _print(outcome: Outcome, form: str) -> None:
    match form:
        case "json":
            click.echo(as_json(outcome))
        case "csv":
            click.echo(as_csv(outcome), nl=False)
        case "table":
            print(draw_screen(outcome, measure_width()), flush=True)  # as the encoding takes it
        case _:
            raise ValueError(form)


def _print_broken(broken: Sequence[Broken]) -> None:
    """The first of them, what should have been read before what holds no records."""
    ordered = sorted(broken, key=lambda one: not one.is_fault)
    for one in ordered[:SHOWN_BROKEN]:
        place = f":{one.place}" if one.place else ""
        times = f" ({one.count:,} times)" if one.count > 1 else ""
        print_error(f"{printable(one.name)}{place}: not counted: {printable(one.reason)}{times}")
    if len(ordered) > SHOWN_BROKEN:
        print_error(f"... and {len(ordered) - SHOWN_BROKEN:,} more, which --json lists")


def _print_empty(outcome: Outcome) -> None:
    """Where nothing was counted, that is an error, and this is the hint."""
    hint = "name a folder or a file with CloudTrail's records, s3://BUCKET/AWSLogs/, or logs://LOG-GROUP"
    if outcome.records:
        hint = f"all {outcome.records:,} records are outside of --since and --until"
    sys.stdout.flush()
    print_error(f"Error: no record was counted\n    hint: {hint}")
