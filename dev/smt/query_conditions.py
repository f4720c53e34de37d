"""Conditions of Logs Insights as formulas.

`not` is of a leaf, whatever it is written in front of (docs/decisions/0002-negation-and-readings.md),
so a condition is translated together with its sign.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html
"""

from __future__ import annotations

import operator
from collections import defaultdict
from typing import Any

import z3

from cis_insights.logs_insights.syntax import (
    And,
    Call,
    Comparison,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Or,
    Regex,
    String,
)

from .char_sets import Undecidable
from .languages import ANYTHING, concatenate_all, match_literal
from .query_regex import translate_regex
from .values import ABSENT_DIFFERS, FALSE, TRUE, FieldUse, FieldValue, make_field_value

_HOLDS = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Fields = defaultdict[str, FieldUse]


def translate_query(node: Expression, fields: Fields, *, positive: bool = True) -> Any:
    """Translates a condition, or its negation, into a formula.

    Raises:
        Undecidable: for a leaf that is not one field compared with constants.
    """
    match node:
        case Not(operand=inner):
            return translate_query(inner, fields, positive=not positive)
        case And(operands=operands) | Or(operands=operands):
            parts = [translate_query(operand, fields, positive=positive) for operand in operands]
            return z3.And(parts) if isinstance(node, And) == positive else z3.Or(parts)
        case Call(name="ispresent", arguments=(Field(name=name),)) if name != "@message":
            fields[name].presence |= positive
            exists = make_field_value(name).exists
            return exists if positive else z3.Not(exists)
        case Comparison(operator="!=", left=Field(name=name), right=right):
            return _apply_sign(name, _translate_comparison(name, "=", right, fields), positive=not positive)
        case Comparison(operator=sign, left=Field(name=name), right=right):
            return _apply_sign(name, _translate_comparison(name, sign, right, fields), positive=positive)
        case In(operand=Field(name=name), items=items, negated=negated):
            equal = z3.Or([_translate_comparison(name, "=", item, fields) for item in items])
            return _apply_sign(name, equal, positive=positive != negated)
        case Like(operand=Field(name=name), pattern=pattern, negated=negated):
            found = make_field_value(name).is_within(_translate_like(pattern), fields[name])
            return _apply_sign(name, found, positive=positive != negated)
        case _:
            raise Undecidable(f"a leaf: {node!r}")


def _apply_sign(name: str, holds: Any, *, positive: bool) -> Any:
    """Applies the sign: a negative leaf is false on a map; on an absent field the reading decides."""
    value = make_field_value(name)
    if positive:
        return z3.And(value.is_leaf, holds)
    absent = z3.And(z3.Not(value.exists), ABSENT_DIFFERS)
    return z3.Or(z3.And(value.is_leaf, z3.Not(holds)), absent)


def _translate_comparison(name: str, sign: str, constant: Expression, fields: Fields) -> Any:
    value = make_field_value(name)
    match constant:
        case String(value=text) if sign == "=":
            fields[name].texts.add(text)
            return value.is_text(text)
        case Number(value=number):
            return _compare_number(value, sign, number, fields)
        case Negative(operand=Number(value=number)):
            return _compare_number(value, sign, -number, fields)
        case _:
            raise Undecidable(f"{sign} {constant!r}")


def _compare_number(value: FieldValue, sign: str, number: float, fields: Fields) -> Any:
    """Logs Insights compares JSON booleans as 1 and 0."""
    fields[value.name].numbers = True
    kinds = [kind for kind, bit in ((TRUE, 1), (FALSE, 0)) if _HOLDS[sign](bit, number)]
    return z3.Or([value.compares(sign, number), *(value.kind == kind for kind in kinds)])


def _translate_like(pattern: object) -> Any:
    match pattern:
        case String(value=part):
            return concatenate_all([ANYTHING, match_literal(part), ANYTHING]).texts[True, True]
        case Regex(source=source):
            return translate_regex(source)
        case _:
            raise Undecidable(f"like {pattern!r}")
