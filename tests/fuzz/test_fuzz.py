"""Whatever a file holds, a person gets faults with a place, and nothing else comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights import QueryError, load_catalogue, parse_query
from cis_insights.logs_insights.parser import parse_filter

from .seeds import words

WORDS = [word.decode() for word in words("query")]
TEXTS = [path.read_text() for path in sorted(Path("queries").rglob("*.cwli"))]


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A file of the catalogue with some pieces cut out and others put in."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:at] + draw(st.sampled_from(["", *WORDS])) + text[at + cut :]
    return text


def _read(text: str) -> None:
    try:
        query = parse_query(text)
        query.matches({"a": "x", "eventName": "CreateVpc"})
    except QueryError as error:
        assert all(fault.line >= 1 and fault.column >= 1 for fault in error.faults)
        assert "\x00" not in str(error)
        assert "\u202e" not in str(error)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=20).map("".join))
def test_any_sequence_of_words_is_a_query_or_faults(text: str) -> None:
    _read(text)
    try:
        parse_filter(text)
    except QueryError as error:
        assert error.faults


@settings(max_examples=200, deadline=None)
@given(spoilt())
def test_a_spoilt_file_is_a_query_or_faults(text: str) -> None:
    _read(text)


@settings(max_examples=60, deadline=None)
@given(text=spoilt(), group=st.sampled_from(["cis", "investigate"]))
def test_a_spoilt_file_is_a_control_or_faults(
    tmp_path_factory: pytest.TempPathFactory, text: str, group: str
) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / group).mkdir()
    (folder / group / "some-control.cwli").write_text(text, encoding="utf-8", newline="")
    try:
        assert list(load_catalogue(folder)) == ["some-control"]
    except QueryError as error:
        assert all(fault.path.endswith(f"{group}/some-control.cwli") for fault in error.faults)


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "limit 5", "fields a", "sort a", "filter ispresent(a, b)", "# only a comment\n"]
)
def test_a_query_without_a_filter_matches_everything_or_is_refused(text: str) -> None:
    try:
        assert parse_query(text).matches({})
    except QueryError as error:
        assert error.faults


@pytest.mark.parametrize(
    "text",
    ["(" * 500, "not " * 500 + "a", "filter " + "(" * 5000 + "a", "a" * 20_000, "filter a = " + "-" * 9000],
)
def test_depth_and_length_end_in_a_fault_not_in_a_crash(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(f"filter {text}")
