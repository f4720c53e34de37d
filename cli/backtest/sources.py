"""CloudTrail files as they are delivered or exported: folders, files and S3, read in bounded pieces.

Nothing is skipped silently: what cannot be read comes out as a `Broken`.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

import boto3  # type: ignore[import-untyped]  # boto3 has no types
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights.backtest.counts import Broken
from cis_insights.backtest.in_duckdb import Text

SUFFIXES = (".json.gz", ".json", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
# CloudTrail's files are some megabytes; a file that unpacks to more is not one of them.
MAX_FILE = 256 * 1024 * 1024
MAX_LINE = 1024 * 1024 * 2
# They lie beside the records and hold none.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
DIGEST = "_CloudTrail-Digest_"
BATCH = 16 * 1024 * 1024  # bytes of text that are counted at once
# S3 has latency but takes many requests at once: objects up to a size are fetched ahead of time.
AHEAD = 16
MAX_AHEAD = 4 * 1024 * 1024
_UNREADABLE = (OSError, EOFError, zlib.error, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its name, its size as it is stored, and how it is opened."""

    name: str
    size: int
    path: Path | None = None
    stored: Callable[[], IO[bytes]] | None = None  # of an object in S3

    def open(self) -> IO[bytes]:
        """The stored bytes."""
        if self.stored:
            return self.stored()
        return cast(Path, self.path).open("rb")


def find_sources(places: Sequence[str]) -> tuple[list[Source], list[Broken]]:
    """Every CloudTrail file at some places: a file, a folder, or `s3://bucket/prefix`."""
    sources: list[Source] = []
    broken: list[Broken] = []
    for place in places:
        here = list(_in_bucket(place) if place.startswith("s3://") else _on_disk(place))
        sources += (one for one in here if isinstance(one, Source))
        broken += (one for one in here if isinstance(one, Broken))
        if not here:
            broken.append(Broken(place, 0, f"no file here ends in {', '.join(SUFFIXES)}"))
    return sources, broken


def _on_disk(place: str) -> Iterator[Source | Broken]:
    """A file, or all below a folder; links to folders are not followed, but named."""
    if not os.path.isdir(place):  # noqa: PTH112  # where Path.is_dir may not look, it raises
        yield _file(Path(place))
        return
    unread: list[OSError] = []
    for folder, folders, files in os.walk(place, onerror=unread.append):
        folders.sort()
        names = [name for name in files if _has_suffix(name)]
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (_file(Path(folder, name)) for name in sorted([*names, *links]))
    yield from map(_unreadable, unread)


def _has_suffix(name: str) -> bool:
    return name.endswith(SUFFIXES) and DIGEST not in name


def _file(path: Path) -> Source | Broken:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Broken(_shown(path), 0, "there is no such file or folder")
    except OSError as error:
        return _unreadable(error)
    if not stat.S_ISREG(found.st_mode):  # a pipe would keep the run waiting for ever
        return Broken(_shown(path), 0, "not a regular file; links to folders are not followed")
    return Source(_shown(path), found.st_size, path)


def _unreadable(error: OSError) -> Broken:
    return Broken(_shown(error.filename), 0, f"cannot be read: {error.strerror}")


def _shown(path: str | Path) -> str:
    """A path as text, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "replace")


def _s3() -> Any:
    return boto3.Session().client("s3", config=Config(max_pool_connections=AHEAD))


def _in_bucket(place: str) -> Iterator[Source | Broken]:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    try:
        s3 = _s3()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", []):
                if _has_suffix(name := one["Key"]):
                    get = partial(_get, s3, bucket, name)
                    yield Source(f"s3://{bucket}/{name}", one["Size"], stored=get)
    except (BotoCoreError, ClientError) as error:
        yield Broken(place, 0, f"cannot be listed: {error}")


def _get(s3: Any, bucket: str, key: str) -> IO[bytes]:
    return cast(IO[bytes], s3.get_object(Bucket=bucket, Key=key)["Body"])


def prefetch(sources: Iterable[Source]) -> Iterator[Source]:
    """The same sources in the same order; small objects in S3 are fetched before they are opened."""
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: deque[Source] = deque()
        for source in sources:
            waiting.append(_fetch(source, pool))
            if len(waiting) > AHEAD:
                yield waiting.popleft()
        yield from waiting


def _fetch(source: Source, pool: ThreadPoolExecutor) -> Source:
    if source.stored is None or source.size > MAX_AHEAD:
        return source
    get = source.stored
    content = pool.submit(lambda: get().read())
    return replace(source, stored=lambda: BytesIO(content.result()))


def read_documents(source: Source) -> Iterator[Text | Broken]:
    """The text of a file, or of each line of it; of a file of lines that is cut off, those before the cut."""
    counted = 0
    try:
        with source.open() as stored:
            for piece in _pieces(source.name, stored):
                yield piece
                counted = piece.place
    except _UNREADABLE as error:
        lines = f"no line after {counted:,} is" if counted else "nothing of it is"
        yield Broken(source.name, 0, f"cannot be read, {lines} counted: {error}")


def _pieces(name: str, stored: IO[bytes]) -> Iterator[Text | Broken]:
    data = cast(IO[bytes], gzip.GzipFile(fileobj=stored)) if name.endswith(".gz") else stored
    is_lines = name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
    return (_lines if is_lines else _whole)(name, data)


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
