"""Regular expressions and substrings of a query as finite automata, run in linear time.

A Thompson NFA, determinised lazily (subset construction): a state is a set of its positions.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

from .tree import (
    ANY,
    Alternation,
    Begin,
    Chars,
    Concatenation,
    End,
    RegexError,
    RegexNode,
    Repeat,
    parse_regex,
)

State = frozenset[int]

# Positions in all cached transitions; a text of ever new characters must not fill the memory.
MAX_CACHED = 100_000
MAX_SIZE = 10_000  # positions and transitions: the cost of a character is bounded by it

ANYTHING = Repeat(ANY, 0, None)


def literal(text: str) -> RegexNode:
    """An expression that matches exactly this text."""
    return Concatenation(tuple(Chars(frozenset(char)) for char in text))


def anywhere(node: RegexNode) -> RegexNode:
    """`node` with anything before and after it, as `like` searches."""
    return Concatenation((ANYTHING, node, ANYTHING))


def compile_search(source: str) -> Automaton:
    """An automaton that accepts the texts in which a regular expression is found.

    Raises:
        RegexError: where the expression is not valid or too large.
    """
    return Automaton(anywhere(parse_regex(source)))


class Automaton:
    """Decides whether an expression matches a whole text."""

    def __init__(self, node: RegexNode) -> None:
        self._size = 0
        self._edges: list[list[tuple[Chars, int]]] = []
        self._jumps: list[list[tuple[type[Begin | End] | None, int]]] = []
        begin = self._position()
        self._final = self._add(node, begin)
        self.start: State = self._closure({begin}, {None, Begin})
        self._steps: dict[tuple[State, str], State] = {}
        self._cached = 0

    def matches(self, text: str) -> bool:
        """Whether the expression matches `text`, in time linear in its length."""
        state = self.start
        for char in text:
            state = self.step(state, char)
            if not state:
                return False
        return self.accepts(state, empty=not text)

    def step(self, state: State, char: str) -> State:
        """The state after one more character; the empty set is the dead state."""
        key = (state, char)
        if key not in self._steps:
            if self._cached >= MAX_CACHED:
                self._steps.clear()
                self._cached = 0
            targets = {to for at in state for chars, to in self._edges[at] if char in chars}
            self._steps[key] = self._closure(targets, {None})
            self._cached += 1 + len(state)
        return self._steps[key]

    def accepts(self, state: State, *, empty: bool = False) -> bool:
        """Whether the text may end here; `empty` where nothing was read yet."""
        return self._final in self._closure(state, {None, End, Begin} if empty else {None, End})

    @cached_property
    def names(self) -> frozenset[str]:
        """The characters that it may distinguish; it treats all others alike."""
        return frozenset[str]().union(*(chars.members for chars in self._sets))

    def signature(self, char: str) -> Hashable:
        """Equal for characters that lead from every state to the same one."""
        return tuple(char in chars for chars in self._sets)

    def size(self, state: State) -> int:
        """Number of positions in a state."""
        return len(state)

    @cached_property
    def _sets(self) -> tuple[Chars, ...]:
        return tuple({chars for edges in self._edges for chars, _ in edges})

    def _position(self) -> int:
        self._grow()
        self._edges.append([])
        self._jumps.append([])
        return len(self._edges) - 1

    def _jump(self, at: int, to: int, condition: type[Begin | End] | None = None) -> None:
        self._grow()
        self._jumps[at].append((condition, to))

    def _grow(self) -> None:
        self._size += 1
        if self._size > MAX_SIZE:
            raise RegexError("the repetitions of this regular expression multiply to too many", 0)

    def _closure(self, positions: Iterable[int], allowed: set[type[Begin | End] | None]) -> State:
        found, waiting = set(positions), list(positions)
        while waiting:
            for condition, to in self._jumps[waiting.pop()]:
                if condition in allowed and to not in found:
                    found.add(to)
                    waiting.append(to)
        return frozenset(found)

    def _add(self, node: RegexNode, at: int) -> int:
        """Thompson's construction: appends `node` at a position and returns the position after it."""
        match node:
            case Chars():
                self._edges[at].append((node, end := self._position()))
                return end
            case Begin() | End():
                self._jump(at, end := self._position(), type(node))
                return end
            case Concatenation(parts=parts):
                for part in parts:
                    at = self._add(part, at)
                return at
            case Alternation(options=options):
                ends = [self._add(option, at) for option in options]
                return self._join(ends)
            case Repeat():
                return self._repeat(node, at)

    def _join(self, ends: list[int]) -> int:
        end = self._position()
        for position in ends:
            self._jump(position, end)
        return end

    def _repeat(self, node: Repeat, at: int) -> int:
        for _ in range(node.minimum):
            at = self._add(node.part, at)
        if node.maximum is None:
            loop = self._join([at])
            self._jump(self._add(node.part, loop), loop)
            return self._join([loop])
        ends = [at]
        for _ in range(node.maximum - node.minimum):
            ends.append(self._add(node.part, ends[-1]))
        return self._join(ends)
