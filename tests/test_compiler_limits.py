"""What does not fit into one pattern is split, or refused: 1,024 characters, a hundred patterns."""

from __future__ import annotations

import pytest

from cis_insights import Equivalent, NotCompilable, parse_pattern, parse_query, prove
from cis_insights.catalogue.proven_patterns import compile_proven
from cis_insights.compiler import MAX_PATTERN, compile_query

from .support.refusal import refusal

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
