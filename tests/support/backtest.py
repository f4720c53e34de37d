"""Records, files and runs of back-tests."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner, Result

from cis_insights import load_catalogue
from cli.main import main

DENIED = "unauthorized-api-calls"


def record(minute: int, *, user: str = "alice", **more: object) -> dict[str, Any]:
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


def write_file(folder: Path, *records: object, name: str = "a.json.gz") -> Path:
    """Records as CloudTrail delivers them."""
    path = folder / name
    content = json.dumps({"Records": list(records)}).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


_catalogue = cache(load_catalogue)  # proving it takes longer than counting some records


def invoke(*arguments: object, **options: Any) -> Result:
    """The command, with controls that are read and proven once in a process."""
    with patch("cli.loading.load_catalogue", _catalogue):
        return CliRunner().invoke(main, ["backtest", *map(str, arguments)], **options)


def backtest(*arguments: object) -> Result:
    """The command with a JSON document, of one control unless others are named."""
    chosen = () if "--control" in arguments else ("--control", DENIED)
    return invoke("--json", *chosen, *arguments)


def control(result: Result, name: str = DENIED) -> dict[str, Any]:
    """What a document says of one control."""
    found: dict[str, Any] = json.loads(result.stdout)
    return next(one for one in found["controls"] if one["control"] == name)
