"""Logs Insights queries over CloudTrail, compiled to metric filters and proven equal to them."""

from __future__ import annotations

from .catalogue import Catalogue, load_catalogue
from .control import Control
from .errors import Fault, NotCompilable, PatternError, QueryError, Span
from .header import QueryParameter
from .matcher import Pattern, parse_pattern
from .parser import parse_query
from .prove import Counterexample, Equivalent, prove
from .query import Query
from .reading import ALL_READINGS, Reading

__all__ = [
    "ALL_READINGS",
    "Catalogue",
    "Control",
    "Counterexample",
    "Equivalent",
    "Fault",
    "NotCompilable",
    "Pattern",
    "PatternError",
    "Query",
    "QueryError",
    "QueryParameter",
    "Reading",
    "Span",
    "load_catalogue",
    "parse_pattern",
    "parse_query",
    "prove",
]
