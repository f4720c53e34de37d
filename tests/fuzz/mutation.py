"""Inputs made from others, the same in every run: what the suite tries without a fuzzer."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

MAX_CHANGES = 4
_Change = Callable[[random.Random, bytearray, bytes], None]


def mutants(seeds: Sequence[bytes], words: Sequence[bytes], count: int) -> Iterator[bytes]:
    """`count` inputs, each a seed with a few changes."""
    chance = random.Random(count)  # noqa: S311  # the same in every run
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, MAX_CHANGES)):
            chance.choice(_CHANGES)(chance, data, chance.choice([*words, chance.choice(seeds)]))
        yield bytes(data)


def _insert(chance: random.Random, data: bytearray, word: bytes) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = word


def _cut(chance: random.Random, data: bytearray, word: bytes) -> None:
    at = chance.randint(0, len(data))
    del data[at : at + chance.randint(1, 8)]


def _flip(chance: random.Random, data: bytearray, word: bytes) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _overwrite(chance: random.Random, data: bytearray, word: bytes) -> None:
    at = chance.randint(0, len(data))
    data[at : at + len(word)] = word


def _repeat(chance: random.Random, data: bytearray, word: bytes) -> None:
    at = chance.randint(0, len(data))
    part = data[at : at + chance.randint(1, 16)]
    data[at:at] = part * chance.choice((1, 3, 200))


_CHANGES: tuple[_Change, ...] = (_insert, _cut, _flip, _overwrite, _repeat)
