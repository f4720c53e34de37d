"""One text for each way a field's text predicates can come out together.

Constants, globs, substrings and regular expressions of a field cut all texts into finitely many
classes. A breadth-first walk through the product of their automata meets every class that has a
member, by its shortest member first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .automaton import Automaton, State
from .regex import Chars

# Positions of all automata together, in all states that are looked at: a bound of time and of memory.
MAX_POSITIONS = 500_000
_READABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-/:@"

Trie = int  # a node; _DEAD where no constant begins with the text so far
_DEAD = -1
Product = tuple[Trie, tuple[State, ...]]


class TooComplex(Exception):
    """More classes or combinations than a proof can go through; says which."""


def witnesses(constants: Sequence[str], automata: Sequence[Automaton]) -> list[str]:
    """A text for each constant and each other reachable class, the shortest of its class.

    Raises:
        TooComplex: after MAX_POSITIONS positions of states of the product.
    """
    if not automata:
        return [*constants, *([] if "" in constants else [""]), _fresh(constants)]
    return list(_Walk(constants, automata).classes().values())


def _fresh(constants: Sequence[str]) -> str:
    text = "other"
    while text in constants:
        text += "-other"
    return text


class _Walk:
    def __init__(self, constants: Sequence[str], automata: Sequence[Automaton]) -> None:
        self.automata = automata
        self.positions = 0
        self.children: list[dict[str, Trie]] = [{}]
        self.ends: dict[Trie, str] = {}
        for constant in constants:
            self.ends[self.insert(constant)] = constant
        self.alphabet = _alphabet(constants, automata)

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
        for char in self.alphabet:
            after = self.step(state, char)
            if after not in seen:
                seen.add(after)
                self.positions += 1 + sum(map(len, after[1]))
                yield after, text + char
        if self.positions > MAX_POSITIONS:
            message = "the text patterns of one field have too many combinations to be proven"
            raise TooComplex(message)

    def step(self, state: Product, char: str) -> Product:
        node, states = state
        after = self.children[node].get(char, _DEAD) if node != _DEAD else _DEAD
        pairs = zip(self.automata, states, strict=True)
        return after, tuple(automaton.step(inner, char) for automaton, inner in pairs)

    def outcome(self, state: Product, *, empty: bool) -> object:
        node, states = state
        pairs = zip(self.automata, states, strict=True)
        return self.ends.get(node), tuple(a.accepts(inner, empty=empty) for a, inner in pairs)


def _alphabet(constants: Sequence[str], automata: Sequence[Automaton]) -> list[str]:
    """One character for each class that a constant or an automaton tells apart."""
    named = {char for constant in constants for char in constant}
    sets = list({chars for automaton in automata for chars in automaton.char_sets})
    mentioned = named | {char for chars in sets for char in chars.members}
    chosen: dict[object, str] = {}
    for char in [*_READABLE, *sorted(mentioned - set(_READABLE)), _unmentioned(mentioned)]:
        chosen.setdefault(_signature(char, named, sets), char)
    return list(chosen.values())


def _signature(char: str, named: set[str], sets: list[Chars]) -> object:
    return char if char in named else None, tuple(char in chars for chars in sets)


def _unmentioned(mentioned: set[str]) -> str:
    return next(char for char in map(chr, range(0xE9, 0x10000)) if char not in mentioned)
