"""Files of every form and name are read in bounded memory; what cannot be read is named."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cis_insights.backtest.in_duckdb import Backtest, Text, divide
from cli.backtest import documents
from cli.backtest.run import MAX_WORKERS, count_batches

from ..support.backtest import DENIED, backtest, control, invoke, record, write_file


def test_lines_and_records_of_every_form_are_read(tmp_path: Path) -> None:
    write_file(tmp_path, record(0), name="a.json")
    (tmp_path / "b.jsonl").write_text(f"{json.dumps(record(1))}\n\n{json.dumps({'Records': [record(2)]})}\n")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(json.dumps(record(3)).encode()))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_file(tmp_path / "deep" / "er", record(4))
    (tmp_path / "notes.txt").write_text("not CloudTrail's")
    assert control(backtest(tmp_path))["events"] == 5


def _logged(minute: int) -> str:
    return json.dumps(record(minute))


def test_lines_that_are_no_records_end_a_file_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_NOT_RECORDS", 100)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"{}\n" * 100_000))
    (tmp_path / "b.jsonl").write_text(f"\n\n{_logged(0)}\n" * 90)
    result = backtest(tmp_path)
    assert control(result)["events"] == 90
    assert "a.jsonl.gz: not counted: no line after 100 is counted: 100 lines are too short" in result.stderr


def test_lines_that_unpack_to_far_more_than_their_file_are_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_UNPACKED", 2**20)
    monkeypatch.setattr(documents, "MAX_RATIO", 10)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(f"{_logged(0)}\n".encode() * 20_000))
    result = backtest(tmp_path)
    assert "is counted: it unpacks to more than 1 MiB" in result.stderr
    assert 2_000 < control(result)["events"] < 10_000


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


def test_what_cannot_be_read_is_named_and_stops_nothing(tmp_path: Path) -> None:
    for name, (content, _) in BROKEN.items():
        (tmp_path / name).write_bytes(content)
    write_file(tmp_path, record(0), name="good.json.gz")
    result = backtest(tmp_path)
    assert (result.exit_code, control(result)["events"]) == (1, 1)
    notes = {Path(one["name"]).name: one["reason"] for one in json.loads(result.stdout)["not_counted"]}
    assert notes.keys() == BROKEN.keys()
    assert [name for name, (_, reason) in BROKEN.items() if reason not in notes[name]] == []


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


def test_byte_order_marks_and_carriage_returns_are_passed_over(tmp_path: Path) -> None:
    text = json.dumps(record(0)).encode()
    document = b'{"Records": [\r\n' + text + b"\r\n]}"
    for number, begin in enumerate((b"", b"\xef\xbb\xbf")):
        (tmp_path / f"{number}.jsonl").write_bytes(begin + text + b"\r\n")
        (tmp_path / f"{number}.json").write_bytes(begin + document + b"\r\n")
        (tmp_path / f"{number}.json.gz").write_bytes(gzip.compress(begin + document + b"\r\n"))
    result = backtest(tmp_path)
    assert (result.exit_code, result.stderr.strip(), control(result)["events"]) == (0, "", 6)


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


NOTHING = (
    "Error: no record was counted\n"
    "    hint: name a folder or a file with CloudTrail's records, s3://BUCKET/AWSLogs/, or logs://LOG-GROUP\n"
)


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    result = backtest(tmp_path)
    assert (result.exit_code, json.loads(result.stdout)["records"]) == (1, 0)
    assert result.stderr.strip("\n") + "\n" == f"{tmp_path}: not counted: there is no file here\n{NOTHING}"


def test_what_holds_no_records_is_named_and_is_no_fault_beside_others(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "1_CloudTrail-Digest_eu.json.gz").write_bytes(gzip.compress(b"{}"))
    (tmp_path / "2_CloudTrail-Digest_eu.json.gz").write_bytes(gzip.compress(b"{}"))
    assert backtest(tmp_path).exit_code == 1
    write_file(tmp_path, record(0))
    result = backtest(tmp_path)
    found = json.loads(result.stdout)
    assert (result.exit_code, found["records"], found["broken"]) == (0, 1, 0)
    assert [(Path(one["name"]).name, one["count"], one["is_fault"]) for one in found["not_counted"]] == [
        (tmp_path.name, 2, False),
        ("notes.txt", 1, False),
    ]
    assert "digest files, which hold no records (2 times)" in result.stderr


def test_records_that_are_all_of_another_time_are_an_error(tmp_path: Path) -> None:
    result = backtest("--since", "2027-01-01", write_file(tmp_path, record(0), record(1)))
    assert result.exit_code == 1
    assert "hint: all 2 records are outside of --since and --until\n" in result.stderr


def test_all_that_is_broken_is_in_the_document_and_the_first_of_it_on_the_screen(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number:02}.json").write_text("{")
    write_file(tmp_path, record(0), name="z.json")
    result = backtest(tmp_path)
    assert len(json.loads(result.stdout)["not_counted"]) == 25
    lines = result.stderr.strip().splitlines()
    assert (len(lines), lines[-1]) == (21, "... and 5 more, which --json lists")


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


def test_a_part_of_the_texts_ends_at_its_size() -> None:
    texts = [Text("a", number, b"x" * 300) for number in range(10)]
    parts = list(divide(texts, 3 * (300 + 500)))  # 500 for what Python needs beside
    assert [len(part) for part in parts] == [3, 3, 3, 1]
    assert [text for part in parts for text in part] == texts
    assert list(divide([], 1)) == []


def test_texts_that_are_taken_in_parts_are_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        write_file(tmp_path, *(record(minute) for minute in range(5)), name=f"{name}.json")
    (tmp_path / "d.json").write_text("{")
    whole = invoke("--control", DENIED, "--json", tmp_path).stdout
    monkeypatch.setattr("cis_insights.backtest.in_duckdb.TAKEN", 1)
    assert invoke("--control", DENIED, "--json", tmp_path).stdout == whole
    assert (json.loads(whole)["records"], json.loads(whole)["broken"]) == (15, 1)


def test_a_file_on_disk_needs_no_boto3(tmp_path: Path) -> None:
    write_file(tmp_path, record(0))
    hide = "import contextlib, sys; sys.modules |= dict.fromkeys(('boto3', 'botocore'))"
    load = f"from cli.main import main; options = ['backtest', '--control', '{DENIED}', '--json']"
    runs = "with contextlib.suppress(SystemExit): main([*options, sys.argv[1]])\nmain([*options, 's3://b/'])"
    command = [sys.executable, "-c", f"{hide}\n{load}\n{runs}", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    assert (done.returncode, json.loads(done.stdout)["records"]) == (1, 1), done.stderr
    assert done.stderr.lstrip("\n").startswith("error: there is no module boto3\n    hint: pip install")
