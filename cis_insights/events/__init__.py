"""CloudTrail records: their JSON, the paths of their fields, and which of them a trail takes.

Imports `errors`, `limits` and `reading` at most.
"""

from __future__ import annotations

from .decode import read_event

__all__ = [
    "read_event",
]
