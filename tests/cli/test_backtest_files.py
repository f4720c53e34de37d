"""Files of every form and name are read in bounded memory; what cannot be read is named."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cis_insights.backtest.in_duckdb import Backtest, Text
from cli.backtest import documents
from cli.backtest.run import BATCH, MAX_WORKERS, batch_pieces, count_batches

from ..support.backtest import backtest, control, invoke, record, write_file


def test_lines_and_records_of_every_form_are_read(tmp_path: Path) -> None:
    write_file(tmp_path, record(0), name="a.json")
    (tmp_path / "b.jsonl").write_text(f"{json.dumps(record(1))}\n\n{json.dumps({'Records': [record(2)]})}\n")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(json.dumps(record(3)).encode()))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_file(tmp_path / "deep" / "er", record(4))
    (tmp_path / "notes.txt").write_text("not CloudTrail's")
    assert control(backtest(tmp_path))["events"] == 5


BROKEN = {
    "truncated.json.gz": (gzip.compress(b'{"Records": []}', mtime=0)[:-6], "cannot be read"),
    "no-gzip.json.gz": (b"plain", "cannot be read"),
    "no-json.json": (b'{"Records": [', "no valid JSON"),
    "nan.jsonl": (b'{"eventTime": NaN}', "a record without eventTime"),
    "no-utf8.json": (b'{"a": "\xff"}', "no UTF-8"),
    "utf-16.json": ('{"eventTime": "2026-11-01T12:00:00Z"}'.encode("utf-16"), "no UTF-8"),
    "utf-16-without-mark.json": ('{"Records": []}'.encode("utf-16-le"), "no valid JSON"),
    "two-documents.json": (b"{}{}", "no valid JSON"),
    "no-object.json": (b'{"Records": [1, "x", null]}', "a record without eventTime"),
    "no-time.json": (b'{"Records": [{"eventName": "x"}]}', "a record without eventTime"),
    "empty.json": (b"", "no valid JSON"),
    "deep.json": (b'{"Records": [' + b"[" * 50_000 + b"]" * 50_000 + b"]}", ""),
    "wrong-types.json": (b'{"Records": {"a": 1}}', "Records is not a list"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), [(name, *rest) for name, rest in BROKEN.items()])
def test_what_cannot_be_read_is_named_and_stops_nothing(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    write_file(tmp_path, record(0), name="good.json.gz")
    result = backtest(tmp_path)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert control(result)["events"] == 1
    assert name in result.stderr
    assert reason in result.stderr


def test_of_lines_that_are_cut_off_those_before_the_cut_are_counted_and_other_files_whole(
    tmp_path: Path,
) -> None:
    lines = "".join(f"{json.dumps(record(minute % 600))}\n" for minute in range(3_000))
    packed = gzip.compress(lines.encode())
    (tmp_path / "b-cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    write_file(tmp_path, record(0), name="a-good.json.gz")
    write_file(tmp_path, record(0), record(1), name="c-good.json.gz")
    result = backtest(tmp_path)
    found = json.loads(result.stdout)
    counted = found["records"] - 3
    assert 500 < counted < 2_500 and found["broken"] == 1
    assert (
        f"b-cut.jsonl.gz: not counted: cannot be read, no line after {counted:,} is counted" in result.stderr
    )


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.json.gz"])
def test_byte_order_marks_and_carriage_returns_are_passed_over(
    tmp_path: Path, name: str, begin: bytes
) -> None:
    text = json.dumps(record(0)).encode()
    content = begin + (text if name == "a.jsonl" else b'{"Records": [\r\n' + text + b"\r\n]}") + b"\r\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    result = backtest(tmp_path)
    assert (result.exit_code, control(result)["events"]) == (0, 1)


def test_the_limits_are_said_by_the_help() -> None:
    shown = " ".join(invoke("--help").output.split())
    assert f"more than {documents.MAX_FILE // 2**20} MiB, unpacked" in shown
    assert f"line of more than {documents.MAX_LINE // 2**20} MiB" in shown


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_FILE", 1_000_000)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"[" * 5_000_000))
    result = backtest(tmp_path)
    assert "unpacks to more than" in result.stderr
    assert result.exit_code == 1


def test_a_line_without_an_end_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_LINE", 10_000)
    line = json.dumps(record(0))
    (tmp_path / "a.jsonl").write_text(f"{'x' * 50_000}\n{line}\n")
    result = backtest(tmp_path)
    assert "a.jsonl:1: not counted: a line of more than" in result.stderr
    assert control(result)["events"] == 1


# --- places -----------------------------------------------------------------------------


def _said(*arguments: object) -> str:
    """What a run says of what it did not count; it counts the rest."""
    result = backtest(*arguments)
    assert json.loads(result.stdout)["records"] == 1 and result.exit_code == 1, result.output
    return result.stderr


def test_links_pipes_and_what_may_not_be_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "real").mkdir(parents=True)
    write_file(folder / "real", record(1))
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "gone.json.gz").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.json")
    said = _said(folder)
    for name in ("loop", "pipe.json"):
        assert f"logs/{name}: not counted: not a regular file; links to folders are not followed" in said
    assert "gone.json.gz: not counted: there is no such file or folder" in said


def test_a_name_that_is_no_text_is_shown_and_read(tmp_path: Path) -> None:
    write_file(tmp_path, record(1))
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.json")).write_text("{}")
    said = _said(tmp_path)
    assert "\ufffd" in said and "\x1b" not in said


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    result = backtest(tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path}: not counted: no file here ends in .json.gz, .json," in result.stderr


# --- memory -----------------------------------------------------------------------------


def test_no_more_batches_are_read_than_can_be_counted_soon() -> None:
    """Memory grows with workers, not with files."""
    workers = min(os.cpu_count() or 1, MAX_WORKERS)
    read, counted, most = 0, 0, 0
    lock = threading.Lock()

    class Slow(Backtest):
        def add(self, texts: Sequence[Text]) -> None:
            nonlocal counted
            with lock:
                counted += 1

    def batches() -> Iterator[list[Text]]:
        nonlocal read, most
        for number in range(200):
            read += 1
            with lock:
                most = max(most, read - counted)
            yield [Text("a", number, b"{}")]

    count_batches(Slow({}), batches())
    assert counted == read == 200
    assert most <= 2 * workers + 2


def test_a_batch_ends_at_its_size() -> None:
    texts = [Text("a", number, b"x" * (BATCH // 3)) for number in range(10)]
    sizes = [sum(len(text.content) for text in batch) for batch in batch_pieces(texts)]
    assert len(sizes) > 2 and all(size < BATCH + BATCH // 3 + 3 for size in sizes)
