"""Looking into the trees of queries, for tests."""

from __future__ import annotations

from collections.abc import Iterator

from cis_insights import Control
from cis_insights.logs_insights.syntax import Comparison, Field, In, String


def nodes(tree: object) -> Iterator[object]:
    """A tree's nodes, outermost first."""
    yield tree
    children = (
        tree if isinstance(tree, tuple) else [getattr(tree, slot) for slot in getattr(tree, "__slots__", ())]
    )
    for child in children:
        if isinstance(child, tuple) or hasattr(child, "__slots__"):
            yield from nodes(child)


def named_in(control: Control, field: str) -> set[str]:
    """The literals that a control's filters compare a field with."""
    found: set[str] = set()
    for node in nodes(tuple(stage.condition for stage in control.query.early_filters())):
        match node:
            case In(operand=Field(name=name), items=items) if name == field:
                found |= {item.value for item in items if isinstance(item, String)}
            case Comparison(left=Field(name=name), right=String(value=value)) if name == field:
                found.add(value)
    return found
