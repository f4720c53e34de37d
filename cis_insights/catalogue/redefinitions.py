"""Names that a query defines twice: Logs Insights refuses it with a MalformedQueryException.

AWS documents only that an alias makes a new field; that it must not be shown or defined already is
known from its answers ("Unknown symbols found in or after stats"). Not refused: a field that is shown
again, or an alias that is used.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-alias.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Fault, Span
from ..logs_insights.normal_form import fields_of
from ..logs_insights.query import Query
from ..logs_insights.syntax import Column, Display, Field, Fields, Parse, Stats

_Named = dict[str, Span]


def redefinition_faults(query: Query) -> Iterator[Fault]:
    """A fault for each name that is defined a second time, with the place of the first."""
    named: _Named = {}
    for stage in query.stages:
        match stage:
            case Fields(columns=columns) | Display(columns=columns):
                for column in columns:
                    yield from _column(query, column, named)
            case Parse(operand=operand, names=names):
                for name in names:
                    yield from _name(query, name, stage.span, named, _own(operand, name))
            case Stats(aggregates=aggregates, keys=keys):
                named = {}  # after it, only its own columns exist
                for column in (*keys, *aggregates):
                    yield from _column(query, column, named, own=False)
            case _:
                pass


def _column(query: Query, column: Column, named: _Named, *, own: bool = True) -> Iterator[Fault]:
    if column.alias:
        first = _own(column.expression, column.alias) if own else None
        yield from _name(query, column.alias, _alias_span(query, column), named, first)
    elif isinstance(column.expression, Field):
        named.setdefault(column.expression.name, column.span)


def _name(query: Query, name: str, span: Span, named: _Named, own: Span | None) -> Iterator[Fault]:
    if first := named.get(name, own):
        place = Fault("", first, query.text)
        message = f"`{name}` is defined twice, first at {place.line}:{place.column}: AWS refuses the query"
        yield Fault(message, span, query.text, f"give it a name of its own, such as {name}_2", query.path)
    named.setdefault(name, span)


def _own(expression: object, name: str) -> Span | None:
    """Where an expression reads a field of the name that it is given."""
    return next((field.span for field in fields_of(expression) if field.name == name), None)


def _alias_span(query: Query, column: Column) -> Span:
    begin = column.span.end - len(column.alias or "")
    is_there = query.text[begin : column.span.end] == column.alias
    return Span(begin, column.span.end) if is_there else column.span
