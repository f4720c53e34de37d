"""A shortest representative of each equivalence class of texts under the predicates of one field.

Constants, globs, substrings and regular expressions divide all texts into finitely many classes. A
breadth-first search of the product automaton reaches every class that is not empty, its shortest
member first. Each side of a proof brings the automata of its own reader.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Protocol

# Positions of all automata in all visited states: bounds time and memory.
MAX_POSITIONS = 500_000
_READABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-/:@"

Trie = int  # a node; _DEAD where no constant begins with the text so far
_DEAD = -1
Product = tuple[Trie, tuple[Hashable, ...]]


class TextAutomaton(Protocol):
    """A deterministic automaton over texts; its states are opaque."""

    @property
    def start(self) -> Any:
        """The state before the first character."""

    @property
    def names(self) -> frozenset[str]:
        """The characters that it may distinguish; it treats all others alike."""

    def step(self, state: Any, char: str) -> Any:
        """The state after one more character."""

    def accepts(self, state: Any, *, empty: bool) -> bool:
        """Whether the text may end here; `empty` where nothing was read yet."""

    def signature(self, char: str) -> Hashable:
        """Equal for characters that lead from every state to the same one."""

    def size(self, state: Any) -> int:
        """The cost of visiting a state."""


class TooComplex(Exception):
    """Too many classes or combinations for a proof; the message says which."""


def find_representatives(constants: Sequence[str], automata: Sequence[TextAutomaton]) -> list[str]:
    """Each constant, and a shortest text of each other reachable class.

    Raises:
        TooComplex: after MAX_POSITIONS positions of states of the product.
    """
    if not automata:
        return [*constants, *([] if "" in constants else [""]), _find_unused(constants)]
    return list(_Walk(constants, automata).classes().values())


def _find_unused(constants: Sequence[str]) -> str:
    text = "other"
    while text in constants:
        text += "-other"
    return text


class _Walk:
    def __init__(self, constants: Sequence[str], automata: Sequence[TextAutomaton]) -> None:
        self.automata = automata
        self.positions = 0
        self.children: dict[Trie, dict[str, Trie]] = {_DEAD: {}, 0: {}}
        self.ends: dict[Trie, str] = {}
        for constant in constants:
            self.ends[self.insert(constant)] = constant
        self.kinds = list(_divide_alphabet(constants, automata))
        self.kind_of = {char: number for number, kind in enumerate(self.kinds) for char in kind}
        self.steps, self.row, self.accepts = cache(self.list_steps), cache(self.make_row), cache(self.ask)

    def insert(self, constant: str) -> Trie:
        node = 0
        for char in constant:
            node = self.children[node].setdefault(char, len(self.children))
            self.children.setdefault(node, {})
        return node

    def classes(self) -> dict[object, str]:
        """A shortest text of each class, by outcome: the product automaton breadth first."""
        start: Product = (0, tuple(automaton.start for automaton in self.automata))
        found: dict[object, str] = {self.outcome(start, empty=True): ""}
        seen: set[Product] = set()
        level = [(start, "")]
        while level:
            level = [pair for state, text in level for pair in self.successors(state, text, seen)]
            for state, text in level:
                found.setdefault(self.outcome(state, empty=False), text)
        return found

    def successors(self, state: Product, text: str, seen: set[Product]) -> Iterator[tuple[Product, str]]:
        """States one character further that are new, with a text that leads to each."""
        node, states = state
        rows = (self.row(number, inner) for number, inner in enumerate(states))
        after_kind = list(zip(*rows, strict=True))
        for kind, char, following in self.steps(node):
            after = following, after_kind[kind]
            if after not in seen:
                seen.add(after)
                self.positions += 1 + self.size(after)
                yield after, text + char
        if self.positions > MAX_POSITIONS:
            message = "the text patterns of one field have too many combinations to be proven"
            raise TooComplex(message)

    def list_steps(self, node: Trie) -> list[tuple[int, str, Trie]]:
        """Kind, character, the node after it: all that constants go on with, and one other of each kind."""
        further = self.children[node]
        others = (next((char for char in kind if char not in further), None) for kind in self.kinds)
        dead = [(kind, char, _DEAD) for kind, char in enumerate(others) if char]
        return [(self.kind_of[char], char, after) for char, after in further.items()] + dead

    def make_row(self, number: int, state: Hashable) -> list[Hashable]:
        """The states of one automaton after each kind of character."""
        step = self.automata[number].step
        return [step(state, kind[0]) for kind in self.kinds]

    def ask(self, number: int, state: Hashable, empty: bool) -> bool:
        """Whether the text may end in a state of one automaton."""
        return self.automata[number].accepts(state, empty=empty)

    def size(self, state: Product) -> int:
        return sum(each.size(inner) for each, inner in zip(self.automata, state[1], strict=True))

    def outcome(self, state: Product, *, empty: bool) -> object:
        node, states = state
        answers = (self.accepts(number, inner, empty) for number, inner in enumerate(states))
        return self.ends.get(node), tuple(answers)


def _divide_alphabet(constants: Sequence[str], automata: Sequence[TextAutomaton]) -> Iterable[list[str]]:
    """The characters to try, readable ones first, divided into those that all automata treat alike."""
    mentioned = {char for constant in constants for char in constant}.union(*(one.names for one in automata))
    kinds: dict[object, list[str]] = {}
    for char in [*_READABLE, *sorted(mentioned - set(_READABLE)), _find_unmentioned(mentioned)]:
        kinds.setdefault(tuple(one.signature(char) for one in automata), []).append(char)
    return kinds.values()


def _find_unmentioned(mentioned: set[str]) -> str:
    """A character that nothing mentions."""
    return next(char for char in map(chr, range(0xE9, 0x10000)) if char not in mentioned)
