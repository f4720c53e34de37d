"""Any automaton over texts, run on one text."""

from __future__ import annotations

from cis_insights.regex.text_classes import TextAutomaton


def accepts(automaton: TextAutomaton, text: str) -> bool:
    """Whether an automaton accepts a whole text."""
    state = automaton.start
    for char in text:
        state = automaton.step(state, char)
    return automaton.accepts(state, empty=not text)
