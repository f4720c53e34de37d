"""Every expression of two pieces finds in every short text what Python's engine finds."""

from __future__ import annotations

import re
from itertools import product

import pytest

from ..support.automata import SHORT_TEXTS, compile_expression

PIECES = [
    f"{atom}{times}"
    for atom in ("a", ".", "[^a]", "(ab)", "(?:a|b)", "(?<n>b|)", "(?P<n>a)", r"\x62")
    for times in ("", *"* + ? {2} {1,} {0,1} {1,2} {2,2} {0} *? {2}? {,2} {x} {2".split())
]


@pytest.mark.parametrize(
    "form", ["{}{}", "^{}{}", "{}{}$", "^{}{}$", "{}|{}", "({}|^b){}", "a$|{}b{}$", "{}$^{}"]
)
def test_it_finds_what_pythons_engine_finds_in_every_short_text(form: str) -> None:
    for first, second in product(PIECES, PIECES[::7]):
        source = form.replace("{}", first, 1).replace("{}", second.replace("n>", "m>"), 1)
        theirs = re.compile(re.sub(r"{(?=,)", r"\{", source.replace("(?<", "(?P<").replace("$", r"\Z")))
        ours = compile_expression(source)
        assert list(filter(ours.matches, SHORT_TEXTS)) == list(filter(theirs.search, SHORT_TEXTS)), source
