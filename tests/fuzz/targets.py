"""One entry point for each kind of input that somebody else writes.

A target takes bytes and returns; whatever else it does is a fault: an exception that is none of the
documented ones, an engine that disagrees with another, a screen that a terminal would obey.
"""

from __future__ import annotations

import atexit
import gzip
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from cis_insights import (
    ALL_READINGS,
    Equivalent,
    Fault,
    Query,
    QueryError,
    parse_pattern,
    parse_query,
    prove,
)
from cis_insights.backtest.in_duckdb import Backtest, Text
from cis_insights.catalogue.control_file import Place, read_control_file
from cis_insights.catalogue.lint import query_faults
from cis_insights.compiler import compile_query
from cis_insights.events import read_event
from cis_insights.events.field_paths import lookup
from cis_insights.filter_patterns.pattern import print_pattern
from cis_insights.logs_insights.explain import explain
from cis_insights.logs_insights.normal_form import fields_of
from cis_insights.logs_insights.parser import parse_filter
from cis_insights.logs_insights.printer import print_query
from cis_insights.sql import LogEvent, run_query, to_sql
from cis_insights.verification.verifier import Verification, verify
from cli.backtest.documents import SUFFIXES, read_documents
from cli.backtest.source import Source
from cli.test.event_files import read_record
from cli.verify.document import Evidence, build_document
from cli.verify.drill_file import NoDrill, parse_drill
from cli.verify.evidence import write_evidence
from cli.verify.files import read_text
from cli.verify.screen import draw_screen
from cli.verify.unreadable import Unreadable
from stacks.plan import plan
from stacks.settings import PREFIX, SettingsError, read_query_folders, read_settings

from ..support import set_ups
from ..support.synth import BASE, built_in

Target = Callable[[bytes], None]

MAX_SCREEN = 200_000  # characters that anything may say about one input
EVENTS: tuple[dict[str, Any], ...] = (
    {},
    {"eventName": "CreateVpc", "a": "x", "userIdentity": {"type": "Root", "arn": None}},
    {"a": 10**400, "b": [{"c": [True, None, 1e308]}], "errorCode": "\ud800\x00"},
)


@contextmanager
def saying(*errors: type[QueryError | SettingsError]) -> Iterator[None]:
    """What may be raised, and how it must look."""
    try:
        yield
    except errors as error:
        screen = str(error)
        assert error.faults, "an error without a fault"
        assert len(screen) <= MAX_SCREEN, len(screen)
        assert all(line.isprintable() for line in screen.split("\n")), screen


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _is_flat(found: Query, event: Mapping[str, object]) -> bool:
    """Whether every field that is asked for is a scalar: presence of maps is another question."""
    values = (lookup(event, tuple(field.name.split(".")))[1] for field in fields_of(found.condition))
    return not any(isinstance(value, dict | list) for value in values)


def query(data: bytes) -> None:
    """A query, and a condition alone."""
    for read in (parse_query, parse_filter):
        with saying(QueryError):
            _used(read(_text(data)))


def _used(found: Query) -> None:
    """Everything that is made of a query."""
    query_faults(found)
    with saying(QueryError):
        to_sql(found)
    with saying(QueryError):
        assert parse_query(print_query(found)) == found
    with saying(QueryError):
        for event in EVENTS:
            for reading in ALL_READINGS:
                found.matches(event, reading)
    with saying(QueryError):
        patterns = [parse_pattern(text) for text in compile_query(found)]
        answer = prove(found, patterns)
        assert isinstance(answer, Equivalent) or answer.count != answer.query_matches


def pattern(data: bytes) -> None:
    """A metric filter pattern."""
    with saying(QueryError):
        found = parse_pattern(_text(data))
        printed = print_pattern(found.condition)
        if len(printed) <= 1_024:
            assert parse_pattern(printed).condition == found.condition
        for event in EVENTS:
            for reading in ALL_READINGS:
                found.matches(event, reading)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """One for all inputs: it goes when this process ends."""
    return tempfile.TemporaryDirectory(prefix="fuzz-")


def control(data: bytes) -> None:
    """A control file, as one with an alarm and as an investigation."""
    for group in ("own", "investigate"):
        found = read_control_file(data, Place("some-control.cwli", "some-control", None, group))
        with saying(QueryError):
            if any(fault.severity == "error" for fault in found.faults):
                raise QueryError(found.faults)
            assert found.control is not None


