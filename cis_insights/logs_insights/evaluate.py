"""Condition -> predicate over one event, with Logs Insights' semantics.

A tree is compiled to closures once and runs on many events. Where AWS documents nothing the `Reading`
decides: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from typing import Any

from ..errors import Fault, QueryError
from ..events.field_paths import lookup
from ..reading import Event, Reading
from ..regex.automaton import Automaton, compile_search
from ..regex.tree import RegexError
from .addresses import NETWORK_HINT, is_invalid_network
from .function_names import FUNCTION_NAMES, describe_unknown
from .functions import FUNCTIONS, Value, accepts_arguments, is_map, number_of
from .normal_form import is_negative, normalise, presence
from .syntax import (
    And,
    Arithmetic,
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

Getter = Callable[[Event], Value]
Predicate = Callable[[Event], bool]
OperandTest = Callable[[Value, Event], bool]

_ABSENT: Value = None
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _power(base: float, exponent: float) -> float:
    """A power too large for a double is an error, like one that is not a number."""
    power = math.pow(base, exponent)
    if math.isinf(power):
        raise OverflowError
    return power


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "^": _power,
}


def compile_predicate(
    condition: Expression, reading: Reading, text: str = "", path: str = "<query>"
) -> Predicate:
    """A predicate over events.

    Raises:
        QueryError: at a function that has no value for a single event, with its place in `text`.
    """
    return _Compiler(reading, text, path).condition(normalise(condition))


def _boolean(value: object) -> object:
    """JSON booleans are 1 and 0 in Logs Insights."""
    return float(value) if isinstance(value, bool) else value


class _Compiler:
    """One pass over a normalised condition; each method is named after its node."""

    def __init__(self, reading: Reading, text: str, path: str) -> None:
        self.reading = reading
        self.text = text
        self.path = path

    def condition(self, node: Expression) -> Predicate:
        """Whether an event meets a condition."""
        match node:
            case And(operands=operands):
                return _all([self.condition(operand) for operand in operands])
            case Or(operands=operands):
                return _any([self.condition(operand) for operand in operands])
            case Call(name="ispresent", arguments=(Field(name=name),)):
                return self.present(name)
            case Not(operand=Call(name="ispresent", arguments=(Field(name=name),))):
                present = self.present(name)
                return lambda event: not present(event)
            case _:
                return self.leaf(node)

    def present(self, name: str) -> Predicate:
        if name == "@message":
            return lambda event: True
        steps, null_exists = tuple(name.split(".")), self.reading.null_exists

        def present(event: Event) -> bool:
            exists, value = lookup(event, steps)
            return exists and (value is not None or null_exists)

        return present

    def leaf(self, node: Expression) -> Predicate:
        """Tests the value of the operand; if it is absent the reading decides."""
        operand, test = self.test(node)
        get, exists = self.value(operand), self.exists(operand)
        on_absent = is_negative(node) and self.reading.absent_differs

        def leaf(event: Event) -> bool:
            value = get(event)
            if value is None and not exists(event):
                return on_absent
            return not is_map(value) and test(value, event)

        return leaf

    def exists(self, operand: Expression) -> Predicate:
        """Whether a null value counts as present; only a field can hold a JSON null."""
        match operand:
            case Field(name=name):
                return self.present(name)
            case _:
                return lambda event: False

    def test(self, node: Expression) -> tuple[Expression, OperandTest]:
        """The operand of a leaf, and the test of its value."""
        match node:
            case Comparison(operator=sign, left=left, right=right):
                left, right, sign = _move_constant_right(left, right, sign)
                return left, self.comparison(sign, right)
            case In(operand=operand, items=items, negated=negated):
                tests = [self.comparison("=", item) for item in items]
                return operand, lambda value, event: any(test(value, event) for test in tests) != negated
            case Like(operand=operand, pattern=pattern, negated=negated):
                found = self.like(pattern)
                return operand, lambda value, event: found(value) != negated
            case Not(operand=operand):
                inner, test = self.test(operand)
                return inner, lambda value, event: not test(value, event)
            case _:
                return node, lambda value, event: value not in (None, 0.0, "")

    def comparison(self, sign: str, other: Expression) -> OperandTest:
        get = self.value(other)
        if sign in ORDER:
            order = ORDER[sign]
            return lambda value, event: self.is_ordered(value, get(event), order)
        wanted = sign == "="
        return lambda value, event: self.is_equal(value, get(event)) == wanted

    def is_equal(self, value: Value, expected: Value) -> bool:
        if isinstance(expected, float) and self.reading.numeric_text:
            return number_of(value) == expected
        return value is not None and value == expected

    def is_ordered(self, value: Value, expected: Value, order: Callable[[Any, Any], bool]) -> bool:
        if isinstance(expected, float) and isinstance(value, str):
            number = number_of(value) if self.reading.numeric_text else None
            return number is not None and order(number, expected)
        return type(value) is type(expected) and value is not None and order(value, expected)

    def like(self, pattern: Expression) -> Callable[[Value], bool]:
        match pattern:
            case String(value=part):
                return lambda value: isinstance(value, str) and part in value
            case Regex(source=source):
                found = self.regex(pattern, source).matches
                return lambda value: isinstance(value, str) and found(value)
            case _:
                raise self.error(pattern, "a parameter has no value here", "give it a default")

    def regex(self, node: Expression, source: str) -> Automaton:
        try:
            return compile_search(source)
        except RegexError as error:
            raise self.error(
                node, f"the regular expression is not valid: {error}", "write it in RE2 syntax"
            ) from None

    def value(self, node: Expression) -> Getter:
        """The value of an expression on an event."""
        match node:
            case Field(name="@message"):
                return self.message(node)
            case Field(name=name):
                steps = tuple(name.split("."))
                return lambda event: _to_scalar(lookup(event, steps)[1])
            case String(value=constant) | Number(value=constant):
                return lambda event: constant
            case Arithmetic(operator=sign, left=left, right=right):
                return self.arithmetic(ARITHMETIC[sign], self.value(left), self.value(right))
            case Negative(operand=operand):
                return self.arithmetic(operator.sub, lambda event: 0.0, self.value(operand))
            case Call(name=name) if name in FUNCTIONS:
                return self.call(node)
            case Comparison() | In() | Like() | Not() | And() | Or():
                condition = self.condition(normalise(node))
                return lambda event: float(condition(event))
            case Call(name=name) if name not in FUNCTION_NAMES:
                raise self.error(node, *describe_unknown(name))
            case Call(name=name):
                raise self.error(node, f"the function {name} has no value for a single event", "")
            case _:
                raise self.error(node, "no value for a single event", "")

    def message(self, node: Expression) -> Getter:
        def text(event: Event) -> Value:
            try:
                return json.dumps(event, separators=(",", ":"), ensure_ascii=False)
            except RecursionError:
                message = "the event is nested too deep to be looked at as one text"
                raise self.error(node, message, "compare fields of the record") from None

        return text

    def arithmetic(self, apply: Callable[[float, float], float], left: Getter, right: Getter) -> Getter:
        def result(event: Event) -> Value:
            first, second = number_of(left(event)), number_of(right(event))
            if first is None or second is None:
                return _ABSENT
            try:
                answer = apply(first, second)
            except (ArithmeticError, ValueError):
                return _ABSENT
            return answer if isinstance(answer, float) and not math.isnan(answer) else _ABSENT

        return result

    def call(self, node: Call) -> Getter:
        """The value of a function on those of its arguments."""
        name, arguments = node.name, node.arguments
        if presence(node):
            condition = self.condition(node)
            return lambda event: float(condition(event))
        function, getters = FUNCTIONS[name], [self.value(argument) for argument in arguments]
        if not accepts_arguments(node):
            raise self.error(node, f"{name} does not take {len(arguments)} arguments", "see its page")
        if is_invalid_network(node):
            raise self.error(node.arguments[1], f"{name} takes a network in CIDR notation", NETWORK_HINT)
        return lambda event: function(*[_map_to_null(get(event)) for get in getters])

    def error(self, node: Expression, message: str, hint: str) -> QueryError:
        return QueryError(Fault(message, node.span, self.text, hint, self.path))


def _to_scalar(value: object) -> Value:
    value = _boolean(value)
    if isinstance(value, int):
        return _to_float(value)
    return value if isinstance(value, str | float | dict | list) else None


def _to_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:  # JSON bounds no number
        return math.inf if value > 0 else -math.inf


def _map_to_null(value: Value) -> Value:
    """Maps and lists are null to functions."""
    return None if is_map(value) else value


def _move_constant_right(
    left: Expression, right: Expression, sign: str
) -> tuple[Expression, Expression, str]:
    """`"x" = field` is `field = "x"`."""
    if isinstance(left, String | Number) and not isinstance(right, String | Number):
        return right, left, sign.translate(str.maketrans("<>", "><"))
    return left, right, sign


def _all(predicates: list[Predicate]) -> Predicate:
    return lambda event: all(predicate(event) for predicate in predicates)


def _any(predicates: list[Predicate]) -> Predicate:
    return lambda event: any(predicate(event) for predicate in predicates)
