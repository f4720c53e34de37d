"""The single template in many accounts: who gets it, and the files that their pipeline reads.

Imports `settings`, and of `single_template` the conditions of its parameters.
"""

from __future__ import annotations

from .targets import Rollout

__all__ = [
    "Rollout",
]
