"""Which characters, numbers, operators and white space the text of a filter pattern may hold."""

from __future__ import annotations

import string
from collections.abc import Callable
from itertools import product

import pytest

from cis_insights.errors import PatternError
from cis_insights.filter_patterns.pattern import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    PresenceTest,
    RegexText,
    Selector,
    parse_pattern,
    print_pattern,
)
from cis_insights.filter_patterns.syntax import PresenceTestKind
from cis_insights.reading import Reading

CHARACTERS = [chr(code) for code in range(0x180)]
NAMES = string.ascii_letters + string.digits + "-_"


def leaf(text: str) -> Compare | PresenceTest | None:
    """The one comparison or test of a pattern, or nothing where it is none."""
    try:
        (found,) = parse_pattern("{ " + text + " }").leaves
    except (PatternError, ValueError):
        return None
    return found


def compared(operand: str) -> object:
    """What a pattern compares with, or nothing where that cannot be read."""
    found = leaf("$.a = " + operand)
    return found.operand if isinstance(found, Compare) else None


def those(accepted: Callable[[str], bool]) -> str:
    return "".join(filter(accepted, CHARACTERS))


def ordered(characters: str) -> str:
    return "".join(sorted(set(characters)))


def test_text_without_quotes_is_letters_digits_and_a_few_signs() -> None:
    plain = ordered(string.ascii_letters + string.digits + "_.-*:/@")
    assert those(lambda char: compared(f"x{char}y") == GlobText(f"x{char}y")) == plain
    assert those(lambda char: compared(f"{char}y") == GlobText(f"{char}y")) == plain
    assert those(lambda char: compared(f"y{char}") == GlobText(f"y{char}")) == plain


def test_text_in_quotes_is_anything_with_quotes_and_backslashes_escaped() -> None:
    assert those(lambda char: compared(f'"x{char}y"') == GlobText(f"x{char}y")) == ordered(
        "".join(char for char in CHARACTERS if char not in '"\\')
    )
    assert those(lambda char: compared(f'"x\\{char}y"') == GlobText(f"x{char}y")) == '"\\'
    assert compared('""') == GlobText("")
    assert compared('"\\\\""') is None


def test_a_property_is_letters_digits_hyphen_and_underscore_and_in_brackets_anything() -> None:
    for form in ("{}", "x{}", "{}x", "x{}x"):
        names = [form.format(char) for char in CHARACTERS]
        leaves = [Compare(Selector(("a", name)), "=", Numeral(1)) for name in names]
        taken = [
            char
            for char, one in zip(CHARACTERS, leaves, strict=True)
            if leaf(f"$.a.{form.format(char)} = 1") == one
        ]
        assert "".join(taken) == ordered(NAMES)
    keys = [char for char in CHARACTERS if char != "'"]
    assert those(
        lambda char: leaf(f"$.['{char}'] IS NULL") == PresenceTest(Selector((char,)), "IS NULL")
    ) == "".join(keys)
    assert leaf("$.a.['b c'].d = 1") == Compare(Selector(("a", "b c", "d")), "=", Numeral(1))


@pytest.mark.parametrize("index", [0, 7, 10, 999_999_999])
def test_an_index_is_a_number_of_up_to_nine_digits(index: int) -> None:
    assert leaf(f"$.a[{index}] = 1") == Compare(Selector(("a", index)), "=", Numeral(1))
    assert leaf(f"$.a[{index}][{index}].b = 1") == Compare(
        Selector(("a", index, index, "b")), "=", Numeral(1)
    )
    assert leaf(f"$.a[{index}1234567890] = 1") is None


NUMBERS = {
    "5": 5, "+5": 5, "-5": -5, "0": 0, "007": 7, "10": 10, "5.": 5, "5.25": 5.25, ".5": 0.5, "-.5": -0.5,
    ".25": 0.25, "19.90": 19.9, "5e3": 5_000, "5E3": 5_000, "5e+3": 5_000, "5E-3": 0.005, "5.e1": 50,
    ".5e1": 5, "1e12": 1e12, "1e308": 1e308,
}  # fmt: skip
WORDS = (
    "5e",
    "e5",
    "-",
    ".",
    "5..1",
    "1.2.3",
    "--5",
    "5e3e3",
    "5e--3",
    "5-",
    "0x5",
    "1_0",
    "-e3",
    "5.e",
    ".e3",
)
NO_WORDS = ("+", "++5", "+-5", "5e++3", "5e+", "5,000", "+e5", "5+3")


