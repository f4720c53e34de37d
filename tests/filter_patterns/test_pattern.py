"""Metric filter patterns: the case table, the error screens, and properties over generated patterns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cis_insights.errors import PatternError, Span
from cis_insights.filter_patterns.pattern import (
    parse_pattern,
    print_pattern,
)
from cis_insights.reading import ALL_READINGS, Reading

FILES = [Path(__file__).parents[1] / "cases" / name for name in ("patterns.txt", "patterns-refused.txt")]
QUERIES = Path(__file__).parents[2] / "queries" / "cis"
SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the tables, with the lines of its block that it rests on."""

    kind: str
    pattern: str
    event: str = "{}"
    reading: str = ""
    message: str = ""
    hint: str = ""

    def readings(self) -> list[Reading]:
        wanted = dict(switch.split("=") for switch in self.reading.split())
        return [
            reading
            for reading in ALL_READINGS
            if all(getattr(reading, name) is SWITCH[value] for name, value in wanted.items())
        ]


def read_cases(text: str) -> Iterator[Case]:
    for block in text.split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if line and not line.startswith("#")]
        shared, invalid = dict[str, str](), list[str]()
        for index, (key, _, value) in enumerate(lines):
            match key:
                case "source" | "event" | "reading":
                    shared[key] = value
                case "match" | "nomatch":
                    assert shared["source"]
                    yield Case(key, value, shared["event"], shared.get("reading", ""))
                case "invalid":
                    assert shared["source"]
                    invalid.append(value)
                case "message":
                    assert invalid
                    hint = dict(part[::2] for part in lines[index + 1 : index + 2]).get("hint", "")
                    yield from (Case("invalid", marked, message=value, hint=hint) for marked in invalid)
                    invalid = []
                case "hint":
                    assert lines[index - 1][0] == "message"
                case _:
                    raise ValueError(f"not a line of a case: {key}")


ALL_CASES = [case for path in FILES for case in read_cases(path.read_text(encoding="utf-8"))]
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
def test_what_is_no_pattern_is_refused_at_its_place_with_message_and_hint_of_the_table(case: Case) -> None:
    text = case.pattern.replace("«", "").replace("»", "")
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    (fault,) = caught.value.faults
    start, end = fault.span.start, fault.span.end
    assert f"{text[:start]}«{text[start:end]}»{text[end:]}" == case.pattern
    assert (fault.message, fault.hint) == (case.message, case.hint)


def test_the_tables_are_read_to_their_end() -> None:
    lines = [line for path in FILES for line in path.read_text(encoding="utf-8").splitlines()]
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
<pattern>:1:17: error: text is written in double quotes
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
    "\n\n$.a = 1\n&& $.b = 2": """\
<pattern>:3:1: error: a JSON pattern is written in braces
    $.a = 1
    ~~~~~~^
    hint: { $.eventName = "CreateTrail" }""",
    "{ $.a =\v1 }": """\
<pattern>:1:8: error: a value is missing
    { $.a =\ufffd1 }
           ^
    hint: "text", a number or %a regular expression%""",
    "{ \v$.a = 1 }": """\
<pattern>:1:3: error: a comparison is missing
    { \ufffd$.a = 1 }
      ^
    hint: $.eventName = "CreateTrail\"""",
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
<pattern>:1:20: error: text is written in straight double quotes
    { $.errorMessage = \u201cFailed authentication\u201d }
                       ~~~~~~~~~~~~~~~~~~~~~~^
    hint: "Failed authentication\"""",
    '{ $.errorCode = \\"Access Denied\\" }': """\
<pattern>:1:17: error: a backslash belongs within a text only
    { $.errorCode = \\"Access Denied\\" }
                    ~~~~~~~^
    hint: take out those of the shell or the file around it""",
    "{ $['detail-type'] = 1 }": """\
<pattern>:1:3: error: a name in brackets follows a dot and is in single quotes
    { $['detail-type'] = 1 }
      ~~~~~~~~~~~~~~~^
    hint: $.['detail-type']""",
}


@pytest.mark.parametrize("text", SCREENS, ids=repr)
def test_an_error_shows_the_place_and_the_right_form(text: str) -> None:
    assert screen(text) == SCREENS[text]


@pytest.mark.parametrize("text", ["$.a = 1\n&& $.b = 2", "{ $.a = 1 } and\nmore"])
def test_what_stands_outside_of_the_braces_is_marked_to_its_last_line(text: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    assert caught.value.faults[0].span.end == len(text)


@pytest.mark.parametrize("space", ["\v", "\xa0"])
def test_other_white_space_is_no_comparison_and_is_not_marked_as_one(space: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(f"{{ {space}$.a = 1 }}")
    (fault,) = caught.value.faults
    assert (fault.message, fault.span) == ("a comparison is missing", Span(2, 2))


def test_a_pattern_of_1024_characters_is_accepted_and_one_more_is_refused() -> None:
    longest = '{ $.a = "' + "x" * (1_024 - 11) + '"}'
    assert parse_pattern(longest).text == longest
    drawn = "x" * 78 + '"}  '
    assert screen(longest + "  ") == (
        "<pattern>:1:1025: error: a pattern has at most 1,024 characters, this one has 1,026\n"
        f"    {drawn}\n"
        f"    {' ' * 80 + '~^'}\n"
        "    hint: make two filters of it"
    )


def test_parentheses_go_forty_deep_and_no_deeper() -> None:
    assert parse_pattern("{" + "(" * 40 + "$.a = 1" + ")" * 40 + "}").matches({"a": 1})
    assert parse_pattern("{" + " && ".join(["($.a = 1)"] * 41) + "}").matches({"a": 1})
    for before in ("", "($.b = 1) && ", "(" * 40 + "$.b = 1" + ")" * 40 + " && "):
        text = "{" + before + "(" * 41 + "$.a = 1" + ")" * 41 + "}"
        with pytest.raises(PatternError) as caught:
            parse_pattern(text)
        (fault,) = caught.value.faults
        assert fault.span == Span(len(before) + 41, len(before) + 42)
        assert fault.message == "parentheses nested more than 40 deep"
        assert fault.hint == "take out those around a single comparison"
