"""A value of Logs Insights in SQL: a text or a number, both null where it is absent.

JSON knows the types, and comparisons depend on them: `a = "1"` is not true of the number 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from sqlglot import exp

from ..errors import Fault, QueryError
from ..limits import EXACT
from ..logs_insights.query import Query
from ..logs_insights.syntax import Expression as Node
from ..logs_insights.syntax import Stage

Sql = exp.Expr
NULL = exp.Null
_NUMBER = r"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
# Ours: a function uses its argument several times, so nested ones multiply. sqlglot writes by recursion.
MAX_ARGUMENTS = 4_000  # nodes of all arguments of one call
MAX_NODES = 30_000  # of all values of a query, each counted with its parts
MAX_DEPTH = 120


@dataclass(frozen=True, slots=True)
class SqlValue:
    """Two SQL expressions, each null if the value is not of that type; and whether a field holds a map.

    A time has both: it is shown as a text, and is milliseconds since 1970. So has what `parse` cuts out
    where it spells a number.
    """

    text: Sql
    number: Sql
    is_map: Sql | None = None
    is_time: bool = False
    is_spelt: bool = False  # the number is that of the text
    condition: Sql | None = None  # of 1 or 0 the condition that it says
    shown: Sql | None = None  # where `as_text` is stored

    @property
    def present(self) -> Sql:
        """Whether there is a text or a number."""
        if stored := self.shown or (self.text if self.is_spelt else None):
            return not_null(stored)
        return any_of(*(not_null(part) for part in (self.text, self.number) if not is_null(part)))

    @property
    def as_text(self) -> Sql:
        """The text; of a whole number without its fraction."""
        if self.shown:
            return self.shown
        if is_null(self.number) or self.is_spelt:
            return self.text
        whole = cast(cast(self.number, "BIGINT"), "VARCHAR")
        exact = all_of(
            exp.EQ(this=copy(self.number), expression=call("trunc", self.number)),
            exp.LT(this=call("abs", self.number), expression=number(EXACT)),
        )
        return first(self.text, case((exact, whole), default=cast(self.number, "VARCHAR")))

    @property
    def as_number(self) -> Sql:
        """The number; of a text that spells one too."""
        if is_null(self.text) or self.is_time or self.is_spelt:
            return self.number
        spelt = call("regexp_matches", self.text, string(_NUMBER))
        parsed = case((spelt, exp.TryCast(this=copy(self.text), to=exp.DataType.build("DOUBLE"))))
        return first(self.number, parsed)

    @property
    def truth(self) -> Sql:
        """Whether a condition that is this value alone is true."""
        if self.condition:
            return self.condition
        nothing = ((self.number, number(0)), (self.text, string("")))
        return any_of(*(null_as_false(unequal(part, zero)) for part, zero in nothing if not is_null(part)))


def size_of(value: SqlValue) -> int:
    """Nodes of the SQL of a value; more than MAX_NODES where it is too deep."""
    waiting, count = [(value.text, 0), (value.number, 0)], 0
    while waiting and count <= MAX_NODES:
        sql, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return MAX_NODES + 1
        waiting += [(part, depth + 1) for part in sql.iter_expressions()]
        count += 1
    return count


def copy(sql: Sql) -> Sql:
    """A tree of its own: sqlglot's nodes know their parent. One without a parent is used as it is."""
    return sql if sql.parent is None else sql.copy()


def string(text: str) -> Sql:
    """A text literal; sqlglot quotes it."""
    return exp.Literal.string(text)


def number(value: float) -> Sql:
    """A number literal, as a DOUBLE."""
    return cast(exp.Literal.number(repr(float(value))), "DOUBLE")


def read_number(sql: Sql) -> float | None:
    """The number that a number literal is; None of anything else."""
    while isinstance(sql, exp.Cast):
        sql = sql.this
    return float(sql.this) if isinstance(sql, exp.Literal) and not sql.is_string else None


def call(name: str, *arguments: Sql) -> Sql:
    """A function, by its name in DuckDB; sqlglot knows what others call it."""
    return exp.func(name, *map(copy, arguments), copy=False, dialect="duckdb")


def native(name: str, *arguments: Sql) -> Sql:
    """A function that only DuckDB has, or that sqlglot would write in another way."""
    return exp.Anonymous(this=name, expressions=[copy(argument) for argument in arguments])


def cast(sql: Sql, kind: str) -> Sql:
    """`CAST(sql AS kind)`."""
    return exp.Cast(this=copy(sql), to=_type(kind).copy())


@cache
def _type(kind: str) -> exp.DataType:
    return exp.DataType.build(kind, dialect="duckdb")


