"""Files and log groups -> counts: one pass over everything, in batches of bounded size."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn

from cis_insights.backtest.counts import Broken
from cis_insights.backtest.in_duckdb import Backtest, Text, divide

from ..terminal import show_progress
from .documents import read_documents
from .source import Source

MAX_WORKERS = 8  # each holds a batch, and what DuckDB makes of it
HELD = 128 * 1024 * 1024  # bytes of text that are read and not yet counted


def run(backtest: Backtest, sources: Sequence[Source]) -> None:
    """Counts every record of the sources, and shows how far it is."""
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with show_progress("reading", *columns, total=sum(source.size for source in sources)) as advance:
        count_pieces(backtest, _pieces(sources, lambda size: advance(advance=size)))


def count_pieces(backtest: Backtest, pieces: Iterable[Text | Broken]) -> None:
    """Counts texts, and keeps what is broken."""
    # Large ones: DuckDB plans the conditions anew for each, which takes as long as counting some megabytes.
    batch = HELD // (_count_workers() + 2)
    count_batches(backtest, divide(_texts(pieces, backtest.broken), batch))


def count_batches(backtest: Backtest, batches: Iterable[list[Text]]) -> None:
    """One thread reads, others count; it reads no further ahead than one batch for each of them."""
    workers = _count_workers()
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[None]] = deque()
        for batch in batches:
            waiting.append(pool.submit(backtest.add, batch))
            if len(waiting) > workers:
                waiting.popleft().result()
        for counted in waiting:
            counted.result()


def _count_workers() -> int:
    return min(os.cpu_count() or 1, MAX_WORKERS)


def _texts(pieces: Iterable[Text | Broken], broken: list[Broken]) -> Iterator[Text]:
    for piece in pieces:
        if isinstance(piece, Broken):
            broken.append(piece)
        else:
            yield piece


def _pieces(sources: Sequence[Source], advance: Callable[[int], None]) -> Iterator[Text | Broken]:
    for source in _prefetched(sources):
        yield from read_documents(source)
        advance(source.size)


def _prefetched(sources: Sequence[Source]) -> Iterable[Source]:
    if not any(source.stored for source in sources):
        return sources
    from .s3 import prefetch  # noqa: PLC0415  # files on disk need no boto3

    return prefetch(sources)
