"""A second, naive evaluator of conditions: it walks the tree for each event, and shares no code.

It knows fields, constants, `ispresent`, comparisons, `in`, and `like` with a text: what the
generated conditions are made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cis_insights import Reading
from cis_insights.syntax import And, Call, Comparison, Expression, Field, In, Like, Not, Number, Or, String

_ABSENT = object()


def holds(node: Expression, event: Mapping[str, Any], reading: Reading, *, wanted: bool = True) -> bool:
    """Whether a condition, or where not `wanted` its opposite, is true of an event."""
    match node:
        case Not(operand=operand):
            return holds(operand, event, reading, wanted=not wanted)
        case And(operands=operands) | Or(operands=operands):
            found = [holds(operand, event, reading, wanted=wanted) for operand in operands]
            return all(found) if isinstance(node, And) is wanted else any(found)
        case Call(name="ispresent", arguments=(Field(name=name),)):
            value = _found(event, name)
            present = value is not _ABSENT and (value is not None or reading.null_exists)
            return present is wanted
        case Comparison(operator="!=", left=left, right=right):
            return holds(Comparison("=", left, right), event, reading, wanted=not wanted)
        case In(operand=operand, items=items, negated=True):
            return holds(In(operand, items), event, reading, wanted=not wanted)
        case Like(operand=operand, pattern=pattern, negated=True):
            return holds(Like(operand, pattern), event, reading, wanted=not wanted)
        case (
            Comparison(left=Field(name=name)) | In(operand=Field(name=name)) | Like(operand=Field(name=name))
        ):
            return _leaf(node, _found(event, name), reading, wanted=wanted)
        case _:
            raise TypeError(node)


def _leaf(node: Expression, value: object, reading: Reading, *, wanted: bool) -> bool:
    if value is _ABSENT or (value is None and not reading.null_exists):
        return reading.absent_differs and not wanted
    if isinstance(value, dict | list):
        return False
    return _asked(node, float(value) if isinstance(value, int) else value, reading) is wanted


def _asked(node: Expression, value: object, reading: Reading) -> bool:
    match node:
        case Comparison(operator=sign, right=String(value=constant) | Number(value=constant)):
            return _compared(value, sign, constant, reading)
        case In(items=items):
            return any(_asked(Comparison("=", Field(""), item), value, reading) for item in items)
        case Like(pattern=String(value=part)):
            return isinstance(value, str) and value.find(part) >= 0
        case _:
            raise TypeError(node)


def _compared(value: Any, sign: str, constant: Any, reading: Reading) -> bool:
    if isinstance(value, str) and not isinstance(constant, str) and reading.numeric_text:
        value = float(value) if value.replace(".", "", 1).isdigit() else value
    if isinstance(value, str) is not isinstance(constant, str) or value is None:
        return False
    match sign:
        case "=":
            return bool(value == constant)
        case "<":
            return bool(value < constant)
        case "<=":
            return bool(value <= constant)
        case ">":
            return bool(value > constant)
        case ">=":
            return bool(value >= constant)
        case _:
            raise TypeError(sign)


def _found(event: Mapping[str, Any], name: str) -> object:
    value: object = event
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            return _ABSENT
        value = value[step]
    return value
