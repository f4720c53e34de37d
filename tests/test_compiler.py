"""What a condition becomes as a filter pattern, and what is refused."""

from __future__ import annotations

import string

import pytest

from cis_insights import Equivalent, NotCompilable, parse_pattern, parse_query, prove
from cis_insights.catalogue.proven_patterns import compile_proven
from cis_insights.compiler import MAX_PATTERN, compile_query
from cis_insights.logs_insights.query import Query
from cis_insights.logs_insights.syntax import Comparison, Field, Filter, Like, Regex, String

TEXTS = [
    ('a = "x"', '{ $.a = "x" }'),
    ('a in ["x", "y", "x"]', '{ ($.a = "x") || ($.a = "y") }'),
    ('not ispresent(a) or a not in ["x", "y"]', '{ ($.a NOT EXISTS) || (($.a != "x") && ($.a != "y")) }'),
    ('ispresent(a) and a != "x"', '{ ($.a = "*") && ($.a != "x") }'),
    ("a like /^x/", '{ $.a = "x*" }'),
    ("a like /^(Create|Delete)Vpc$/", '{ ($.a = "CreateVpc") || ($.a = "DeleteVpc") }'),
    ("a like /.*x.*/", '{ $.a = "*x*" }'),
    ('a like "x"', '{ $.a = "*x*" }'),
    ("a like /^x.*y$/", "{ $.a = %^x.*y$% }"),
    ("a = 1", "{ ($.a = 1) || ($.a IS TRUE) }"),
    ("a = 404", "{ $.a = 404 }"),
    ("a < 2", "{ ($.a < 2) || ($.a IS TRUE) || ($.a IS FALSE) }"),
    ("a = -3", "{ $.a = -3 }"),
    ('a.0.b = "say \\"x\\""', '{ $.a[0].b = "say \\"x\\"" }'),
    ('not (a = "x" or not ispresent(a))', '{ ($.a != "x") && ($.a = "*") }'),
    ("a = 0", "{ ($.a = 0) || ($.a IS FALSE) }"),
    ("a = 2", "{ $.a = 2 }"),
    ("a = -1", "{ $.a = -1 }"),
    ("a < 1", "{ ($.a < 1) || ($.a IS FALSE) }"),
    ("a <= 1", "{ ($.a <= 1) || ($.a IS TRUE) || ($.a IS FALSE) }"),
    ("a > 0", "{ ($.a > 0) || ($.a IS TRUE) }"),
    ("a >= 0", "{ ($.a >= 0) || ($.a IS TRUE) || ($.a IS FALSE) }"),
    ("a > 1", "{ $.a > 1 }"),
    ("a >= 1", "{ ($.a >= 1) || ($.a IS TRUE) }"),
    ("a < 0", "{ $.a < 0 }"),
    ('a = ""', '{ $.a = "" }'),
    ("a = -(-5)", "{ $.a = 5 }"),
    ("a < -(-1)", "{ ($.a < 1) || ($.a IS FALSE) }"),
    ('a in [5, -(-2), "x"]', '{ ($.a = 5) || ($.a = 2) || ($.a = "x") }'),
    ("ispresent(a) and a != 404", '{ ($.a = "*") && ($.a != 404) }'),
    ("ispresent(a) and a not in [5, -2]", '{ ($.a = "*") && (($.a != 5) && ($.a != -2)) }'),
    (f"a = {2**53 - 1} or a = {1 - 2**53}", f"{{ ($.a = {2**53 - 1}) || ($.a = {1 - 2**53}) }}"),
    (
        "not ispresent(a) or a not like /^(x|y)/",
        '{ ($.a NOT EXISTS) || (($.a != "x*") && ($.a != "y*")) }',
    ),
    ('a = "c:\\\\x"', '{ $.a = "c:\\\\x" }'),
    ("a like /^x y/", '{ $.a = "x y*" }'),
    ('a.0 = "x"', '{ $.a[0] = "x" }'),
    ('`a-b_c`.7a = "x"', '{ $.a-b_c.7a = "x" }'),
    ("a like /[0-9]x/ or a like /x[0-9]/", "{ ($.a = %[0-9]x%) || ($.a = %x[0-9]%) }"),
    (
        'a in ["1%", "2%", "3%", "4%", "5%"]',
        '{ ($.a = "1%") || ($.a = "2%") || ($.a = "3%") || ($.a = "4%") || ($.a = "5%") }',
    ),
]

PROSE = "a list of values, an anchored regular expression or `ispresent` can be written in a pattern"
NOTHING_ELSE = "a pattern compares one field with constants and nothing else"
ON_THE_RIGHT = "the field is on the right"
WHOLE = "a pattern compares with whole numbers"
NO_NOT = "a pattern cannot negate this"
BEYOND = "this is beyond the regular expressions of patterns"
ANCHORED = "anchored text such as /^role\\/ci-/ or /Denied$/, and | between such, can be written"
NOT_WRITTEN = "this text cannot be written in a pattern"
ASCII = "printable ASCII without * can"

