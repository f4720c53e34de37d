"""A condition on one event: every operator and function, under every reading of what is not documented."""

from __future__ import annotations

from functools import reduce

import pytest

from cis_insights import ALL_READINGS, QueryError, Reading, parse_query

LIKELY = Reading()


def _holds(condition: str, event: dict[str, object], reading: Reading = LIKELY) -> bool:
    return parse_query(f"filter {condition}").matches(event, reading)


# condition -> values of `a` on which it is true, and on which it is not
CASES: dict[str, tuple[list[object], list[object]]] = {
    'a = "x"': (["x"], ["X", "xx", "", 1, True, None, {}, ["x"]]),
    'a != "x"': (["X", "", 1, True], ["x", {}, ["x"]]),
    "a = 1": ([1, 1.0, True], [0, "1", False, "x", {}]),
    "a != 0": ([1, True, "x"], [0, False]),
    "a < 5": ([4, -1, True], [5, 6, "x"]),
    "a <= 5": ([5], [6]),
    "a > 5": ([6], [5, "x"]),
    "a >= 5": ([5], [4]),
    '"x" = a': (["x"], ["y"]),
    "5 > a": ([4], [5]),
    'a in ["x", 1]': (["x", 1, True], ["y", "1", 2]),
    'a not in ["x", 1]': (["y", 2], ["x", 1, {}]),
    'a like "b"': (["b", "abc"], ["B", "", 1]),
    "a like /^b/": (["b", "bc"], ["ab", "\nb"]),
    "a =~ /b$/": (["ab"], ["b\n", "ba"]),
    "a not like /b/": (["a", 1], ["b", []]),
    "a like /(?i)B/": (["b"], ["c"]),
    "ispresent(a)": (["", 0, False, {}, []], []),
    "isempty(a) = 1": (["", {}], ["x", 0]),
    "isblank(a) = 1": ([" \t", ""], ["x"]),
    "strlen(a) = 2": (["ab", 12], ["a"]),
    'toupper(a) = "AB"': (["ab"], ["x"]),
    'tolower(a) = "ab"': (["AB"], ["x"]),
    'trim(a) = "x"': ([" x "], ["x y"]),
    'ltrim(a) = "x "': ([" x "], ["x"]),
    'rtrim(a) = " x"': ([" x "], ["x"]),
    'substr(a, 1, 2) = "bc"': (["abcd"], ["bc"]),
    'replace(a, "b", "x") = "axc"': (["abc"], ["ac"]),
    'concat(a, "!") = "x!"': (["x"], ["y"]),
    'strcontains(a, "b") = 1': (["abc"], ["c"]),
    'strcontains(a, "B", 1) = 1': (["abc"], ["c"]),
    'startswith(a, "ab") = 1': (["abc"], ["cab"]),
    'endswith(a, "bc") = 1': (["abc"], ["bca"]),
    "abs(a) = 3": ([-3, 3], [2]),
    "ceil(a) = 2": ([1.2], [2.1]),
    "floor(a) = 2": ([2.9], [3]),
    "sqrt(a) = 3": ([9], [-9, 8]),
    "greatest(a, 5) = 7": ([7], [3]),
    "least(a, 5) = 3": ([3], [7]),
    "tonumber(a) = 12": (["12", 12, "1.2e1"], ["x"]),
    "isnumeric(a) = 1": (["12", 1], ["x"]),
    'tostring(a) = "12"': ([12], ["x"]),
    "a = -(-5)": ([5], [-5]),
    "a + 1 = 3": ([2], [1, "x"]),
    "a * 2 - 1 = 3": ([2], [1]),
    "a / 0 = 1": ([], [1, 0]),
    "a % 2 = 1": ([3], [2]),
    "a ^ 2 = 9": ([3, -3], [2]),
    'if(a = "x", 1, 2) = 1': (["x"], ["y"]),
    'if(a in ["x", "y"], 1, 2) = 1': (["x", "y"], ["z", 1, {}]),
    'if(a not in ["x"], 1, 2) = 1': (["y", 1], ["x", {}]),
    'if(a like "x", 1, 2) = 1': (["xy"], ["y", 1]),
    'if(not (a = "x"), 1, 2) = 1': (["y", 1], ["x"]),
    'if(a = "x" or a = "y", 1, 2) = 1': (["x", "y"], ["z"]),
    'if(a like "x" and a like "y", 1, 2) = 1': (["xy"], ["x", "y"]),
    'case(a = "x", 1, a = "y", 2, 3) = 2': (["y"], ["x", "z"]),
    "ispresent(a) = 1": (["", 0, {}, []], []),
    "isempty(ispresent(a)) = 0": (["", {}], []),
    "isempty(a ^ 0.5) = 1": ([-9, "x", {}], [9, 0, "4"]),
    "isempty(0 ^ a) = 1": ([-1, -0.5], [1, 0]),
    "isempty(a ^ 2) = 1": ([1e200, "x"], [1e100, -3]),
    "isempty(a % 2) = 1": (["x"], [3, 0, "3"]),
    "a % 2 = -1": ([-3], [3]),
    "-a = 3": ([-3, "-3"], [3, True]),
    "a - -1 = 3": ([2, "2"], [4]),
    "a * 1 = 1": ([True, "1", 1], [False, "x"]),
    'coalesce(b, a) = "x"': (["x"], ["y"]),
    "isvalidipv4(a) = 1": (["192.0.2.1"], ["x", "2001:db8::1"]),
    "isvalidipv6(a) = 1": (["2001:db8::1"], ["192.0.2.1"]),
    'isipv4insubnet(a, "192.0.2.0/24") = 1': (["192.0.2.9"], ["198.51.100.1"]),
    'isipinsubnet(a, "2001:db8::/32") = 1': (["2001:db8::5"], ["192.0.2.1"]),
}


