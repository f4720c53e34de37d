"""Boxes at the top of a dashboard that narrow the rows of its queries: account, Region and person.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_dashboard_variables.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from typing import Any

from cis_insights import Query
from cis_insights.logs_insights.syntax import Display, Fields, Stats

from .widgets import Widget, make_text_variable

# By column, regular expressions that match everything: a dashboard variable puts what somebody types
# in their place.
ANY = {"account": "[0-9]?", "region": "[a-z]?", "user": "[!-~]?"}
_LABELS = {"account": "Account", "region": "Region", "user": "Person"}
Placeholders = Mapping[str, str]


def narrow(make_widgets: Callable[[Placeholders], Sequence[Widget]]) -> tuple[list[Any], Sequence[Widget]]:
    """Variables, and the widgets that they narrow.

    Args:
        make_widgets: makes the widgets with some placeholders; without any, their texts are free of them.
    """
    fixed = json.dumps(make_widgets({}), ensure_ascii=False)
    placeholders = {column: repeat_until_unused(anything, fixed) for column, anything in ANY.items()}
    variables = [
        make_text_variable(column, _LABELS[column], _escape_literal(text), text)
        for column, text in placeholders.items()
    ]
    return variables, make_widgets(placeholders)


def repeat_until_unused(anything: str, text: str) -> str:
    """`anything`, repeated until it occurs nowhere in a text: a variable replaces it in the whole body."""
    lowered = text.lower()  # AWS does not say that upper case and lower case differ
    return next(repeated for times in count(1) if (repeated := anything * times) not in lowered)


def write_narrowing(columns: Collection[str], placeholders: Placeholders) -> str:
    """A filter for the boxes, of the columns that a query has; an empty box keeps rows without a value."""
    tests = [
        f'coalesce({column}, "") like /{anything}/'
        for column, anything in placeholders.items()
        if column in columns
    ]
    return "\n| filter " + " and ".join(tests) if tests else ""


def list_columns(query: Query) -> set[str]:
    """The names that a query gives to its columns."""
    names: set[str] = set()
    for stage in query.stages:
        match stage:
            case Fields(columns=columns):
                names |= {column.alias for column in columns if column.alias}
            case Display(columns=columns):
                names &= {column.alias or getattr(column.expression, "name", "") for column in columns}
            case Stats():
                return set()  # what is counted is not narrowed behind it
            case _:
                pass
    return names


def _escape_literal(text: str) -> str:
    """A regular expression that matches this text."""
    return "".join(f"\\{char}" if char in "[]?" else char for char in text)
