"""How IAM compares values: wildcards, ARNs, and the operators of conditions that policies for services use.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any


def list_conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Operator, key and values of each condition of a statement."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key, [str(value) for value in as_list(values)]


def is_like(value: str, pattern: str) -> bool:
    """Whether a value matches a pattern, in which `*` and `?` stand for any characters and for one."""
    return _compile(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1_024)
def _compile(pattern: str) -> re.Pattern[str]:
    # A run of `*` is one: matching stays linear.
    parts = ("*" if part.startswith("*") else part for part in re.split(r"(\*+|\?)", pattern))
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), re.DOTALL)


def _is_arn_like(value: str, pattern: str) -> bool:
    """The six parts of an ARN are compared each by itself."""
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(is_like, parts, patterns))


def _is_same(value: str, expected: str) -> bool:
    return value.lower() == expected.lower()


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": _is_same,
    "StringLike": is_like,
    "ArnEquals": _is_arn_like,  # as AWS documents it
    "ArnLike": _is_arn_like,
    "Bool": _is_same,
}


def as_list(value: Any) -> list[Any]:
    """A policy may write one value without its list."""
    return list(value) if isinstance(value, list | tuple) else [value]
