"""The same counts from a CloudTrail table in Athena, where one machine is outgrown.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights import Query, QueryError
from cis_insights.backtest.athena_table import LATEST, Table, date_format, documented
from cis_insights.backtest.counts import Broken, Counts
from cis_insights.backtest.in_athena import ALL, hits_sql
from cis_insights.errors import printable
from cis_insights.sql.values import Unsupported

from ..terminal import print_error, show_progress
from .options import AthenaOptions, BacktestOptions

CATALOG = "AwsDataCatalog"
POLL = 1.0  # seconds
_PLACE = re.compile(r"\$\{(\w+)\}")
_DAY = re.compile(r"/(\d{4})/(\d{2})/(\d{2})/")


def count_in_table(
    queries: Mapping[str, Query], options: BacktestOptions, where: AthenaOptions
) -> Counts | None:
    """What Athena counts; None if only the statement or its size is printed."""
    try:
        table = describe_table(where)
        sql = write_statement(queries, table, options, where)
        if where.is_sql:
            click.echo(sql)
        if where.is_dry_run:
            with show_progress("adding up the files"):
                would = scan(table, options, where)
            click.echo(f"{would.files:,} files, {would.size:,} bytes would be read", err=where.is_sql)
        if where.is_sql or where.is_dry_run:
            return None
        counts = Counts()
        read = count(counts, sql, where)
        print_error(f"Athena read {read:,} bytes")
        return counts
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None


def describe_table(where: AthenaOptions) -> Table:
    """The table's columns and partitions, as Athena knows them."""
    if where.is_documented:
        return documented(where.table)
    database, dot, name = where.table.rpartition(".")
    if not dot:
        raise click.ClickException(f"{printable(where.table)!r} is not DATABASE.TABLE")
    athena = boto3.Session().client("athena")
    found = athena.get_table_metadata(CatalogName=CATALOG, DatabaseName=database, TableName=name)
    table = found["TableMetadata"]
    columns, keys = _types(table.get("Columns", [])), _types(table.get("PartitionKeys", []))
    return Table(name, database, columns, keys, table.get("Parameters", {}))


def _types(columns: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {column["Name"].casefold(): column.get("Type", "string") for column in columns}


def write_statement(
    queries: Mapping[str, Query], table: Table, options: BacktestOptions, where: AthenaOptions
) -> str:
    """The SQL that counts what the queries find."""
    try:
        return hits_sql(queries, table, since=options.since, until=options.until, chosen=where.chosen)
    except Unsupported as error:
        raise click.ClickException(printable(str(error))) from None


def count(counts: Counts, sql: str, where: AthenaOptions) -> int:
    """Runs the statement, and adds what it answers.

    Returns:
        Bytes that Athena read.
    """
    athena = boto3.Session().client("athena")
    output = {"ResultConfiguration": {"OutputLocation": where.output}} if where.output else {}
    started = athena.start_query_execution(QueryString=sql, WorkGroup=where.workgroup, **output)
    identifier = started["QueryExecutionId"]
    try:
        with show_progress(f"Athena runs {identifier}"):
            finished = _finished(athena, identifier)
    except BaseException:
        athena.stop_query_execution(QueryExecutionId=identifier)  # it would be billed for nothing
        raise
    status = finished["Status"]
    if status["State"] != "SUCCEEDED":
        reason = status.get("StateChangeReason") or status["State"]
        raise click.ClickException(f"Athena: {printable(reason)}")
    with show_progress("reading what Athena counted"):
        _add(counts, _rows(athena, identifier), where.table)
    scanned: int = finished.get("Statistics", {}).get("DataScannedInBytes", 0)
    return scanned


def _finished(athena: Any, identifier: str) -> Mapping[str, Any]:
    while True:
        found = athena.get_query_execution(QueryExecutionId=identifier)
        execution: Mapping[str, Any] = found["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        time.sleep(POLL)


def _rows(athena: Any, identifier: str) -> Iterator[list[str | None]]:
    """The rows of an answer, without the one of names that comes first."""
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier)
    rows = (row for page in pages for row in page["ResultSet"]["Rows"])
    next(rows, None)
    for row in rows:
        yield [cell.get("VarCharValue") for cell in row["Data"]]


def _add(counts: Counts, rows: Iterator[list[str | None]], name: str) -> None:
    hits: list[tuple[object, ...]] = []
    for control, minute, *people, events in rows:
        number = int(events or 0)
        if control != ALL:
            hits.append((control, int(minute or 0), *people, number))
        elif minute is not None:
            counts.records += number
            day = datetime.fromtimestamp(int(minute) * 60, UTC).replace(tzinfo=None)
            counts.widen(day, day + timedelta(days=1, minutes=-1))
        else:
            counts.broken.append(Broken(name, 0, "a record without eventTime", number))
    counts.insert(hits)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a statement would read."""

    files: int
    size: int  # bytes, as they are stored and billed


def scan(table: Table, options: BacktestOptions, where: AthenaOptions) -> Scan:
    """Adds up the files of the partitions that would be read; Athena itself has no dry run."""
    template = table.parameters.get("storage.location.template") or table.parameters.get("location", "")
    if not template.startswith("s3://"):
        raise click.ClickException(f"Athena does not say where {printable(where.table)} is")
    listed = (one for prefix in _prefixes(template, table, options, where) for one in _listed(prefix))
    sizes = [one["Size"] for one in listed if _is_read(one["Key"], options)]
    return Scan(len(sizes), sum(sizes))


def _prefixes(template: str, table: Table, options: BacktestOptions, where: AthenaOptions) -> Iterator[str]:
    """The places of the partitions; up to the first part of them whose values are not known."""
    if not (place := _PLACE.search(template)):
        yield template
    elif values := list(_values(place[1], table, options, where)):
        for value in values:
            yield from _prefixes(template.replace(place[0], value), table, options, where)
    else:
        yield template[: place.start()]


def _values(name: str, table: Table, options: BacktestOptions, where: AthenaOptions) -> Iterable[str]:
    if name in where.chosen:
        return where.chosen[name]
    if form := date_format(table, name):
        return dict.fromkeys(day.strftime(form) for day in _days(options)) if "%H" not in form else ()
    return filter(None, table.parameters.get(f"projection.{name}.values", "").split(","))


def _days(options: BacktestOptions) -> Iterator[datetime]:
    """Days whose folders are read; none without a first one: the files' names tell theirs."""
    if options.since:
        last = (options.until or datetime.now(UTC).replace(tzinfo=None)) + LATEST
        for number in range((last.date() - options.since.date()).days + 1):
            yield options.since + timedelta(days=number)


def _listed(place: str) -> Iterator[Mapping[str, Any]]:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    pages = (
        boto3.Session().client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    )
    for page in pages:
        yield from page.get("Contents", [])


def _is_read(key: str, options: BacktestOptions) -> bool:
    """Whether a file is of a day that is looked at."""
    if not (day := _DAY.search(key)):
        return True
    first = f"{options.since:%Y%m%d}" if options.since else ""
    last = f"{options.until + LATEST:%Y%m%d}" if options.until else "9"
    return first <= "".join(day.groups()) <= last
