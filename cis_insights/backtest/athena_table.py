"""A table of CloudTrail's files in Athena: where a field of an event is, and which partitions to read.

https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlglot import exp

from ..sql.values import (
    Sql,
    SqlValue,
    Unsupported,
    call,
    case,
    cast,
    equal,
    not_null,
    null_as_false,
    null_number,
    null_text,
    number,
    of_number,
    of_text,
    string,
    unequal,
)

# Columns of type string that hold JSON, and those that hold `true` or `false`.
DOCUMENTS = ("requestparameters", "responseelements", "additionaleventdata", "serviceeventdetails")
TRUTHS = ("readonly", "managementevent")
_IDENTITY = (
    "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
    "username:string,onbehalfof:struct<userid:string,identitystorearn:string>,"
    "sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,"
    "sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,"
    "ec2roledelivery:string,"
    "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>"
)
_TEXTS = (
    "eventversion", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent",
    "errorcode", "errormessage", *DOCUMENTS, "requestid", "eventid", "readonly", "eventtype", "apiversion",
    "recipientaccountid", "sharedeventid", "vpcendpointid", "vpcendpointaccountid", "eventcategory",
    "sessioncredentialfromconsole", "edgedevicedetails",
)  # fmt: skip
_TLS = "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>"
_ADDENDUM = "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>"
_SORTABLE = re.compile(r"yyyy\W?MM(?:\W?dd(?:\W?HH)?)?")
_STRFTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}
# A file is delivered some minutes after its events, and lies in the folder of the day of its delivery.
LATEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as Athena describes it; types as Glue spells them.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_TableMetadata.html
    """

    name: str
    database: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    def sql(self) -> exp.Table:
        """Its name."""
        return exp.table_(self.name, db=self.database or None, quoted=True)

    def item(self, path: str) -> Item:
        """Where a field such as `userIdentity.arn` is.

        Raises:
            Unsupported: if the table has no such column, or the column no such field.
        """
        first, *steps = path.split(".")
        column = first.casefold()
        if column not in self.columns:
            raise Unsupported(f"the table {self.name} has no column {column}")
        kind = exp.DataType.build(self.columns[column], dialect="hive")
        return _item(exp.column(column, quoted=True), kind, steps, column)

    def has(self, path: str) -> bool:
        """Whether a field is in it."""
        try:
            self.item(path)
        except Unsupported:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a row, and what is in it: text, json, document, truth, number or map."""

    sql: Sql
    holds: str

    def value(self, sql: Sql) -> SqlValue:
        """As a value of Logs Insights, where `sql` is this part."""
        match self.holds:
            case "text":
                return of_text(sql)
            case "number":
                return of_number(sql)
            case "truth":
                return of_number(_truth(call("lower", cast(sql, "VARCHAR"))))
            case "json":
                return _of_json(sql)
            case "document":
                return SqlValue(null_text(), null_number(), null_as_false(unequal(sql, string("null"))))
            case "map":
                return SqlValue(null_text(), null_number(), not_null(sql))
            case _:
                raise TypeError(self.holds)


def documented(name: str) -> Table:
    """A table with the columns and the date partition that AWS's page on partition projection gives it.

    https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
    """
    database, _, own = name.rpartition(".")
    columns = dict.fromkeys(_TEXTS, "string") | {
        "useridentity": _IDENTITY,
        "resources": "array<struct<arn:string,accountid:string,type:string>>",
        "tlsdetails": _TLS,
        "addendum": _ADDENDUM,
    }
    projected = {"projection.timestamp.type": "date", "projection.timestamp.format": "yyyy/MM/dd"}
    return Table(own, database, columns, {"timestamp": "string"}, projected)


def partitions(
    table: Table, *, since: datetime | None, until: datetime | None, chosen: Mapping[str, Sequence[str]]
) -> Iterator[Sql]:
    """Conditions on partition columns, so that no other file is read.

    Args:
        chosen: values of partition columns.

    Raises:
        Unsupported: at a chosen column that is none, or a column that Athena wants a value for.
    """
    if unknown := [name for name in chosen if name not in table.partitions]:
        known = ", ".join(table.partitions) or "none"
        raise Unsupported(f"{unknown[0]} is not a partition column of {table.name}; it has: {known}")
    injected = [name for name in table.partitions if _projection(table, name, "type") == "injected"]
    if missing := [name for name in injected if name not in chosen]:
        raise Unsupported(
            f"Athena wants values of the partition column {missing[0]}: --partition {missing[0]}=.."
        )
    for name, values in chosen.items():
        yield exp.column(name, quoted=True).isin(
            *(_literal(value, table.partitions[name]) for value in values)
        )
    for day, form in _days(table):
        if since:
            yield exp.GTE(this=day.copy(), expression=string(since.strftime(form)))
        if until:
            yield exp.LTE(this=day.copy(), expression=string((until + LATEST).strftime(form)))


def date_format(table: Table, name: str) -> str | None:
    """The format of a projected date, for `strftime`; none where texts do not sort as their dates."""
    spelt = _projection(table, name, "format")
    if _projection(table, name, "type") != "date" or not _SORTABLE.fullmatch(spelt):
        return None
    return re.sub("|".join(_STRFTIME), lambda found: _STRFTIME[found[0]], spelt)


def _days(table: Table) -> Iterator[tuple[Sql, str]]:
    for name in table.partitions:
        if form := date_format(table, name):
            yield exp.column(name, quoted=True), form
    if {"year", "month", "day"} <= table.partitions.keys():
        parts = [_digits(name, size) for name, size in (("year", 4), ("month", 2), ("day", 2))]
        yield call("concat", *parts), "%Y%m%d"


def _digits(name: str, size: int) -> Sql:
    digits = cast(exp.column(name, quoted=True), "VARCHAR")
    return call("lpad", digits, exp.Literal.number(size), string("0"))


def _projection(table: Table, name: str, key: str) -> str:
    return table.parameters.get(f"projection.{name}.{key}", "")


def _literal(value: str, kind: str) -> Sql:
    return exp.Literal.number(int(value)) if kind.endswith("int") and value.isdecimal() else string(value)


def _item(sql: Sql, kind: exp.DataType, steps: Sequence[str], column: str) -> Item:
    if kind.this == exp.DType.STRUCT and steps:
        fields = {part.name.casefold(): part.args["kind"] for part in kind.expressions}
        name = steps[0].casefold()
        if name not in fields:
            raise Unsupported(f"the table's column {column} has no field {steps[0]}")
        inner = exp.Dot(this=sql, expression=exp.to_identifier(name, quoted=True))
        return _item(inner, fields[name], steps[1:], column)
    if kind.this == exp.DType.ARRAY and steps:
        place = exp.Literal.number(int(steps[0]) + 1) if steps[0].isdecimal() else exp.null()
        return _item(trino("element_at", sql, place), kind.expressions[0], steps[1:], column)
    if kind.this == exp.DType.MAP and steps:
        return _item(trino("element_at", sql, string(steps[0])), kind.expressions[1], steps[1:], column)
    return Item(_json(sql, steps), "json") if steps else Item(sql, _held(kind, column))


def _held(kind: exp.DataType, column: str) -> str:
    if kind.is_type(exp.DType.BOOLEAN) or column in TRUTHS:
        return "truth"
    if kind.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number"
    if kind.is_type(exp.DType.STRUCT, exp.DType.ARRAY, exp.DType.MAP):
        return "map"
    return "document" if column in DOCUMENTS else "text"


def _json(sql: Sql, steps: Sequence[str]) -> Sql:
    """A part of a JSON text, as JSON; a step of digits is a place in a list."""
    path = "".join(f"[{step}]" if step.isdecimal() else f"[{_quoted(step)}]" for step in steps)
    return trino("try", trino("json_format", trino("json_extract", sql, string(f"${path}"))))


def _quoted(step: str) -> str:
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _of_json(sql: Sql) -> SqlValue:
    mark = call("substr", sql, exp.Literal.number(1), exp.Literal.number(1))
    text = trino("json_extract_scalar", sql, string("$"))
    amount = exp.TryCast(this=sql.copy(), to=exp.DataType.build("DOUBLE"))
    return SqlValue(
        case((equal(mark, string('"')), text)),
        call("coalesce", _truth(sql), amount),
        null_as_false(mark.isin(string("{"), string("["))),
    )


def _truth(sql: Sql) -> Sql:
    return case((equal(sql, string("true")), number(1)), (equal(sql, string("false")), number(0)))


def trino(name: str, *arguments: Sql) -> Sql:
    """A function, by its name in Trino."""
    return exp.func(name, *(argument.copy() for argument in arguments), dialect="trino")