# condition -> the part that is marked, what is said of it, and what to write
REFUSED = {
    "strlen(a) > 5": ("strlen(a) > 5", NOTHING_ELSE, PROSE),
    "tolower(a) = b": ("tolower(a) = b", NOTHING_ELSE, PROSE),
    '"x" = tolower(a)': ('"x" = tolower(a)', NOTHING_ELSE, PROSE),
    'not (tolower(a) < "x")': ('tolower(a) < "x"', NOTHING_ELSE, PROSE),
    'not strcontains(a, "x")': ('strcontains(a, "x")', NOTHING_ELSE, PROSE),
    'b = "y" and ispresent(a, b)': ("ispresent(a, b)", NOTHING_ELSE, PROSE),
    "a = b": ("b", "a pattern compares with constants only", 'write a "string" or a number'),
    "a = -(b)": ("-(b", "a pattern compares with constants only", 'write a "string" or a number'),
    '"x" = a': ('"x" = a', ON_THE_RIGHT, "write the field first"),
    "5 < a": ("5 < a", ON_THE_RIGHT, "write the field first"),
    'a > "x"': ('"x"', "a pattern has no `>` for text", "compare with a number, unquoted"),
    "a = 1.5": ("1.5", WHOLE, "compare with a range of such"),
    f"a = {2**53}": (str(2**53), WHOLE, "compare with a range of such"),
    f"a < -{2**53}": (f"-{2**53}", WHOLE, "compare with a range of such"),
    "a != 1": ("1", "a pattern cannot tell this from true and false", "use `=` with 0 or 1"),
    "a not in [5, 0]": ("0", "a pattern cannot tell this from true and false", "use `=` with 0 or 1"),
    "not (a < 5)": ("a < 5", NO_NOT, "turn the comparison itself round"),
    'a like ""': ('""', "a pattern looks for constant text", 'write a "string" or a /regex/'),
    "a like {{p}}": ("{{p}}", "a pattern looks for constant text", 'write a "string" or a /regex/'),
    "a like /(?i)x/": ("/(?i)x/", BEYOND, ANCHORED),
    "a like /^x y.*z$/": ("/^x y.*z$/", BEYOND, ANCHORED),
    "a like /(?!x)/": ("/(?!x)/", "only (?:..), (?<name>..) and (?i) are supported", ""),
    'a = "é"': ('"é"', NOT_WRITTEN, ASCII),
    'a = "x*"': ('"x*"', NOT_WRITTEN, ASCII),
    "a like /^é/": ("/^é/", NOT_WRITTEN, ASCII),
    '@message like "x"': (
        '@message like "x"',
        "`@message` is not a property of the event's JSON",
        "compare a field of CloudTrail",
    ),
    'a.`b c` = "x"': (
        'a.`b c` = "x"',
        "`a.b c` is not a property of the event's JSON",
        "compare a field of CloudTrail",
    ),
    "`a.` = 5": ("`a.` = 5", "`a.` is not a property of the event's JSON", "compare a field of CloudTrail"),
    "ispresent(`0`.a)": (
        "ispresent(`0`.a)",
        "`0.a` is not a property of the event's JSON",
        "compare a field of CloudTrail",
    ),
    "a like /^x.*y$/ or a like /^y.*x$/ or a like /^z.*x$/": (
        "a like /^x.*y$/ or a like /^y.*x$/ or a like /^z.*x$/",
        "more than 2 regular expressions in a pattern",
        "write lists of values or anchored literals",
    ),
}


@pytest.mark.parametrize(("condition", "text"), TEXTS)
def test_a_condition_becomes_a_pattern_that_is_proven_equal(condition: str, text: str) -> None:
    query = parse_query(f"filter {condition}")
    assert compile_query(query) == (text,)
    assert prove(query, [parse_pattern(text)]) == Equivalent()


def refusal(text: str) -> tuple[str, str, str]:
    """The part of a query that is marked, what is said of it, and what to write instead."""
    with pytest.raises(NotCompilable) as caught:
        compile_query(parse_query(text))
    (fault,) = caught.value.faults
    return text[fault.span.start : fault.span.end], fault.message, fault.hint


@pytest.mark.parametrize("condition", REFUSED)
def test_what_no_pattern_says_is_refused_and_not_approximated(condition: str) -> None:
    assert refusal(f"filter {condition}") == REFUSED[condition]


