"""Fields of an event's JSON: all that a query mentions are taken out of it in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from .values import Sql, SqlValue, call, case, cast, copy, equal, is_null, nan_as_null, native, string

# Types of JSON in DuckDB: https://duckdb.org/docs/stable/data/json/json_functions
_NUMBERS = ("UBIGINT", "BIGINT", "DOUBLE")
_EACH = "each"


def extract_fields(text: Sql, names: Sequence[str]) -> Sql:
    """The JSON of each field of a JSON text, as a list; null of a text that is none."""
    return call("try", native("json_extract", text, _list_pointers(names)))


def split_fields(found: Sql, names: Sequence[str]) -> dict[str, Sql]:
    """The JSON of each field, out of what `extract_fields` found."""
    places = map(exp.Literal.number, range(1, len(names) + 1))
    return {name: native("list_extract", found, place) for name, place in zip(names, places, strict=True)}


def describe_fields(text: Sql, names: Sequence[str]) -> list[Sql]:
    """The types and the texts of the fields of a JSON text, as columns with a list each."""
    lists = {"kinds": "json_type", "texts": "json_extract_string"}
    return [
        exp.alias_(call("try", native(function, text, _list_pointers(names))), alias)
        for alias, function in lists.items()
    ]


def open_fields(names: Sequence[str]) -> tuple[list[Sql], dict[str, SqlValue]]:
    """Columns with a list each out of what `describe_fields` found, and the values of the fields in them.

    DuckDB's time to plan grows with columns and stages: four lists are planned faster than four columns
    for each field.
    """
    kind, text = (native("struct_extract", exp.column(_EACH), exp.Literal.number(n)) for n in (1, 2))
    value = _value(kind, text)
    parts = {"texts": value.text, "numbers": value.number, "maps": value.is_map, "shown": value.as_text}
    columns = [exp.alias_(_each(part), f"#{name}", quoted=True) for name, part in parts.items() if part]
    found = [split_fields(exp.column(f"#{name}", quoted=True), names) for name in parts]
    values = zip(*(one.values() for one in found), strict=True)
    return columns, {
        name: SqlValue(text, number, is_map, shown=shown)
        for name, (text, number, is_map, shown) in zip(names, values, strict=True)
    }


def _each(part: Sql) -> Sql:
    """A list of what `part` is of each field's kind and text."""
    pairs = native("list_zip", exp.column("kinds"), exp.column("texts"))
    of_pair = exp.Lambda(this=copy(part), expressions=[exp.to_identifier(_EACH)])
    return native("list_transform", pairs, of_pair)


def store_values(values: Mapping[str, SqlValue]) -> tuple[list[Sql], dict[str, SqlValue]]:
    """Columns that hold values, and the values as what comes after sees them."""
    columns: list[Sql] = []
    found: dict[str, SqlValue] = {}
    for at, (name, value) in enumerate(values.items()):
        parts = {"t": value.text, "n": value.number, "m": value.is_map}
        named = {f"o{part}{at}": sql for part, sql in parts.items() if sql}
        columns += [
            exp.alias_(copy(sql), alias, quoted=True, copy=False)
            for alias, sql in named.items()
            if not is_null(sql)
        ]
        text, amount, *maps = (as_column(sql, alias) for alias, sql in named.items())
        found[name] = SqlValue(text, amount, maps[0] if maps else None, is_time=value.is_time)
    return columns, found


def as_column(sql: Sql, alias: str) -> Sql:
    """What comes after the column `alias` sees of it; a constant null needs no column."""
    return sql if is_null(sql) else exp.column(alias, quoted=True)


def _list_pointers(names: Sequence[str]) -> Sql:
    return exp.Array(expressions=[string(_pointer(name.split("."))) for name in names])


def _pointer(steps: Iterable[str]) -> str:
    """https://www.rfc-editor.org/rfc/rfc6901: a step is a key of an object or an index of a list."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def value_of(item: Sql) -> SqlValue:
    """A JSON value: its text, its number (of true and false too), and whether it is a map or a list."""
    return _value(native("json_type", item), native("json_extract_string", item, string("$")))


def _value(kind: Sql, text: Sql) -> SqlValue:
    truth = cast(equal(text, string("true")), "DOUBLE")
    return SqlValue(
        case((equal(kind, string("VARCHAR")), text)),
        case(
            (_one_of(kind, *_NUMBERS), nan_as_null(cast(text, "DOUBLE"))),
            (equal(kind, string("BOOLEAN")), truth),
        ),
        call("coalesce", _one_of(kind, "OBJECT", "ARRAY"), exp.false()),
    )


def _one_of(kind: Sql, *names: str) -> Sql:
    return exp.In(this=kind.copy(), expressions=[*map(string, names)])
