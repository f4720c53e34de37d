"""Objects of a bucket, listed, and fetched ahead of time: S3 has latency but takes many requests at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import IO, Any, cast

import boto3  # type: ignore[import-untyped]  # boto3 has no types
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights.backtest.counts import Broken

from .source import DIGEST, DIGESTS, S3, Source

AHEAD = 16
MAX_AHEAD = 4 * 1024 * 1024  # bytes; larger objects are read when it is their turn


def _client() -> Any:
    return boto3.Session().client("s3", config=Config(max_pool_connections=AHEAD))


def list_objects(place: str) -> Iterator[Source | Broken]:
    """The objects of `s3://bucket/prefix`."""
    bucket, _, prefix = place.removeprefix(S3).partition("/")
    try:
        s3 = _client()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", []):
                yield _object(s3, bucket, one["Key"], one["Size"])
    except (BotoCoreError, ClientError) as error:
        yield Broken(place, 0, f"cannot be listed: {error}")


def _object(s3: Any, bucket: str, key: str, size: int) -> Source | Broken:
    name = f"{S3}{bucket}/{key}"
    return (
        Broken(name, 0, DIGESTS)
        if DIGEST in key
        else Source(name, size, stored=partial(_get, s3, bucket, key))
    )


def _get(s3: Any, bucket: str, key: str) -> IO[bytes]:
    try:
        return cast(IO[bytes], s3.get_object(Bucket=bucket, Key=key)["Body"])
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from None


def prefetch(sources: Iterable[Source]) -> Iterator[Source]:
    """The same sources in the same order; small objects are fetched before they are opened."""
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