def test_the_refusal_points_at_the_part_that_cannot_be_said() -> None:
    with pytest.raises(NotCompilable) as caught:
        compile_query(parse_query('filter a = "x"\n    and tolower(b) = "y"', "q.cwli"))
    assert str(caught.value) == (
        "q.cwli:2:9: error: a pattern compares one field with constants and nothing else\n"
        '        and tolower(b) = "y"\n'
        "            ~~~~~~~~~~~~~~~^\n"
        "    hint: a list of values, an anchored regular expression or `ispresent` can be written"
        " in a pattern"
    )


# --- characters -------------------------------------------------------------------------


def compiles(condition: Comparison | Like) -> bool:
    """Whether a condition has a pattern that is proven equal."""
    try:
        return len(compile_proven(Query((Filter(condition),)))) == 1
    except NotCompilable:
        return False


def test_printable_ascii_but_the_asterisk_can_be_written_as_text() -> None:
    characters = [
        char for char in map(chr, range(0x180)) if compiles(Comparison("=", Field("a"), String(char)))
    ]
    assert "".join(characters) == "".join(map(chr, range(0x20, 0x7F))).replace("*", "")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
IN_REGEXES = string.ascii_letters + string.digits + ":_#=@/;,-"
OPERATORS = "^$?[]{}|*+."
FORMS = {
    "{}[0-9]": IN_REGEXES + "^$[]}|.\\",
    "[0-9]{}": IN_REGEXES + "^$?]}|*+.",
    "[x{}]": IN_REGEXES + OPERATORS,
    "\\{}[0-9]": ":_#=@/;,-dDsSwW\\" + OPERATORS,
    "[x\\{}]": ":_#=@/;,-dsw\\" + OPERATORS,
    "[x\\x{}a]": "01234567",
    "\\x6{}": string.hexdigits,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_regex_of_what_patterns_know_is_taken_as_it_is(form: str) -> None:
    characters = map(chr, range(0x180))
    taken = [char for char in characters if compiles(Like(Field("a"), Regex(form.replace("{}", char))))]
    assert "".join(taken) == "".join(sorted(FORMS[form]))


@pytest.mark.parametrize("char", [char for char in map(chr, range(0x20, 0x180)) if char not in ".`"])
def test_a_step_of_a_field_is_letters_digits_hyphen_and_underscore(char: str) -> None:
    plain = char in string.ascii_letters + string.digits + "-_"
    for name in (f"a.x{char}x", f"a.{char}x", f"a.x{char}", f"{char}x.a", f"a.{char}"):
        assert compiles(Comparison("=", Field(name), String("x"))) == plain


# --- limits -----------------------------------------------------------------------------


ALONE = len('{ $.a = "" }')


def of_length(length: int) -> str:
    """A condition whose pattern has this many characters."""
    text = "x" * (length - ALONE)
    return f'a = "{text}"'


def test_a_pattern_has_1024_characters_and_no_more() -> None:
    (text,) = compile_query(parse_query(f"filter {of_length(1024)}"))
    assert len(text) == MAX_PATTERN == 1024
    marked, message, hint = refusal(f"filter {of_length(1025)}")
    assert marked == of_length(1025)
    assert message == "the pattern is longer than 1024 characters and has no list of values to split"
    assert hint == "make two controls of it"


def values(count: int, length: int) -> list[str]:
    return [f"v{number:0{length - 1}}" for number in range(count)]


def listed(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def said(*parts: tuple[str, list[str]]) -> str:
    """The pattern of a list of values for each of some fields."""
    lists = [[f'$.{field} = "{name}"' for name in names] for field, names in parts]
    joined = [" || ".join(f"({one})" for one in several) if several[1:] else several[0] for several in lists]
    return "{ " + (" && ".join(f"({one})" for one in joined) if joined[1:] else joined[0]) + " }"


def test_a_long_list_is_split_into_patterns_that_no_event_matches_twice() -> None:
    names = values(80, 31)
    query = parse_query(f"filter a in {listed(names)}")
    texts = compile_query(query)
    assert texts == tuple(said(("a", names[at : at + 20])) for at in (0, 20, 40, 60))
    patterns = [parse_pattern(text) for text in texts]
    assert prove(query, patterns) == Equivalent()
    assert prove(query, patterns[1:]) != Equivalent()


def test_two_values_that_fit_alone_are_two_patterns() -> None:
    one, other = values(2, 1024 - ALONE)
    assert compile_query(parse_query(f"filter a in {listed([one, other])}")) == (
        said(("a", [one])),
        said(("a", [other])),
    )
    assert refusal(f"filter a in {listed([one, other + 'x'])}")[1].startswith("the pattern is longer than")


def test_the_list_of_most_values_is_split_first_and_all_else_stands_in_every_part() -> None:
    (first, second), (one, two, three) = values(2, 400), values(3, 200)
    query = parse_query(
        f'filter b = "x" and a in {listed([first, second])} and c in {listed([one, two, three])}'
    )
    texts = compile_query(query)
    assert texts == tuple(
        said(("b", ["x"]), ("a", [alone]), ("c", part))
        for part in ([one], [two, three])
        for alone in (first, second)
    )
    assert prove(query, [parse_pattern(text) for text in texts]) == Equivalent()


def alternatives(*sources: str) -> str:
    """A condition of several services, each with a list of ten names of its own."""
    return " or ".join(
        f'(eventSource = "{source}" and eventName in {listed(values(10, 31))})' for source in sources
    )


def test_alternatives_that_no_event_meets_together_are_split() -> None:
    query = parse_query(f'filter a = "x" and ({alternatives("p", "q", "r")})')
    texts = compile_query(query)
    assert [text.count("eventSource") for text in texts] == [1, 1, 1]
    assert all('($.a = "x") && ' in text for text in texts)
    patterns = [parse_pattern(text) for text in texts]
    assert prove(query, patterns) == Equivalent()
    assert prove(query, patterns[1:]) != Equivalent()


def test_alternatives_with_a_list_that_is_too_long_are_split_again() -> None:
    names = listed(values(40, 31))
    query = parse_query(
        f'filter (eventSource = "p" and eventName in {names}) or {alternatives("q")} or eventSource = "r"'
    )
    assert len(compile_proven(query)) == 5  # 4 of p, and q with r


@pytest.mark.parametrize("second", ["p", "q"])
def test_alternatives_that_an_event_may_meet_together_are_not_split(second: str) -> None:
    long = [f'(eventSource = "p" and a.{name} = "{"x" * 300}")' for name in "abcd"]
    open_ended = f'(a = "{"x" * 600}" or eventSource = "{second}")'
    assert refusal(f"filter {' or '.join(long)}")[1].startswith("the pattern is longer than")
    assert refusal(f"filter {' or '.join([*long, open_ended])}")[1].startswith("the pattern is longer than")


def test_a_list_of_what_must_not_be_is_never_split() -> None:
    long = "x" * 100
    others = " and ".join(f'c.{part} = "{long}"' for part in "abcdefg")
    text = f"filter {others} and ispresent(a) and a not in {listed(values(3, 5))} and b in "
    assert len(compile_query(parse_query(text + listed(values(2, 5))))) == 1
    query = parse_query(text + listed(values(2, 80)))
    texts = compile_query(query)
    assert len(texts) == 2
    assert prove(query, [parse_pattern(text) for text in texts]) == Equivalent()
    marked, message, hint = refusal(text + listed(["x", long * 2]))
    assert marked == (text + listed(["x", long * 2])).removeprefix("filter ")
    assert message == "the pattern is longer than 1024 characters and has no list of values to split"
    assert hint == "make two controls of it"


def test_a_condition_becomes_a_hundred_patterns_and_no_more() -> None:
    (long,) = values(1, 1024 - len(said(("b", [""]), ("a", ["v00"]))))
    text = f'filter b = "{long}" and a in '
    names = values(100, 3)
    assert compile_query(parse_query(text + listed(names))) == tuple(
        said(("b", [long]), ("a", [name])) for name in names
    )
    marked, message, hint = refusal(text + listed([*names, "x00"]))
    assert marked == (text + listed([*names, "x00"])).removeprefix("filter ")
    assert message == "this takes more than 100 metric filters, and a log group has no more"
    assert hint == "shorten the lists of values"


def test_a_long_pattern_without_a_list_is_refused() -> None:
    condition = " or ".join(f'field{number}.with.a.long.path = "and a long value"' for number in range(40))
    with pytest.raises(NotCompilable, match="longer than 1024 characters"):
        compile_query(parse_query(f"filter {condition}"))


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("stats count(*) as n by user | filter n > 5", "filter n > 5"),
        ('filter a = "x" | limit 5 | filter b = "y" | sort a', 'filter b = "y"'),
    ],
)
def test_a_filter_that_looks_at_more_than_one_event_is_left_to_a_log_alarm(query: str, marked: str) -> None:
    assert refusal(query) == (
        marked,
        "a filter after stats, limit or dedup looks at more than one event",
        "put the filter first, or leave it to a log alarm",
    )


def test_a_column_that_is_cut_out_of_a_text_is_left_to_a_log_alarm() -> None:
    assert refusal('parse a "x*" as b | filter b = "y"') == (
        "b",
        "`b` is made by `parse`, which a condition on one event cannot follow",
        "compare the field it is cut from",
    )
    assert compile_query(parse_query('parse a "x*" as b | filter a = "y"')) == ('{ $.a = "y" }',)


def test_columns_of_earlier_stages_are_replaced_by_what_they_stand_for() -> None:
    query = parse_query('fields userIdentity.type as kind | filter kind = "Root"')
    assert compile_query(query) == ('{ $.userIdentity.type = "Root" }',)
    assert query.matches({"userIdentity": {"type": "Root"}})
    assert not query.matches({"kind": "Root"})
