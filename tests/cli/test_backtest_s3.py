"""A bucket is read as a folder of the same files is."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cli.backtest.s3 import AHEAD, MAX_AHEAD, prefetch
from cli.backtest.source import Source
from local_cloud import LocalCloud

from ..support.backtest import backtest, record


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with LocalCloud() as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="trail")
        yield s3


def _put(s3: Any, key: str, *records: object) -> None:
    s3.put_object(Bucket="trail", Key=key, Body=gzip.compress(json.dumps({"Records": records}).encode()))


def test_a_bucket_is_read_as_the_folder_of_the_same_files_is(bucket: Any, tmp_path: Path) -> None:
    for number in range(1_100):  # more than one page of a listing
        _put(bucket, f"AWSLogs/1/CloudTrail/eu-west-1/2026/11/01/{number:05}.json.gz", record(number % 50))
    _put(bucket, "AWSLogs/2/CloudTrail/eu-west-1/2026/11/01/a.json.gz", record(1), record(2))
    (tmp_path / "all.jsonl").write_text("\n".join(json.dumps(record(number % 50)) for number in range(1_100)))
    there, here = backtest("s3://trail/AWSLogs/1/"), backtest(tmp_path)
    assert there.exit_code == 0, there.output
    assert json.loads(there.stdout) == json.loads(here.stdout)
    assert json.loads(backtest("s3://trail/").stdout)["records"] == 1_102


def test_objects_are_fetched_side_by_side_and_large_ones_when_it_is_their_turn() -> None:
    together, opened = threading.Barrier(AHEAD, timeout=30), list[str]()

    def small(name: str) -> io.BytesIO:
        together.wait()  # until as many ask at once
        return io.BytesIO(name.encode())

    def large() -> io.BytesIO:
        opened.append("large")
        return io.BytesIO(b"large")

    names = [f"{number:02}" for number in range(2 * AHEAD)]
    objects = [Source(name, 1, stored=partial(small, name)) for name in names]
    found = prefetch([Source("large", MAX_AHEAD + 1, stored=large), *objects])
    first = next(found)
    assert opened == []
    assert first.open().read() == b"large"
    assert [source.open().read().decode() for source in found] == names


def test_what_is_no_log_file_in_a_bucket_is_left_alone_and_what_is_broken_is_named(bucket: Any) -> None:
    _put(bucket, "AWSLogs/1/CloudTrail/a.json.gz", record(1))
    bucket.put_object(Bucket="trail", Key="AWSLogs/1/CloudTrail/notes.txt", Body=b"hello")
    bucket.put_object(Bucket="trail", Key="AWSLogs/1/CloudTrail/b.json.gz", Body=b"no gzip")
    result = backtest("s3://trail/AWSLogs/")
    assert json.loads(result.stdout)["records"] == 1
    assert "s3://trail/AWSLogs/1/CloudTrail/b.json.gz: not counted: cannot be read" in result.stderr
    assert "notes.txt: not counted: passed over: it is neither JSON" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("place", ["s3://nobody-has-this/AWSLogs/", "s3://trail/none/"])
def test_a_bucket_or_folder_that_is_not_there_is_named(bucket: Any, place: str) -> None:
    result = backtest(place)
    assert result.exit_code == 1 and place in result.stderr and "Traceback" not in result.output
