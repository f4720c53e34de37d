"""The fuzzer's targets, for a moment and without a fuzzer: the same inputs in every run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cis_insights import Fault, QueryError, Span

from . import targets
from .mutation import mutants
from .seeds import seeds, words
from .targets import TARGETS

# Seeds and changed seeds; the slow ones ask DuckDB.
COUNTS = {
    "query": 80,
    "pattern": 400,
    "control": 30,
    "settings": 150,
    "cloudtrail": 20,
    "event": 60,
    "agreement": 20,
    "template": 15,
    "drill": 100,
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_what_is_made_of_them(name: str) -> None:
    found, count = seeds(name), COUNTS[name]
    for data in [*found[:: max(1, len(found) // count)], *mutants(found, words(name), count)]:
        TARGETS[name](data)


def test_inputs_are_the_same_in_every_run() -> None:
    found = [list(mutants(seeds("query"), words("query"), 50)) for _ in range(2)]
    assert found[0] == found[1]
    assert len(set(found[0])) > 45


def test_every_target_has_seeds_words_and_a_place_in_the_makefile() -> None:
    (line,) = [line for line in Path("Makefile").read_text().splitlines() if line.startswith("FUZZ ?= ")]
    assert line.split()[2:] == list(TARGETS) == list(COUNTS)
    assert all(seeds(name) and len(words(name)) > 10 for name in TARGETS)


# --- they can fail ----------------------------------------------------------------------


def test_an_error_that_is_not_documented_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("a")

    for name, data, broken_part in (
        ("query", b"fields a", "to_sql"),
        ("pattern", b"{ $.a = 1 }", "print_pattern"),
        ("control", b"", "read_control_file"),
        ("settings", b"prefix=a", "plan"),
        ("cloudtrail", b"\x01{}", "read_documents"),
        ("event", b"{}", "explain"),
        ("agreement", b"a = 1\x00{}", "run_query"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(targets, broken_part, broken)
            with pytest.raises(KeyError):
                TARGETS[name](data + b" " * (name == "agreement"))
        TARGETS[name](data + b" " * (name == "agreement"))


def test_a_screen_that_a_terminal_would_obey_is_a_failure() -> None:
    class Raw(Fault):
        def __str__(self) -> str:
            return self.message

    with pytest.raises(AssertionError), targets.saying(QueryError):
        raise QueryError(Raw("\x1b[31m", Span(0, 0), ""))
    with targets.saying(QueryError):
        raise QueryError(Fault("\x1b[31m", Span(0, 0), ""))


@pytest.mark.parametrize(("engine", "message"), [("run_query", '{"a":1}'), ("Backtest", '{"a": 1}')])
def test_engines_that_disagree_are_a_failure(
    engine: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("a = 1\0" + message).encode()
    TARGETS["agreement"](asked)
    other = getattr(targets, engine)
    wrong = {
        "run_query": lambda text, log: other(text.replace("a = 1", "a = 2"), log),
        "Backtest": lambda queries: other(dict.fromkeys(queries, targets.parse_filter("a = 2"))),
    }
    monkeypatch.setattr(targets, engine, wrong[engine])
    assert json.loads(message) == {"a": 1}
    with pytest.raises(AssertionError):
        TARGETS["agreement"](asked)
