"""Athena over CloudTrail's files: Trino's SQL as DuckDB takes it, and tables as their columns say.

https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from . import duckdb_engine
from .ministack import load_module

INPUT_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
_PLACE = re.compile(r"\\\$\\\{(\w+)\\\}")
_BEGINNING = 16 * 1024 * 1024

Row = dict[str, Any]


def build_replacements() -> dict[str, Any]:
    """Our replacements of functions of MiniStack's Athena, by name."""
    athena = load_module("services.athena")
    return {
        "_run_duckdb": duckdb_engine.run_query,
        "_hidden": duckdb_engine.hide_unsafe_keys(athena._hidden),
        "_rewrite_data_paths": _translate_sql(athena._rewrite_data_paths),
        "_table_relation": _read_cloudtrail_files(athena._table_relation),
        "_glue_table_to_metadata": _add_location(athena._glue_table_to_metadata),
        "_get_table_metadata": _check_table(athena._get_table_metadata),
    }


def _translate_sql(rewrite: Callable[..., Any]) -> Callable[..., Any]:
    """Trino's SQL becomes DuckDB's before MiniStack runs it."""

    async def rewrite_as_duckdb(query: str, *arguments: Any) -> Any:
        try:
            return await rewrite(parse_one(query, read="athena").sql("duckdb"), *arguments)
        except SqlglotError as error:
            raise ValueError(f"SYNTAX_ERROR: {error}") from None

    return rewrite_as_duckdb


def _read_cloudtrail_files(relation: Callable[..., str]) -> Callable[..., str]:
    """Reads tables of CloudTrail's files as its serialization library does."""

    def build_relation(table: Mapping[str, Any], files: Sequence[str]) -> str:
        storage = table.get("StorageDescriptor") or {}
        if storage.get("InputFormat") != INPUT_FORMAT:
            return relation(table, files)
        keys = table.get("PartitionKeys") or []
        columns = {one["Name"]: one["Type"] for one in [*storage["Columns"], *keys]}
        rows = Path(files[0]).parent / ".cloudtrail.ndjson"
        with rows.open("w") as out:
            for row in _read_rows(table, files, columns):
                out.write(json.dumps(row) + "\n")
        kinds = {
            name: exp.DataType.build(kind, dialect="hive").sql("duckdb") for name, kind in columns.items()
        }
        spelt = ", ".join(f"{_quote(name)}: {_quote(kind)}" for name, kind in kinds.items())
        return (
            f"read_json({_quote(str(rows))}, format = 'newline_delimited', columns = {{{spelt}}},"
            f" maximum_object_size = {_BEGINNING})"
        )

    return build_relation


def _quote(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _read_rows(table: Mapping[str, Any], files: Sequence[str], columns: Mapping[str, str]) -> Iterator[Row]:
    within = _match_partitions(table)
    kinds = {name: _parse_type(spelt) for name, spelt in columns.items()}
    for file in files:
        if (keys := within(file)) is None:
            continue  # outside of every partition
        content = Path(file).read_bytes()
        records = json.loads(gzip.decompress(content) if file.endswith(".gz") else content)["Records"]
        for record in records:
            found = {key.lower(): value for key, value in record.items()} | keys
            yield {name: _convert(found.get(name), kind) for name, kind in kinds.items()}


def _parse_type(spelt: str) -> exp.DataType:
    return exp.DataType.build(spelt, dialect="hive")


def _convert(value: Any, kind: exp.DataType) -> Any:
    """Converts a value to the type of its column; an object becomes JSON in a column of texts."""
    match value:
        case None | []:
            return None
        case dict() if kind.this == exp.DType.STRUCT:
            found = {key.lower(): part for key, part in value.items()}
            return {
                part.name: _convert(found.get(part.name.lower()), part.args["kind"])
                for part in kind.expressions
            }
        case list() if kind.this == exp.DType.ARRAY:
            return [_convert(part, kind.expressions[0]) for part in value]
        case dict() | list() if kind.this != exp.DType.MAP:
            return json.dumps(value, separators=(",", ":"))
        case bool() if kind.this != exp.DType.BOOLEAN:
            return str(value).lower()
        case _:
            return value


def _match_partitions(table: Mapping[str, Any]) -> Callable[[str], dict[str, str] | None]:
    """Returns a function from a file's path to its partition columns, None outside of every partition."""
    parameters = table.get("Parameters") or {}
    template, location = parameters.get("storage.location.template"), table["StorageDescriptor"]["Location"]
    if not template:
        return lambda file: {}
    below = re.escape(template.removeprefix(location.rstrip("/")).strip("/"))
    place = re.compile(
        _PLACE.sub(lambda found: f"(?P<{found[1]}>{_build_value_regex(found[1], parameters)})", below)
    )

    def match_file(file: str) -> dict[str, str] | None:
        found = re.search(rf"/{place.pattern}/[^/]+$", file)
        return found.groupdict() if found else None

    return match_file


def _build_value_regex(name: str, parameters: Mapping[str, str]) -> str:
    """The regular expression of a partition column's values in folder names."""
    form = parameters.get(f"projection.{name}.format", "")
    digits = (
        f"[0-9]{{{len(list(run))}}}" if char.isalpha() else re.escape(char) for char, run in groupby(form)
    )
    return "".join(digits) if form else "[^/]+"


def _add_location(metadata: Callable[[Mapping[str, Any]], Row]) -> Callable[[Mapping[str, Any]], Row]:
    """Adds a table's location to the parameters of its metadata, as Athena does."""

    def describe_table(table: Mapping[str, Any]) -> Row:
        found = metadata(table)
        storage = table.get("StorageDescriptor") or {}
        place = {"location": storage.get("Location", ""), "inputformat": storage.get("InputFormat", "")}
        return {**found, "Parameters": {**found["Parameters"], **place}}

    return describe_table


def _check_table(get: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Refuses the metadata of a missing table."""

    def get_known_table(request: Mapping[str, Any]) -> Any:
        name = f"{request.get('DatabaseName')}/{request.get('TableName')}"
        if name in load_module("services.glue")._tables:
            return get(request)
        refuse = load_module("core.responses").error_response_json
        return refuse("MetadataException", f"EntityNotFoundException: Entity {name} not found.", 400)

    return get_known_table
