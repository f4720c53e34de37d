"""A shortest representative of each equivalence class of texts under the predicates of one field.

Constants, globs, substrings and regular expressions divide all texts into finitely many classes. A
breadth-first search of the product automaton reaches every class that is not empty, its shortest
member first. Each side of a proof brings the automata of its own reader.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
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
        self.children: list[dict[str, Trie]] = [{}]
        self.ends: dict[Trie, str] = {}
        for constant in constants:
            self.ends[self.insert(constant)] = constant
        self.alphabet = _alphabet(constants, automata)
        self.chosen: dict[Trie, list[str]] = {}

    def insert(self, constant: str) -> Trie:
        node = 0
        for char in constant:
            if char not in self.children[node]:
                self.children.append({})
                self.children[node][char] = len(self.children) - 1
            node = self.children[node][char]
        return node

    def classes(self) -> dict[object, str]:
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
        for char in self.choose_chars(state[0]):
            after = self.step(state, char)
            if after not in seen:
                seen.add(after)
                self.positions += 1 + self.size(after)
                yield after, text + char
        if self.positions > MAX_POSITIONS:
            message = "the text patterns of one field have too many combinations to be proven"
            raise TooComplex(message)

    def choose_chars(self, node: Trie) -> list[str]:
        """Those with which a constant goes on, and of all others one of each class."""
        if node not in self.chosen:
            further = self.list_children(node)
            chosen: dict[object, str] = {}
            for char, signature in self.alphabet.items():
                chosen.setdefault(char if char in further else signature, char)
            self.chosen[node] = list(chosen.values())
        return self.chosen[node]

    def list_children(self, node: Trie) -> dict[str, Trie]:
        return self.children[node] if node != _DEAD else {}

    def step(self, state: Product, char: str) -> Product:
        node, states = state
        after = self.list_children(node).get(char, _DEAD)
        pairs = zip(self.automata, states, strict=True)
        return after, tuple(automaton.step(inner, char) for automaton, inner in pairs)

    def size(self, state: Product) -> int:
        return sum(each.size(inner) for each, inner in zip(self.automata, state[1], strict=True))

    def outcome(self, state: Product, *, empty: bool) -> object:
        node, states = state
        pairs = zip(self.automata, states, strict=True)
        return self.ends.get(node), tuple(a.accepts(inner, empty=empty) for a, inner in pairs)


def _alphabet(constants: Sequence[str], automata: Sequence[TextAutomaton]) -> dict[str, Hashable]:
    """The characters to try, readable ones first; those with equal values all automata treat alike."""
    named = {char for constant in constants for char in constant}
    mentioned = named.union(*(automaton.names for automaton in automata))
    chars = [*_READABLE, *sorted(mentioned - set(_READABLE)), _find_unmentioned(mentioned)]
    return {char: tuple(automaton.signature(char) for automaton in automata) for char in chars}


def _find_unmentioned(mentioned: set[str]) -> str:
    """A character that nothing mentions."""
    return next(char for char in map(chr, range(0xE9, 0x10000)) if char not in mentioned)
