"""Fields of an event's JSON: all that a query mentions are taken out of it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from .values import Sql, Value, call, case, cast, either, equal, string

_FIELDS = "fields"


def fields_column(names: Sequence[str]) -> Sql:
    """A list of JSON values, one for each field, out of the column `document`."""
    pointers = [string(_pointer(name)) for name in names]
    empty = exp.Array(expressions=[])
    found = call("json_extract", exp.column("document"), exp.Array(expressions=pointers)) if names else empty
    return exp.alias_(found, _FIELDS, quoted=True)


def taken_out(names: Sequence[str]) -> tuple[list[Sql], dict[str, Value]]:
    """Columns for the fields of `fields_column`, and the values that they then are."""
    items = (
        call("list_extract", exp.column(_FIELDS, quoted=True), exp.Literal.number(i + 1))
        for i in range(len(names))
    )
    return stored({name: _value(item) for name, item in zip(names, items, strict=True)}, prefix="f")


def stored(values: Mapping[str, Value], *, prefix: str = "o") -> tuple[list[Sql], dict[str, Value]]:
    """Columns that hold values, and the values as what comes after sees them."""
    columns: list[Sql] = []
    found: dict[str, Value] = {}
    for number, (name, value) in enumerate(values.items()):
        parts = {"t": value.text, "n": value.number, "m": value.is_map or exp.false()}
        named = {f"{prefix}{part}{number}": sql for part, sql in parts.items()}
        columns += [exp.alias_(sql.copy(), alias, quoted=True) for alias, sql in named.items()]
        found[name] = Value(*(exp.column(alias, quoted=True) for alias in named))
    return columns, found


def _pointer(name: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc6901: a step is a key of an object or an index of a list."""
    steps = (step.replace("~", "~0").replace("/", "~1") for step in name.split("."))
    return "".join(f"/{step}" for step in steps)


def _value(item: Sql) -> Value:
    """A JSON value: its text, its number (of true and false too), and whether it is a map or a list."""
    kind, text = call("json_type", item), call("json_extract_string", item, string("$"))
    numeric = either(*(equal(kind, string(word)) for word in ("UBIGINT", "BIGINT", "DOUBLE", "HUGEINT")))
    truth = case((equal(text, string("true")), exp.Literal.number(1)), default=exp.Literal.number(0))
    maps = either(*(equal(kind, string(word)) for word in ("OBJECT", "ARRAY")))
    return Value(
        case((equal(kind, string("VARCHAR")), text)),
        case((numeric, cast(text, "DOUBLE")), (equal(kind, string("BOOLEAN")), cast(truth, "DOUBLE"))),
        call("coalesce", maps, exp.false()),
    )
