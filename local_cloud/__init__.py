"""AWS on this machine: MiniStack, extended by all that monitoring of CloudTrail needs."""

from __future__ import annotations

from .logs.query_outcomes import QueryOutcome
from .server import LocalCloud

__all__ = ["LocalCloud", "QueryOutcome"]
