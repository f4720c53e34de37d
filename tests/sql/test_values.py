"""The evaluator and the SQL give every function and operator the same value on every kind of argument."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import pytest

from cis_insights import Reading, parse_query
from cis_insights.logs_insights.evaluate import _Compiler
from cis_insights.logs_insights.functions import text_of
from cis_insights.logs_insights.syntax import Fields
from cis_insights.sql import LogEvent, run_query
from cis_insights.sql.functions import FUNCTIONS

Event = dict[str, Any]
TEXTS = [
    "x", "Xy", "", " ", " x\t", "\v\f", "5", "5.0", "-1.5", "1e3", "1E+3", ".5", "5.", "+5", "0x1", "5 ",
    "1e400", "é", "aXbX", "192.0.2.9", "192.0.2.255", "192.0.2.256", "192.0.2", "2001:db8::5", "192.0.2.0/24",
    "1.2.3.4.5",
]  # fmt: skip
NUMBERS = [
    0, 1, 2, 5, -3, 1.5, -1.5, 2.5, 0.1, 1e-5, 123456789012, 2**53 - 1, 2**53, 2**60, 1e16, 1e300, 10**400,
    -(10**400),
]  # fmt: skip
OTHERS = [True, False, None, {}, {"c": 1}, ["x"], []]
ALONE: list[Event] = [{}, *({"a": value} for value in (*TEXTS, *NUMBERS, *OTHERS))]
SOME = ["x", "Xy", "", "5", "aXbX", 0, 1, 5, -1.5, 1e300, True, None, {}]
PAIRS: list[Event] = [
    {name: value for name, value in (("a", one), ("b", other)) if value is not ...}
    for one, other in product([..., *SOME], repeat=2)
]

OF_ONE = [
    "a", "abs(a)", "ceil(a)", "floor(a)", "log(a)", "sqrt(a)", "greatest(a)", "least(a)", "greatest(a, 2)",
    'least(a, "2")', 'greatest(a, "3", 4)', "coalesce(a)", "coalesce(a, 7)", 'coalesce(a, "no")', "concat(a)",
    'concat(a, "-", a)', "if(a, 1)", "if(a, 1, 2)", 'if(a > 1, a, "no")', 'if(a = "x", 1, "no")',
    "case(a, 1, 2)", 'case(a = 1, "one", a > 1, a)', 'case(a = 5, 1, "no")', "isblank(a)", "isempty(a)",
    "ispresent(a)", "ispresent(tolower(a))", "isnumeric(a)", "tonumber(a)", "toint(a)", "tostring(a)",
    "tolong(a)", "todouble(a)", "round(a)", "round(a, 1)", "round(a, -1)", "round(a, 400)", "round(2.345, a)",
    "messagesize(a)", "ipv4tonumber(a)", "isvalidip(a)", "isvalidipv6(a)", 'isipv6insubnet(a, "::/0")',
    "isprivateip(a)",
    "tostring(a + 0)", "ltrim(a)", "rtrim(a)", "trim(a)", 'trim(a, "x ")', 'ltrim(a, "5x")', "rtrim(a, a)",
    "tolower(a)", "toupper(a)", "strlen(a)", "strlen(a * 1)", "md5(a)", "sha256(a)", "substr(a, 1)",
    "substr(a, 0, 1)", 'substr("abcdef", a)', 'substr("abcdef", 1, a)', "substr(a, -1, 2)",
    'replace(a, "X", "yy")', 'replace("a5xX", a, "-")', 'replace(a, "", "-")', 'replace("a5", "5", a)',
    'strcontains(a, "x")', 'strcontains(a, "x", 1)', 'strcontains("xX5", a)', 'strcontains(a, "X", a)',
    'startswith(a, "x")', 'endswith(a, "y")', 'startswith("x5", a)', 'endswith("x5", a)', "isvalidipv4(a)",
    'isipinsubnet(a, "192.0.2.0/24")', 'isipv4insubnet(a, "192.0.2.8/30")', 'isipv4insubnet(a, "0.0.0.0/0")',
    'isipv4insubnet(a, "192.0.2.9/32")', "-a", "-a + 1", "a + 1", "a - 1", "a * 2", "a / 4", "a / 0", "a % 2",
    "a % 0", "7 % a", "1 / a", "a ^ 2", "a ^ 0.5", "2 ^ a", "a = 5", 'a = "5"', "a != 5", "a > 1", "5 >= a",
    'a like "x"', "a like /^X/", 'a in [5, "x"]', 'a not in [5, "x"]', "not a", "not (a > 1)", "a and 1",
    "a or 0", "isempty(a) + 1", "ispresent(a) * 2",
]  # fmt: skip
OF_TWO = [
    "a + b", "a - b", "a * b", "a / b", "a % b", "a ^ b", "greatest(a, b)", "least(a, b)",
    "greatest(a, b, 1)", "coalesce(a, b)", "coalesce(b, a, 1)", "concat(a, b)", "if(a, b)", 'if(a, b, "z")',
    "if(a = b, a, b)", "case(a, b)", "case(a, 1, b, 2)", "case(a, 1, b)", "ltrim(a, b)", "rtrim(a, b)",
    "trim(a, b)", "strcontains(a, b)", "strcontains(a, b, 1)", 'strcontains("Xx", a, b)', "startswith(a, b)",
    "endswith(a, b)", "round(a, b)", "substr(a, b)",
    'substr("abcdef", a, b)', 'replace(a, b, "-")', 'replace("a5xX", a, b)',
    'replace(a, "X", b)', "a = b", "a != b", "a < b", "a >= b", "a in [b]", "a not in [b, 5]", "a and b",
    "a or b", "not (a and b)", "not (a or b)", "tonumber(a) + tonumber(b)", "strlen(concat(a, b))",
]  # fmt: skip


def by_evaluator(text: str, events: list[Event]) -> list[str | None]:
    (stage,) = parse_query(f"fields {text}").stages
    assert isinstance(stage, Fields)
    value = _Compiler(Reading(), text, "").value(stage.columns[0].expression)
    return [text_of(value(event)) for event in events]


def by_sql(texts: list[str], events: list[Event]) -> dict[str, list[str | None]]:
    log = [LogEvent(number, json.dumps(event)) for number, event in enumerate(events)]
    columns = ", ".join(f"{text} as c{number}" for number, text in enumerate(texts))
    rows = {int(row["@ptr"]): row for row in run_query(f"fields {columns}", log)}
    return {
        text: [rows[number].get(f"c{place}") for number in range(len(events))]
        for place, text in enumerate(texts)
    }


def check(texts: list[str], events: list[Event]) -> None:
    for text, found in by_sql(texts, events).items():
        differing = [
            (event, one, other)
            for event, one, other in zip(events, by_evaluator(text, events), found, strict=True)
            if one != other
        ]
        assert not differing, (text, differing[:3])


def test_a_value_of_one_field_is_the_same_wherever_it_is_asked() -> None:
    for start in range(0, len(OF_ONE), 20):
        check(OF_ONE[start : start + 20], ALONE)


def test_a_value_of_two_fields_is_the_same_wherever_it_is_asked() -> None:
    for start in range(0, len(OF_TWO), 20):
        check(OF_TWO[start : start + 20], PAIRS)


# Times are SQL's own: no condition on one event has one.
@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"frommillis", "tomillis"}))
def test_every_function_of_the_sql_is_compared(name: str) -> None:
    assert re.search(rf"\b{name}\(", " ".join([*OF_ONE, *OF_TWO]))
