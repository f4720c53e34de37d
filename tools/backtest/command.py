"""The command: what was asked, run, and printed."""

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
from cis_insights.errors import printable
from cis_insights.sql.backtest import Backtest, check
from cis_insights.sql.counts import Broken, Counts

from . import athena
from .options import Asked, InAthena
from .report import Found, as_csv, as_json, judged, table
from .run import run
from .sources import found

SHOWN_BROKEN = 20


def backtest(catalogue: Catalogue, asked: Asked) -> int:
    """Runs and prints a back-test, or says what it would run.

    Returns:
        The exit status: 1 if a file could not be read, 0 otherwise.
    """
    controls = _chosen(catalogue, asked)
    queries = {control.id: control.query for control in controls if _is_countable(control)}
    limits = {name: _number(text) for name, text in _pairs(asked.threshold, catalogue).items()}
    counts = _in_athena(queries, asked, asked.athena) if asked.athena else _in_files(queries, asked)
    if counts is None:
        return 0
    results = [
        judged(control, counts, threshold=limits.get(control.id))
        for control in controls
        if control.id in queries
    ]
    _print(results, counts, asked.form)
    _print_broken(counts.broken)
    return 1 if any(one.place == 0 for one in counts.broken) else 0


def _in_files(queries: Mapping[str, Query], asked: Asked) -> Counts:
    counts = Backtest(queries, since=_iso(asked.since), until=_iso(asked.until))
    sources, missing = found(asked.places)
    counts.broken += missing
    run(counts, sources, Console(stderr=True))
    return counts


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _in_athena(queries: Mapping[str, Query], asked: Asked, where: InAthena) -> Counts | None:
    """What Athena counts; nothing where only the statement or its size is asked for."""
    try:
        table = athena.described(where)
        sql = athena.statement(queries, table, asked, where)
        if where.is_sql:
            click.echo(sql)
        if where.is_dry_run:
            would = athena.scan(table, asked, where)
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


def _chosen(catalogue: Catalogue, asked: Asked) -> list[Control]:
    """The controls with the exclusions that are tried."""
    if unknown := [one for one in asked.only if one not in catalogue]:
        raise click.ClickException(_unknown(unknown[0], catalogue))
    excluded: dict[str, list[str]] = {}
    for pair in asked.exclude:
        control, condition = _pair(pair, catalogue)
        excluded.setdefault(control, []).append(condition)
    alarms = [one for one in catalogue.values() if one.is_alarm and (not asked.only or one.id in asked.only)]
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
    """That there is no such control, and which was meant."""
    near = get_close_matches(control[:100], list(catalogue), 1)
    hint = f"did you mean {near[0]}?" if near else "see: cis-insights plan"
    return f"no control is called {printable(control)!r}; {hint}"


def _number(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10 and int(text)):
        raise click.ClickException(f"{printable(text)!r} is no number of events")
    return int(text)


def _print(results: Sequence[Found], tried: Counts, form: str) -> None:
    match form:
        case "json":
            click.echo(as_json(results, records=tried.records, broken=sum(one.count for one in tried.broken)))
        case "csv":
            click.echo(as_csv(results), nl=False)
        case _:
            _print_table(results, tried)


def _print_table(results: Sequence[Found], tried: Counts) -> None:
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
