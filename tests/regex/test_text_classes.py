"""Every way that short texts come out under generated predicates has a representative."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights.filter_patterns.globs import Glob
from cis_insights.regex.text_classes import TooComplex, find_representatives

from ..support.automata import accepts, compile_expression, expressions


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text("ab", max_size=3), max_size=3, unique=True),
    st.lists(st.sampled_from(["a*", "*b", "*ab*", "a*b", "b"]), max_size=2),
    st.lists(expressions(), max_size=2),
)
def test_every_way_that_texts_come_out_has_a_witness(
    constants: list[str], globs: list[str], regexes: list[str]
) -> None:
    automata = [*map(Glob, globs), *map(compile_expression, regexes)]
    try:
        found = find_representatives(constants, automata)
    except TooComplex:
        return

    def outcome(text: str) -> tuple[object, ...]:
        return (text if text in constants else None, *(accepts(one, text) for one in automata))

    classes = {outcome(text) for text in found}
    for length in range(5):
        for letters in product("ab1 ", repeat=length):
            assert outcome("".join(letters)) in classes
