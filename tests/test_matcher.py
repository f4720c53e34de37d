"""Metric filter patterns: the case table, the error screens, and properties over generated patterns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cis_insights.errors import PatternError
from cis_insights.matcher import (
    All,
    Any,
    Compare,
    Condition,
    Numeral,
    RegexText,
    Selector,
    Test,
    Text,
    Wildcard,
    leaf_matches,
    parse_pattern,
    print_pattern,
)
from cis_insights.matcher_regex import RegexFault, Search
from cis_insights.matcher_syntax import NumericOperator
from cis_insights.reading import ALL_READINGS, Reading

CASES = Path(__file__).parent / "cases" / "patterns.txt"
QUERIES = Path(__file__).parent.parent / "queries" / "cis"
SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the table, with the lines of its block that it rests on."""

    kind: str
    pattern: str
    event: str = "{}"
    reading: str = ""
    message: str = ""

    def readings(self) -> list[Reading]:
        wanted = dict(switch.split("=") for switch in self.reading.split())
        return [
            reading
            for reading in ALL_READINGS
            if all(getattr(reading, name) is SWITCH[value] for name, value in wanted.items())
        ]


def read_cases() -> Iterator[Case]:
    for block in CASES.read_text(encoding="utf-8").split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if line and not line.startswith("#")]
        shared: dict[str, str] = {}
        for index, (key, _, value) in enumerate(lines):
            match key:
                case "source" | "event" | "reading":
                    shared[key] = value
                case "match" | "nomatch":
                    assert shared["source"]
                    yield Case(key, value, shared["event"], shared.get("reading", ""))
                case "invalid":
                    assert lines[index + 1][0] == "message"
                    yield Case(key, value, message=lines[index + 1][2])
                case "message":
                    assert lines[index - 1][0] == "invalid"
                case _:
                    raise ValueError(f"not a line of a case: {key}")


ALL_CASES = list(read_cases())
TRUTHS = [case for case in ALL_CASES if case.kind in ("match", "nomatch")]
INVALID = [case for case in ALL_CASES if case.kind == "invalid"]


def screen(text: str) -> str:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    return str(caught.value)


@pytest.mark.parametrize("case", TRUTHS, ids=lambda case: f"{case.kind} {case.pattern}")
def test_a_pattern_matches_as_the_table_says_under_each_of_its_readings(case: Case) -> None:
    pattern, event = parse_pattern(case.pattern), json.loads(case.event)
    answers = {reading: pattern.matches(event, reading) for reading in case.readings()}
    assert answers
    assert set(answers.values()) == {case.kind == "match"}


@pytest.mark.parametrize("case", TRUTHS, ids=lambda case: case.pattern)
def test_a_printed_pattern_parses_to_the_same_tree(case: Case) -> None:
    condition = parse_pattern(case.pattern).condition
    assert parse_pattern(print_pattern(condition)).condition == condition


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.pattern)
def test_what_is_no_pattern_is_refused_with_the_message_of_the_table(case: Case) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(case.pattern)
    assert [fault.message for fault in caught.value.faults] == [case.message]


def test_the_table_is_read_to_its_end() -> None:
    lines = CASES.read_text(encoding="utf-8").splitlines()
    assert len(ALL_CASES) == sum(line.startswith(("match: ", "nomatch: ", "invalid: ")) for line in lines)
    assert {case.kind for case in ALL_CASES} == {"match", "nomatch", "invalid"}


def security_hub_texts() -> list[str]:
    lines = (line for path in QUERIES.glob("*.cwli") for line in path.read_text("utf-8").splitlines())
    return [line.partition(": ")[2] for line in lines if line.startswith("# pattern: ")]


def test_every_text_of_security_hub_is_read_to_the_end() -> None:
    texts = security_hub_texts()
    assert len(texts) >= 14
    for text in texts:
        pattern = parse_pattern(text)
        assert pattern.text == text
        assert len(pattern.leaves) == text.count("$.")
        assert parse_pattern(print_pattern(pattern.condition)).condition == pattern.condition


# ---- whole error screens ---------------------------------------------------------------------------