def case(*branches: tuple[Sql, Sql], default: Sql | None = None) -> Sql:
    """The value of the first branch whose condition is true."""
    whens = [exp.If(this=copy(condition), true=copy(value)) for condition, value in branches]
    return exp.Case(ifs=whens, default=copy(default) if default else exp.Null())


def not_null(sql: Sql) -> Sql:
    """`sql IS NOT NULL`."""
    if isinstance(sql, exp.Literal):
        return exp.true()
    return exp.Not(this=exp.Is(this=_whole(sql), expression=exp.Null()))


def _whole(sql: Sql) -> Sql:
    """An operand that needs no other parentheses."""
    return copy(sql) if isinstance(sql, exp.Column | exp.Literal) else exp.Paren(this=copy(sql))


def all_of(*conditions: Sql) -> Sql:
    """AND of the conditions; TRUE if there are none."""
    return exp.and_(*map(copy, conditions), copy=False) if conditions else exp.true()


def any_of(*conditions: Sql) -> Sql:
    """OR of the conditions; FALSE if there are none."""
    return exp.or_(*map(copy, conditions), copy=False) if conditions else exp.false()


def negated(condition: Sql) -> Sql:
    """NOT of a condition that is never NULL."""
    return exp.Not(this=exp.Paren(this=copy(condition)))


def null_as_false(condition: Sql) -> Sql:
    """The condition, with FALSE instead of NULL."""
    return call("coalesce", condition, exp.false())


def equal(left: Sql, right: Sql) -> Sql:
    """`left = right`."""
    return exp.EQ(this=_whole(left), expression=_whole(right))


def unequal(left: Sql, right: Sql) -> Sql:
    """`left <> right`."""
    return exp.NEQ(this=_whole(left), expression=_whole(right))


def null_text() -> Sql:
    """No text."""
    return cast(exp.Null(), "VARCHAR")


def null_number() -> Sql:
    """No number."""
    return cast(exp.Null(), "DOUBLE")


def of_text(sql: Sql) -> SqlValue:
    """A value that is a text or absent."""
    return SqlValue(sql, null_number())


def of_number(sql: Sql) -> SqlValue:
    """A value that is a number or absent."""
    return SqlValue(null_text(), cast(sql, "DOUBLE"))


def nan_as_null(sql: Sql) -> Sql:
    """NULL instead of NaN, which DuckDB orders above all numbers and takes to be equal to itself."""
    return call("nullif", sql, cast(string("NaN"), "DOUBLE"))


def from_boolean(condition: Sql) -> SqlValue:
    """A condition as 1 or 0."""
    return replace(of_number(case((condition, number(1)), default=number(0))), condition=condition)


def is_null(sql: Sql) -> bool:
    """Whether an expression is the NULL literal of a value of the other type."""
    return isinstance(sql, exp.Null) or (isinstance(sql, exp.Cast) and isinstance(sql.this, exp.Null))


def first(*parts: Sql) -> Sql:
    """The first of them that is not null."""
    known = [part for part in parts if not is_null(part)] or [parts[0]]
    return call("coalesce", *known) if len(known) > 1 else copy(known[0])


def contains(text: Sql, part: Sql) -> Sql:
    """Whether a text is in another."""
    return exp.GT(this=call("strpos", text, part), expression=exp.Literal.number(0))


def first_present(values: list[SqlValue]) -> SqlValue:
    """`coalesce`: the first value that is not absent, with its type."""
    if all(is_null(value.number) for value in values):
        return of_text(first(*(value.text for value in values)))
    return case_value([(value.present, value) for value in values], SqlValue(null_text(), null_number()))


def case_value(branches: list[tuple[Sql, SqlValue]], default: SqlValue) -> SqlValue:
    """`if` and `case`: the value of the first condition that is true."""
    texts = [(condition, value.text) for condition, value in branches]
    numbers = [(condition, value.number) for condition, value in branches]
    return SqlValue(_one_of(texts, default.text), _one_of(numbers, default.number))


def _one_of(branches: list[tuple[Sql, Sql]], default: Sql) -> Sql:
    if is_null(default) and all(is_null(value) for _, value in branches):
        return default
    return case(*branches, default=default)


class Unsupported(Exception):  # becomes a QueryError where the place is known
    """A function that has no SQL for the arguments it was given; the message says why."""


def unsupported(query: Query, node: Node | Stage, message: str, hint: str = "") -> QueryError:
    """The error for a part of a query that has no SQL here."""
    return QueryError(Fault(message, node.span, query.text, hint, query.path))


Builder = Callable[..., SqlValue]
