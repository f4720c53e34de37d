"""What each alarm would have done on recorded files; what cannot be read is named."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cis_insights import QueryError, load_catalogue, parse_query
from cis_insights.backtest.in_duckdb import Backtest, Text
from cli.backtest import sources
from cli.backtest.run import MAX_WORKERS, batch_pieces, count_batches
from cli.backtest.sources import AHEAD, BATCH, MAX_AHEAD, Source, prefetch
from cli.main import main
from local_cloud import LocalCloud

DENIED = "unauthorized-api-calls"


def _record(minute: int, *, user: str = "alice", **more: object) -> dict[str, Any]:
    """A denied call, some minutes after noon."""
    time = f"2026-11-01T{12 + minute // 60:02}:{minute % 60:02}:00Z"
    identity = {"type": "IAMUser", "userName": user, "arn": f"arn:aws:iam::111122223333:user/{user}"}
    return {
        "eventTime": time,
        "eventName": "RunInstances",
        "errorCode": "AccessDenied",
        "sourceIPAddress": "192.0.2.1",
        "userIdentity": identity,
        **more,
    }


def _file(folder: Path, *records: object, name: str = "a.json.gz") -> Path:
    path = folder / name
    content = json.dumps({"Records": list(records)}).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["backtest", "--json", *map(str, arguments)])


def _control(result: Result, control: str = DENIED) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return next(one for one in found["controls"] if one["control"] == control)


def test_events_periods_and_alarms_are_what_cloudwatch_would_have_done(tmp_path: Path) -> None:
    _file(tmp_path, *[_record(minute) for minute in (0, 1, 6, 30, 31, 32)])
    found = _control(_run(tmp_path))
    # 12:00 and 12:05 are one alarm, 12:30 is another.
    assert (found["events"], found["periods"], found["alarms"]) == (6, 3, 2)
    tried = _control(_run(tmp_path, "--threshold", f"{DENIED}=3"))
    assert (tried["events"], tried["periods"], tried["alarms"]) == (6, 1, 1)


def test_a_file_without_matching_events_fires_nothing(tmp_path: Path) -> None:
    _file(tmp_path, _record(0, errorCode="Throttling"))
    assert _control(_run(tmp_path))["events"] == 0


def test_who_is_behind_it_comes_first(tmp_path: Path) -> None:
    records = [_record(0, user="bob"), *[_record(minute) for minute in range(3)]]
    _file(tmp_path, *records)
    found = _control(_run(tmp_path))
    assert found["users"] == [["alice", 3], ["bob", 1]]
    assert found["addresses"] == [["192.0.2.1", 4]]
    assert found["errors"] == [["AccessDenied", 4]]


def test_the_exclusion_it_suggests_removes_what_it_says(tmp_path: Path) -> None:
    others = [
        _record(0, user=f"user-{number}", sourceIPAddress=f"192.0.2.{number + 2}") for number in range(5)
    ]
    _file(tmp_path, *[_record(minute) for minute in range(20)], *others)
    found = _control(_run(tmp_path))
    assert (found["exclusion"].partition("=")[0], found["removes"]) == (f"cis-insights:{DENIED}:exclude", 20)
    condition = found["exclusion"].partition("exclude=")[2]
    assert _control(_run(tmp_path, "--exclude", f"{DENIED}={condition}"))["events"] == 5


def test_a_few_events_suggest_nothing(tmp_path: Path) -> None:
    _file(tmp_path, _record(0), _record(1))
    assert _control(_run(tmp_path))["exclusion"] == ""


def test_only_events_of_the_time_count(tmp_path: Path) -> None:
    _file(tmp_path, *[_record(minute) for minute in (0, 10, 20)])
    result = _run(tmp_path, "--since", "2026-11-01T12:10", "--until", "2026-11-01T12:20")
    assert _control(result)["events"] == 1


def test_lines_and_records_of_every_form_are_read(tmp_path: Path) -> None:
    _file(tmp_path, _record(0), name="a.json")
    (tmp_path / "b.jsonl").write_text(
        f"{json.dumps(_record(1))}\n\n{json.dumps({'Records': [_record(2)]})}\n"
    )
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(json.dumps(_record(3)).encode()))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    _file(tmp_path / "deep" / "er", _record(4))
    (tmp_path / "notes.txt").write_text("not CloudTrail's")
    assert _control(_run(tmp_path))["events"] == 5


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
    _file(tmp_path, _record(0), name="good.json.gz")
    result = _run(tmp_path)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert _control(result)["events"] == 1
    assert name in result.stderr
    assert reason in result.stderr


def test_of_lines_that_are_cut_off_those_before_the_cut_are_counted_and_other_files_whole(
    tmp_path: Path,
) -> None:
    lines = "".join(f"{json.dumps(_record(minute % 600))}\n" for minute in range(3_000))
    packed = gzip.compress(lines.encode())
    (tmp_path / "b-cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    _file(tmp_path, _record(0), name="a-good.json.gz")
    _file(tmp_path, _record(0), _record(1), name="c-good.json.gz")
    result = _run(tmp_path)
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
    record = json.dumps(_record(0)).encode()
    content = begin + (record if name == "a.jsonl" else b'{"Records": [\r\n' + record + b"\r\n]}") + b"\r\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    result = _run(tmp_path)
    assert (result.exit_code, _control(result)["events"]) == (0, 1)


def test_the_limits_are_said_by_the_help() -> None:
    shown = " ".join(CliRunner().invoke(main, ["backtest", "--help"]).output.split())
    assert f"more than {sources.MAX_FILE // 2**20} MiB, unpacked" in shown
    assert f"line of more than {sources.MAX_LINE // 2**20} MiB" in shown


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILE", 1_000_000)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"[" * 5_000_000))
    result = _run(tmp_path)
    assert "unpacks to more than" in result.stderr
    assert result.exit_code == 1


def test_a_line_without_an_end_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_LINE", 10_000)
    line = json.dumps(_record(0))
    (tmp_path / "a.jsonl").write_text(f"{'x' * 50_000}\n{line}\n")
    result = _run(tmp_path)
    assert "a.jsonl:1: not counted: a line of more than" in result.stderr
    assert _control(result)["events"] == 1


@pytest.mark.parametrize("value", [1, True, None, [], {}, "x" * 1_000_000, "\x1b[31m", {"a": [1]}])
@pytest.mark.parametrize("field", ["eventName", "errorCode", "userIdentity", "sourceIPAddress"])
def test_a_wrong_type_in_any_field_is_counted_or_not_but_never_breaks(field: str, value: object) -> None:
    queries = {control.id: control.query for control in load_catalogue().values() if control.is_alarm}
    backtest = Backtest(queries)
    record = _record(0) | {field: value}
    backtest.add([Text("a", 0, json.dumps({"Records": [record]}).encode())])
    assert (backtest.records, backtest.broken) == (1, [])
    for control, query in queries.items():
        assert backtest.events(control) == query.matches(record), control


def test_a_condition_on_what_no_record_has_is_refused_and_the_others_are_counted(tmp_path: Path) -> None:
    query = parse_query('filter @message like "x"')
    with pytest.raises(QueryError) as caught:
        Backtest({"one": query})
    assert str(caught.value) == (
        "<query>:1:8: error: a record has no `@message`: this cannot be counted\n"
        '    filter @message like "x"\n'
        "           ~~~~~~~^\n"
        "    hint: compare fields of the record"
    )
    header = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "raw-text.cwli").write_text(f'{header}filter @message like "x"')
    result = _run(_file(tmp_path, _record(0)), "--queries", tmp_path / "own")
    assert result.stderr.splitlines()[0] == (
        "raw-text: not counted: a record has no `@message`: this cannot be counted"
    )
    assert (result.exit_code, _control(result)["events"]) == (0, 1)


def test_a_condition_that_duckdb_cannot_ask_is_refused_before_anything_is_read() -> None:
    with pytest.raises(QueryError, match=r"DuckDB refuses this: .*invalid perl operator"):
        Backtest({"one": parse_query("filter a like /(?<=x)y/")})
    assert Backtest({"one": parse_query("filter a like /xy/")}).records == 0


def test_nothing_a_record_says_reaches_a_terminal_or_a_spreadsheet_as_a_command(tmp_path: Path) -> None:
    _file(tmp_path, _record(0, user="=1+1\x1b[31m"))
    shown = CliRunner().invoke(main, ["backtest", str(tmp_path)]).output
    assert "\x1b[31m" not in shown
    listed = CliRunner().invoke(main, ["backtest", "--csv", str(tmp_path)]).output
    assert "'=1+1" in listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exclude", "nosuch=a = 1"], "no control is called 'nosuch'; see: cis-insights plan"),
        (["--exclude", "vpc-changes"], "'vpc-changes' is not CONTROL-ID=VALUE"),
        (
            ["--threshold", "unauthorized-api-cals=20"],
            "no control is called 'unauthorized-api-cals'; did you mean unauthorized-api-calls?",
        ),
        (["--csv"], "--json and --csv: print one of them"),
        (["--exclude", f"{DENIED}=userAgent != 'x'"], "AWS does not say whether this is true"),
        (["--threshold", f"{DENIED}=many"], "is not a number of events"),
        (["/nowhere"], "there is no such file or folder"),
    ],
)
def test_a_wrong_argument_is_said_plainly(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = _run(tmp_path, *arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


# --- places -----------------------------------------------------------------------------


def _said(*arguments: object) -> str:
    """What a run says of what it did not count; it counts the rest."""
    result = _run(*arguments)
    assert json.loads(result.stdout)["records"] == 1 and result.exit_code == 1, result.output
    return result.stderr


def test_links_pipes_and_what_may_not_be_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "real").mkdir(parents=True)
    _file(folder / "real", _record(1))
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "gone.json.gz").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.json")
    said = _said(folder)
    for name in ("loop", "pipe.json"):
        assert f"logs/{name}: not counted: not a regular file; links to folders are not followed" in said
    assert "gone.json.gz: not counted: there is no such file or folder" in said


def test_a_name_that_is_no_text_is_shown_and_read(tmp_path: Path) -> None:
    _file(tmp_path, _record(1))
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.json")).write_text("{}")
    said = _said(tmp_path)
    assert "\ufffd" in said and "\x1b" not in said


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    result = _run(tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path}: not counted: no file here ends in .json.gz, .json," in result.stderr


# --- S3 ---------------------------------------------------------------------------------


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
        _put(bucket, f"AWSLogs/1/CloudTrail/eu-west-1/2026/11/01/{number:05}.json.gz", _record(number % 50))
    _put(bucket, "AWSLogs/2/CloudTrail/eu-west-1/2026/11/01/a.json.gz", _record(1), _record(2))
    (tmp_path / "all.jsonl").write_text(
        "\n".join(json.dumps(_record(number % 50)) for number in range(1_100))
    )
    there, here = _run("s3://trail/AWSLogs/1/"), _run(tmp_path)
    assert there.exit_code == 0, there.output
    assert json.loads(there.stdout) == json.loads(here.stdout)
    assert json.loads(_run("s3://trail/").stdout)["records"] == 1_102


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
    _put(bucket, "AWSLogs/1/CloudTrail/a.json.gz", _record(1))
    bucket.put_object(Bucket="trail", Key="AWSLogs/1/CloudTrail/notes.txt", Body=b"hello")
    bucket.put_object(Bucket="trail", Key="AWSLogs/1/CloudTrail/b.json.gz", Body=b"no gzip")
    result = _run("s3://trail/AWSLogs/")
    assert json.loads(result.stdout)["records"] == 1
    assert "s3://trail/AWSLogs/1/CloudTrail/b.json.gz: not counted: cannot be read" in result.stderr
    assert "notes" not in result.stderr and result.exit_code == 1


@pytest.mark.parametrize("place", ["s3://nobody-has-this/AWSLogs/", "s3://trail/none/"])
def test_a_bucket_or_folder_that_is_not_there_is_named(bucket: Any, place: str) -> None:
    result = _run(place)
    assert result.exit_code == 1 and place in result.stderr and "Traceback" not in result.output


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
