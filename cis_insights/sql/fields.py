"""Fields of an event's JSON: all that a query mentions are taken out of it in one pass."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlglot import exp

from .values import Sql, Value, a_number, call, case, cast, either, equal, native, string

# What json_transform takes out of a text: keys and what is in them, or "JSON" for all that is there.
Structure = Any


def structure(names: Iterable[str]) -> Structure:
    """Where the fields are: `["a.b", "a.c"]` -> `{"a": {"b": "JSON", "c": "JSON"}}`."""
    return _structure([name.split(".") for name in names])


def _structure(paths: Sequence[Sequence[str]]) -> Structure:
    """A level of keys; all of it where a list may be, or keys that DuckDB would take for the same."""
    steps = sorted({path[0] for path in paths if path})
    is_level = [] not in paths and steps and all(step and not step.isdigit() for step in steps)
    if not is_level or len({step.casefold() for step in steps}) < len(steps):
        return "JSON"
    return {step: _structure([path[1:] for path in paths if path[0] == step]) for step in steps}


def transformed(text: Sql, wanted: Structure) -> Sql:
    """What is wanted of a JSON text; null of a text that is none."""
    return call("try", native("json_transform", text, string(json.dumps(wanted))))


def item(document: Sql, name: str, wanted: Structure) -> Sql:
    """The JSON of a field, out of what `transformed` took out."""
    steps = name.split(".")
    while steps and wanted != "JSON":
        document, wanted = native("struct_extract", document, string(steps[0])), wanted[steps[0]]
        steps = steps[1:]
    return native("json_extract", document, string(_pointer(steps))) if steps else document


def taken_out(document: Sql, names: Sequence[str], wanted: Structure) -> tuple[list[Sql], dict[str, Value]]:
    """Columns for the fields of a document, and the values that they then are."""
    return stored({name: value_of(item(document, name, wanted)) for name in names}, prefix="f")


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


def _pointer(steps: Iterable[str]) -> str:
    """https://www.rfc-editor.org/rfc/rfc6901: a step is a key of an object or an index of a list."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def value_of(item: Sql) -> Value:
    """A JSON value: its text, its number (of true and false too), and whether it is a map or a list."""
    kind, text = native("json_type", item), native("json_extract_string", item, string("$"))
    numeric = either(*(equal(kind, string(word)) for word in ("UBIGINT", "BIGINT", "DOUBLE", "HUGEINT")))
    truth = case((equal(text, string("true")), exp.Literal.number(1)), default=exp.Literal.number(0))
    maps = either(*(equal(kind, string(word)) for word in ("OBJECT", "ARRAY")))
    return Value(
        case((equal(kind, string("VARCHAR")), text)),
        case(
            (numeric, a_number(cast(text, "DOUBLE"))), (equal(kind, string("BOOLEAN")), cast(truth, "DOUBLE"))
        ),
        call("coalesce", maps, exp.false()),
    )
