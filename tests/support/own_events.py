"""A folder `own` with controls and events of one's own, and `cis-insights test` on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cli.main import main

from .control_files import HEADER

QUERY = 'filter eventName = "CreateVpc"\n    and userAgent = "Curl"'
FITTING = QUERY.replace("Curl", "curl")
RECORD = {"eventSource": "ec2.amazonaws.com", "eventName": "CreateVpc", "userAgent": "curl"}


def put(name: str, content: object) -> None:
    """Writes a file below `own`: a text as it is, else as JSON; a control gets a header."""
    path = Path("own", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(HEADER + text if name.endswith(".cwli") else text, encoding="utf-8")


def run(*arguments: str) -> Result:
    """The command."""
    return CliRunner().invoke(main, ["test", *arguments])


def run_for_json(*arguments: str) -> dict[str, Any]:
    """What the command says to machines."""
    found: dict[str, Any] = json.loads(run("--json", *arguments).output)
    return found
