"""Investigations as they are asked: their parameters are filled in."""

from __future__ import annotations

from cis_insights import Control, parse_query
from cis_insights.logs_insights.query import Query


def fill(control: Control) -> str:
    """The text of a query with the defaults of its parameters."""
    text = control.query_text
    for parameter in control.parameters:
        text = text.replace("{{" + parameter.name + "}}", parameter.default)
    return text


def query_of(control: Control) -> Query:
    """The query that a control or an investigation runs."""
    return parse_query(fill(control)) if control.parameters else control.query
