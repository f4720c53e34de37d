"""The bytes of one file -> texts of records, in bounded pieces, whatever the file is called."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import IO, cast

from cis_insights.backtest.counts import Broken
from cis_insights.backtest.in_duckdb import Text

from .source import DIGEST, Source

# A file of such a name promises records; of another in a folder, what is not JSON is passed over.
SUFFIXES = (".json.gz", ".json", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".csv", ".csv.gz")
# CloudTrail's files are some megabytes; a file that unpacks to more is not one of them.
MAX_FILE = 256 * 1024 * 1024
MAX_LINE = 1024 * 1024 * 2
# Of a packed file of lines: events pack to a tenth, and deflate packs to a thousandth at most.
MAX_UNPACKED, MAX_RATIO = 64 * 1024 * 1024, 200
PIECE = 1024 * 1024  # bytes that are read at once
HEAD = 65_536  # bytes that are looked at to tell what a file is
MAX_NOT_RECORDS = 10_000  # lines; after so many the rest of a file is not read
_MIN_LINE = 30  # bytes; {"eventTime":"2026-11-01T12:00:00Z"} has more
_GZIP = b"\x1f\x8b"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html: a time, then the message
_EXPORTED = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z? +\{")
_UNREADABLE = (OSError, EOFError, zlib.error)


def read_documents(source: Source) -> Iterator[Text | Broken]:
    """The text of a file, or of each line of it; of a file of lines that is cut off, those before the cut."""
    if DIGEST in source.name:
        yield Broken(source.name, 0, "a digest file: it holds no records")
        return
    counted = 0
    try:
        with source.open() as stored:
            for piece in _pieces(source, _buffered(stored)):
                yield piece
                counted = piece.place
    except _UNREADABLE as error:
        lines = f"no line after {counted:,} is" if counted else "nothing of it is"
        yield Broken(source.name, 0, f"cannot be read, {lines} counted: {error}")


def _buffered(stored: IO[bytes]) -> io.BufferedReader:
    return stored if isinstance(stored, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stored))


def _pieces(source: Source, stored: io.BufferedReader) -> Iterator[Text | Broken]:
    name, limit = source.name, None
    is_packed = stored.peek(2)[:2] == _GZIP or name.endswith(".gz")
    data = stored
    if is_packed:
        data = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stored)), HEAD)
        limit = max(MAX_UNPACKED, source.size * MAX_RATIO)
    head = data.peek(HEAD)[:HEAD].removeprefix(BOM_UTF8)
    if _is_csv(head):
        yield from _rows(name, data, limit)
    elif _is_lines(name, head):
        yield from _lines(name, data, limit)
    elif _is_json(head) or source.is_named or name.endswith(SUFFIXES):
        yield from _whole(name, data)
    else:
        yield Broken(name, 0, "passed over: it is neither JSON nor an export", is_fault=False)


def _is_json(head: bytes) -> bool:
    return head.lstrip()[:1] in (b"{", b"[")


def _is_csv(head: bytes) -> bool:
    """Whether a first line names the column that a Logs Insights export has the record in."""
    first = head.partition(b"\n")[0]
    return b"@message" in first and not _is_json(head)


def _is_lines(name: str, head: bytes) -> bool:
    """Whether each line is a document of its own: by its name, or as the first of several lines is one."""
    if name.removesuffix(".gz").endswith((".jsonl", ".ndjson")) or _EXPORTED.match(head):
        return True
    first, _, rest = head.lstrip().partition(b"\n")
    return first[:1] == rest.lstrip()[:1] == b"{" and _is_object(first)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _whole(name: str, data: IO[bytes]) -> Iterator[Text | Broken]:
    pieces: list[bytes] = []
    size = 0
    # To ask for all at once would make room for the largest file there may be, for every file.
    while size <= MAX_FILE and (piece := data.read(PIECE)):
        pieces.append(piece)
        size += len(piece)
    if size > MAX_FILE:
        yield Broken(name, 0, f"unpacks to more than {MAX_FILE // 2**20} MiB")
    else:
        yield Text(name, 0, b"".join(pieces).removeprefix(BOM_UTF8))


def _lines(name: str, data: IO[bytes], limit: int | None) -> Iterator[Text | Broken]:
    size = number = not_records = 0
    while line := data.readline(MAX_LINE + 1):
        number += 1
        size += len(line)
        if limit and size > limit:
            yield _cut(name, number, f"it unpacks to more than {limit // 2**20} MiB")
            return
        if len(line) > MAX_LINE:
            yield Broken(name, number, f"a line of more than {MAX_LINE // 2**20} MiB")
            while line and not line.endswith(b"\n"):
                line = data.readline(MAX_LINE)
                size += len(line)
        elif line.strip():
            yield Text(name, number, line.removeprefix(BOM_UTF8))
        not_records += len(line) < _MIN_LINE
        if not_records >= MAX_NOT_RECORDS and not_records > number * 0.9:
            yield _cut(name, number, f"{not_records:,} lines are too short for a record")
            return


def _cut(name: str, number: int, why: str) -> Broken:
    return Broken(name, 0, f"no line after {number:,} is counted: {why}")


def _rows(name: str, data: IO[bytes], limit: int | None) -> Iterator[Text | Broken]:
    """The column `@message` of a CSV file, as the console of Logs Insights exports results."""
    csv.field_size_limit(MAX_LINE)
    rows = csv.reader(_decoded(name, data, limit))
    try:
        place = next(rows).index("@message")
        for row in rows:
            if row:
                message = row[place] if place < len(row) else ""
                yield Text(name, rows.line_num, message.encode())
    except (csv.Error, ValueError) as error:
        yield Broken(name, 0, f"no line after {rows.line_num:,} is counted: {error}")


def _decoded(name: str, data: IO[bytes], limit: int | None) -> Iterator[str]:
    size = 0
    while line := data.readline(MAX_LINE + 1):
        size += len(line)
        if len(line) > MAX_LINE or (limit and size > limit):
            raise ValueError(f"a line of more than {MAX_LINE // 2**20} MiB, or too many")
        yield line.removeprefix(BOM_UTF8).decode("utf-8", "replace")