def settings(data: bytes) -> None:
    """Context: a JSON object, or `key=value` on lines."""
    context = {PREFIX + key: value for key, value in {**BASE, **_pairs(data)}.items()}
    with saying(QueryError, SettingsError):
        read_query_folders(context)
        plan(built_in(), read_settings(context, built_in()))


def _pairs(data: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    return {key: value for key, _, value in (line.partition("=") for line in _text(data).split("\n"))}


@cache
def _backtest() -> Backtest:
    return Backtest(
        {name: built_in()[name].query for name in ("unauthorized-api-calls", "root-account-usage")}
    )


atexit.register(_backtest.cache_clear)  # DuckDB complains of what is left


def cloudtrail(data: bytes) -> None:
    """A file as CloudTrail delivers it: the first byte chooses its name, and whether it is packed."""
    choice, content = (data[0], data[1:]) if data else (0, data)
    name = f"a{SUFFIXES[choice % len(SUFFIXES)]}"
    path = Path(_folder().name) / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") and choice < 128 else content)
    pieces = list(read_documents(Source(name, len(data), path)))
    run = _backtest()
    run.broken.clear()
    run.add([one for one in pieces if isinstance(one, Text)])
    run.database.execute("DELETE FROM hit")


@cache
def _some_queries() -> list[Query]:
    return [control.query for control in built_in().values() if control.is_alarm][::5]


def event(data: bytes) -> None:
    """A recorded event of a control: why each control finds it or does not."""
    found = read_record(data, "event.json")
    why = [found] if isinstance(found, Fault) else _explained_by_all(found)
    with saying(QueryError):
        raise QueryError(why)


def _explained_by_all(record: dict[str, object]) -> list[Fault]:
    return [fault for query in _some_queries() for fault in explain(query, record)]


def agreement(data: bytes) -> None:
    """A condition and an event, with a NUL between: all engines answer the same, or refuse it."""
    condition, _, message = _text(data).partition("\0")
    event = read_event(message)
    if event is not None:
        with saying(QueryError):
            found = parse_filter(condition)
            if not any(field.name.startswith("@") for field in fields_of(found)):
                _agreed(found, condition, message, event)


def _agreed(found: Query, condition: str, message: str, event: dict[str, Any]) -> None:
    wanted = found.matches(event)
    if _is_flat(found, event):
        with saying(QueryError):
            assert sum(parse_pattern(text).matches(event) for text in compile_query(found)) == wanted, (
                "pattern"
            )
    if len(message) % 2:
        assert len(run_query(f"filter {condition}", [LogEvent(0, message)])) == wanted, "SQL"
        return
    record = json.dumps({**event, "eventTime": "2026-11-01T12:00:00Z"})
    run = Backtest({"one": found})
    run.add([Text("a", 0, record.encode())])
    assert not run.broken, run.broken
    assert run.events("one") == found.matches(json.loads(record)), "back-test"


def template(data: bytes) -> None:
    """A template or a plan: whatever it holds is judged, or refused with its line."""
    try:
        setup = read_text(_text(data), "x.yaml", {})
    except Unreadable as error:
        assert str(error).isprintable() and len(str(error)) <= MAX_SCREEN, error
        return
    screen = draw_screen(verify(setup, set_ups.catalogue(), set_ups.VERSION, None))
    assert all(line.isprintable() for line in re.sub(r"\x1b\[\d+m", "", screen).split("\n"))


def drill(data: bytes) -> None:
    """A drill that evidence cites: whatever it holds is shown as text, or refused in a line."""
    place, now = set_ups.sound().place, set_ups.NOW
    assert place
    try:
        found = parse_drill(data, [place], now)
    except NoDrill as error:
        assert str(error).isprintable() and len(str(error)) <= MAX_SCREEN, error
        return
    page = write_evidence(build_document(Evidence(found=_verify_little(), now=now, drill=found)))
    assert len(re.findall("<(?:script|img|svg)", page)) == 0


@cache
def _verify_little() -> Verification:
    return verify(set_ups.sound(), set_ups.catalogue(), set_ups.VERSION, set_ups.NOW, ["vpc-changes"])


TARGETS: dict[str, Target] = {
    one.__name__: one
    for one in (query, pattern, control, settings, cloudtrail, event, agreement, template, drill)
}
