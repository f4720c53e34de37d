"""A slip in a control's query does not get past the catalogue: every single one is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from cis_insights import Control, QueryError, load_catalogue
from cis_insights.normal import presence
from cis_insights.printer import print_expression
from cis_insights.syntax import And, Comparison, Expression, Filter, In, Like, Not, Or, Regex, String

CATALOGUE = load_catalogue()
CIS = [control for control in CATALOGUE.values() if control.group == "cis"]


class Mutant(NamedTuple):
    what: str
    condition: Expression


def mutants(node: Expression) -> Iterator[Mutant]:
    """Every condition that differs from `node` by one slip."""
    match node:
        case And(operands=operands) | Or(operands=operands):
            other = Or if isinstance(node, And) else And
            yield Mutant("and/or swapped", other(operands))
            for index, operand in enumerate(operands):
                rest = (*operands[:index], *operands[index + 1 :])
                what = "guard removed" if presence(operand) else "leaf dropped"
                yield Mutant(what, rest[0] if len(rest) == 1 else type(node)(rest))
                for what, mutant in mutants(operand):
                    yield Mutant(what, type(node)((*operands[:index], mutant, *operands[index + 1 :])))
        case In(items=items):
            for index, item in enumerate(items):
                rest = (*items[:index], *items[index + 1 :])
                yield Mutant("name dropped", replace(node, items=rest))
                yield Mutant("name misspelt", replace(node, items=(*rest, String(f"{_text(item)}s"))))
            yield Mutant("in negated", replace(node, negated=not node.negated))
        case Comparison(operator=sign, right=String(value=value)):
            yield Mutant("operator flipped", replace(node, operator="=" if sign == "!=" else "!="))
            yield Mutant("value changed", replace(node, right=String(value.upper())))
            yield Mutant("value changed", replace(node, right=String(value + " ")))
        case Like(pattern=Regex(source=source)):
            yield Mutant("like negated", replace(node, negated=True))
            yield Mutant("anchor lost", replace(node, pattern=Regex(source.strip("^$"))))
            yield Mutant("letter lost", replace(node, pattern=Regex(source.replace("e", "", 1))))
        case Not(operand=operand):
            yield Mutant("not dropped", operand)
        case _:
            yield Mutant("not added", Not(node))


def _text(item: Expression) -> str:
    assert isinstance(item, String)
    return item.value


def _written(control: Control, mutant: Mutant) -> str:
    """The control's file with its filter replaced."""
    text = control.query.text
    stage = next(stage for stage in control.query.stages if isinstance(stage, Filter))
    return f"{text[: stage.span.start]}filter {print_expression(mutant.condition)}\n{text[stage.span.end :]}"


@pytest.mark.parametrize("control", CIS, ids=lambda control: control.id)
def test_every_single_slip_is_refused_before_anything_is_deployed(control: Control, tmp_path: Path) -> None:
    stage = next(stage for stage in control.query.stages if isinstance(stage, Filter))
    path = tmp_path / "cis" / Path(control.path).name
    path.parent.mkdir()
    path.write_text(control.query.text)
    load_catalogue(tmp_path)  # the untouched file is fine
    tried = list(mutants(stage.condition))
    assert len(tried) >= 3
    for mutant in tried:
        path.write_text(_written(control, mutant))
        with pytest.raises(QueryError):
            load_catalogue(tmp_path)
            pytest.fail(f"not caught: {mutant.what}: {print_expression(mutant.condition)}")
