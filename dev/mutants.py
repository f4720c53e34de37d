"""Every condition that differs from a given one by a single mistake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from cis_insights import Control, Equivalent, NotCompilable, QueryError, load_catalogue, parse_query, prove
from cis_insights.logs_insights.normal_form import presence
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import (
    And,
    Comparison,
    Expression,
    Filter,
    In,
    Like,
    Not,
    Or,
    Regex,
    String,
)

Fate = Literal["refused", "caught by its events", "equal", "survived"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A slip, and the condition with it."""

    slip: str
    condition: Expression

    def __str__(self) -> str:
        return f"{self.slip}: {print_expression(self.condition)}"


def list_mutants(node: Expression) -> Iterator[Mutant]:
    """All single slips in a condition."""
    match node:
        case And(operands=operands) | Or(operands=operands):
            other = Or if isinstance(node, And) else And
            yield Mutant("and/or swapped", other(operands))
            for index, operand in enumerate(operands):
                yield from _mutate_operand(node, index, operand)
        case In(items=items):
            for index, item in enumerate(items):
                rest = (*items[:index], *items[index + 1 :])
                yield Mutant("name dropped", replace(node, items=rest))
                yield Mutant("name misspelt", replace(node, items=(*rest, String(f"{_read_text(item)}s"))))
            yield Mutant("in negated", replace(node, negated=not node.negated))
        case Comparison(operator=sign, right=String(value=value)):
            yield Mutant("operator flipped", replace(node, operator="=" if sign == "!=" else "!="))
            yield Mutant("case changed", replace(node, right=String(value.upper())))
            yield Mutant("blank added", replace(node, right=String(value + " ")))
        case Like(pattern=Regex(source=source)):
            yield Mutant("like negated", replace(node, negated=not node.negated))
            yield Mutant("anchor lost", replace(node, pattern=Regex(source.strip("^$"))))
            yield Mutant("letter lost", replace(node, pattern=Regex(source.replace("e", "", 1))))
        case Not(operand=operand):
            yield Mutant("not dropped", operand)
        case _:
            yield Mutant("not added", Not(node))


def _mutate_operand(node: And | Or, index: int, operand: Expression) -> Iterator[Mutant]:
    operands = node.operands
    rest = (*operands[:index], *operands[index + 1 :])
    what = "guard removed" if presence(operand) else "leaf dropped"
    yield Mutant(what, rest[0] if len(rest) == 1 else type(node)(rest))
    for mutant in list_mutants(operand):
        changed = (*operands[:index], mutant.condition, *operands[index + 1 :])
        yield Mutant(mutant.slip, type(node)(changed))


def _read_text(item: Expression) -> str:
    if not isinstance(item, String):
        raise TypeError(f"not a string literal: {item}")
    return item.value


def select_prescribed(controls: Iterable[Control]) -> list[Control]:
    """The controls with a prescribed pattern: only there can a slip in the query contradict it."""
    return [control for control in controls if control.exact_pattern]


def find_first_filter(control: Control) -> Filter:
    """The stage whose condition is mutated."""
    return next(control.query.early_filters())


def write_control(control: Control, mutant: Mutant) -> str:
    """The control's file with its first filter replaced."""
    text, stage = control.query.text, find_first_filter(control)
    return f"{text[: stage.span.start]}filter {print_expression(mutant.condition)}\n{text[stage.span.end :]}"


def find_fate(control: Control, mutant: Mutant, folder: Path, events: Path) -> Fate:
    """The fate of a mutant: refused by the catalogue, caught by the control's own events, or neither.

    Args:
        folder: an empty folder to write it to.
        events: `tests/events`.
    """
    text = write_control(control, mutant)
    path = folder / control.group / Path(control.path).name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        load_catalogue(folder)
    except QueryError:
        return "refused"
    query = parse_query(text)
    for kind in ("match", "nomatch"):
        for record in sorted((events / control.id / kind).glob("*.json")):
            if query.matches(json.loads(record.read_text(encoding="utf-8"))) != (kind == "match"):
                return "caught by its events"
    try:
        return "equal" if prove(query, control.patterns) == Equivalent() else "survived"
    except NotCompilable:
        return "survived"