@pytest.mark.parametrize(("condition", "holds", "fails"), [(key, *pair) for key, pair in CASES.items()])
def test_a_leaf_is_true_of_these_and_not_of_those(
    condition: str, holds: list[object], fails: list[object]
) -> None:
    assert [value for value in holds if not _holds(condition, {"a": value})] == []
    assert [value for value in fails if _holds(condition, {"a": value})] == []


@pytest.mark.parametrize("condition", ['a = "x"', "a < 5", 'a in ["x"]', "a like /x/", "ispresent(a)"])
def test_a_positive_leaf_is_false_of_an_absent_field_under_every_reading(condition: str) -> None:
    assert not any(
        _holds(condition, event, reading) for event in ({}, {"b": "x"}) for reading in ALL_READINGS
    )


@pytest.mark.parametrize(
    "condition", ['a != "x"', 'a not in ["x"]', "a not like /x/", 'not (a = "x")', "not (a < 5)"]
)
def test_a_negative_leaf_on_an_absent_field_depends_on_the_reading_and_on_nothing_else(
    condition: str,
) -> None:
    for reading in ALL_READINGS:
        assert _holds(condition, {}, reading) == reading.absent_differs


def test_an_explicit_null_is_present_or_not_by_the_reading() -> None:
    for reading in ALL_READINGS:
        assert _holds("ispresent(a)", {"a": None}, reading) == reading.null_exists
        assert not _holds('a = "x"', {"a": None}, reading)


def test_a_number_compares_with_a_text_by_the_reading() -> None:
    for reading in ALL_READINGS:
        assert _holds("a = 5", {"a": "5.0"}, reading) == reading.numeric_text
        assert not _holds('a = "5"', {"a": 5}, reading)


def test_fields_are_found_in_maps_and_lists_by_their_path() -> None:
    event = {"a": [{"b": "x"}, {"b": "y"}], "c": {"d.e": "z"}}
    assert _holds('a.1.b = "y"', event)
    assert not _holds('a.2.b = "y"', event)
    assert not _holds('a.b = "y"', event)


def test_two_fields_compare_with_each_other() -> None:
    assert _holds("a = b", {"a": "x", "b": "x"})
    assert not _holds("a = b", {"a": "1", "b": 1})
    assert not _holds("a = b", {"a": "x"})


def test_what_is_absent_or_null_is_equal_to_nothing_under_every_reading() -> None:
    for event in ({"a": None}, {"a": None, "b": None}, {"b": None}, {}):
        assert not any(_holds("a = b", event, reading) for reading in ALL_READINGS)


def test_the_message_is_the_record_s_json() -> None:
    assert _holds('@message like "\\"eventType\\":\\"x\\""', {"eventType": "x"})


def test_negation_goes_down_to_the_leaves() -> None:
    condition = 'not (a = "x" or (ispresent(b) and b != "y"))'
    assert _holds(condition, {"a": "z", "b": "y"})
    assert not _holds(condition, {"a": "z", "b": "n"})
    assert not _holds(condition, {"a": "x", "b": "y"})


