"""Files -> counts: one pass over everything, in batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from cis_insights.sql.backtest import Backtest, Broken, Text

from .sources import BATCH, Source, texts


def run(backtest: Backtest, sources: Sequence[Source], console: Console) -> None:
    """Counts every record of the sources, and shows how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=sum(source.size for source in sources))
        pieces = _pieces(sources, lambda size: progress.advance(task, size), backtest.broken)
        for batch in _batches(pieces):
            backtest.add(batch)


def _pieces(
    sources: Iterable[Source], advance: Callable[[int], None], broken: list[Broken]
) -> Iterator[Text]:
    for source in sources:
        for piece in texts(source):
            if isinstance(piece, Broken):
                broken.append(piece)
            else:
                yield piece
        advance(source.size)


def _batches(pieces: Iterable[Text]) -> Iterator[list[Text]]:
    batch: list[Text] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece.text)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
