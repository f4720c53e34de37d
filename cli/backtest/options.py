"""Options of the command: what is counted, where, and how it is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import click

from cis_insights import Catalogue
from cis_insights.catalogue.naming import UnknownControl, find_control
from cis_insights.errors import printable

from ..shared_options import context_option, control_option, own_queries_option


@dataclass(frozen=True, slots=True, kw_only=True)
class AthenaOptions:
    """Which table, and who pays."""

    table: str  # database.table
    workgroup: str
    output: str | None  # s3://bucket/prefix; without it, the workgroup's
    chosen: Mapping[str, tuple[str, ...]]  # values of partition columns
    is_documented: bool  # whether to assume the columns that AWS documents
    is_sql: bool  # only print the statement
    is_dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOptions:
    """What to count, where, and how to print it."""

    places: tuple[str, ...]
    since: datetime | None  # UTC
    until: datetime | None
    exclude: tuple[str, ...]  # control=condition
    threshold: tuple[str, ...]  # control=number
    only: tuple[str, ...]
    form: str  # table, json or csv
    is_dry_run: bool  # only say how much it would read
    is_agreed: bool  # to what queries of a log group cost
    athena: AthenaOptions | None


class _Time(click.ParamType[datetime]):
    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """ISO 8601 -> UTC; a time without an offset is UTC."""
        try:
            time = datetime.fromisoformat(value)
            utc = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):  # the first year has no hour before its first
            self.fail(
                f"{printable(value)!r} is not a time such as 2026-11-01 or 2026-11-01T08:00", param, ctx
            )
        return utc.replace(tzinfo=None)


_OPTIONS: tuple[Callable[[Callable[..., None]], Callable[..., None]], ...] = (
    click.argument("places", nargs=-1, metavar="PATH..."),
    click.option("--since", type=_Time(), help="First time that counts, such as 2026-11-01T08:00, UTC."),
    click.option("--until", type=_Time(), help="First time that does not count."),
    click.option("--exclude", multiple=True, metavar="ID=CONDITION", help="Try an exclusion."),
    click.option("--threshold", multiple=True, metavar="ID=EVENTS", help="Try a threshold."),
    control_option,
    own_queries_option,
    context_option,
    click.option("--yes", "is_agreed", is_flag=True, help="Agree to what queries of a log group cost."),
    click.option("--json", "is_json", is_flag=True, help="Print one JSON document."),
    click.option("--csv", "is_csv", is_flag=True, help="Print a line for each control."),
    click.option("--athena", "table", metavar="DATABASE.TABLE", help="Count in a table of Athena."),
    click.option("--workgroup", default="primary", show_default=True, help="Athena's workgroup."),
    click.option("--output-location", "output", metavar="S3-URL", help="Where Athena writes."),
    click.option("--partition", multiple=True, metavar="NAME=VALUE,..", help="Read only these partitions."),
    click.option("--sql", "is_sql", is_flag=True, help="Print the SQL for Athena, and run nothing."),
    click.option("--documented-table", "is_documented", is_flag=True, help="Take AWS's documented columns."),
    click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what it would read, and run nothing."),
)


def backtest_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command its options."""
    return reduce(lambda done, option: option(done), reversed(_OPTIONS), command)


def parse_options(
    *, table: str | None, is_json: bool, is_csv: bool, places: tuple[str, ...], **options: Any
) -> BacktestOptions:
    """The options of the command line as one value.

    Raises:
        click.UsageError: where they do not belong together.
    """
    if bool(places) == bool(table):
        raise click.UsageError("name files or folders to read, or one table with --athena")
    if is_json and is_csv:
        raise click.UsageError("--json and --csv: print one of them")
    form = "json" if is_json else "csv" if is_csv else "table"
    own = {name: options.pop(name) for name in ("workgroup", "output", "is_documented", "is_sql")}
    chosen = dict(map(_partition, options.pop("partition")))
    if not table and (used := [name for name in ("is_sql", "is_documented") if own[name]]):
        raise click.UsageError(f"--{used[0].removeprefix('is_')} needs --athena")
    dry = options["is_dry_run"]
    if dry and not (table or all(place.startswith("logs://") for place in places)):
        raise click.UsageError("--dry-run needs --athena or logs://LOG-GROUP")
    athena = AthenaOptions(table=table, chosen=chosen, is_dry_run=dry, **own) if table else None
    return BacktestOptions(places=places, form=form, athena=athena, **options)


def _partition(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, values = text.partition("=")
    if not (name and equals and values):
        raise click.UsageError(f"{printable(text)!r} is not NAME=VALUE,..")
    return name.casefold(), tuple(values.split(","))


def use_ids(options: BacktestOptions, catalogue: Catalogue) -> BacktestOptions:
    """The same options with the id of each control that is named by its section or Security Hub's number.

    A name that means no control stays: it is refused where it is used.
    """

    def use_id(text: str) -> str:
        name, equals, value = text.partition("=")
        try:
            return f"{find_control(catalogue, name).id}{equals}{value}"
        except UnknownControl:
            return text

    only, exclude, threshold = (
        tuple(map(use_id, names)) for names in (options.only, options.exclude, options.threshold)
    )
    return replace(options, only=only, exclude=exclude, threshold=threshold)
