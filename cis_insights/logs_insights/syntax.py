"""The tree of a Logs Insights query: frozen nodes, spans outside equality.

Stages follow the commands of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from ..errors import Span

NOWHERE = Span(0, 0)
_NO_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)", re.DOTALL)  # an escape, or a class
_GROUP = re.compile(r"\((?:\?P?<(?![=!])(\w+)>|(?!\?))")


def _span() -> Span:
    """The place where a node was read; not part of its meaning, so outside equality."""
    return field(default=NOWHERE, compare=False, repr=False)


# --- values -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A field name as Logs Insights discovers it: `userIdentity.arn`, `a.items.0.id`, `@message`."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class String:
    """A quoted literal; `value` has its escapes undone."""

    value: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, so that printing loses nothing."""

    text: str
    span: Span = _span()

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.text)


@dataclass(frozen=True, slots=True)
class Regex:
    """`/source/`, its `\\/` escapes undone."""

    source: str
    span: Span = _span()

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of its capturing groups, in order; "" for a group without one."""
        return tuple(match[1] or "" for match in _GROUP.finditer(_NO_GROUP.sub("", self.source)))

    @property
    def names(self) -> tuple[str, ...]:
        """Those of its groups that have one."""
        return tuple(filter(None, self.groups))


@dataclass(frozen=True, slots=True)
class Duration:
    """A period such as `5m`, only as an argument of `bin` and its like."""

    count: int
    unit: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A saved-query parameter `{{name}}`, replaced before the query runs."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Star:
    """The `*` of `count(*)`."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; `name` is lower case."""

    name: str
    arguments: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right` with one of `+ - * / ^ %`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    operand: Expression
    span: Span = _span()


# --- conditions ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right` with one of `= != < <= > >=`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class In:
    """`operand in [..]`, or `not in` where `negated`."""

    operand: Expression
    items: tuple[Expression, ...]
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Like:
    """`operand like "text"`, `like /regex/` or `=~ /regex/`; `not like` where `negated`."""

    operand: Expression
    pattern: String | Regex | Parameter
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    """Two or more operands, all true."""

    operands: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more operands, at least one true."""

    operands: tuple[Expression, ...]
    span: Span = _span()


Operand = Field | String | Number | Regex | Duration | Parameter | Star | Call | Arithmetic | Negative
Condition = Comparison | In | Like | Not | And | Or
Expression = Operand | Condition


# --- stages -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """An expression and the name it is shown under, if it was given one."""

    expression: Expression
    alias: str | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Fields:
    """`fields a, f(b) as c`."""

    columns: tuple[Column, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Display:
    """`display a, b`."""

    columns: tuple[Column, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Filter:
    """`filter condition`, or its alias `where`."""

    condition: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Stats:
    """`stats aggregate as name, .. by key, ..`."""

    aggregates: tuple[Column, ...]
    keys: tuple[Column, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SortKey:
    """A sort expression and its direction; Logs Insights sorts ascending by default."""

    expression: Expression
    direction: Literal["asc", "desc"] = "asc"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Sort:
    """`sort a desc, b`."""

    keys: tuple[SortKey, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Limit:
    """`limit n`, or `limit {{n}}` of a saved query."""

    count: int | Parameter
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Dedup:
    """`dedup a, b`: the first event of each combination."""

    keys: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Parse:
    """`parse field "glob *" as a`, `parse field /(?<a>..)/` or `parse field /(..)/ as a`."""

    operand: Expression
    pattern: String | Regex
    names: tuple[str, ...]
    span: Span = _span()


Stage = Fields | Display | Filter | Stats | Sort | Limit | Dedup | Parse
