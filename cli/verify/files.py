"""Files of templates and plans, together as one set-up: a topic may be in another file than its alarms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cis_insights.verification.model import SetUp

from .plan_file import is_plan, read_plan
from .template_file import read_template
from .unreadable import Unreadable

# Ours; a template has at most 1 MB, a plan is larger.
MAX_BYTES = 64 * 1024 * 1024


def read_files(paths: Iterable[Path], parameters: Mapping[str, str]) -> SetUp:
    """What all files would deploy.

    Args:
        parameters: of templates, in place of their defaults.

    Raises:
        Unreadable: with file and line of the first that cannot be read.
    """
    parts = [read_text(_load(path), str(path), parameters) for path in paths]
    return SetUp(
        place=None,
        trails=tuple(one for part in parts for one in part.trails),
        filters=tuple(one for part in parts for one in part.filters),
        alarms=tuple(one for part in parts for one in part.alarms),
        topics={arn: one for part in parts for arn, one in part.topics.items()},
        log_groups=frozenset(one for part in parts for one in part.log_groups),
    )


def read_text(text: str, path: str, parameters: Mapping[str, str]) -> SetUp:
    """What one file would deploy: `terraform show -json`, else a template of CloudFormation.

    Raises:
        Unreadable: with the line.
    """
    document = _parse(text)
    if isinstance(document, Mapping) and is_plan(document):
        return read_plan(document, text, path)
    return read_template(text, path, parameters)


def _load(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable(str(path), 1, f"more than {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(str(path), 1, "this is not UTF-8") from None


def _parse(text: str) -> Any:
    """JSON, where it is such."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
