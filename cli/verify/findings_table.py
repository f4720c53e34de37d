"""Findings of the evidence, the worst first, each with what shows it and what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from cis_insights.verification.findings import LEVELS

from .document import Document
from .page import block_json, format_time, table, text


def write_findings(findings: Sequence[Document]) -> str:
    """A table; empty without any."""
    ordered = sorted(findings, key=lambda one: LEVELS.index(one["level"]))
    rows = [(_mark(one["level"]), _describe(one), text(one.get("hint", ""))) for one in ordered]
    return table("The worst first", ("Level", "Finding", "To mend it"), rows)


def _mark(level: str) -> str:
    return f'<span class="{text(level)}">{text(level)}</span>'


def _describe(one: Document) -> str:
    source = one.get("source")
    place = text(f"{source['path']}:{source['line']}: ") if source else ""
    since = f"<br>since {text(format_time(one['since']))}" if one.get("since") else ""
    return f"{place}{text(one['text'])}{since}{block_json(one.get('event'))}"
