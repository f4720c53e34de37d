"""The boxes of a dashboard: pattern variables, whose text replaces a pattern everywhere in the body.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_dashboard_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights import Query
from cis_insights.logs_insights.syntax import And, Call, Expression, Field, Filter, Like, Regex, String


@dataclass(frozen=True, slots=True)
class Box:
    """A pattern variable with a box to type in."""

    id: str
    label: str
    pattern: re.Pattern[str]
    default: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A column that a box narrows."""

    name: str
    takes_absent: bool = False  # `coalesce(column, "")`: where it is absent, an empty text is tested


def read_boxes(body: Mapping[str, Any]) -> tuple[list[Box], list[str]]:
    """The boxes of a body, and the labels of variables of other kinds, which are not drawn."""
    boxes, others = [], []
    for one in body.get("variables", ()):
        label = str(one.get("label") or one.get("id"))
        try:
            pattern = re.compile(str(one.get("pattern", "")))
        except re.error:
            pattern = None
        if one.get("type") == "pattern" and one.get("inputType") == "input" and pattern and pattern.pattern:
            boxes.append(Box(str(one.get("id")), label, pattern, str(one.get("defaultValue", ""))))
        else:
            others.append(f"{label} ({one.get('type')}, {one.get('inputType')})")
    return boxes, others


def find_boxed_columns(query: Query, boxes: Sequence[Box]) -> dict[str, Narrowed]:
    """The column that each box narrows, by the box's id: `filter column like /PATTERN/`."""
    found: dict[str, Narrowed] = {}
    for stage in query.stages:
        if isinstance(stage, Filter):
            found |= dict(_find_columns(stage.condition, boxes))
    return found


def is_boxed(condition: Expression, boxes: Sequence[Box]) -> bool:
    """Whether a condition tests what boxes narrow, and nothing else."""
    match condition:
        case And(operands=operands):
            return all(is_boxed(operand, boxes) for operand in operands)
        case _:
            return bool(list(_find_columns(condition, boxes)))


def _find_columns(condition: Expression, boxes: Sequence[Box]) -> Iterator[tuple[str, Narrowed]]:
    match condition:
        case And(operands=operands):
            for operand in operands:
                yield from _find_columns(operand, boxes)
        case Like(operand=operand, pattern=Regex(source=source), negated=False) if column := _read_column(
            operand
        ):
            yield from ((box.id, column) for box in boxes if box.pattern.fullmatch(source))
        case _:
            return


def _read_column(operand: Expression) -> Narrowed | None:
    match operand:
        case Field(name=name):
            return Narrowed(name)
        case Call(name="coalesce", arguments=[Field(name=name), String(value="")]):
            return Narrowed(name, takes_absent=True)
        case _:
            return None
