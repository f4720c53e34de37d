"""Globs of metric filter patterns as automata.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events
"""

from __future__ import annotations

import re
from collections.abc import Hashable


class Glob:
    """Decides whether a glob matches a whole text: a bit-parallel NFA (Shift-And).

    A state is a number; its bit `n` is set where the text so far can end before the glob's
    character `n`.
    """

    def __init__(self, text: str) -> None:
        self.text = re.sub(r"\*+", "*", text)
        self.names = frozenset(self.text) - {"*"}
        self._stars = self._places("*")
        self._places_of = {char: self._places(char) for char in self.names}
        self.start = self._reach(1)

    def step(self, state: int, char: str) -> int:
        """The state after one more character; 0 is the dead state."""
        literal = state & self._places_of.get(char, 0)
        return self._reach(literal << 1 | state & self._stars)

    def accepts(self, state: int, *, empty: bool = False) -> bool:
        """Whether the text may end here; `empty` makes no difference to a glob."""
        return state >> len(self.text) & 1 == 1

    def signature(self, char: str) -> Hashable:
        """Equal for characters that lead from every state to the same one."""
        return char if char in self.names else None

    def size(self, state: int) -> int:
        """Number of places in a state."""
        return state.bit_count()

    def _places(self, char: str) -> int:
        return sum(1 << place for place, own in enumerate(self.text) if own == char)

    def _reach(self, state: int) -> int:
        """Adds the places after each `*`, which may match the empty text."""
        return state | (state & self._stars) << 1
