"""Findings for other tools: workflow commands of GitHub, and SARIF.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from cis_insights.errors import printable
from cis_insights.verification.findings import Finding
from cis_insights.verification.verifier import Verification

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# What belongs to no control.
_SET_UP = "set-up"


class Annotated(NamedTuple):
    """A finding that is not well, and the rule that it breaks: the control's id."""

    rule: str
    title: str
    finding: Finding

    @property
    def message(self) -> str:
        """All that there is to say, on lines of their own."""
        one = self.finding
        event = f"event: {json.dumps(one.event)}" if one.event is not None else ""
        since = f"since: {one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
        hint = f"hint: {one.hint}" if one.hint else ""
        return "\n".join(printable(line) for line in (one.text, event, since, hint) if line)


def list_annotated(found: Verification) -> Iterator[Annotated]:
    """Every warning and error, in the order of the screen."""
    for trail in found.trails:
        yield from (Annotated(_SET_UP, trail.trail.name, one) for one in trail.findings if one.level != "ok")
    for verdict in found.controls:
        title = f"{verdict.section} {verdict.control.title}".strip()
        yield from (
            Annotated(verdict.control.id, title, one) for one in verdict.findings if one.level != "ok"
        )
    yield from (Annotated(_SET_UP, "Set-up", one) for one in found.others if one.level != "ok")


def write_github(found: Verification) -> str:
    """A workflow command for each; without a place where nothing is written."""
    return "\n".join(map(_write_command, list_annotated(found)))


def _write_command(one: Annotated) -> str:
    source = one.finding.source
    place = {"file": source.path, "line": str(source.line)} if source else {}
    properties = ",".join(
        f"{key}={_escape_property(value)}" for key, value in {**place, "title": one.title}.items()
    )
    return f"::{one.finding.level} {properties}::{_escape(one.message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(printable(text)).replace(":", "%3A").replace(",", "%2C")


def write_sarif(found: Verification) -> str:
    """One run of SARIF 2.1.0."""
    results = list(list_annotated(found))
    titles = {one.rule: one.title if one.rule != _SET_UP else "Set-up" for one in results}
    rules = [{"id": rule, "shortDescription": {"text": printable(title)}} for rule, title in titles.items()]
    driver = {"name": "cis-insights", "version": find_version(), "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_describe_result(one) for one in results]}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _describe_result(one: Annotated) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": one.rule,
        "level": one.finding.level,
        "message": {"text": one.message},
    }
    if source := one.finding.source:
        place = {"artifactLocation": {"uri": source.path}, "region": {"startLine": source.line}}
        found["locations"] = [{"physicalLocation": place}]
    return found


def find_version() -> str:
    """The version of this package."""
    try:
        return version("cis-insights")
    except PackageNotFoundError:
        return "0"
