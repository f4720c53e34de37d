"""Whatever slips in the prover, the second engine notices on a sample of pairs."""

from __future__ import annotations

import pytest

from cis_insights import NotCompilable, parse_pattern, parse_query, prove
from dev.smt import decide as smt
from dev.smt.pairs import draw_pair, read_pair

from ..support import automaton_slips, prover_slips

ALL = [*prover_slips.SLIPS, *automaton_slips.SLIPS]
SAMPLE = 400
# Beside those that are drawn, for slips that few pairs show.
EDGES = (
    ('a = "q"', r'{ ($.a = "q") || ($.a = %^a\{,b$%) }'),
    ("a >= 9007199254740992", "{ $.a = 9007199254740992 }"),
    (r"a like /^\s$/", r"{ $.a = %^\s$% }"),
)

Answers = list[tuple[str, tuple[str, ...], smt.Answer]]


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Pairs and what the solver says of them, whatever the prover does."""
    edges = [
        read_pair(parse_query(f"filter {condition}").condition, (pattern,)) for condition, pattern in EDGES
    ]
    return [
        (
            one.query.text,
            tuple(pattern.text for pattern in one.patterns),
            smt.decide(one.query.condition, [pattern.condition for pattern in one.patterns]),
        )
        for one in [*edges, *map(draw_pair, range(SAMPLE))]
    ]


def disagreement(answers: Answers) -> str | None:
    """The first pair of which prover and solver say different things."""
    for query, patterns, answer in answers:
        try:
            proven = str(prove(parse_query(query), list(map(parse_pattern, patterns)))) == "equivalent"
        except NotCompilable:
            continue
        if not isinstance(answer, smt.Unknown) and proven != isinstance(answer, smt.Unsatisfiable):
            return query
    return None


def test_without_a_slip_they_agree(answers: Answers) -> None:
    assert disagreement(answers) is None


@pytest.mark.parametrize("slip", ALL, ids=lambda slip: slip.__name__)
def test_a_slip_in_the_prover_is_noticed(
    slip: prover_slips.Slip,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slip(monkeypatch)
    assert disagreement(answers) is not None
