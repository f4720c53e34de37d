"""Values and conditions of a query -> SQL, under the likely reading of what AWS leaves open.

A condition is never null: a leaf about an absent field is false, a negative one too.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from itertools import count

from sqlglot import exp

from ..errors import QueryError
from ..logs_insights.addresses import NETWORK_HINT, is_invalid_network
from ..logs_insights.function_names import AGGREGATES, FUNCTION_NAMES, describe_unknown
from ..logs_insights.normal_form import normalise, presence
from ..logs_insights.printer import print_expression
from ..logs_insights.query import Query
from ..logs_insights.syntax import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Duration,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Or,
    Parameter,
    Regex,
    String,
)
from .functions import FUNCTIONS
from .times import period
from .values import (
    MAX_ARGUMENTS,
    MAX_NODES,
    Sql,
    SqlValue,
    Unsupported,
    all_of,
    any_of,
    call,
    case,
    contains,
    equal,
    from_boolean,
    is_null,
    nan_as_null,
    negated,
    null_as_false,
    number,
    of_number,
    of_text,
    size_of,
    string,
    unsupported,
)

_ORDER: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
_ARITHMETIC: dict[str, Callable[[Sql, Sql], Sql]] = {
    "+": lambda left, right: exp.Add(this=left, expression=right),
    "-": lambda left, right: exp.Sub(this=left, expression=right),
    "*": lambda left, right: exp.Mul(this=left, expression=right),
    "/": lambda left, right: exp.Div(this=left, expression=call("nullif", right, number(0))),
    "%": lambda left, right: _finite(exp.Mod(this=left, expression=call("nullif", right, number(0)))),
    "^": lambda left, right: _finite(call("pow", left, right)),
}


def _finite(sql: Sql) -> Sql:
    """A number, or null where the engine says that there is none: infinite, or no number at all."""
    return case((exp.LTE(this=call("abs", sql), expression=number(sys.float_info.max)), sql))


_NO_GROUP = r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"  # an escape, or a class
_NAMED = re.compile(rf"{_NO_GROUP}|\(\?P?<[A-Za-z]\w*>", re.DOTALL)
_NUMBERED = re.compile(rf"{_NO_GROUP}|\((?!\?)", re.DOTALL)
MAX_GROUP = 9  # DuckDB extracts no group of a higher number


def numbered(source: str) -> str:
    """A regular expression with its named groups unnamed: engines spell names differently."""
    return _NAMED.sub(lambda found: "(" if found[0].startswith("(?") else found[0], source)


def reachable(source: str, group: int) -> tuple[str, int]:
    """A numbered regular expression and the number of a group that an engine can extract.

    Beyond `MAX_GROUP`, the group is the only one of its regular expression that captures.
    """
    if group <= MAX_GROUP:
        return source, group
    groups = count(1)

    def opening(found: re.Match[str]) -> str:
        return "(?:" if found[0] == "(" and next(groups) != group else found[0]

    return _NUMBERED.sub(opening, source), 1


class Translator:
    """Translates over the columns that a stage sees.

    Args:
        query: for the places of errors.
        column: the value of a field by its name.
    """

    def __init__(self, query: Query, column: Callable[[str], SqlValue]) -> None:
        self.query, self.column = query, column
        self._built = 0  # nodes

    def condition(self, node: Expression) -> Sql:
        """A condition that is true or false, never null."""
        return self._condition(normalise(node))

    def _condition(self, node: Expression) -> Sql:
        match node:
            case And(operands=operands):
                return all_of(*map(self._condition, operands))
            case Or(operands=operands):
                return any_of(*map(self._condition, operands))
            case Not(operand=operand) if presence(operand):
                return negated(self._condition(operand))
            case Call(arguments=(field,)) if presence(node):
                value = self.value(field)
                return any_of(value.present, *([value.is_map] if value.is_map else []))
            case Not(operand=operand):
                subject = self.value(_operand(operand))
                return all_of(subject.present, negated(self._leaf(operand, subject)))
            case _:
                return self._leaf(node, self.value(_operand(node)))

    def _leaf(self, node: Expression, subject: SqlValue) -> Sql:
        """What a leaf asks of its operand; false where the operand is absent."""
        match node:
            case Comparison(operator=sign, left=left, right=right):
                if isinstance(left, String | Number) and not isinstance(right, String | Number):
                    left, right, sign = right, left, sign.translate(str.maketrans("<>", "><"))
                return self._comparison(subject, sign, self.value(right))
            case In(items=items, negated=negative):
                found = _among(subject, [self.value(item) for item in items])
                return all_of(subject.present, negated(found)) if negative else found
            case Like(pattern=pattern, negated=negative):
                found = null_as_false(self._like(subject, pattern))
                return all_of(subject.present, negated(found)) if negative else found
            case _:
                return subject.truth

    def _comparison(self, left: SqlValue, sign: str, right: SqlValue) -> Sql:
        match sign:
            case "=":
                return _equal(left, right)
            case "!=":
                return all_of(left.present, negated(_equal(left, right)))
            case _:
                kind = _ORDER[sign]
                pairs = _pairs(left, right)
                return any_of(*(null_as_false(kind(this=a.copy(), expression=b.copy())) for a, b in pairs))

    def _like(self, subject: SqlValue, pattern: Expression) -> Sql:
        match pattern:
            case String(value=part):
                return contains(subject.text, string(part))
            case Regex(source=source):
                return call("regexp_matches", subject.text, string(numbered(source)))
            case _:
                raise unsupported(self.query, pattern, "a parameter has no value here", "give it a default")

    def value(self, node: Expression) -> SqlValue:
        """A value of one row."""
        value = self._value(node)
        self._built += size_of(value)
        if self._built > MAX_NODES:
            raise self._too_long(node)
        return value

    def _too_long(self, node: Expression) -> QueryError:
        return unsupported(self.query, node, "this is too long to be run locally", "nest fewer functions")

    def _value(self, node: Expression) -> SqlValue:
        match node:
            case Field(name=name):
                return self.column(name)
            case String(value=text):
                return of_text(string(text))
            case Number(value=amount):
                return of_number(number(amount))
            case Negative(operand=operand):
                return of_number(exp.Neg(this=exp.Paren(this=self.value(operand).as_number)))
            case Arithmetic(operator=sign, left=left, right=right):
                numbers = self.value(left).as_number, self.value(right).as_number
                return of_number(nan_as_null(exp.Paren(this=_ARITHMETIC[sign](*numbers))))
            case Call() if presence(node):
                return from_boolean(self.condition(node))
            case Call(name="datefloor" | "dateceil"):
                return self._rounded(node)
            case Call(name=name) if name in FUNCTIONS:
                return self._call(node)
            case Comparison() | In() | Like() | Not() | And() | Or():
                return from_boolean(self.condition(node))
            case Call():
                raise self._no_function(node)
            case Duration():
                message = "a period is an argument of bin, datefloor and dateceil only"
                raise unsupported(self.query, node, message, "a day is 86400000 milliseconds")
            case Parameter():
                raise unsupported(self.query, node, "a parameter has no value here", "give it a default")
            case _:
                raise unsupported(self.query, node, "this has no value")

    def _no_function(self, node: Call) -> QueryError:
        name = node.name
        if name not in FUNCTION_NAMES:
            return unsupported(self.query, node, *describe_unknown(name))
        if name in AGGREGATES:
            hint = f"write: | stats {print_expression(node)}"
            return unsupported(self.query, node, f"{name} sums up events: it belongs in stats", hint)
        message = f"the function {name} cannot be run locally"
        return unsupported(self.query, node, message, "it runs in CloudWatch only")

    def _rounded(self, node: Call) -> SqlValue:
        """`datefloor(@timestamp, 1h)`, `dateceil(@timestamp, 1h)`."""
        value = None
        if len(node.arguments) == 2:
            moment, length = node.arguments
            value = period(self.value(moment).as_number, length, up=node.name == "dateceil")
        if value is None:
            hint = f"write: {node.name}(@timestamp, 1h)"
            raise unsupported(self.query, node, f"{node.name} takes a time and one period", hint)
        return value

    def _call(self, node: Call) -> SqlValue:
        build = FUNCTIONS[node.name]
        try:
            inspect.signature(build).bind(*node.arguments)
            takes = bool(node.arguments)
        except TypeError:
            takes = False
        if not takes:
            message = f"{node.name} does not take {len(node.arguments)} arguments"
            raise unsupported(self.query, node, message, "see its page")
        if is_invalid_network(node):
            message = f"{node.name} takes a network in CIDR notation"
            raise unsupported(self.query, node.arguments[1], message, NETWORK_HINT)
        arguments = [self.value(argument) for argument in node.arguments]
        if sum(map(size_of, arguments)) > MAX_ARGUMENTS:
            raise self._too_long(node)
        try:
            return build(*arguments)
        except Unsupported as error:
            raise unsupported(self.query, node, str(error)) from None


def _operand(node: Expression) -> Expression:
    match node:
        case Comparison(left=String() | Number(), right=right) if not isinstance(right, String | Number):
            return right
        case Comparison(left=left):
            return left
        case In(operand=operand) | Like(operand=operand):
            return operand
        case _:
            return node


def _pairs(left: SqlValue, right: SqlValue) -> list[tuple[Sql, Sql]]:
    """Texts with texts and numbers with numbers, where both sides may have one."""
    both_ways = (left.text, right.text), (left.number, right.number)
    return [(mine, theirs) for mine, theirs in both_ways if not (is_null(mine) or is_null(theirs))]


def _equal(left: SqlValue, right: SqlValue) -> Sql:
    """What is absent on either side is equal to nothing."""
    return any_of(*(null_as_false(equal(mine, theirs)) for mine, theirs in _pairs(left, right)))


def _among(left: SqlValue, values: list[SqlValue]) -> Sql:
    """One of a list of constants, in one comparison for texts and one for numbers."""
    texts = [value.text for value in values if not is_null(value.text)]
    numbers = [value.number for value in values if not is_null(value.number)]
    pairs = [(mine, some) for mine, some in ((left.text, texts), (left.number, numbers)) if some]
    return any_of(*(_in(mine, some) for mine, some in pairs if not is_null(mine)))


def _in(sql: Sql, values: list[Sql]) -> Sql:
    return null_as_false(exp.In(this=sql.copy(), expressions=values))
