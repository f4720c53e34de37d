"""Every expression of two pieces finds in every short text what Python's engine finds."""

from __future__ import annotations

import re
from itertools import product

import pytest

from cis_insights.filter_patterns.regex import Search

PIECES = [
    f"{atom}{times}"
    for atom in ("a", ".", "[^a]", r"\x62", "[b-c]")
    for times in ("", *"* + ? {2} {1,} {,2} {0,1} {1,2} {2,2} {0} {00002} *? {2}? {1,}?".split())
]
SHORT = ["".join(letters) for length in range(5) for letters in product("ab", repeat=length)]


@pytest.mark.parametrize(
    "form", ["{}{}", "^{}{}", "{}{}$", "^{}{}$", "{}|{}", "{}a|^b{}", "a$|{}b{}$", "{}$^{}"]
)
def test_a_search_finds_what_python_finds_in_every_short_text(form: str) -> None:
    for first, second in product(PIECES, PIECES[::5]):
        source = form.format(first, second)
        search, python = Search(source), re.compile(source.replace("$", r"\Z"))
        assert [text for text in SHORT if search(text)] == [text for text in SHORT if python.search(text)], (
            source
        )
