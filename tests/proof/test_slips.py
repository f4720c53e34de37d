"""A slip in any one engine is noticed by the property that is about it: the negative twins of agreement."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import Phase
from sqlglot import exp

from cis_insights import QueryError, Reading, compiler
from cis_insights.filter_patterns import leaf_tests
from cis_insights.filter_patterns import pattern as matcher
from cis_insights.logs_insights import evaluate, normal_form, printer
from cis_insights.proof import witnesses
from cis_insights.sql import conditions, engine, values

from ..support.agreement import (
    Property,
    answered,
    backtest,
    compiled,
    evaluator,
    evaluator_of_leaves,
    hold,
    prints_back,
    prover,
    prover_of_leaves,
)

_PROVER: Any = import_module("cis_insights.proof.prover")  # the name of the module is also a function
Slip = tuple[Property, Any, str, Any]
SLIPS: dict[str, Slip] = {
    "a printed name loses its backticks": (prints_back, printer, "print_name", str),
    "the evaluator's < is <=": (evaluator, evaluate.ORDER, "<", operator.le),
    "the evaluator finds no text in a list": (
        evaluator_of_leaves,
        evaluate._Compiler,
        "is_equal",
        lambda self, value, expected: isinstance(value, float) and value == expected,
    ),
    "an absent field is never unlike": (evaluator, evaluate, "is_negative", lambda leaf: False),
    "a negated = stays =": (evaluator, normal_form._COMPLEMENT, "=", "="),
    "the compiler joins all with &&": (
        compiled,
        compiler,
        "_group",
        lambda joiner, parts: compiler._Group("&&", tuple(parts)),
    ),
    "the compiler's > holds true and false too": (compiled, compiler._HOLDS, ">", operator.ge),
    "the matcher's > is >=": (compiled, leaf_tests._ORDERS, ">", operator.ge),
    "the matcher sees a value everywhere": (
        compiled,
        leaf_tests,
        "_presence",
        lambda reading: lambda value: True,
    ),
    "the matcher takes one step only": (
        compiled,
        matcher,
        "select_one",
        lambda event, steps: event.get(steps[0]),
    ),
    "SQL's > is >=": (backtest, conditions._ORDER, ">", exp.GTE),
    "SQL's not is lost": (answered, conditions, "negated", lambda condition: condition),
    "SQL's and is or": (answered, conditions, "all_of", values.any_of),
    "the prover asks one reading": (prover_of_leaves, _PROVER, "ALL_READINGS", (Reading(),)),
    "the prover lets patterns miss events": (prover, _PROVER, "differs", _PROVER.exceeds),
    "the prover has no texts but the constants": (
        prover_of_leaves,
        witnesses,
        "find_representatives",
        lambda texts, parts: texts,
    ),
    "the prover has no numbers in gaps": (prover_of_leaves, witnesses, "_numbers", list),
}


@pytest.fixture(autouse=True)
def _no_sql_is_kept() -> Iterator[None]:
    """What was translated before a slip hides it, and what was translated with one outlives it."""
    engine._translate.cache_clear()
    yield
    engine._translate.cache_clear()


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_one_engine_is_noticed(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule, place, name, wrong = SLIPS[slip]
    plant = monkeypatch.setitem if isinstance(place, dict) else monkeypatch.setattr
    plant(place, name, wrong)
    with pytest.raises((AssertionError, QueryError)):
        hold(rule, Phase.generate)
