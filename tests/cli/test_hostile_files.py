"""Whatever lies where CloudTrail's files should be: it is named, and what is beside it is counted."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import Result

from cli.backtest import s3 as objects

from ..support.backtest import invoke

DENIED = "unauthorized-api-calls"
RECORD = {"eventTime": "2026-11-01T12:00:00Z", "eventName": "RunInstances", "errorCode": "AccessDenied"}
SANE = json.dumps({"Records": [RECORD]}).encode()


def _run(*arguments: object) -> Result:
    """The command's screen; whatever is in the files, it ends by itself."""
    result = invoke("--control", DENIED, *arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _counted(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _events(result: Result, control: str = DENIED) -> int:
    (events,) = (one["events"] for one in _counted(result)["controls"] if one["control"] == control)
    return int(events)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one sane file, whose one event is denied."""
    (tmp_path / "sane.json.gz").write_bytes(gzip.compress(SANE))
    return tmp_path


# --- what is no file --------------------------------------------------------------------


def test_a_sane_folder_has_its_event_and_nothing_to_say(folder: Path) -> None:
    result = _run("--json", folder)
    assert (result.exit_code, result.stderr.strip(), _events(result)) == (0, "", 1)


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")
    result = _run("--json", folder)
    assert result.exit_code == 1
    assert f"{folder}/pipe.json: not counted: not a regular file" in result.stderr
    assert (_events(result), _counted(result)["broken"]) == (1, 1)


def test_links_to_folders_are_named_and_links_to_files_are_read(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "other.json").write_bytes(SANE)
    (folder / "folder").symlink_to(elsewhere)
    (folder / "circle").symlink_to(folder)
    (folder / "file.json").symlink_to(elsewhere / "other.json")
    result = _run("--json", folder)
    for name in ("circle", "folder"):
        assert f"{folder}/{name}: not counted: not a regular file; links to folders are" in result.stderr
    assert (_events(result), _counted(result)["broken"]) == (2, 2)


def test_what_is_gone_or_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "gone.json").symlink_to(folder / "nowhere")
    (folder / "loop.json").symlink_to(folder / "loop.json")
    (folder / "locked").mkdir()
    scandir = os.scandir

    def guarded(path: str) -> Any:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    result = _run("--json", folder)
    for name, reason in {
        "gone.json": "there is no such file or folder",
        "loop.json": "cannot be read: Too many levels of symbolic links",
        "locked": "cannot be read: Permission denied",
    }.items():
        assert f"{folder}/{name}: not counted: {reason}" in result.stderr
    assert (_events(result), _counted(result)["broken"]) == (1, 3)


@pytest.mark.parametrize("place", ["", "x" * 5_000, "/dev/null", "nowhere\x1b[31m"])
def test_a_place_that_is_none_is_named_and_the_others_are_read(folder: Path, place: str) -> None:
    result = _run("--json", place, folder)
    assert (result.exit_code, _events(result), _counted(result)["broken"]) == (1, 1, 1)
    assert "\x1b" not in result.stderr


def test_names_that_are_not_utf8_are_read_and_shown(folder: Path) -> None:
    (folder / os.fsdecode(b"a\xff\x1b[31m.json")).write_bytes(SANE)
    (folder / os.fsdecode(b"b\xff.json")).write_bytes(b"{")
    result = _run("--json", folder)
    assert f"{folder}/b\ufffd.json: not counted: no valid JSON" in result.stderr
    assert (_events(result), _counted(result)["broken"]) == (2, 1)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    result = _run("--json", tmp_path)
    assert f"{tmp_path}: not counted: there is no file here" in result.stderr
    assert (result.exit_code, _counted(result)["records"], _events(result)) == (1, 0, 0)


def test_digest_files_are_no_records(folder: Path) -> None:
    digest = folder / "CloudTrail-Digest"
    digest.mkdir()
    name = "111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20261101T120000Z.json.gz"
    (digest / name).write_bytes(gzip.compress(b'{"digestStartTime": "2026-11-01T12:00:00Z", "logFiles": []}'))
    result = _run("--json", folder)
    assert (result.exit_code, _events(result), _counted(result)["broken"]) == (0, 1, 0)
    asked_for = _run("--json", digest / name)
    assert (asked_for.exit_code, _counted(asked_for)["broken"]) == (1, 1)


def test_what_s3_refuses_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", "us-east-1", **keys)
    monkeypatch.setattr(objects, "_client", lambda: client)
    with Stubber(client) as s3:
        s3.add_response("list_objects_v2", {"Contents": [{"Key": "cold\x1b.json.gz", "Size": 1}]})
        s3.add_client_error("list_objects_v2", "NoSuchBucket", "The specified bucket does not exist")
        s3.add_client_error("get_object", "InvalidObjectState", "The object is archived")
        result = _run("--json", "s3://trail/", folder, "s3://nosuch/")
    assert "s3://trail/cold\ufffd.json.gz: not counted: cannot be read" in result.stderr
    assert "The object is archived" in result.stderr
    assert "s3://nosuch/: not counted: cannot be listed" in result.stderr
    assert (result.exit_code, _events(result), _counted(result)["broken"]) == (1, 1, 2)
