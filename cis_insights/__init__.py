"""Logs Insights queries over CloudTrail, compiled to metric filters and proven equal to them."""

from __future__ import annotations

from .catalogue import Catalogue, Control, load_catalogue
from .catalogue.header import QueryParameter
from .errors import Fault, NotCompilable, PatternError, QueryError, Span
from .filter_patterns.pattern import Pattern, parse_pattern
from .logs_insights.parser import parse_query
from .logs_insights.query import Query
from .proof.prover import Counterexample, Equivalent, prove
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
