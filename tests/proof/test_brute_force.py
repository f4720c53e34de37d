"""The prover against brute force: every event of a few values, every reading."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights import (
    ALL_READINGS,
    Counterexample,
    parse_pattern,
    parse_query,
    prove,
)

_VALUES = ["x", "y", "xy", "", 1, 0, 5, True, False, None]
_QUERY_LEAVES = [
    'a = "x"',
    'a in ["x", "y"]',
    "a like /^x/",
    "ispresent(a)",
    "b = 1",
    "b < 5",
    'b in [5, "x"]',
]
_PATTERN_LEAVES = [
    '$.a = "x"',
    '$.a = "x*"',
    '$.a != "y"',
    "$.a NOT EXISTS",
    '$.b = "*"',
    "$.b = 1",
    "$.b >= 5",
]


def _trees(leaves: list[str], joiners: tuple[str, str]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(leaves),
        lambda tree: st.builds("({}) {} ({})".format, tree, st.sampled_from(joiners), tree),
        max_leaves=6,
    )


def _events() -> list[dict[str, object]]:
    options: list[object] = [..., *_VALUES]
    pairs = product(options, options)
    return [
        {name: value for name, value in zip("ab", pair, strict=True) if value is not ...} for pair in pairs
    ]


@settings(max_examples=150, deadline=None)
@given(_trees(_QUERY_LEAVES, ("and", "or")), _trees(_PATTERN_LEAVES, ("&&", "||")))
def test_the_prover_agrees_with_brute_force(condition: str, pattern: str) -> None:
    query, parsed = parse_query(f"filter {condition}"), parse_pattern(f"{{ {pattern} }}")
    differs = any(
        query.matches(event, reading) != parsed.matches(event, reading)
        for event in _events()
        for reading in ALL_READINGS
    )
    answer = prove(query, [parsed])
    if differs:
        assert isinstance(answer, Counterexample)
    if isinstance(answer, Counterexample):
        assert query.matches(answer.event, answer.reading) != parsed.matches(answer.event, answer.reading)
