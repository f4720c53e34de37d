"""Filter patterns as formulas.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from typing import Any

import z3

from cis_insights.filter_patterns.syntax import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    PatternCondition,
    PatternOperand,
    PresenceTest,
    RegexText,
)

from .char_sets import Undecidable
from .languages import ANYTHING, concatenate_all, match_literal
from .pattern_regex import translate_regex
from .query_conditions import Fields
from .values import FALSE, NULL, TRUE, FieldValue, make_field_value


def translate_pattern(node: PatternCondition, fields: Fields) -> Any:
    """Translates a pattern into a formula.

    Raises:
        Undecidable: for a wildcard in a selector, and for `4*`, which looks at the text of numbers.
    """
    match node:
        case Conjunction(operands=operands):
            return z3.And([translate_pattern(operand, fields) for operand in operands])
        case Disjunction(operands=operands):
            return z3.Or([translate_pattern(operand, fields) for operand in operands])
        case PresenceTest() | Compare():
            path = node.selector.path
            if path is None:
                raise Undecidable(f"the selector {node.selector}")
            fields[path]  # a field with a presence test only is a field of the event, too
            value = make_field_value(path)
            return (
                _translate_presence(value, node)
                if isinstance(node, PresenceTest)
                else _translate_comparison(value, node, fields)
            )


def _translate_presence(value: FieldValue, node: PresenceTest) -> Any:
    match node.test:
        case "IS NULL":
            return value.kind == NULL
        case "IS TRUE":
            return value.kind == TRUE
        case "IS FALSE":
            return value.kind == FALSE
        case "NOT EXISTS":
            return z3.Not(value.exists)


def _translate_comparison(value: FieldValue, node: Compare, fields: Fields) -> Any:
    """`!=` is false without a comparable value."""
    if node.operator == "!=":
        return z3.And(value.is_leaf, z3.Not(_holds(value, "=", node.operand, fields)))
    return _holds(value, node.operator, node.operand, fields)


def _holds(value: FieldValue, sign: str, operand: PatternOperand, fields: Fields) -> Any:
    asked = fields[value.name]
    match operand:
        case Numeral(value=number):
            asked.numbers = True
            return value.compares(sign, number)
        case GlobText(numeral=True):
            raise Undecidable(f"the text of numbers: {operand}")
        case GlobText(value="*"):
            asked.presence = True
            return value.is_leaf
        case GlobText(value=text) if "*" not in text:
            asked.texts.add(text)
            return value.is_text(text)
        case GlobText(value=text):
            return value.is_within(_translate_glob(text), asked)
        case RegexText(source=source):
            return value.is_within(translate_regex(source), asked)


def _translate_glob(text: str) -> Any:
    first, *others = text.split("*")
    parts = [part for other in others for part in (ANYTHING, match_literal(other))]
    return concatenate_all([match_literal(first), *parts]).texts[True, True]
