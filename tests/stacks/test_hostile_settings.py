"""Whatever stands in `cdk.json` or behind `-c`: settings, or every fault by its key, in bounded time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from cis_insights import QueryError
from stacks.plan import plan
from stacks.settings.context import MAX_KEYS, read_query_folders, read_settings
from stacks.settings.readers import MAX_ITEMS
from stacks.settings.settings import (
    CONTROL_SETTINGS,
    PREFIX,
    SETTINGS,
    SEVERITY_KEYS,
    SettingsError,
)

from ..support.synth import BASE, built_in


def _deep(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


KEYS = [
    *(setting.key for setting in SETTINGS if "SEVERITY" not in setting.key),
    *SEVERITY_KEYS,
    *(f"vpc-changes:{setting.key}" for setting in CONTROL_SETTINGS),
]
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "0": 0,
    "-1": -1,
    "half": 0.5,
    "nan": float("nan"),
    "1e999": 1e999,
    "many digits": 10**5_000,
    "digits": "9" * 5_000,
    "other digits": "٣",
    "superscript": "²",
    "empty": "",
    "spaces": "   ",
    "NUL": "a\x00b",
    "escape": "\x1b[31m",
    "bidi": "\u202eabc",
    "half a pair": "\ud800",
    "line feed": "a\nb",
    "million": "a" * 1_000_000,
    "dots": "a@" + "." * 200_000 + "@",
    "list": [],
    "map": {},
    "numbers": [1, 2],
    "nulls": [None],
    "mixed": ["a", 1],
    "nested": [["a"]],
    "deep": _deep(100_000),
    "long list": ["a"] * 100_000,
    "long text": "a," * 100_000,
    "json": "[" * 50_000,
    "half json": '["a"',
    "map json": "{",
    "nan json": "[NaN]",
    "maps": [{}],
    "odd map": {"a": 1, "": "b", "\x00": "\x00"},
    "glob": "*",
    "path": "../../etc",
    "quotes": '"; drop',
    "template": "${AWS::Region}",
    "not": "not " * 5_000 + "a",
    "braces": "{{resolve:secretsmanager:x}}",
    "parentheses": "(" * 9_000,
    "unclosed": '"' * 5_001,
    "regex": "a like /(((((a{100}){100}/",
    "long query": "a = 1 or " * 2_000 + "a = 1",
}


def _said(**values: object) -> str:
    """What is said of settings besides the base; nothing if they are taken."""
    context: dict[str, object] = {PREFIX + key: value for key, value in {**BASE, **values}.items()}
    try:
        read_query_folders(context)
        plan(built_in(), read_settings(context, built_in()))
    except (SettingsError, QueryError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", VALUES)
def test_any_value_of_any_key_is_taken_or_refused_by_its_key(name: str) -> None:
    for key in KEYS:
        said = _said(**{key: VALUES[name]})
        assert len(said) < 20_000, key
        assert all(line.isprintable() for line in said.split("\n")), key
        assert said == "" or all(one.startswith((PREFIX, "... and ")) for one in said.split("\n\n")), said


REFUSED: dict[str, dict[str, object]] = {
    "a control character in an address": {"subscribers": "a\x00@b.cd"},
    "an escape in an address": {"subscribers": "a@b.cd\x1b[31m"},
    "an address that is read from right to left": {"subscribers": "\u202ea@b.cd"},
    "half of a pair in an https address": {"subscribers": "https://a/\ud800"},
    "a control character in a tag": {"tags": {"team": "a\x00"}},
    "half of a pair in a tag's key": {"tags": {"\ud800": "a"}},
    "letters beyond ASCII in a log group": {"log-group-name": "größe"},
    "digits beyond ASCII in an account": {"topic-arn": "arn:aws:sns:eu-west-1:" + "\u0661" * 12 + ":t"},
    "letters beyond ASCII in a namespace": {"namespace": "größe"},
    "a line feed behind a prefix": {"prefix": "soc\n"},
    "a threshold of thousands of digits": {"vpc-changes:threshold": "9" * 5_000},
    "a version that is a list": {"benchmark-version": ["5.0.0"]},
    "more items than there are controls": {"controls": ["vpc-changes"] * (MAX_ITEMS + 1)},
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED.keys())
def test_what_aws_would_refuse_or_a_person_not_see_is_refused(values: dict[str, object]) -> None:
    assert f"{PREFIX}{next(iter(values))}: error: " in _said(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"subscribers": "a+b@b-c.de"},
        {"subscribers": "https://a.b/c?d=%20"},
        {"tags": {"tëam": "größe 1"}},
        {"log-group-name": "a/b_c.d#e-1"},
        {"vpc-changes:threshold": "999999"},
        {"controls": ["vpc-changes"] * MAX_ITEMS},
    ],
)
def test_what_is_only_unusual_is_taken(values: dict[str, object]) -> None:
    assert _said(**values) == ""


@pytest.mark.parametrize(
    "key", ["\x00", "\x1b[31mprefix", "prefix\ud800", "vpc-changes:thr\u202eeshold", ":::", "::"]
)
def test_a_key_that_is_none_is_shown_as_a_terminal_can_show_it(key: str) -> None:
    said = _said(**{key: "a"})
    assert "error: there is no such setting" in said or "error: there is no control" in said
    assert all(line.isprintable() for line in said.split("\n"))


def test_a_huge_value_is_shown_in_a_few_words() -> None:
    assert _said(prefix="a" * 1_000_000) == (
        f"cis-insights:prefix: error: '{'a' * 57}...{'a' * 58}' does not fit:"
        " letters, digits, - and _, at most 60\n"
        "    hint: write, for example: cis"
    )


def test_more_keys_than_there_can_be_are_one_fault() -> None:
    assert _said(**{f"key-{number}": 1 for number in range(MAX_KEYS)}) == (
        "cis-insights:: error: more than 1,000 settings\n    hint: set what differs from the defaults"
    )
    assert "more than" not in _said(**{f"key-{number}": 1 for number in range(MAX_KEYS - len(BASE))})


def test_many_faults_are_counted_and_the_first_are_shown() -> None:
    said = _said(**{f"key-{number}": 1 for number in range(500)})
    assert said.count("error: there is no such setting") == 200
    assert said.endswith("\n\n... and 300 more")


EXCLUSIONS = {
    "a filter of its own": ('a = "x" | filter b = "y"', "expected 'and', 'or', or the end of the condition"),
    "a comment": ('userAgent = "x" # | stats count(*)', "a comment after a query's text"),
    "half of a pair": ('userAgent = "\ud800"', "the character U+D800 is not text"),
    "a quote that is never closed": ('userAgent = "x', "close the string"),
    "nothing but a parenthesis": ("(" * 9_000, "more than 40 levels deep"),
    "everything": ("ispresent(eventName) or not ispresent(eventName)", ""),
    "a number without end": (f"userAgent = {'9' * 400}", "this number is too large"),
}


@pytest.mark.parametrize(("text", "message"), EXCLUSIONS.values(), ids=EXCLUSIONS.keys())
def test_an_exclusion_is_a_condition_and_nothing_more(text: str, message: str) -> None:
    said = _said(**{"vpc-changes:exclude": [text]})
    assert message in said
    assert said == "" or "cis-insights:vpc-changes:exclude" in said


CONTEXT = {
    "prefix": "a\x00b",
    "tags": {"\ud800": "\x1b[31m"},
    "vpc-changes:exclude": 'userAgent = "\udfff"',
    "subscribers\u202e": "a",
    "controls": ["\x00"],
}


def test_the_app_says_all_that_is_wrong_and_ends() -> None:
    """As the CDK hands a context over: in an environment variable, through Node."""
    context = json.dumps({PREFIX + key: value for key, value in {**BASE, **CONTEXT}.items()})
    ran = subprocess.run(
        [sys.executable, "app.py"],
        env={**os.environ, "CDK_CONTEXT_JSON": context},
        capture_output=True,
        check=False,
    )
    said = ran.stderr.decode()
    assert ran.returncode == 1
    assert "Traceback" not in said and "\x1b" not in said and "\u202e" not in said
    for key in ("prefix", "tags", "vpc-changes:exclude", "subscribers", "controls"):
        assert f"cis-insights:{key}" in said
    assert said.endswith("\n\nnothing was synthesized\n")
