"""Saved queries with parameters: each default must leave a query that can be read."""

from __future__ import annotations

import pytest

from cis_insights import QueryError, QueryParameter, load_catalogue, parse_query
from cis_insights.catalogue.parameters import default_faults

ROWS = "filter ispresent(errorCode) | limit {{ rows }}"
TEXT = 'filter userIdentity.userName = "{{rows}}"'


def found(query: str, default: str) -> list[tuple[str, str]]:
    """The messages, and the places that are marked."""
    text = f"# parameter: rows = {default} | how many\n{query}"
    faults = default_faults(parse_query(text), [QueryParameter("rows", default, "how many")])
    return [(fault.message, text[fault.span.start : fault.span.end]) for fault in faults]


@pytest.mark.parametrize(
    ("query", "default"),
    [(ROWS, "5"), (ROWS, "100000"), (TEXT, "a'b"), (TEXT, ""), (TEXT, r"a\\1"), (TEXT, "ten")],
)
def test_a_default_that_fits_is_taken(query: str, default: str) -> None:
    assert found(query, default) == []


@pytest.mark.parametrize(
    ("query", "default", "reason"),
    [
        (ROWS, "ten", "expected a number of rows, found 'ten'"),
        (ROWS, "0", "a number of rows from 1 to 100,000"),
        (ROWS, "100001", "a number of rows from 1 to 100,000"),
        (TEXT, 'a"b', "expected '|' and another stage, or the end of the query, found 'b'"),
    ],
)
def test_a_default_that_does_not_fit_is_marked_where_it_is_declared(
    query: str, default: str, reason: str
) -> None:
    message = f"with the default of `rows` this query cannot be read: {reason}"
    assert found(query, default) == [(message, default)]


def test_a_missing_default_is_marked_where_it_would_stand() -> None:
    assert found(ROWS, "") == [
        (
            "with the default of `rows` this query cannot be read:"
            " expected a number of rows, found the end of the query",
            "rows =",
        )
    ]


def test_a_catalogue_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("queries")
    (folder / "investigate").mkdir()
    head = "# title: T\n# why: W.\n# parameter: rows = {} | how many\n"
    (folder / "investigate/q.cwli").write_text(head.format("5") + ROWS)
    assert load_catalogue(folder)["q"].parameters[0].default == "5"
    (folder / "investigate/q.cwli").write_text(head.format("ten") + ROWS)
    with pytest.raises(QueryError, match="with the default of `rows` this query cannot be read"):
        load_catalogue(folder)