def test_negation_goes_down_to_the_leaves_within_a_function_too() -> None:
    condition = 'if(not (a = "x" or b = "x"), 1, 0) = 1'
    assert _holds(condition, {"a": "y", "b": "y"})
    assert not _holds(condition, {"a": "y", "b": "x"})
    for reading in ALL_READINGS:
        assert _holds(condition, {"a": "y"}, reading) == reading.absent_differs


def test_presence_within_a_function_is_by_the_reading() -> None:
    for reading in ALL_READINGS:
        assert _holds("if(ispresent(a), 1, 0) = 1", {"a": None}, reading) == reading.null_exists
        assert not _holds("if(ispresent(a), 1, 0) = 1", {}, reading)


def test_the_message_is_compact_json_of_the_record_in_its_own_characters() -> None:
    record = {"a": "é", "b": [1, {"c": None}]}
    assert _holds("""@message = '{"a":"é","b":[1,{"c":null}]}'""", record)
    assert not _holds('@message like ", "', record)
    assert not _holds('@message like "u00e9"', record)


BEYOND = [2**1024, 10**400]


@pytest.mark.parametrize("number", BEYOND)
def test_a_whole_number_that_no_double_holds_is_beyond_all_others(number: int) -> None:
    assert _holds("a > 1e308", {"a": number})
    assert not _holds("a < 1e308", {"a": number})
    assert _holds("a < -1e308", {"a": -number})
    assert not _holds("a > -1e308", {"a": -number})
    assert not _holds("a = 1", {"a": number})


def test_a_whole_number_that_a_double_holds_is_itself() -> None:
    assert not _holds("a > 1e308", {"a": 2**1023})
    assert _holds("a > 8e307", {"a": 2**1023})
    assert _holds("a < 1.7976931348623157e308", {"a": 2**1023})
    assert _holds("a < -8e307", {"a": -(2**1023)})
    assert not _holds("a < -1e308", {"a": -(2**1023)})


# condition -> the part that is marked, what is said of it, and what to write
REFUSED = {
    "count(a) = 1": ("count(a)", "the function count has no value for a single event", ""),
    "bin(5m) = 1": ("bin(5m)", "the function bin has no value for a single event", ""),
    "nosuch(a) = 1": ("nosuch(a)", "Logs Insights has no function nosuch", "see Logs Insights' functions"),
    "if(a, b, c, d) = 1": ("if(a, b, c, d)", "if does not take 4 arguments", "see its page"),
    "ispresent(a, b)": ("ispresent(a, b)", "ispresent does not take 2 arguments", "see its page"),
    "substr(a, 1, 2, 3) = b": ("substr(a, 1, 2, 3)", "substr does not take 4 arguments", "see its page"),
    "a like /(/": (
        "/(/",
        "the regular expression is not valid: this `(` is never closed",
        "write it in RE2 syntax",
    ),
    "a like {{p}}": ("{{p}}", "a parameter has no value here", "give it a default"),
    "a = {{p}}": ("{{p}}", "no value for a single event", ""),
    "strlen(/x/) = 1": ("/x/", "no value for a single event", ""),
}


def _refusal(condition: str, event: dict[str, object]) -> tuple[str, str, str]:
    text = f"filter {condition}"
    with pytest.raises(QueryError) as caught:
        parse_query(text, "q.cwli").matches(event)
    (fault,) = caught.value.faults
    assert (fault.text, fault.path) == (text, "q.cwli")
    return text[fault.span.start : fault.span.end], fault.message, fault.hint


@pytest.mark.parametrize("condition", REFUSED)
def test_what_has_no_meaning_for_one_event_is_refused_at_its_place(condition: str) -> None:
    assert _refusal(condition, {"a": "x"}) == REFUSED[condition]


def test_an_event_that_is_nested_too_deep_for_one_text_is_refused_and_its_fields_are_not() -> None:
    event: dict[str, object] = {"a": "x"}
    event["deep"] = reduce(lambda inner, _: [inner], range(100_000), [])
    assert _holds('a = "x"', event)
    assert not _holds('deep.0.0 = "x"', event)
    assert _refusal('@message like "x"', event) == (
        "@message",
        "the event is nested too deep to be looked at as one text",
        "compare fields of the record",
    )
