"""Whole queries, run: Logs Insights -> SQL through sqlglot's expression trees -> DuckDB.

The condition on a single event has an evaluator of its own (`evaluate.py`), which shares nothing
with this; tests hold the two to the same answers.
"""

from __future__ import annotations

from .engine import LogEvent, run_query
from .stages import to_sql

__all__ = ["LogEvent", "run_query", "to_sql"]