SCREENS = {
    "{ $.errorCode EXISTS }": """\
<pattern>:1:15: error: `EXISTS` is not supported
    { $.errorCode EXISTS }
                  ~~~~~^
    hint: a field that is there: $.errorCode = "*\"""",
    "{ NOT ($.a = 1) }": """\
<pattern>:1:3: error: a pattern has no NOT
    { NOT ($.a = 1) }
      ~~^
    hint: turn each comparison round: != for =, || for &&, IS FALSE for IS TRUE""",
    "{ $.eventName = 'CreateTrail' }": """\
<pattern>:1:17: error: text stands in double quotes
    { $.eventName = 'CreateTrail' }
                    ~~~~~~~~~~~~^
    hint: "CreateTrail\"""",
    "{ eventName = CreateTrail }": """\
<pattern>:1:3: error: a field starts with `$.`
    { eventName = CreateTrail }
      ~~~~~~~~^
    hint: $.eventName""",
    "{ ($.a = 1) &&\n  ($.b = %x(y)%) }": """\
<pattern>:2:12: error: a regular expression of a pattern has no parentheses
      ($.b = %x(y)%) }
               ^
    hint: repeat what is around: ab|ac; `(` itself is \\x28""",
    "{ ($.a = 1 }": """\
<pattern>:1:3: error: this `(` is never closed
    { ($.a = 1 }
      ^
    hint: close it with `)`""",
    "{ $.a = 1 } and more\x1b[31m": """\
<pattern>:1:13: error: a pattern ends at its closing brace
    { $.a = 1 } and more\ufffd[31m
                ~~~~~~~~~~~~^
    hint: put all of it into one pair of braces""",
    "": """\
<pattern>: error: an empty pattern, which matches every event, is not read here
    hint: a record of CloudTrail is JSON: { $.eventName = "CreateTrail" }""",
    "[ip, user, status = 4*]": """\
<pattern>:1:1: error: a pattern of space-delimited events is not read here
    [ip, user, status = 4*]
    ~~~~~~~~~~~~~~~~~~~~~~^
    hint: a record of CloudTrail is JSON: { $.eventName = "CreateTrail" }""",
    "{ $.errorMessage = Failed authentication }": """\
<pattern>:1:20: error: a text of several words needs double quotes
    { $.errorMessage = Failed authentication }
                       ~~~~~~~~~~~~~~~~~~~~^
    hint: "Failed authentication\"""",
    "{ $.errorMessage = \u201cFailed authentication\u201d }": """\
<pattern>:1:20: error: text stands in straight double quotes
    { $.errorMessage = \u201cFailed authentication\u201d }
                       ~~~~~~~~~~~~~~~~~~~~~~^
    hint: "Failed authentication\"""",
    '{ $.errorCode = \\"Access Denied\\" }': """\
<pattern>:1:17: error: a backslash stands within a text only
    { $.errorCode = \\"Access Denied\\" }
                    ~~~~~~~^
    hint: take out those of the shell or the file around it""",
    "{ $['detail-type'] = 1 }": """\
<pattern>:1:3: error: a name in brackets follows a dot and stands in single quotes
    { $['detail-type'] = 1 }
      ~~~~~~~~~~~~~~~^
    hint: $.['detail-type']""",
}


@pytest.mark.parametrize("text", SCREENS, ids=repr)
def test_an_error_shows_the_place_and_the_right_form(text: str) -> None:
    assert screen(text) == SCREENS[text]


def test_a_pattern_of_1024_characters_is_accepted_and_one_more_is_refused() -> None:
    longest = '{ $.a = "' + "x" * (1_024 - 11) + '"}'
    assert parse_pattern(longest).text == longest
    first = screen(longest + " ").splitlines()[0]
    assert first == "<pattern>:1:1025: error: a pattern has at most 1,024 characters, this one has 1,025"


def test_parentheses_go_forty_deep_and_no_deeper() -> None:
    assert parse_pattern("{" + "(" * 40 + "$.a = 1" + ")" * 40 + "}").matches({"a": 1})
    assert parse_pattern("{" + " && ".join(["($.a = 1)"] * 41) + "}").matches({"a": 1})
    first = screen("{" + "(" * 41 + "$.a = 1" + ")" * 41 + "}").splitlines()[0]
    assert first == "<pattern>:1:42: error: parentheses nested more than 40 deep"


# ---- the tree --------------------------------------------------------------------------------------


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (Compare(Selector((name,)), "=", Numeral(1)) for name in "abc")
    assert parse_pattern("{ $.a = 1 || $.b = 1 && $.c = 1 }").condition == Any((a, All((b, c))))
    assert parse_pattern("{ ($.a = 1 || $.b = 1) && $.c = 1 }").condition == All((Any((a, b)), c))


def test_leaves_come_in_the_order_of_the_text_with_their_places() -> None:
    text = '{ ($.a = "x" || $.b NOT EXISTS) && $.c[0].d >= 1e+3 }'
    leaves = parse_pattern(text).leaves
    assert leaves == (
        Compare(Selector(("a",)), "=", Text("x")),
        Test(Selector(("b",)), "NOT EXISTS"),
        Compare(Selector(("c", 0, "d")), ">=", Numeral(1000)),
    )
    places = [text[leaf.span.start : leaf.span.end] for leaf in leaves]
    assert places == ['$.a = "x"', "$.b NOT EXISTS", "$.c[0].d >= 1e+3"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("$.userIdentity.arn", "userIdentity.arn"),
        ("$.a[0].b", "a.0.b"),
        ("$.['plain']", "plain"),
        ("$.['a.b']", None),
        ("$.a.0", None),
        ("$.a[*].b", None),
        ("$.*", None),
    ],
)
def test_a_selector_has_a_dotted_name_unless_that_would_say_something_else(
    text: str, path: str | None
) -> None:
    assert parse_pattern(f"{{ {text} IS NULL }}").leaves[0].selector.path == path


