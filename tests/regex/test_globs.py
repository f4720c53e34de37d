"""Globs that say exactly what a regular expression says, where there are any."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights.regex.globs import globs_of
from cis_insights.regex.tree import parse_regex

from ..support.automata import compile_expression, expressions

GLOBS = {
    "^Access": ("Access*",),
    "Denied$": ("*Denied",),
    "^Denied$": ("Denied",),
    "enie": ("*enie*",),
    ".*enie.*": ("*enie*",),
    "^enie.*": ("enie*",),
    ".*enie$": ("*enie",),
    ".*.*enie.*": ("*enie*",),
    "^(Create|Delete)Vpc$": ("CreateVpc", "DeleteVpc"),
    "^(Create|Delete)(Vpc|Subnet)": ("CreateVpc*", "CreateSubnet*", "DeleteVpc*", "DeleteSubnet*"),
    "(^a|b)c": ("ac*", "*bc*"),
    "(a|(b|c))d$": ("*ad", "*bd", "*cd"),
    "^a|b$": ("a*", "*b"),
    "[a]b": ("*ab*",),
    "[^a]*b": ("*b*",),
    r"s3\.amazonaws": ("*s3.amazonaws*",),
    "|".join(f"x{number}" for number in range(50)): tuple(f"*x{number}*" for number in range(50)),
}
NO_GLOBS = [
    "^a.*b$", "a+", "[ab]c", "[^a]c", "(?i)a", "a^b", "a$b", "", "^$", "^", ".*", "^.*a", "a.*$", r"a\*b",
    "x{2}y?", "(a|b+)c", "(a|)b|", "a.b", "a*b", "a(.*)+b", "(a.*|b)c", ".{0,5}a", ".+a", "^a|b+",
    "|".join(f"x{number}" for number in range(51)), "(a|b|c|d|e|f|g|h)(a|b|c|d|e|f|g|h)", "(a|b)" * 6,
]  # fmt: skip


@pytest.mark.parametrize(("source", "globs"), GLOBS.items())
def test_anchored_text_is_a_glob(source: str, globs: tuple[str, ...]) -> None:
    assert globs_of(parse_regex(source)) == globs


@pytest.mark.parametrize("source", NO_GLOBS)
def test_what_a_glob_cannot_say_exactly_is_none(source: str) -> None:
    assert globs_of(parse_regex(source)) is None


@settings(max_examples=200, deadline=None)
@given(expressions(), st.lists(st.text("abA1. \n", max_size=6), max_size=20))
def test_globs_match_what_the_expression_finds(source: str, texts: list[str]) -> None:
    found = globs_of(parse_regex(source))
    if found is not None:
        ours = [re.compile(".*".join(map(re.escape, one.split("*"))), re.DOTALL) for one in found]
        for text in texts:
            assert any(one.fullmatch(text) for one in ours) == compile_expression(source).matches(text)
