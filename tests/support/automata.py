"""Regular expressions to try, and any automaton over texts, run on one text."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

from cis_insights.regex.automaton import Automaton, anywhere
from cis_insights.regex.text_classes import TextAutomaton
from cis_insights.regex.tree import parse_regex

ATOMS = r"a b [ab] [^a] . \d \w \s \. (?:a|b) (ab|b) a{2} b{1,2} \x41".split()
SHORT_TEXTS = ["".join(letters) for length in range(5) for letters in product("ab", repeat=length)]
SHORT_TEXTS += ["a{,2}", "b{x}", "a{2", "ab{,2}b"]


def accepts(automaton: TextAutomaton, text: str) -> bool:
    """Whether an automaton accepts a whole text."""
    state = automaton.start
    for char in text:
        state = automaton.step(state, char)
    return automaton.accepts(state, empty=not text)


def expressions() -> st.SearchStrategy[str]:
    """Regular expressions of what queries and Python understand alike."""
    repeated = st.builds("{}{}".format, st.sampled_from(ATOMS[:11]), st.sampled_from(["", "", "*", "+", "?"]))
    atom = st.one_of(st.sampled_from(ATOMS), repeated)
    sequence = st.lists(atom, max_size=4).map("".join)
    anchored = st.builds("{}{}{}".format, st.sampled_from(["", "^"]), sequence, st.sampled_from(["", "$"]))
    return st.lists(anchored, min_size=1, max_size=3).map("|".join)


def compile_expression(source: str) -> Automaton:
    """Finds an expression anywhere in a text."""
    return Automaton(anywhere(parse_regex(source)))