def test_a_leaf_alone_answers_as_in_its_pattern() -> None:
    leaf = parse_pattern('{ $.a != "x" }').leaves[0]
    assert leaf_matches(leaf, {"a": "y"}, Reading())
    assert not leaf_matches(leaf, {"a": "x"}, Reading())
    assert not leaf_matches(leaf, {"a": None}, Reading())
    assert leaf_matches(leaf, {"a": None}, Reading(null_exists=True))


def test_a_number_beyond_double_precision_compares_as_infinite() -> None:
    pattern = parse_pattern("{ $.a > 1e308 }")
    assert pattern.matches({"a": 10**400})
    assert not pattern.matches({"a": -(10**400)})


# ---- hostile text costs no more than its length ------------------------------------------------------

HOSTILE = "a" * 100_000


@pytest.mark.parametrize("operand", ["%a*a*a*a*a*a*b%", "%a+a+a+a+a+$b%", '"' + "*a" * 200 + '*b"'])
def test_a_hostile_text_is_searched_in_one_pass(operand: str) -> None:
    pattern = parse_pattern("{ $.userAgent = " + operand + " }")
    assert not pattern.matches({"userAgent": HOSTILE})


@pytest.mark.parametrize("operand", ["%a*a*a*a*a*a*b%", '"' + "*a" * 200 + '*b"'])
def test_and_it_is_found_where_it_stands_at_the_end(operand: str) -> None:
    pattern = parse_pattern("{ $.userAgent = " + operand + " }")
    assert pattern.matches({"userAgent": HOSTILE + "b"})


# ---- properties ------------------------------------------------------------------------------------

names = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
keys = st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]), min_size=1, max_size=4)
regexes = st.sampled_from(["^a", "a|b$", r"\d{1,2}", "[^a-c]+", "%".replace("%", "x")])
numerals = st.floats(allow_nan=False, allow_infinity=False).map(Numeral)
texts = st.builds(Text, st.text(max_size=4)) | st.builds(
    Text, st.sampled_from(["4*", "*4", "123.123.*", "-1*"]), st.just(True)
)


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    first = draw(names | keys)
    return Selector((first, *draw(st.lists(names | keys | st.integers(0, 99), max_size=2))))


equalities = st.builds(Compare, selectors(), st.sampled_from(["=", "!="]), texts | numerals)
orders = st.builds(Compare, selectors(), st.sampled_from(["<", "<=", ">", ">="]), numerals)
tests = st.builds(Test, selectors(), st.sampled_from(["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"]))
searches = st.builds(
    Compare, st.just(Selector(("a", Wildcard.ELEMENT))), st.just("="), regexes.map(RegexText)
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    equalities | orders | tests,
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda operands: st.sampled_from([All(tuple(operands)), Any(tuple(operands))])
    ),
    max_leaves=6,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(conditions, searches)
def test_any_tree_survives_printing_and_parsing(condition: Condition, search: Compare) -> None:
    tree = All((condition, search))
    assert parse_pattern(print_pattern(tree)).condition == tree


OPPOSITE: dict[NumericOperator, NumericOperator] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}


@given(equalities | orders, values, st.sampled_from(ALL_READINGS))
def test_a_comparison_and_its_opposite_never_hold_together(
    leaf: Compare, value: object, reading: Reading
) -> None:
    event: object = value
    for step in reversed(leaf.selector.steps):
        event = [None] * step + [event] if isinstance(step, int) else {step: event}
    twin = Compare(leaf.selector, OPPOSITE[leaf.operator], leaf.operand)
    assert isinstance(event, dict)
    assert not (leaf_matches(leaf, event, reading) and leaf_matches(twin, event, reading))


@given(st.text(max_size=30) | st.text("{}()$.[]*'\"%=!<>&|\\ aNOTEXISTUL01-+e", max_size=30))
def test_any_text_is_a_pattern_or_a_pattern_error(text: str) -> None:
    for candidate in (text, "{" + text + "}", "{ $.a = " + text + " }", "{ $.a = %" + text + "% }"):
        try:
            parse_pattern(candidate).matches({"a": "x"})
        except PatternError as error:
            assert str(error).startswith("<pattern>:")


@given(st.sampled_from([case.pattern for case in ALL_CASES]), st.data())
def test_any_mutation_of_a_pattern_is_a_pattern_or_a_pattern_error(pattern: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(pattern)))
    end = data.draw(st.integers(start, min(len(pattern), start + 3)))
    text = pattern[:start] + data.draw(st.text(max_size=2)) + pattern[end:]
    try:
        parse_pattern(text).matches({"a": "x"})
    except PatternError as error:
        assert str(error).startswith("<pattern>:")


# ---- the regular expressions agree with Python's where both say the same ------------------------------

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
