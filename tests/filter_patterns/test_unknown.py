"""A node that a pass does not know is an error of ours at once, and never an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cis_insights.filter_patterns import leaf_tests
from cis_insights.filter_patterns.hints import slip_at
from cis_insights.filter_patterns.pattern import Compare, Selector, parse_pattern, print_pattern
from cis_insights.reading import Reading


class Unknown:
    """No node of any tree."""

    def __repr__(self) -> str:
        return "<unknown>"


NODE: Any = Unknown()
PASSES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a leaf is matched": (
        lambda: leaf_tests.compile_test(NODE, Reading()),
        TypeError,
        "not a leaf: <unknown>",
    ),
    "an operand is compared": (
        lambda: leaf_tests.compile_test(Compare(Selector(("a",)), "=", NODE), Reading()),
        TypeError,
        "not an operand: <unknown>",
    ),
    "a step is printed": (lambda: str(Selector(("a", NODE))), TypeError, "no text for <unknown>"),
    "a pattern is printed": (lambda: print_pattern(NODE), TypeError, "no text for <unknown>"),
    "a slip is looked up": (lambda: slip_at("{ $.a ~ 1 }", 6, ()), ValueError, "no row fits '~ 1 }'"),
}


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_that_does_not_know_a_node_says_so(name: str) -> None:
    run, kind, message = PASSES[name]
    with pytest.raises(kind) as caught:
        run()
    assert str(caught.value) == message


def test_a_node_that_is_known_is_no_error() -> None:
    condition = parse_pattern('{ $.a = "x" }').condition
    assert print_pattern(condition) == '{ $.a = "x" }'