@pytest.mark.parametrize("spelt", NUMBERS)
def test_a_number_is_spelt_in_any_of_the_usual_ways(spelt: str) -> None:
    assert compared(spelt) == Numeral(NUMBERS[spelt])
    assert leaf(f"$.a >= {spelt}") == Compare(Selector(("a",)), ">=", Numeral(NUMBERS[spelt]))
    pattern, reading = parse_pattern(f"{{ $.a = {spelt} }}"), Reading(numeric_text=True)
    assert pattern.matches({"a": NUMBERS[spelt]})
    assert pattern.matches({"a": spelt}, reading)
    assert not pattern.matches({"a": spelt + "x"}, reading)


@pytest.mark.parametrize("word", [*WORDS, *NO_WORDS])
def test_what_only_begins_like_a_number_is_text(word: str) -> None:
    assert compared(word) == (GlobText(word) if word in WORDS else None)
    assert leaf(f"$.a >= {word}") is None
    assert not parse_pattern("{ $.a >= -1e308 }").matches({"a": word}, Reading(numeric_text=True))


@pytest.mark.parametrize(
    ("word", "numeral"),
    [
        ("4*", True), ("*4", True), ("-4*", True), ("*.5*", True), ("123.123.*", True), ("1*2*3", True),
        ("*", False), ("**", False), ("-*", False), (".*", False), ("x4*", False), ("4x*", False),
        ("4-*", False), ("--4*", False), ("4.5.", False), ("4:*", False),
    ],
)  # fmt: skip
def test_digits_with_an_asterisk_look_at_the_text_of_numbers_too(word: str, numeral: bool) -> None:
    assert compared(word) == GlobText(word, numeral)


def test_the_operators_are_these_six_and_nothing_that_is_longer() -> None:
    for sign in ("".join(signs) for size in (1, 2, 3) for signs in product("=<>!~", repeat=size)):
        for text in (f"$.a{sign}5", f"$.a {sign} 5"):
            found = leaf(text)
            assert (found is not None) == (sign in ("=", "!=", "<", "<=", ">", ">="))
            assert found is None or found == Compare(Selector(("a",)), sign, Numeral(5))  # type: ignore[arg-type]


GAPS = ["", " ", "\t", "\r", "\n", "  ", " \r\n\t"]


@pytest.mark.parametrize("gap", GAPS, ids=repr)
def test_blanks_tabs_and_line_ends_may_stand_between_all_parts(gap: str) -> None:
    parts = ["", "{", "(", "$.a", "=", '"x"', "||", "$.b", "!=", "%y%", ")", "&&", "$.c", "<=", "5", "}", ""]
    a, b = Compare(Selector(("a",)), "=", GlobText("x")), Compare(Selector(("b",)), "!=", RegexText("y"))
    c = Compare(Selector(("c",)), "<=", Numeral(5))
    assert parse_pattern(gap.join(parts)).condition == Conjunction((Disjunction((a, b)), c))


@pytest.mark.parametrize("kind", ["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"])
def test_between_the_words_of_a_test_stands_white_space(kind: PresenceTestKind) -> None:
    for gap in GAPS:
        expected = PresenceTest(Selector(("a",)), kind) if gap else None
        assert leaf(f"$.a {kind.replace(' ', gap)}") == expected
    assert leaf(f"$.a\n{kind}") == PresenceTest(Selector(("a",)), kind)
    assert leaf(f"$.a {kind}_") is None


@pytest.mark.parametrize("char", "\v\f\x1c\x85\xa0\u2003\u2028")
def test_other_white_space_stands_nowhere(char: str) -> None:
    for text in (f"{{{char}$.a = 1 }}", f"{{ $.a{char}= 1 }}", f"{{ $.a = 1{char}}}", f"{{ $.a = 1 }}{char}"):
        with pytest.raises(PatternError):
            parse_pattern(text)


PRINTED = [
    '{ $.eventName = "CreateTrail" }',
    '{ ($.a.b-c_9 != "x*") && (($.a[0][12].b IS NULL) || ($.c NOT EXISTS)) }',
    "{ ($.['cluster.name'] = %^a|b$%) || ($.['a b'].['é'] IS TRUE) }",
    '{ ($.a = "say \\"x\\"") && ($.a = "c:\\\\x") }',
    "{ ($.a[*] <= -5) && ($.b.* >= 2.5) && ($.c = 123.123.*) }",
    "{ ($.a = 9007199254740991) && ($.a > -9007199254740991) && ($.b = 9007199254740992.0) }",
    "{ ($.a < -9007199254740992.0) || ($.a = 1e+300) || ($.a = 0) }",
]


@pytest.mark.parametrize("text", PRINTED)
def test_a_pattern_is_printed_as_people_write_it(text: str) -> None:
    assert print_pattern(parse_pattern(text).condition) == text


def test_a_step_is_in_brackets_only_where_it_must_be() -> None:
    for char in CHARACTERS:
        plain = f"$.x{char}x" if char in NAMES else f"$.['x{char}x']"
        assert str(Selector((f"x{char}x",))) == plain
    assert str(Selector(("",))) == "$.['']"
