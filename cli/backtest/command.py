"""The command: counts, evaluates each control, prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from shlex import quote

import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from rich.console import Console
from rich.markup import escape

from cis_insights import Catalogue, Control, Query, QueryError
from cis_insights.backtest.counts import Broken, Counts
from cis_insights.backtest.in_duckdb import Backtest, check
from cis_insights.errors import printable

from . import athena
from .options import AthenaOptions, BacktestOptions
from .report import ControlReport, as_csv, as_json, evaluate_control, table
from .run import run
from .sources import find_sources

SHOWN_BROKEN = 20


def backtest(catalogue: Catalogue, options: BacktestOptions) -> int:
    """Runs and prints a back-test, or says what it would run.

    Returns:
        The exit status: 1 if a file could not be read, 0 otherwise.
    """
    controls = _chosen(catalogue, options)
    queries = {control.id: control.query for control in controls if _is_countable(control)}
    limits = {name: _number(text) for name, text in _pairs(options.threshold, catalogue).items()}
    counts = _in_athena(queries, options, options.athena) if options.athena else _in_files(queries, options)
    if counts is None:
        return 0
    results = [
        evaluate_control(control, counts, threshold=limits.get(control.id))
        for control in controls
        if control.id in queries
    ]
    _print(results, counts, options.form)
    _print_broken(counts.broken)
    return 1 if any(one.place == 0 for one in counts.broken) else 0


def _in_files(queries: Mapping[str, Query], options: BacktestOptions) -> Counts:
    counts = Backtest(queries, since=_iso(options.since), until=_iso(options.until))
    sources, missing = find_sources(options.places)
    counts.broken += missing
    run(counts, sources, Console(stderr=True))
    return counts


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _in_athena(queries: Mapping[str, Query], options: BacktestOptions, where: AthenaOptions) -> Counts | None:
    """What Athena counts; None if only the statement or its size is printed."""
    try:
        table = athena.describe_table(where)
        sql = athena.write_statement(queries, table, options, where)
        if where.is_sql:
            click.echo(sql)
        if where.is_dry_run:
            would = athena.scan(table, options, where)
            click.echo(f"{would.files:,} files, {would.size:,} bytes would be read", err=where.is_sql)
        if where.is_sql or where.is_dry_run:
            return None
        counts = Counts()
        read = athena.count(counts, sql, where, Console(stderr=True))
        click.echo(f"Athena read {read:,} bytes", err=True)
        return counts
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None


def _chosen(catalogue: Catalogue, options: BacktestOptions) -> list[Control]:
    """The controls with the exclusions that are tried."""
    if unknown := [one for one in options.only if one not in catalogue]:
        raise click.ClickException(_unknown(unknown[0], catalogue))
    excluded: dict[str, list[str]] = {}
    for pair in options.exclude:
        control, condition = _pair(pair, catalogue)
        excluded.setdefault(control, []).append(condition)
    alarms = [
        one for one in catalogue.values() if one.is_alarm and (not options.only or one.id in options.only)
    ]
    try:
        return [one.excluding(excluded.get(one.id, ())) for one in alarms]
    except QueryError as error:
        raise click.ClickException(str(error)) from None


def _is_countable(control: Control) -> bool:
    try:
        check(control.query)
    except QueryError as error:
        click.echo(f"{control.id}: not counted: {error.faults[0].message}", err=True)
        return False
    return True


def _pairs(pairs: Iterable[str], catalogue: Catalogue) -> Mapping[str, str]:
    return dict(_pair(pair, catalogue) for pair in pairs)


def _pair(text: str, catalogue: Catalogue) -> tuple[str, str]:
    control, equals, value = text.partition("=")
    if not equals:
        raise click.ClickException(f"{printable(text)!r} is not CONTROL-ID=VALUE; see: cis-insights plan")
    if control not in catalogue:
        raise click.ClickException(_unknown(control, catalogue))
    return control, value


def _unknown(control: str, catalogue: Catalogue) -> str:
    """The message for an unknown control, with the nearest id."""
    near = get_close_matches(control[:100], list(catalogue), 1)
    hint = f"did you mean {near[0]}?" if near else "see: cis-insights plan"
    return f"no control is called {printable(control)!r}; {hint}"


def _number(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10 and int(text)):
        raise click.ClickException(f"{printable(text)!r} is not a number of events")
    return int(text)


def _print(results: Sequence[ControlReport], tried: Counts, form: str) -> None:
    match form:
        case "json":
            click.echo(as_json(results, records=tried.records, broken=sum(one.count for one in tried.broken)))
        case "csv":
            click.echo(as_csv(results), nl=False)
        case _:
            _print_table(results, tried)


def _print_table(results: Sequence[ControlReport], tried: Counts) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 140  # a log keeps its lines
    console.print(f"{tried.records:,} records\n")
    console.print(table(results))
    suggested = [one for one in results if one.exclusion]
    if suggested:
        console.print("\nOne line that would have removed most of each; look at who it is first:")
    for one in suggested:
        share = f"{one.removes / one.events:.0%}"
        console.print(f"  {share:>4}  -c {escape(printable(quote(one.exclusion)))}", soft_wrap=True)
    for one in (one for one in results if one.not_suggested):
        console.print(f"\n{one.control}: {escape(printable(one.not_suggested))}", soft_wrap=True)


def _print_broken(broken: Sequence[Broken]) -> None:
    """Each file and reason once, with how many there are and the first place."""
    counts: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], int] = {}
    for one in broken:
        key = (one.name, one.reason)
        counts[key] += one.count
        places[key] = min(one.place, places.get(key, one.place))
    for (name, reason), count in list(counts.items())[:SHOWN_BROKEN]:
        place = f":{places[name, reason]}" if places[name, reason] else ""
        times = f" ({count:,} times)" if count > 1 else ""
        click.echo(f"{printable(name)}{place}: not counted: {printable(reason)}{times}", err=True)
    if len(counts) > SHOWN_BROKEN:
        click.echo(f"... and {len(counts) - SHOWN_BROKEN:,} more files", err=True)
