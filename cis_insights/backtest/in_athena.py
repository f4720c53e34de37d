"""Controls over a table of CloudTrail's files in Athena.

The SQL is Trino's, which Athena's engine version 3 runs:
https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlglot import exp

from ..errors import Fault, QueryError, find_lone_surrogate
from ..logs_insights.normal_form import fields_of
from ..logs_insights.query import Query
from ..logs_insights.syntax import Field
from ..sql.fields import store_values
from ..sql.functions import ABSENT
from ..sql.values import (
    Sql,
    SqlValue,
    Unsupported,
    any_of,
    call,
    case,
    cast,
    negated,
    not_null,
    string,
    unequal,
    unsupported,
)
from .athena_table import Table, partitions, trino
from .hits import MINUTE, TIME, WHO, WHO_FIELDS, controls, needed_fields, who

MAX_BYTES = 262_144  # https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
DAY = 24 * 60  # minutes
ALL = ""  # instead of a control id: the count of all events that were read
_HIT = exp.column("control")
_TIME = exp.column("time")


def hits_sql(
    queries: Mapping[str, Query],
    table: Table,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    chosen: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """One statement that counts what each query finds, in one scan.

    Args:
        queries: by control id; each with a condition on single events.
        since: UTC, the first time that counts; until: the first that does not.
        chosen: values of partition columns.

    Returns:
        SQL that answers rows of control, minute since 1970, the columns of `WHO`, events. The
        control `ALL` has a row for each day, at its first minute, with all events, and one without
        a minute with those that have no time.

    Raises:
        QueryError: at each field that the table does not have.
        Unsupported: if the statement would be refused by Athena.
    """
    _check(table, [(query, fields_of(query.condition)) for query in queries.values()])
    people = [name for name in WHO_FIELDS if table.has(name)]
    within = partitions(table, since=since, until=until, chosen=chosen or {})
    events, values = _taken(table, [*needed_fields(queries), *people], within)
    found = exp.select(
        exp.alias_(_minute(), "minute"),
        exp.alias_(_everything_and(controls(queries, values.__getitem__)), "controls"),
        *(exp.alias_(sql, name) for name, sql in who(lambda name: values.get(name, ABSENT)).items()),
    )
    found = found.from_("event").where(*_between(since, until))
    return _written(_counted().with_("event", as_=events).with_("found", as_=found))


def _check(table: Table, asked: Iterable[tuple[Query, Iterable[Field]]]) -> None:
    """Every field that is asked for and that the table does not have is a fault."""
    faults: list[Fault] = []
    for query, fields in asked:
        for field in fields:
            try:
                table.item(field.name)
            except Unsupported as error:
                faults += unsupported(query, field, str(error), "leave it out, or add it to the table").faults
    if faults:
        raise QueryError(faults)


def _taken(
    table: Table, names: Iterable[str], conditions: Iterable[Sql]
) -> tuple[exp.Select, dict[str, SqlValue]]:
    """The time and some fields of each row, and the values that the fields then are."""
    items = {name: table.item(name) for name in dict.fromkeys(names)}
    columns = {name: exp.column(f"f{place}") for place, name in enumerate(items)}
    taken = (exp.alias_(items[name].sql, column.name) for name, column in columns.items())
    time = trino("try", trino("from_iso8601_timestamp", table.item(TIME).sql))
    rows = exp.select(exp.alias_(time, _TIME.name), *taken).from_(table.sql()).where(*conditions)
    values = {name: items[name].value(column) for name, column in columns.items()}
    opened, known = store_values(
        {name: value for name, value in values.items() if items[name].holds == "json"}
    )
    return exp.select("*", *opened).from_(rows.subquery("rows")), values | known


def _between(since: datetime | None, until: datetime | None) -> Iterator[Sql]:
    """Also what has no time, which is counted as such."""
    for kind, time in ((exp.GTE, since), (exp.LT, until)):
        if time:
            bound = trino("from_iso8601_timestamp", string(f"{time:%Y-%m-%dT%H:%M:%SZ}"))
            yield any_of(_is_null(_TIME), kind(this=_TIME.copy(), expression=bound))


def _is_null(sql: Sql) -> Sql:
    return exp.Is(this=sql.copy(), expression=exp.Null())


def _minute() -> Sql:
    minutes = exp.Div(this=trino("to_unixtime", _TIME), expression=exp.Literal.number(MINUTE))
    return cast(call("floor", minutes), "BIGINT")


def _everything_and(found: Sql) -> Sql:
    return call("list_concat", exp.Array(expressions=[string(ALL)]), found)


def _counted() -> exp.Select:
    """The rows of `found`, one for each control, summed up; of everything how many a day."""
    is_control, timed = unequal(_HIT, string(ALL)), not_null(exp.column("minute"))
    in_day = exp.Mod(this=exp.column("minute"), expression=exp.Literal.number(DAY))
    day = exp.Sub(this=exp.column("minute"), expression=in_day)
    minute = case((is_control, exp.column("minute")), (timed, day))
    people = [exp.alias_(case((is_control, exp.column(name))), name) for name in WHO]
    keys = [_HIT.copy(), exp.alias_(minute, "minute"), *people]
    places = [exp.Literal.number(place) for place in range(1, len(keys) + 1)]
    return (
        exp.select(*keys, exp.alias_(call("count", exp.Star()), "events"))
        .from_("found")
        .join("UNNEST(controls) AS hit(control)", join_type="cross", dialect="trino")
        .where(any_of(negated(is_control), timed))
        .group_by(*places)
    )


def _written(select: exp.Select) -> str:
    """The statement, if Athena takes it."""
    if strange := [node.name for node in select.find_all(exp.Anonymous)]:
        raise Unsupported(f"Athena has no function {strange[0].lower()}")
    sql = select.sql("athena", pretty=True, identify=True)
    if find_lone_surrogate(sql):
        raise Unsupported("a name or a value is not a text")
    if len(sql.encode()) > MAX_BYTES:
        raise Unsupported(
            f"more than {MAX_BYTES:,} bytes, which Athena does not take: ask for fewer controls"
        )
    return sql
