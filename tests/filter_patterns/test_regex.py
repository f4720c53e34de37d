"""Regular expressions of filter patterns: what AWS lists, and as Python finds it where both say the same."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cis_insights.filter_patterns.regex import MAX_CACHE, RegexFault, Search

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
CHARACTERS = [chr(code) for code in range(0x180)]
ALNUM = string.ascii_letters + string.digits
SYMBOLS = ":_#=@/;,- "
CLASSES = {
    ".": set(CHARACTERS) - {"\n"},
    r"\d": set(string.digits),
    r"\D": set(CHARACTERS) - set(string.digits),
    r"\s": set("\t\n\f\r "),
    r"\S": set(CHARACTERS) - set("\t\n\f\r "),
    r"\w": {*ALNUM, "_"},
    r"\W": set(CHARACTERS) - {*ALNUM, "_"},
    "[a-c]": set("abc"),
    "[^a-c]": set(CHARACTERS) - set("abc"),
    "[a-]": set("a-"),
    "[]a]": set("]a"),
    "[^]a]": set(CHARACTERS) - set("]a"),
    r"[\d\-x]": {*string.digits, "-", "x"},
    r"[\x41-C_]": set("ABC_"),
    "[+-/]": set("+,-./"),
    "[a-a]": {"a"},
    "[a^]": set("a^"),
    "[.$*]": set(".$*"),
}
FORMS = {
    "{}": ALNUM + SYMBOLS + "^$]}|.",
    "x{}": ALNUM + SYMBOLS + "^$?]}|*+.",
    "[x{}]": ALNUM + SYMBOLS + "^$?[]{}|*+.",
    "\\{}": SYMBOLS + "dDsSwW\\^$?[]{}|*+.",
    "[\\{}]": SYMBOLS + "dDsSwW\\^$?[]{}|*+.",
    "\\x{}a": "01234567",
    "\\x4{}": string.hexdigits,
}


def is_expression(source: str) -> bool:
    try:
        Search(source)
    except RegexFault:
        return False
    return True


@pytest.mark.parametrize("form", FORMS)
def test_an_expression_holds_what_aws_lists_and_nothing_else(form: str) -> None:
    accepted = [char for char in CHARACTERS if is_expression(form.replace("{}", char))]
    assert "".join(accepted) == "".join(sorted(FORMS[form]))


@pytest.mark.parametrize("source", CLASSES)
def test_a_class_is_these_characters_and_no_others(source: str) -> None:
    for form in (f"^{source}$", f"^x{source}{{2}}y$"):
        search = Search(form)
        texts = [char if form == f"^{source}$" else f"x{char}{char}y" for char in CHARACTERS]
        assert {char for char, text in zip(CHARACTERS, texts, strict=True) if search(text)} == CLASSES[source]


def test_a_character_stands_for_itself_plain_or_escaped() -> None:
    for char in ALNUM + SYMBOLS + "^$?[]{}|*+.\\":
        plain = char if char in ALNUM else f"\\{char}"
        for source in (f"^{plain}$", f"^[{plain}]$", f"^\\x{ord(char):02x}$", f"^\\x{ord(char):02X}$"):
            assert list(filter(Search(source), CHARACTERS)) == [char]


@pytest.mark.parametrize("source", ["a*??", "a{2}??", "a{,,2}", "a{1,2,3}", "a{1,2", "a{-1}", "a{1 }", "a+*"])
def test_what_only_looks_like_a_repetition_is_none(source: str) -> None:
    assert not is_expression(source)


@pytest.mark.parametrize(
    ("char", "hint"),
    [
        ("~", "write \\x7E"),
        ("\x7f", "write \\x7F"),
        ("\n", "write \\x0A"),
        ("\x80", "characters beyond ASCII are not supported"),
        ("é", "characters beyond ASCII are not supported"),
    ],
)
def test_what_is_not_listed_can_be_written_by_its_code_if_it_is_ascii(char: str, hint: str) -> None:
    with pytest.raises(RegexFault) as caught:
        Search(f"ab{char}")
    assert (caught.value.offset, caught.value.hint) == (2, hint)


def test_an_expression_repeats_a_thousand_times_and_no_more() -> None:
    for source in ("a{1000}", "a{500}b{499}c", "a{,1000}", "a{999}b*", "a{0}" * 1_000):
        assert is_expression(source)
    for source in ("a{1001}", "a{500}b{500}c", "a{,1001}", "a{1000}b*", "a{1001,}", "a" * 1_001):
        assert not is_expression(source)
    assert Search("^a{1000}$")("a" * 1_000)
    assert not Search("^a{1000}$")("a" * 999)


def test_a_search_does_not_fill_the_memory_and_answers_all_the_same() -> None:
    search = Search("^.{50}x$")
    for char in CHARACTERS[:128]:
        assert search(char * 50 + "x") == (char != "\n")
        assert not search(char * 51 + "x")
        assert len(search.cache) <= MAX_CACHE


atoms = st.sampled_from(
    ["a", "b", "-", r"\.", ".", "[ab]", "[^a]", "[a-c-]", r"\d", r"\W", r"[\d-]", r"\x2D", "[]a]"]
)
repeats = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,}", "{,2}", "{0,2}", "*?", "{2}?"])
pieces = st.tuples(atoms, repeats).map("".join) | st.sampled_from(["^", "$"])
sources = st.lists(st.lists(pieces, min_size=1, max_size=4).map("".join), min_size=1, max_size=3).map(
    "|".join
)


@given(sources, st.text("ab-.1\né", max_size=8))
def test_a_search_finds_what_python_finds(source: str, text: str) -> None:
    python = re.sub(r"\$", r"\\Z", source)
    assert Search(source)(text) == (re.search(python, text, re.ASCII) is not None)


@given(st.text("ab[]{}^$.|*+?\\dwx0-9,:!", max_size=10))
def test_a_search_is_made_or_refused_with_a_place_in_its_source(source: str) -> None:
    try:
        Search(source)("ab")
    except RegexFault as fault:
        assert 0 <= fault.offset <= len(source)
