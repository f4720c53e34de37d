"""Whatever slips in the prover, the second engine notices on a sample of pairs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cis_insights import NotCompilable, matcher, parse_pattern, parse_query, prove
from tools.smt import decide as smt
from tools.smt.pairs import pair

from . import prover_slips

SAMPLE = 300


@pytest.fixture(scope="module")
def answers() -> list[tuple[str, tuple[str, ...], smt.Answer]]:
    """Pairs and what the solver says of them, whatever the prover does."""
    pairs = map(pair, range(SAMPLE))
    return [
        (
            one.query.text,
            tuple(pattern.text for pattern in one.patterns),
            smt.decide(one.query.condition, [pattern.condition for pattern in one.patterns]),
        )
        for one in pairs
    ]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    matcher._compile_leaf.cache_clear()


def disagreement(answers: list[tuple[str, tuple[str, ...], smt.Answer]]) -> str | None:
    """The first pair of which prover and solver say different things."""
    for query, patterns, answer in answers:
        try:
            proven = str(prove(parse_query(query), list(map(parse_pattern, patterns)))) == "equivalent"
        except NotCompilable:
            continue
        if not isinstance(answer, smt.NotSaid) and proven != isinstance(answer, smt.Impossible):
            return query
    return None


def test_without_a_slip_they_agree(answers: list[tuple[str, tuple[str, ...], smt.Answer]]) -> None:
    assert disagreement(answers) is None


@pytest.mark.parametrize("slip", prover_slips.SLIPS, ids=lambda slip: slip.__name__)
def test_a_slip_in_the_prover_is_noticed(
    slip: prover_slips.Slip,
    answers: list[tuple[str, tuple[str, ...], smt.Answer]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    matcher._compile_leaf.cache_clear()
    slip(monkeypatch)
    assert disagreement(answers) is not None
