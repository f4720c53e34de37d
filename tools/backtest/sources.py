"""CloudTrail files as they are delivered or exported: folders, files and S3, read in bounded pieces.

Nothing is skipped silently: what can not be read comes out as a `Broken`.
"""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from cis_insights.sql.backtest import Text
from cis_insights.sql.counts import Broken

SUFFIXES = (".json.gz", ".json", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
# CloudTrail's files are some megabytes; what unpacks to more is no such file.
MAX_FILE = 256 * 1024 * 1024
MAX_LINE = 1024 * 1024 * 2
BATCH = 16 * 1024 * 1024  # bytes of text that are counted at once


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its name, its size as it is stored, and how it is opened."""

    name: str
    size: int
    path: Path | None = None
    bucket: str = ""
    key: str = ""

    def open(self) -> IO[bytes]:
        """The stored bytes."""
        if self.path:
            return self.path.open("rb")
        body: Any = _s3().get_object(Bucket=self.bucket, Key=self.key)["Body"]
        return cast(IO[bytes], body)


def found(places: Sequence[str]) -> tuple[list[Source], list[Broken]]:
    """Every CloudTrail file at some places: a file, a folder, or `s3://bucket/prefix`."""
    sources: list[Source] = []
    broken: list[Broken] = []
    for place in places:
        if place.startswith("s3://"):
            sources += _in_bucket(place)
        elif Path(place).is_dir():
            sources += [
                _file(path) for path in sorted(Path(place).rglob("*")) if path.name.endswith(SUFFIXES)
            ]
        elif Path(place).is_file():
            sources.append(_file(Path(place)))
        else:
            broken.append(Broken(place, 0, "there is no such file or folder"))
    return sources, broken


def _s3() -> Any:
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415  # only for s3://

    return boto3.client("s3")


def _file(path: Path) -> Source:
    return Source(str(path), path.stat().st_size, path)


def _in_bucket(place: str) -> Iterator[Source]:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    for page in _s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Contents", []):
            if one["Key"].endswith(SUFFIXES):
                yield Source(f"s3://{bucket}/{one['Key']}", one["Size"], bucket=bucket, key=one["Key"])


def texts(source: Source) -> Iterator[Text | Broken]:
    """The text of a file, or of each line of it."""
    try:
        with source.open() as stored:
            is_packed = source.name.endswith(".gz")
            data = cast(IO[bytes], gzip.GzipFile(fileobj=stored)) if is_packed else stored
            by_line = source.name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
            yield from (_lines if by_line else _whole)(source.name, data)
    except (OSError, EOFError, zlib.error) as error:
        yield Broken(source.name, 0, f"can not be read: {error}")


def _whole(name: str, data: IO[bytes]) -> Iterator[Text | Broken]:
    content = data.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        yield Broken(name, 0, f"unpacks to more than {MAX_FILE // 2**20} MiB")
    else:
        yield Text(name, 0, content.removeprefix(BOM_UTF8))


def _lines(name: str, data: IO[bytes]) -> Iterator[Text | Broken]:
    number = 0
    while line := data.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            yield Broken(name, number, f"a line of more than {MAX_LINE // 2**20} MiB")
            while line and not line.endswith(b"\n"):
                line = data.readline(MAX_LINE)
        elif line.strip():
            yield Text(name, number, line.removeprefix(BOM_UTF8))
