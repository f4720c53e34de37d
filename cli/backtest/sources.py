"""Where CloudTrail's records are: folders, files, S3 and a log group.

Nothing is skipped silently: what cannot be read, and what holds no records, comes out as a `Broken`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cis_insights.backtest.counts import Broken

from .source import DIGEST, DIGESTS, S3, Source

LOG_GROUP = "logs://"


def find_sources(places: Sequence[str]) -> tuple[list[Source], list[Broken]]:
    """Every file at some places: a file, a folder, or `s3://bucket/prefix`."""
    sources: list[Source] = []
    broken: list[Broken] = []
    for place in places:
        here = list(_in_bucket(place) if place.startswith(S3) else _on_disk(place))
        sources += (one for one in here if isinstance(one, Source))
        broken += gather_digests(place, (one for one in here if isinstance(one, Broken)))
        if not here:
            broken.append(Broken(place, 0, "there is no file here"))
    return sources, broken


def gather_digests(place: str, broken: Iterable[Broken]) -> Iterator[Broken]:
    """One line for all digest files of a place, and everything else as it is."""
    digests = 0
    for one in broken:
        if one.reason == DIGESTS:
            digests += 1
        else:
            yield one
    if digests:
        yield Broken(place, 0, DIGESTS, digests, is_fault=False)


def _in_bucket(place: str) -> Iterator[Source | Broken]:
    from .s3 import list_objects  # noqa: PLC0415  # files on disk need no boto3

    return list_objects(place)


def _on_disk(place: str) -> Iterator[Source | Broken]:
    """A file, or all below a folder; links to folders are not followed, but named."""
    if not os.path.isdir(place):  # noqa: PTH112  # where Path.is_dir may not look, it raises
        yield _file(Path(place), is_named=True)
        return
    unread: list[OSError] = []
    for folder, folders, files in os.walk(place, onerror=unread.append):
        folders.sort()
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*files, *links]):
            yield Broken(name, 0, DIGESTS) if DIGEST in name else _file(Path(folder, name))
    yield from map(_unreadable, unread)


def _file(path: Path, *, is_named: bool = False) -> Source | Broken:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Broken(_shown(path), 0, "there is no such file or folder")
    except OSError as error:
        return _unreadable(error)
    if not stat.S_ISREG(found.st_mode):  # a pipe would keep the run waiting for ever
        return Broken(_shown(path), 0, "not a regular file; links to folders are not followed")
    return Source(_shown(path), found.st_size, path, is_named=is_named)


def _unreadable(error: OSError) -> Broken:
    return Broken(_shown(error.filename), 0, f"cannot be read: {error.strerror}")


def _shown(path: str | Path) -> str:
    """A path as text, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "replace")
